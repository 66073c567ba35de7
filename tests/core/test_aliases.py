"""Aliases on model versions, on the real client and the emulator: put, moved, looked at, taken away."""

from typing import Any

import pytest

from pulumi_ctune.alias import creation, deletion, diff, kind, outputs, reading
from pulumi_ctune.core.errors import InvalidInputError, NotFoundError, RequirementNotMetError, UnavailableError
from pulumi_ctune.core.outcomes import Found
from tests.core.rig import Rig

Versions = tuple[str, str]
MERGE = {"method": "POST", "path": ":mergeVersionAliases$"}


@pytest.fixture(name="versions")
def versions_fixture(rig: Rig) -> Versions:
    """Two versions of one model, by number."""
    first = rig.create(rig.inputs())
    second = rig.create(rig.continued(first["tuned_model_name"]))
    rig.emulator.forget_requests()
    return first["tuned_model_name"], second["tuned_model_name"]


def inputs(name: str, **more: Any) -> dict[str, Any]:
    return {"tuned_model_name": name, "alias": "prod", **more}


def create(rig: Rig, name: str, **more: Any) -> dict[str, Any]:
    return creation.create(rig.client, rig.verbs().context, inputs(name, **more))


def update(rig: Rig, state: dict[str, Any], name: str, **more: Any) -> dict[str, Any]:
    return creation.update(rig.client, rig.verbs().context, state, inputs(name, **more))


def read(rig: Rig, state: dict[str, Any]) -> Found | None:
    return reading.read(rig.client, rig.verbs().context, outputs.id_of(state), state)


def delete(rig: Rig, state: dict[str, Any]) -> None:
    deletion.delete(rig.client, rig.verbs().context, outputs.id_of(state), state)


def holder(rig: Rig, name: str, alias: str = "prod") -> str | None:
    """The number of the version that has the alias, asked of the server."""
    found = [item for item in rig.client.list_model_versions(name.partition("@")[0]) if alias in item.aliases]
    return found[0].version_id if found else None


def merges(rig: Rig) -> list[tuple[str, list[str]]]:
    """Version and aliases of each request that changed aliases."""
    return [
        (entry["path"].rpartition("@")[2].partition(":")[0], entry["body"]["versionAliases"])
        for entry in rig.emulator.requests()
        if entry["path"].endswith(":mergeVersionAliases")
    ]


def test_new_alias_is_put_on_the_version(rig: Rig, versions: Versions) -> None:
    """The outputs name the model and the version, and no version before."""
    state = create(rig, versions[0])

    model = versions[0].partition("@")[0]
    assert state == {**inputs(versions[0]), "model": model, "version_id": "1", "previous_version_id": None}
    assert outputs.id_of(state) == f"{model}@prod"
    assert holder(rig, versions[0]) == "1"
    assert rig.report.infos[-1] == f"alias 'prod' was put on version 1 of {model}"


def test_alias_that_is_already_there_is_adopted(rig: Rig, versions: Versions) -> None:
    """Nothing is written where the alias is on the version already."""
    create(rig, versions[0])
    rig.emulator.forget_requests()

    state = create(rig, versions[0])

    assert (state["version_id"], state["previous_version_id"]) == ("1", None)
    assert merges(rig) == []


def test_alias_of_another_version_is_moved_and_recorded(rig: Rig, versions: Versions) -> None:
    """Create takes an alias over from whoever has it, says so, and records the version."""
    create(rig, versions[0])

    state = create(rig, versions[1])

    assert (state["version_id"], state["previous_version_id"]) == ("2", "1")
    assert holder(rig, versions[0]) == "2"
    assert rig.report.infos[-1] == f"alias 'prod' was moved from version 1 to version 2 of {state['model']}"


def test_move_is_one_request(rig: Rig, versions: Versions) -> None:
    """There is no moment without a holder: one request takes the alias from one version to the other."""
    state = create(rig, versions[0])
    rig.emulator.forget_requests()

    moved = update(rig, state, versions[1])

    assert merges(rig) == [("2", ["prod"])]
    assert (moved["version_id"], moved["previous_version_id"]) == ("2", "1")


def test_lost_answer_is_asked_again(rig: Rig, versions: Versions) -> None:
    """A move whose answer is lost is sent again, which changes nothing, and still records who had the alias."""
    state = create(rig, versions[0])
    rig.emulator.faults.add(**MERGE, drop="after")

    moved = update(rig, state, versions[1])

    assert holder(rig, versions[0]) == "2"
    assert (moved["version_id"], moved["previous_version_id"]) == ("2", "1")


def test_update_that_was_cut_short_after_the_move_finishes(rig: Rig, versions: Versions) -> None:
    """The state still names the old version, so that is the one that had the alias before."""
    state = create(rig, versions[0])
    update(rig, state, versions[1])

    moved = update(rig, state, versions[1])

    assert (moved["version_id"], moved["previous_version_id"]) == ("2", "1")


def test_changed_limit_touches_nothing(rig: Rig, versions: Versions) -> None:
    """An update of `require` alone reads, and writes nothing."""
    state = create(rig, versions[1])
    rig.emulator.forget_requests()

    updated = update(rig, state, versions[1], require=[{"metric": "/train_total_loss", "at_most": 100}])

    assert [entry for entry in rig.emulator.requests() if entry["method"] != "GET"] == []
    assert updated["require"] == [{"metric": "/train_total_loss", "at_most": 100}]


def test_missed_requirement_leaves_the_alias_where_it_is(rig: Rig, versions: Versions) -> None:
    """Requirements come before anything is changed; the line says who keeps the alias."""
    state = create(rig, versions[0])
    rig.emulator.forget_requests()

    with pytest.raises(RequirementNotMetError) as raised:
        update(rig, state, versions[1], require=[{"metric": "/train_total_loss", "at_most": 0}])

    assert str(raised.value).startswith(f"alias 'prod' was not moved [require]: {versions[1]} misses 1 of 1: ")
    assert str(raised.value).endswith("Version 1 keeps the alias.")
    assert merges(rig) == []
    assert holder(rig, versions[0]) == "1"


def test_missed_requirement_of_another_model_says_whose_versions_lack_the_alias(rig: Rig, versions: Versions) -> None:
    """An alias belongs to one model: that of another model, which keeps it, is not what the line speaks of."""
    create(rig, versions[0])
    other = rig.create(rig.inputs(triggers=["another model"]))

    with pytest.raises(RequirementNotMetError) as raised:
        create(rig, other["tuned_model_name"], require=[{"metric": "/train_total_loss", "at_most": 0}])

    assert str(raised.value).endswith(f"No version of {other['model']} has the alias.")


def test_missing_version_is_named_with_those_there_are(rig: Rig, versions: Versions) -> None:
    """Nothing is changed for a version that does not exist."""
    model = versions[0].partition("@")[0]

    with pytest.raises(NotFoundError) as raised:
        create(rig, f"{model}@9")

    assert str(raised.value) == (
        f"alias 'prod' was not moved [tuned_model_name]: {model} has no version or alias '9'; it has '1', 'default', "
        "'2'. Name one of these."
    )


def test_update_never_leaves_its_model(rig: Rig, versions: Versions) -> None:
    """Where only the server can tell that a project is another one, the update refuses instead of leaving the old
    alias behind.
    """
    state = create(rig, versions[0]) | {"model": "projects/1/locations/us-central1/models/1"}

    with pytest.raises(InvalidInputError, match="this alias is one of projects/1/locations/us-central1/models/1"):
        update(rig, state, versions[1])


def test_read_finds_nothing_changed(rig: Rig, versions: Versions) -> None:
    """A refresh right after `up` changes neither outputs nor inputs, whatever way the project is written."""
    state = create(rig, versions[0].replace(versions[0].split("/")[1], "acme"))

    found = read(rig, state)

    assert found == Found(state, {key: state[key] for key in ("tuned_model_name", "alias")})


def test_alias_that_somebody_moved_is_found(rig: Rig, versions: Versions) -> None:
    """State and inputs show where the alias is now, so that the next `up` moves it back."""
    state = create(rig, versions[0])
    rig.client.merge_version_aliases(versions[1], ["prod"])

    found = read(rig, state)

    assert found is not None
    assert (found.inputs["tuned_model_name"], found.state["version_id"]) == (versions[1], "2")
    assert diff.plan(found.state, inputs(versions[0])).updates == ("tuned_model_name",)


def test_alias_that_somebody_removed_is_gone(rig: Rig, versions: Versions) -> None:
    """Without the alias there is no resource: the next `up` makes it again."""
    state = create(rig, versions[0])
    rig.client.merge_version_aliases(versions[0], ["-prod"])

    assert read(rig, state) is None


def test_alias_of_a_deleted_model_is_gone(rig: Rig, versions: Versions) -> None:
    """So it is with the model."""
    state = create(rig, versions[0]) | {"model": f"{versions[0].partition('@')[0]}0"}

    assert read(rig, state) is None
    delete(rig, state)


def test_existing_alias_can_be_looked_up(rig: Rig, versions: Versions) -> None:
    """`.get()` knows the id alone."""
    state = create(rig, versions[1])

    found = reading.read(rig.client, rig.verbs().context, outputs.id_of(state), {})

    assert found is not None
    assert found.state == state


def test_delete_takes_the_alias_away(rig: Rig, versions: Versions) -> None:
    """The version stays, without the alias; a second delete finds nothing to do."""
    state = create(rig, versions[0])

    delete(rig, state)
    delete(rig, state)

    assert holder(rig, versions[0]) is None
    assert merges(rig)[1:] == [("1", ["-prod"])]


def test_delete_leaves_an_alias_that_was_moved(rig: Rig, versions: Versions) -> None:
    """What is no longer on our version is somebody else's."""
    state = create(rig, versions[0])
    rig.client.merge_version_aliases(versions[1], ["prod"])

    delete(rig, state)

    assert holder(rig, versions[0]) == "2"
    assert rig.report.infos[-1] == (f"alias 'prod' of {state['model']} stays: it is on version 2, not on 1 any more")


def test_default_is_moved_and_never_removed(rig: Rig, versions: Versions) -> None:
    """One version always has `default`, so deleting the resource leaves it where it is."""
    state = create(rig, versions[1], alias="default")

    delete(rig, state)

    assert (state["version_id"], state["previous_version_id"]) == ("2", "1")
    assert holder(rig, versions[0], "default") == "2"
    assert rig.report.infos[-1].startswith("alias 'default' stays on version 2 of ")


def test_api_that_stays_away_ends_with_the_timeout(rig: Rig, versions: Versions) -> None:
    """Trouble is ridden out until the timeout, and the line says what did not happen."""
    rig.emulator.faults.add(**MERGE, status=503, times=0)

    with pytest.raises(UnavailableError, match="alias 'prod' was not moved"):
        creation.create(rig.client, rig.verbs(timeout=kind.DEFAULT_TIMEOUT).context, inputs(versions[0]))

    assert sum(rig.clock.pauses) > 600
