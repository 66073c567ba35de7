"""A delete takes what this job made and nothing else, and goes on where a job ended a moment before."""

from typing import Any

import pytest

from pulumi_ctune.core.api import ModelVersion
from pulumi_ctune.core.errors import CtuneError
from pulumi_ctune.tuning_job import deletion
from tests.core.rig import Rig
from tests.core.test_job_cancellation import late_client, running_job

SOMEBODYS = "0123456789abcdef"


def delete(rig: Rig, state: dict[str, Any]) -> None:
    deletion.delete(rig.client, rig.verbs().context, str(state["name"]), state)


def mark(rig: Rig, state: dict[str, Any], holder: str) -> ModelVersion:
    """Another state entry has claimed the version since."""
    version = rig.client.get_model_version(state["tuned_model_name"])
    labels = {**version.labels, "ctune-recorded": holder}
    return rig.client.update_model_version(version.name, changes={"labels": labels})


@pytest.mark.parametrize(
    ("policy", "left"), [("DELETE", {"models": 0, "endpoints": 0}), ("ABANDON", {"models": 1, "endpoints": 3})]
)
def test_destroy_goes_on_with_what_a_job_left_that_ended_a_moment_before(
    rig: Rig, policy: str, left: dict[str, int]
) -> None:
    """Google refuses to cancel it; the policy says what becomes of its model."""
    state = running_job(rig, deletion_policy=policy)
    rig.client = late_client(rig)

    delete(rig, state)

    assert rig.everything_left() == left


def test_model_of_a_job_that_ended_a_moment_before_is_marked_as_abandoned(rig: Rig) -> None:
    """The next `up` with the same inputs takes it up."""
    state = running_job(rig)
    rig.client = late_client(rig)

    delete(rig, state)

    version = rig.client.get_job(str(state["name"])).tuned_model_name
    assert rig.client.get_model_version(version).labels["ctune-recorded"] == "abandoned"


def test_job_that_is_being_cancelled_is_not_refused_a_destroy(rig: Rig) -> None:
    """Somebody was faster: with DELETE its end is waited for, and its checkpoints go."""
    state = running_job(rig, at_s=500.0, deletion_policy="DELETE")
    rig.client.cancel_job(str(state["name"]))
    rig.client = late_client(rig, after_s=0.0)

    delete(rig, state)

    assert rig.everything_left() == {"models": 0, "endpoints": 0}


@pytest.mark.parametrize("policy", ["DELETE", "ABANDON", "PREVENT"])
def test_version_that_somebody_else_holds_is_not_touched(rig: Rig, policy: str) -> None:
    """Neither deleted nor marked, and said."""
    state = rig.create(rig.inputs(deletion_policy=policy))
    version = mark(rig, state, SOMEBODYS)

    delete(rig, state)

    assert rig.everything_left() == {"models": 1, "endpoints": 3}
    assert rig.client.get_model_version(version.name).labels == version.labels
    assert rig.report.warnings == [f"nothing of {version.name} is deleted: another state entry has taken it over"]


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        ({"ctune-resource": "f00"}, " (it was made for resource 'support' of stack 'prod' (project 'infra'))"),
        ({"ctune-resource": None, "ctune-name": None}, ""),
    ],
    ids=["another stack", "made by hand"],
)
def test_warning_of_what_somebody_holds_says_for_whom_it_was_made(
    rig: Rig, labels: dict[str, str | None], said: str
) -> None:
    """The labels tell who made a version, not who has it: they are quoted where they tell more than is known."""
    state = rig.create(rig.inputs())
    version = mark(rig, state, SOMEBODYS)
    changed = {**version.labels, "ctune-stack": "prod", **labels}
    rig.client.update_model_version(
        version.name, changes={"labels": {key: value for key, value in changed.items() if value}}
    )

    delete(rig, state)

    assert rig.report.warnings[-1].removeprefix(f"nothing of {version.name} is deleted: ") == (
        f"another state entry has taken it over{said}"
    )


def test_state_without_a_token_takes_nothing_from_others(rig: Rig) -> None:
    """An entry that was edited by hand does not know what it holds: then nothing is deleted, and nothing breaks."""
    state = rig.create(rig.inputs(deletion_policy="DELETE"))
    del state["__owner"]["token"], state["__hold"]

    delete(rig, state)

    assert rig.everything_left()["models"] == 1


def test_version_that_somebody_deployed_on_the_jobs_own_endpoint_is_not_deleted(rig: Rig) -> None:
    """The endpoint is the job's, the second deployment on it is not."""
    state = rig.create(rig.inputs(deletion_policy="DELETE"))
    deployed = {"id": "7", "model": state["tuned_model_name"], "displayName": "by hand"}
    rig.finish(rig.client.start_deployment(state["endpoint"], deployed, {}))

    with pytest.raises(CtuneError, match=r"somebody else has deployed it on \S+ too \(7\)"):
        delete(rig, state)

    assert rig.everything_left() == {"models": 1, "endpoints": 3}


def test_endpoints_of_a_version_that_is_gone_are_deleted(rig: Rig) -> None:
    """Somebody took the deployments off and deleted the model by hand."""
    state = rig.create(rig.inputs(deletion_policy="DELETE"))
    for checkpoint in state["checkpoints"]:
        for item in rig.client.get_endpoint(checkpoint["endpoint"]).deployed_models:
            rig.finish(rig.client.start_undeployment(checkpoint["endpoint"], item.deployed_model_id))
    rig.finish(rig.client.start_model_deletion(state["model"]))

    delete(rig, state)

    assert rig.everything_left() == {"models": 0, "endpoints": 0}


def test_other_deployments_keep_an_endpoint_of_a_version_that_is_gone(rig: Rig) -> None:
    """What serves there is somebody's."""
    other = rig.create(rig.inputs(tuned_model_display_name="other"))
    state = rig.create(rig.inputs(deletion_policy="DELETE"))
    for checkpoint in state["checkpoints"]:
        for item in rig.client.get_endpoint(checkpoint["endpoint"]).deployed_models:
            rig.finish(rig.client.start_undeployment(checkpoint["endpoint"], item.deployed_model_id))
    deployed = {"id": "7", "model": other["tuned_model_name"], "displayName": "by hand"}
    rig.finish(rig.client.start_deployment(state["endpoint"], deployed, {"0": 100}))
    rig.finish(rig.client.start_model_deletion(state["model"]))

    delete(rig, state)

    assert [item.deployed_model_id for item in rig.client.get_endpoint(state["endpoint"]).deployed_models] == ["7"]
