"""A job's record that is gone while its model version is there: nothing that a later run does not get past."""

from collections.abc import Callable

import pytest

from pulumi_ctune.core.errors import ApiError, NotFoundError
from pulumi_ctune.core.hidden import HOLD
from pulumi_ctune.core.outcomes import Found
from pulumi_ctune.tuning_job import deletion, reading
from pulumi_ctune.tuning_job.outputs import state_of
from pulumi_ctune.tuning_job.state import State
from tests.core.rig import Rig
from tests.core.test_job_cancellation import running_job


def lose_record(rig: Rig, **answer: object) -> None:
    rig.emulator.faults.add(path=r"/tuningJobs/\d+", **{"status": 404, "times": 0, **answer})


def read(rig: Rig, state: dict[str, object]) -> Found | None:
    return reading.read(rig.client, rig.verbs().context, str(state["name"]), state)


def test_refresh_warns_and_keeps_what_is_recorded(rig: Rig) -> None:
    """The model is what was paid for, and it is there."""
    inputs = rig.inputs(labels={"team": "a"}, description="d")
    state = rig.create(inputs)
    lose_record(rig)

    found = read(rig, state)

    assert found is not None
    assert (dict(found.state), dict(found.inputs)) == (state, inputs)
    assert [line for line in rig.report.warnings if "cannot be found" in line] == [
        f"the record of tuning job {state['name']} cannot be found, its model version {state['tuned_model_name']} is "
        "there: the resource stays as it is recorded"
    ]


def test_refresh_keeps_whose_model_it_is(rig: Rig) -> None:
    """A job that made the next version of its source's model still has not made the model."""
    first = rig.create(rig.inputs())
    state = rig.create(rig.continued(first["tuned_model_name"]))
    lose_record(rig)

    found = read(rig, state)

    assert found is not None
    assert dict(found.state) == state


def test_labels_are_changed_without_the_record(rig: Rig) -> None:
    """An update needs no more than the state."""
    state = rig.create(rig.inputs(labels={"team": "a"}))
    lose_record(rig)

    changed = rig.verbs().update(state["name"], state, rig.inputs(labels={"team": "b"}))

    assert rig.client.get_model_version(state["tuned_model_name"]).labels["team"] == "b"
    assert changed == {**state, "labels": {"team": "b"}}


def test_results_are_deleted_without_the_record(rig: Rig) -> None:
    """The state names what the job made."""
    state = rig.create(rig.inputs(deletion_policy="DELETE"))
    lose_record(rig)

    deletion.delete(rig.client, rig.verbs().context, state["name"], state)

    assert rig.everything_left() == {"models": 0, "endpoints": 0}


def test_model_is_marked_as_abandoned_without_the_record(rig: Rig) -> None:
    """A destroy with ABANDON is a destroy with ABANDON."""
    state = rig.create(rig.inputs())
    lose_record(rig)

    deletion.delete(rig.client, rig.verbs().context, state["name"], state)

    assert rig.client.get_model_version(state["tuned_model_name"]).labels["ctune-recorded"] == "abandoned"


def test_record_and_model_that_are_both_gone_are_gone(rig: Rig) -> None:
    """Then there is nothing left to keep."""
    state = rig.create(rig.inputs(deletion_policy="DELETE"))
    deletion.delete(rig.client, rig.verbs().context, state["name"], state)
    lose_record(rig)

    assert read(rig, state) is None


def test_record_of_a_job_without_a_model_is_gone(rig: Rig) -> None:
    """A job that ran when it was last seen, and is not there any more, has left nothing."""
    state = running_job(rig, at_s=100.0)
    lose_record(rig)

    assert read(rig, state) is None
    with pytest.raises(NotFoundError, match="`pulumi up --refresh` takes what is gone out of the state"):
        rig.verbs().update(state["name"], state, rig.inputs())


@pytest.mark.parametrize("verb", [reading.read, deletion.delete], ids=["read", "delete"])
def test_not_found_of_a_proxy_changes_nothing(rig: Rig, verb: Callable[..., object]) -> None:
    """A 404 that is not the API's own proves no absence: an error, and the state keeps its entry."""
    state = rig.create(rig.inputs())
    rig.emulator.faults.add(status=404, reason="Not Found", times=0)

    with pytest.raises(ApiError, match="HTTP 404"):
        verb(rig.client, rig.verbs().context, state["name"], state)


def test_state_tells_all_that_a_record_tells(rig: Rig) -> None:
    """Outputs that are computed from a job can be computed from the state again."""
    inputs = rig.inputs()
    state = rig.create(inputs)
    version = rig.client.get_model_version(state["tuned_model_name"])

    again = state_of(inputs, State.parse(state).job, source=None, version=version)

    assert {**again, HOLD: state[HOLD]} == {**state, "metrics": {}}
