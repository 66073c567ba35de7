"""Deletions that are cut short, refused for a moment, or meet what somebody else has deployed."""

import re
from typing import Any

import pytest

from pulumi_ctune.core.errors import CtuneError, PermissionDeniedError, WaitInterruptedError
from pulumi_ctune.tuning_job import deletion
from tests.core.rig import Rig

OPERATION_S = 60.0
OF_THE_SOURCE = {"models": 1, "endpoints": 3}


def delete(rig: Rig, state: dict[str, Any]) -> None:
    context = rig.verbs(timeout=deletion.DEFAULT_TIMEOUT).context
    deletion.delete(rig.client, context, str(state["name"]), state)


@pytest.fixture(name="state")
def state_fixture(rig: Rig) -> dict[str, Any]:
    """A job with three endpoints, which is to be deleted. Three undeployments and the deletion of its version take a
    minute each; endpoints are deleted at once.
    """
    source = rig.create(rig.inputs())["tuned_model_name"]
    state = rig.create(rig.continued(source, deletion_policy="DELETE"))
    rig.emulator.configure(operation_duration_s=OPERATION_S)
    return state


@pytest.mark.parametrize("operation", range(4))
def test_interrupted_deletion_is_taken_up_by_the_next(rig: Rig, state: dict[str, Any], operation: int) -> None:
    """Ctrl-C during any of the operations ends the wait with one line; the next delete does the rest."""
    began_s = rig.clock.now_s
    rig.clock.interrupt_at_s = began_s + (operation + 0.5) * OPERATION_S

    with pytest.raises(WaitInterruptedError) as raised:
        delete(rig, state)
    interrupted_s = rig.clock.now_s
    rig.clock.interrupt_at_s = float("inf")
    delete(rig, state)

    assert re.fullmatch(
        rf"the deletion was not finished \[{state['name']}\]: interrupted: projects/\S+/operations/\d+ goes on at "
        r"Google\. Run the same command again to resume it\.",
        str(raised.value),
    )
    assert interrupted_s == began_s + (operation + 0.5) * OPERATION_S
    assert rig.everything_left() == OF_THE_SOURCE


def test_deletion_that_takes_too_long_is_taken_up_by_the_next(rig: Rig, state: dict[str, Any]) -> None:
    """With the verb's timeout the wait ends, and what is under way goes on: the next delete finds it done."""
    rig.emulator.configure(operation_duration_s=2 * deletion.DEFAULT_TIMEOUT.total_seconds())
    began_s = rig.clock.now_s

    with pytest.raises(CtuneError) as raised:
        delete(rig, state)
    waited_s = rig.clock.now_s - began_s
    rig.emulator.configure(operation_duration_s=OPERATION_S)
    rig.clock.pause(2 * deletion.DEFAULT_TIMEOUT.total_seconds())
    delete(rig, state)

    assert re.fullmatch(
        rf"the deletion was not finished \[{state['name']}\]: the timeout of 1h passed: projects/\S+/operations/\d+ "
        r"goes on at Google\. Run the same command again to resume it\.",
        str(raised.value),
    )
    assert waited_s <= deletion.DEFAULT_TIMEOUT.total_seconds()
    assert rig.everything_left() == OF_THE_SOURCE


def test_status_says_what_is_being_deleted(rig: Rig, state: dict[str, Any]) -> None:
    """While an operation runs, the line names the endpoint or the version, and says since when."""
    delete(rig, state)

    reported = rig.report.statuses
    assert f"deleting endpoint {state['endpoint']} after 8s" in reported
    assert reported[-1].startswith(f"deleting {state['tuned_model_name']} after ")


def test_failed_operation_of_a_deletion_is_reported(rig: Rig, state: dict[str, Any]) -> None:
    """The operation's own words stand in the line."""
    rig.emulator.faults.add(method="DELETE", path="/models/", operation_code=7, message="no aiplatform.models.delete")

    with pytest.raises(PermissionDeniedError) as raised:
        delete(rig, state)

    assert str(raised.value) == (
        f"the results of the tuning job could not be deleted [{state['name']}]: gRPC 7 PERMISSION_DENIED: no "
        "aiplatform.models.delete. Grant the caller roles/aiplatform.user on the project."
    )


@pytest.mark.parametrize("reason", ["ABORTED", "FAILED_PRECONDITION"])
@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", ":undeployModel$"), ("DELETE", "/endpoints/"), ("DELETE", "/models/")],
    ids=["undeploy", "endpoint", "model"],
)
def test_deletion_that_is_refused_for_a_moment_is_tried_again(
    rig: Rig, state: dict[str, Any], method: str, path: str, reason: str
) -> None:
    """What was undeployed, or begun by an earlier run, may still count for a while."""
    rig.emulator.faults.add(method=method, path=path, status=400, reason=reason, message="It is in use.", times=3)

    delete(rig, state)

    assert rig.everything_left() == OF_THE_SOURCE


def test_interruption_while_a_deletion_is_refused_says_why(rig: Rig, state: dict[str, Any]) -> None:
    """Ctrl-C ends that patience too."""
    refusal = {"status": 400, "reason": "FAILED_PRECONDITION", "message": "It is in use."}
    rig.emulator.faults.add(method="DELETE", path="/endpoints/", times=0, **refusal)
    rig.clock.interrupt_at_s = rig.clock.now_s + OPERATION_S + 30

    with pytest.raises(WaitInterruptedError) as raised:
        delete(rig, state)

    assert str(raised.value) == (
        f"the deletion was not finished [{state['name']}]: interrupted: HTTP 400 FAILED_PRECONDITION: It is in use. "
        "Run the same command again to resume it."
    )


@pytest.mark.parametrize(
    ("split", "left"),
    [
        ({"ours": 100, "7": 0, "8": 0}, {}),
        ({"ours": 0, "7": 100, "8": 0}, {"7": 100}),
        ({"ours": 40, "7": 20, "8": 40}, {"7": 33, "8": 67}),
    ],
    ids=["all", "none", "some"],
)
def test_foreign_deployment_takes_our_traffic_over(
    rig: Rig, state: dict[str, Any], split: dict[str, int], left: dict[str, int]
) -> None:
    """An endpoint that serves something else too stays: ours leaves it, and others take its share, if they have one."""
    foreign = rig.create(rig.continued(state["tuned_model_name"]))["tuned_model_name"]
    endpoint = rig.client.get_endpoint(state["endpoint"])
    (ours,) = (deployed.deployed_model_id for deployed in endpoint.deployed_models)
    for id_ in ("7", "8"):
        rig.finish(rig.client.start_deployment(endpoint.name, {"id": id_, "model": foreign}, {}))
    shares = {ours if id_ == "ours" else id_: share for id_, share in split.items()}
    rig.client.update_endpoint(endpoint.name, changes={"trafficSplit": shares})

    delete(rig, state)

    after = rig.client.get_endpoint(endpoint.name)
    assert [deployed.deployed_model_id for deployed in after.deployed_models] == ["7", "8"]
    assert {id_: share for id_, share in after.traffic_split.items() if share} == left
    assert rig.report.warnings == [f"{endpoint.name} stays: it serves {foreign} too"]
