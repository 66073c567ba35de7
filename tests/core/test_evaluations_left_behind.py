"""What becomes of an evaluation run that is there: refreshed, adopted by name, deleted by policy."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from pulumi_ctune.core.errors import (
    CtuneError,
    EvaluationFailedError,
    InvalidInputError,
    NotFoundError,
    TuningJobTimeoutError,
)
from pulumi_ctune.core.ownership import first_token
from tests.core.evaluating import Evaluating, made_by_hand, urn_of
from tests.core.rig import Rig

PARENT = "projects/acme/locations/us-central1"


@pytest.fixture
def evaluating(rig: Rig) -> Iterator[Evaluating]:
    with Evaluating.start(rig) as evaluating:
        yield evaluating


def test_refresh_of_what_is_as_it_was_changes_nothing(evaluating: Evaluating) -> None:
    state = evaluating.create(baseline={"model": evaluating.versions[0]}, checkpoint_id=None)

    found = evaluating.read(state)

    assert found is not None
    assert found.state == state


def test_refresh_takes_in_that_a_run_has_ended(evaluating: Evaluating) -> None:
    cut = evaluating.unfinished()
    evaluating.rig.clock.now_s += 3600

    found = evaluating.read(cut.state)

    assert found is not None
    assert (found.state["state"], found.state["metrics"]) == ("SUCCEEDED", {"exact_match": 1.0})
    assert found.state["result"]["tuned_model_name"] == evaluating.versions[-1]
    assert not evaluating.plan(found.state).changes


def test_refresh_of_a_run_that_failed_makes_the_next_up_replace_it(evaluating: Evaluating) -> None:
    evaluating.rig.emulator.faults.add(run={"state": "FAILED"})
    cut = evaluating.unfinished()
    evaluating.rig.clock.now_s += 3600

    found = evaluating.read(cut.state)

    assert found is not None
    assert evaluating.plan(found.state).replaces == ("state",)


def test_refresh_of_a_run_that_is_gone_finds_nothing(evaluating: Evaluating) -> None:
    """And an update that finds it gone says what to do."""
    cut = evaluating.unfinished()
    evaluating.ask("POST", f"{cut.resource_id}:cancel", {})
    evaluating.rig.clock.pause(60)
    evaluating.ask("DELETE", cut.resource_id)

    with pytest.raises(NotFoundError, match=r"the evaluation run is gone.*pulumi up --refresh"):
        evaluating.update(cut.state)

    assert evaluating.read(cut.state) is None


def test_run_is_adopted_by_its_id(evaluating: Evaluating) -> None:
    """None is made, its rows stay its maker's, and the input can be dropped afterwards."""
    made = evaluating.create()
    evaluating.name, evaluating.token = "other", first_token("acme-org", urn_of("other"))

    state = evaluating.create(adopt_run=made["name"].rpartition("/")[2])

    assert (state["name"], state["metrics"], state["__own_set"]) == (made["name"], made["metrics"], False)
    assert evaluating.posts("evaluationRuns") == 1
    assert not evaluating.plan(state).changes


@pytest.mark.parametrize(
    ("ours", "theirs"), [("Candidate 1", "Old bot"), ("Candidate 1", "candidate"), ("baseline", "candidate")]
)
def test_adopted_run_with_other_names_has_our_metrics(evaluating: Evaluating, ours: str, theirs: str) -> None:
    """The model that each candidate calls tells which is which, now and at a refresh."""
    endpoint, other = evaluating.create()["model"], evaluating.endpoint(evaluating.versions[-1])
    name = made_by_hand(evaluating.rig, {ours: endpoint, theirs: other}, {ours: "4", theirs: "5"})
    evaluating.name, evaluating.token = "other", first_token("acme-org", urn_of("other"))

    state = evaluating.create(adopt_run=name, baseline={"model": other})
    refreshed = evaluating.read(state)

    assert (state["metrics"], state["baseline_metrics"]) == ({"exact_match": 1.0}, {"exact_match": 0.0})
    assert state["result"]["summary_metrics"]["candidate/exact_match/AVERAGE"] == 1.0
    assert refreshed is not None
    assert refreshed.state == state


def test_adopted_run_whose_answers_came_along_has_our_metrics(evaluating: Evaluating) -> None:
    """The only candidate is the one that is judged."""
    name = made_by_hand(evaluating.rig, {}, {"model-under-test": "4"})

    state = evaluating.create(adopt_run=name)

    assert state["metrics"] == {"exact_match": 1.0}


@pytest.mark.parametrize("called", [True, False], ids=["both call it", "none says what it called"])
def test_run_that_does_not_tell_its_candidate_is_not_adopted(evaluating: Evaluating, called: bool) -> None:
    """Metrics of another prompt or model must not pass for the version's."""
    endpoint = evaluating.create()["model"]
    names = ("short prompt", "long prompt")
    name = made_by_hand(evaluating.rig, dict.fromkeys(names, endpoint) if called else {}, dict.fromkeys(names, "4"))

    with pytest.raises(InvalidInputError, match=r"nothing tells which of its candidates .* is: 'short prompt', 'long "):
        evaluating.create(adopt_run=name)


def test_run_that_is_not_there_is_not_adopted(evaluating: Evaluating) -> None:
    with pytest.raises(NotFoundError, match="there is no such evaluation run to adopt"):
        evaluating.create(adopt_run="4711")


def test_run_of_another_version_is_not_adopted(evaluating: Evaluating) -> None:
    other = evaluating.rig.create(evaluating.rig.inputs(tuned_model_display_name="other"))["tuned_model_name"]
    made = evaluating.create(tuned_model_name=other)

    with pytest.raises(InvalidInputError, match=r"the evaluation run was not adopted.*judges"):
        evaluating.create(adopt_run=made["name"])


def test_run_that_failed_is_not_adopted(evaluating: Evaluating) -> None:
    """The same input would fail again: the error says to take it away."""
    evaluating.rig.emulator.faults.add(run={"state": "FAILED", "message": "Out of quota."})
    name = evaluating.unfinished().resource_id
    evaluating.rig.clock.now_s += 3600

    with pytest.raises(EvaluationFailedError, match=r"Out of quota\..*Take adopt_run away"):
        evaluating.create(adopt_run=name)


def test_abandoned_run_stays_with_all_it_has(evaluating: Evaluating) -> None:
    state = evaluating.create()
    before = evaluating.left()

    evaluating.delete(state)

    assert (evaluating.names(), evaluating.left()) == ([state["name"]], before)


@pytest.mark.parametrize("policy", ["ABANDON", "DELETE"])
def test_run_that_goes_on_is_cancelled(evaluating: Evaluating, policy: str) -> None:
    """Nobody waits for its results any more; DELETE waits for the end and leaves nothing."""
    cut = evaluating.unfinished(deletion_policy=policy)

    evaluating.delete(cut.state)
    evaluating.rig.clock.pause(60)

    if policy == "DELETE":
        assert (evaluating.names(), evaluating.left()) == ([], {"evaluationSets": 0, "evaluationItems": 0})
    else:
        assert [run["state"] for run in evaluating.runs()] == ["CANCELLED"]


def test_prevented_deletion_is_refused(evaluating: Evaluating) -> None:
    """A replacement is not a deletion that the program could still allow: it leaves the run."""
    state = evaluating.create(deletion_policy="PREVENT")

    with pytest.raises(CtuneError, match=r"the evaluation run was not deleted.*PREVENT"):
        evaluating.delete(state)
    evaluating.delete(state, is_replaced=True)

    assert evaluating.names() == [state["name"]]


def test_deletion_removes_run_results_and_rows(evaluating: Evaluating) -> None:
    """A second one finds nothing to do."""
    state = evaluating.create(deletion_policy="DELETE")

    evaluating.delete(state)
    evaluating.delete(state)

    assert (evaluating.names(), evaluating.left()) == ([], {"evaluationSets": 0, "evaluationItems": 0})


def test_deletion_that_was_cut_short_is_finished_by_the_next_one(evaluating: Evaluating) -> None:
    """The run is gone already; its sets are not."""
    state = evaluating.create(deletion_policy="DELETE")
    evaluating.rig.emulator.faults.add(method="DELETE", path="/evaluationSets/", status=403, message="not yet")

    with pytest.raises(CtuneError, match="not yet"):
        evaluating.delete(state)
    evaluating.delete(state)

    assert (evaluating.names(), evaluating.left()) == ([], {"evaluationSets": 0, "evaluationItems": 0})


def test_rows_of_other_runs_stay(evaluating: Evaluating) -> None:
    """The last run over them takes them along."""
    first = evaluating.create(deletion_policy="DELETE")
    evaluating.name, evaluating.token = "twin", first_token("acme-org", urn_of("twin"))
    second = evaluating.create(deletion_policy="DELETE")

    evaluating.delete(first)
    kept = evaluating.left()
    evaluating.delete(second)

    assert kept == {"evaluationSets": 2, "evaluationItems": 8}
    assert evaluating.left() == {"evaluationSets": 0, "evaluationItems": 0}


def test_rows_of_the_users_own_set_stay(evaluating: Evaluating) -> None:
    item = {"displayName": "row", "evaluationItemType": "REQUEST", "evaluationRequest": {"prompt": {"text": "Hi?"}}}
    item["evaluationRequest"] |= {"goldenResponse": {"text": "Hi."}}  # type: ignore[operator]
    name = evaluating.ask("POST", f"{PARENT}/evaluationItems", item)["name"]
    own = evaluating.ask("POST", f"{PARENT}/evaluationSets", {"displayName": "mine", "evaluationItems": [name]})["name"]

    state = evaluating.create(data_source={"evaluation_set": own}, deletion_policy="DELETE")
    evaluating.delete(state)

    assert (state["total_items"], state["evaluation_set"]) == (1, own)
    assert evaluating.left() == {"evaluationSets": 1, "evaluationItems": 1}


def test_deletion_that_runs_out_of_time_can_be_repeated(evaluating: Evaluating) -> None:
    """Google takes its time to cancel; the next delete waits on."""
    cut = evaluating.unfinished(deletion_policy="DELETE")
    evaluating.rig.emulator.configure(cancel_duration_s=timedelta(hours=1, minutes=30).total_seconds())

    with pytest.raises(TuningJobTimeoutError) as raised:
        evaluating.delete(cut.state)
    evaluating.delete(cut.state)

    assert str(raised.value).startswith(
        f"the evaluation run was not deleted [{cut.resource_id}]: the timeout of 1h passed"
    )
    assert str(raised.value).endswith("Run the same command again to resume it.")
    assert evaluating.names() == []


def test_rows_that_google_keeps_are_reported(evaluating: Evaluating) -> None:
    """Run and sets go nevertheless."""
    state = evaluating.create(deletion_policy="DELETE")
    evaluating.rig.emulator.faults.add(method="DELETE", path="/evaluationItems/", status=400, message="no", times=0)

    evaluating.delete(state)

    assert (evaluating.names(), evaluating.left()) == ([], {"evaluationSets": 0, "evaluationItems": 8})
    assert [text.partition(" rows of ")[0] for text in evaluating.rig.report.warnings] == ["4", "4"]


def test_run_is_looked_up_without_a_resource(evaluating: Evaluating) -> None:
    """`.get()` has no state: it finds what the run found."""
    state = evaluating.create()

    found = evaluating.read({}, state["name"])

    assert found is not None
    assert found.state["metrics"] == {"exact_match": 1.0}
    assert found.state["result"]["name"] == state["name"]
