"""Deleting what a plan lists, on the emulator: all of it and nothing else, again and again, and refused in time."""

import httpx2
import pytest

from pulumi_ctune.core import ownership
from pulumi_ctune.core.errors import WaitInterruptedError
from pulumi_ctune.core.names import project_of
from pulumi_ctune.insight import inventory
from pulumi_ctune.insight.prune.mentions import Mentions
from pulumi_ctune.insight.prune.plan import Plan, plan
from pulumi_ctune.insight.prune.removal import remove_all
from pulumi_ctune.insight.prune.survey import Item, Survey
from pulumi_ctune.tuning_job import deletion
from tests.core.evaluating import Evaluating
from tests.core.rig import Rig
from tests.insight.scopes import stack_scope, submit
from vertex_emulator.transport import EmbeddedTransport

NOTHING_LEFT = {"models": 0, "endpoints": 0}


def left_behind(rig: Rig, **changes: object) -> str:
    """The version of a job whose entry was destroyed with ABANDON."""
    state = rig.create(rig.inputs(**changes))
    deletion.delete(rig.client, rig.verbs().context, state["name"], state)
    return str(state["tuned_model_name"])


def surveyed(rig: Rig, text: str = "") -> Survey:
    scope = stack_scope(rig)
    assert scope.owner is not None
    return Survey(inventory.take(scope), scope.owner, Mentions.of({"a state": text}), rig.clock.utc_now())


def names_of(found: Plan) -> list[str]:
    return [item.name for item in found.listed]


def removed_by(rig: Rig, world: Survey) -> tuple[list[str], str]:
    """What a run over the whole list deletes, and what it was refused with."""
    gone: list[Item] = []
    listed = list(plan(world).listed)
    failure = remove_all(rig.client, lambda: rig.verbs().context, world, listed, gone.append)
    return [item.name for item in gone], str(failure[1]) if failure else ""


def test_what_a_destroy_left_behind_goes_with_its_endpoints(rig: Rig) -> None:
    """And nothing is left to list."""
    version = left_behind(rig)

    gone, refused = removed_by(rig, surveyed(rig))

    assert (gone, refused) == ([version], "")
    assert rig.everything_left() == NOTHING_LEFT
    assert names_of(plan(surveyed(rig))) == []


def test_what_a_state_names_stays(rig: Rig) -> None:
    version = left_behind(rig)

    assert names_of(plan(surveyed(rig, f'"{version}"'))) == []


def test_what_a_state_entry_has_claimed_stays(rig: Rig) -> None:
    """Its mark is on the version, and its state may be in a backend that nobody reads here."""
    rig.create(rig.inputs())

    found = plan(surveyed(rig))

    assert names_of(found) == []
    assert [each.why for each in found.kept] == ["a state entry has claimed it, as a label on it says"]


def test_what_an_endpoint_of_the_users_serves_stays(rig: Rig) -> None:
    """Whoever deployed it there; once it is off, it is listed."""
    version = left_behind(rig)
    url = "http://embedded.localhost/v1beta1/"
    with httpx2.Client(transport=EmbeddedTransport(rig.emulator), base_url=url) as http:
        endpoint = Evaluating(rig, http, (version,)).endpoint(version)

        served = plan(surveyed(rig))
        http.post(f"{endpoint}:undeployModel", json={"deployedModelId": "1"}).raise_for_status()
        rig.clock.pause(5)

        assert [(each.item.name, each.why) for each in served.kept] == [
            (version, f"{endpoint.replace('acme', project_of(version))} serves it")
        ]
        assert names_of(plan(surveyed(rig))) == [version]


def test_what_an_alias_points_at_stays(rig: Rig) -> None:
    version = left_behind(rig)
    rig.client.merge_version_aliases(version, ["golden"])

    found = plan(surveyed(rig))

    assert names_of(found) == []
    assert [each.why for each in found.kept] == ["the alias 'golden' points at it"]


def test_what_another_stack_tunes_from_stays(rig: Rig) -> None:
    """Its job is in the same place, whoever submitted it, and whether it runs or is over."""
    version = left_behind(rig)
    later = submit(rig, stack="prod", base_model=None, pre_tuned_model={"tuned_model_name": version})

    running = plan(surveyed(rig))
    rig.clock.pause(3600)
    over = plan(surveyed(rig))

    assert [each.why for found in (running, over) for each in found.kept] == [f"{later.name} continues from it"] * 2


def test_finished_job_that_no_state_has_recorded_is_listed(rig: Rig) -> None:
    job = submit(rig)
    rig.clock.pause(3600)

    (item,) = plan(surveyed(rig)).listed

    assert item.job is not None
    assert (item.job.name, item.why) == (job.name, "no state has ever recorded it")


def test_chain_goes_from_its_end(rig: Rig) -> None:
    """The source of a version that is there stays until that one is gone."""
    first = left_behind(rig)
    state = rig.create(rig.continued(first, tuned_model_display_name="second"))
    deletion.delete(rig.client, rig.verbs().context, state["name"], state)

    runs = [removed_by(rig, surveyed(rig))[0] for _ in range(2)]

    assert runs == [[state["tuned_model_name"]], [first]]


def test_alias_that_came_since_the_list_is_refused(rig: Rig) -> None:
    """Nothing of it is touched, and what comes after it in the list stays as well."""
    first, second = left_behind(rig), left_behind(rig, triggers=["another"])
    world = surveyed(rig)
    rig.client.merge_version_aliases(first, ["golden"])
    before = rig.everything_left()

    gone, refused = removed_by(rig, world)

    assert gone == []
    assert "the version alias 'golden' points at it" in refused
    assert rig.everything_left() == before
    assert names_of(plan(surveyed(rig))) == [second]


def test_job_that_came_since_the_list_is_refused(rig: Rig) -> None:
    """It continues from what was to be deleted."""
    version = left_behind(rig)
    world = surveyed(rig)
    later = submit(rig, stack="prod", base_model=None, pre_tuned_model={"tuned_model_name": version})

    gone, refused = removed_by(rig, world)

    assert gone == []
    assert f"{later.name}, which is new, continues from it" in refused


def test_claim_that_came_since_the_list_is_refused(rig: Rig) -> None:
    """The next `up` with the same inputs has taken it up again."""
    left_behind(rig)
    world = surveyed(rig)
    rig.create(rig.inputs(), rig.nothing_saved())

    gone, refused = removed_by(rig, world)

    assert gone == []
    assert "a state entry has claimed it since it was listed" in refused


def test_what_is_gone_already_is_no_error(rig: Rig) -> None:
    """Two runs with one list: as after a run that was cut short before it could tell."""
    version = left_behind(rig)
    world = surveyed(rig)

    runs = [removed_by(rig, world) for _ in range(2)]

    assert runs == [([version], "")] * 2
    assert rig.everything_left() == NOTHING_LEFT


@pytest.mark.parametrize("after_s", [0.0, 0.5, 1.5, 2.5])
def test_run_that_was_cut_short_is_finished_by_the_next(rig: Rig, after_s: float) -> None:
    """Wherever it was: with a version whose endpoints are gone, too."""
    left_behind(rig)
    world = surveyed(rig)
    rig.emulator.configure(operation_duration_s=0.5)
    rig.clock.interrupt_at_s = rig.clock.now_s + after_s
    cut = remove_all(rig.client, lambda: rig.verbs().context, world, list(plan(world).listed), lambda _: None)
    rig.clock.interrupt_at_s = float("inf")
    rig.clock.pause(60)

    removed_by(rig, surveyed(rig))

    assert cut is not None
    assert isinstance(cut[1], WaitInterruptedError)
    assert rig.everything_left() == NOTHING_LEFT


def test_refusal_of_google_ends_the_run_with_its_words(rig: Rig) -> None:
    left_behind(rig)
    world = surveyed(rig)
    rig.emulator.faults.add(method="DELETE", path="/endpoints/", status=403, message="no endpoints.delete", times=0)

    gone, refused = removed_by(rig, world)

    assert gone == []
    assert "no endpoints.delete" in refused


def test_evaluation_goes_before_what_it_judges(rig: Rig) -> None:
    """The set of its results goes too; the rows stay, as other runs may have them."""
    with Evaluating.start(rig) as evaluating:
        state = evaluating.create()
        (version,) = evaluating.versions
        labels = {**rig.client.get_model_version(version).labels, ownership.RECORDED: ownership.ABANDONED}
        rig.client.update_model_version(version, changes={"labels": labels})

        gone, _ = removed_by(rig, surveyed(rig))

        assert gone == [state["name"], version]
        assert evaluating.names() == []
        assert evaluating.left()["evaluationSets"] == 1
