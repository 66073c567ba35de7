"""A job that failed to make its endpoint left a whole model version: what is adopted of it is like any other."""

from collections.abc import Iterator
from typing import Any

import pytest

from pulumi_ctune.core.errors import CtuneError, TuningJobFailedError
from pulumi_ctune.core.hidden import RECORDED
from pulumi_ctune.tuned_model.lookup import look_up
from pulumi_ctune.tuning_job import deletion, diff, reading
from pulumi_ctune.tuning_job.draft import Draft
from pulumi_ctune.tuning_job.state import State
from tests.core.rig import Rig
from tests.core.serving import Serving


def failed(rig: Rig, *, with_endpoint: bool = False) -> dict[str, Any]:
    """A job that failed at its end, and the model that it left."""
    rig.emulator.faults.add(job={"state": "JOB_STATE_FAILED", "with_endpoint": with_endpoint})
    with pytest.raises(TuningJobFailedError):
        rig.create(rig.inputs())
    return rig.emulator.jobs()[0]


@pytest.fixture
def adopted(rig: Rig) -> dict[str, Any]:
    """The state of such a job that was adopted; its endpoints were never made."""
    return rig.create(rig.inputs(adopt_job=failed(rig)["name"]))


@pytest.fixture
def serving(rig: Rig) -> Iterator[Serving]:
    with Serving.start(rig) as serving:
        yield serving


def test_outputs_of_the_endpoint_are_empty(adopted: dict[str, Any]) -> None:
    """And everything else is there."""
    assert {key: adopted[key] for key in ("endpoint", "endpoint_id", "endpoint_location")} == {
        "endpoint": "",
        "endpoint_id": "",
        "endpoint_location": "",
    }
    assert adopted["default_checkpoint_id"] == "3"
    assert [item["checkpoint_id"] for item in adopted["checkpoints"]] == ["1", "2", "3"]
    assert adopted[RECORDED]


def test_refresh_finds_nothing_changed(rig: Rig, adopted: dict[str, Any]) -> None:
    """The version is what the resource stands for, however its job ended."""
    found = reading.read(rig.client, rig.verbs().context, adopted["name"], adopted)

    assert found is not None
    assert dict(found.state) == adopted


def test_lost_record_keeps_it(rig: Rig, adopted: dict[str, Any]) -> None:
    """As for any other job."""
    rig.emulator.faults.add(path="/tuningJobs/", status=404, times=0)

    found = reading.read(rig.client, rig.verbs().context, adopted["name"], adopted)

    assert found is not None
    assert dict(found.state) == adopted


def test_version_that_is_gone_is_gone(rig: Rig, adopted: dict[str, Any]) -> None:
    """The next run trains anew."""
    rig.finish(rig.client.start_model_deletion(adopted["model"]))

    assert reading.read(rig.client, rig.verbs().context, adopted["name"], adopted) is None


def test_delete_removes_it(rig: Rig, adopted: dict[str, Any]) -> None:
    """There is no endpoint to look at."""
    deletion.delete(rig.client, rig.verbs().context, adopted["name"], {**adopted, "deletion_policy": "DELETE"})

    assert rig.everything_left() == {"models": 0, "endpoints": 0}


def test_prevent_protects_it(rig: Rig, adopted: dict[str, Any]) -> None:
    """Somebody adopted it because it is worth keeping."""
    with pytest.raises(CtuneError, match="its deletion_policy is PREVENT"):
        deletion.delete(rig.client, rig.verbs().context, adopted["name"], {**adopted, "deletion_policy": "PREVENT"})


def test_it_is_a_source_like_any_other(rig: Rig, adopted: dict[str, Any]) -> None:
    """Tuning continues from the registry's version, whatever became of an endpoint."""
    state = rig.create(rig.continued(adopted["tuned_model_name"]))

    assert (state["source_model_name"], state["source_checkpoint_id"]) == (adopted["tuned_model_name"], "3")


def test_look_up_has_no_endpoint(rig: Rig, adopted: dict[str, Any]) -> None:
    """Nothing serves it."""
    assert look_up(rig.client, adopted["tuned_model_name"]).endpoint == ""


def test_it_is_served_by_a_deployment(serving: Serving, adopted: dict[str, Any]) -> None:
    """An endpoint of the user's takes it."""
    state = serving.create(adopted["tuned_model_name"])

    assert state["model"] == adopted["model"]
    assert serving.traffic() == {"1": 100}


def test_create_names_the_version_and_the_way_to_keep_it(rig: Rig) -> None:
    """The error is not the end: what was paid for is there, and one input takes it over."""
    rig.emulator.faults.add(job={"state": "JOB_STATE_FAILED", "with_endpoint": False})

    with pytest.raises(TuningJobFailedError) as raised:
        rig.create(rig.inputs())

    job = rig.emulator.jobs()[0]
    assert "Failed to create endpoint. Tuned model is uploaded and can be accessed" in str(raised.value)
    assert f"It left the model version {job['tunedModel']['model']}" in str(raised.value)
    assert f"set adopt_job to '{job['name'].rpartition('/')[2]}'" in str(raised.value)


def test_adopted_failure_is_a_resource_like_any_other(rig: Rig) -> None:
    """`adopt_job` keeps the version; without the input later there is no difference, and nothing is trained."""
    job = failed(rig)

    state = rig.create(rig.inputs(adopt_job=job["name"]))

    kept = (state["name"], state["tuned_model_name"], state["endpoint"])
    assert kept == (job["name"], job["tunedModel"]["model"], "")
    assert not diff.plan(State.parse(state), Draft.of(rig.inputs())).changes
    assert len(rig.submissions()) == 1


def test_adopted_failure_with_endpoints_has_them(rig: Rig) -> None:
    """A job that failed after everything was made: whole model, whole outputs, and all of it is removed again."""
    job = failed(rig, with_endpoint=True)

    state = rig.create(rig.inputs(adopt_job=job["name"], deletion_policy="DELETE"))
    whole = (state["tuned_model_name"], state["endpoint"], [item["checkpoint_id"] for item in state["checkpoints"]])
    deletion.delete(rig.client, rig.verbs().context, state["name"], state)

    assert whole == (job["tunedModel"]["model"], job["tunedModel"]["endpoint"], ["1", "2", "3"])
    assert rig.everything_left() == {"models": 0, "endpoints": 0}
