"""Deployments that are cut short at any step: the old version serves, and the next run finishes with one new one."""

from collections.abc import Iterator
from typing import Any, Literal

import pytest

from pulumi_ctune.core.errors import BadRequestError, CtuneError
from pulumi_ctune.core.outcomes import Unfinished
from pulumi_ctune.deployment import creation, outputs
from pulumi_ctune.deployment.attributes import LEFT_OVER
from pulumi_ctune.deployment.diff import plan
from tests.core.rig import Rig
from tests.core.serving import ENDPOINT, Killed, Serving

DEPLOY = {"method": "POST", "path": ":deployModel$"}
UNDEPLOY = {"method": "POST", "path": ":undeployModel$"}
SHIFT = {"method": "PATCH", "path": "/endpoints/"}
SERVERS_OWN = {"operation_code": 9, "message": "No capacity for this model."}


@pytest.fixture(name="serving")
def serving_fixture(rig: Rig) -> Iterator[Serving]:
    with Serving.start(rig) as serving:
        yield serving


def killed_update(
    serving: Serving, state: dict[str, Any], version: str, kill_at: int, when: Literal["before", "after"]
) -> None:
    """An update by a process that dies at one of its writes; nobody saves anything."""
    client = serving.mortal(kill_at, when)
    with pytest.raises(Killed):
        creation.update(client, serving.rig.verbs().context, state, serving.inputs(version))


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(("kill_at", "step"), [(1, "deploy"), (2, "shift"), (3, "undeploy")])
def test_killed_update_is_finished_by_the_next(
    serving: Serving, kill_at: int, step: str, when: Literal["before", "after"]
) -> None:
    """At each moment one version has all the traffic, and in the end there is one deployment."""
    state = serving.create(serving.versions[0])

    killed_update(serving, state, serving.versions[1], kill_at, when)
    left = serving.traffic()
    updated = serving.update(state, serving.versions[1])

    shifted = step == "undeploy" or (step == "shift" and when == "after")
    assert left == ({"2": 100} if shifted else {"1": 100})
    assert serving.traffic() == {"2": 100}
    assert list(serving.deployed().values()) == ["2"]
    assert (updated["version_id"], updated["previous_tuned_model_name"]) == ("2", serving.versions[0])
    assert LEFT_OVER not in updated


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("kill_at", [1, 2, 3])
def test_killed_update_can_be_taken_back(serving: Serving, kill_at: int, when: Literal["before", "after"]) -> None:
    """Whoever goes back to the old version after a crash has it with all traffic; a refresh tells of what is left."""
    state = serving.create(serving.versions[0])
    killed_update(serving, state, serving.versions[1], kill_at, when)
    serving.rig.clock.pause(60)

    found = serving.read(state)
    assert found is not None
    serving.update(dict(found.state), serving.versions[0])

    assert serving.traffic() == {"1": 100}
    assert list(serving.deployed().values()) == ["1"]


@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_create_is_finished_by_the_next(serving: Serving, when: Literal["before", "after"]) -> None:
    """A deployment that is under way, and that no state knows of, is waited for instead of begun again."""
    client = serving.mortal(1, when)
    with pytest.raises(Killed):
        creation.create(client, serving.rig.verbs().context, serving.inputs(serving.versions[0]))

    state = serving.create(serving.versions[0])

    assert serving.traffic() == {"1": 100}
    assert list(serving.deployed()) == [state["deployed_model_id"]]


def test_killed_create_of_another_version_is_cleared_away(serving: Serving) -> None:
    """What an earlier run left is known by its mark."""
    client = serving.mortal(1, "after")
    with pytest.raises(Killed):
        creation.create(client, serving.rig.verbs().context, serving.inputs(serving.versions[0]))
    serving.rig.clock.pause(60)

    state = serving.create(serving.versions[1])

    assert serving.traffic() == {"2": 100}
    assert list(serving.deployed()) == [state["deployed_model_id"]]


@pytest.mark.parametrize("drop", ["before", "after"])
@pytest.mark.parametrize("step", [DEPLOY, SHIFT, UNDEPLOY], ids=["deploy", "shift", "undeploy"])
def test_lost_answers_are_asked_again(serving: Serving, step: dict[str, str], drop: str) -> None:
    """Each step may be sent again: in the end there is one deployment, and no word of it."""
    state = serving.create(serving.versions[0])
    serving.rig.emulator.faults.add(**step, drop=drop)

    updated = serving.update(state, serving.versions[1])

    assert serving.traffic() == {"2": 100}
    assert list(serving.deployed().values()) == ["2"]
    assert updated["previous_tuned_model_name"] == serving.versions[0]
    assert serving.rig.report.warnings == []


def test_failed_deployment_leaves_the_old_version(serving: Serving) -> None:
    """The operation's own error is the line; nothing new is on the endpoint, and the next run tries anew."""
    state = serving.create(serving.versions[0])
    serving.rig.emulator.faults.add(**DEPLOY, **SERVERS_OWN)

    with pytest.raises(BadRequestError) as raised:
        serving.update(state, serving.versions[1])
    left = (serving.traffic(), list(serving.deployed().values()))
    serving.update(state, serving.versions[1])

    assert str(raised.value) == (
        f"{serving.versions[1]} does not serve yet [{serving.rig.client.get_endpoint(ENDPOINT).name}]: gRPC 9 "
        f"FAILED_PRECONDITION: No capacity for this model. {serving.versions[0]} keeps serving."
    )
    assert left == ({"1": 100}, ["1"])
    assert serving.traffic() == {"2": 100}


def test_interrupted_wait_keeps_what_is_under_way(serving: Serving) -> None:
    """Ctrl-C while the operation runs: the state names the old version and what is to come; the next run finishes."""
    state = serving.create(serving.versions[0])
    serving.rig.emulator.configure(operation_duration_s=600)
    serving.rig.clock.interrupt_at_s = serving.rig.clock.now_s + 30

    with pytest.raises(Unfinished) as raised:
        serving.update(state, serving.versions[1])
    kept = raised.value.state
    serving.rig.clock.interrupt_at_s = float("inf")
    left = serving.traffic()
    updated = serving.update(kept, serving.versions[1])

    assert {key: kept[key] for key in state} == state
    assert len(kept[LEFT_OVER]) == 1
    assert raised.value.resource_id == outputs.id_of(state)
    assert "goes on at Google. Run the same command again to resume it." in str(raised.value.cause)
    assert left == {"1": 100}
    assert LEFT_OVER not in updated
    assert [entry for entry in serving.writes() if entry == "deployModel"] == ["deployModel"] * 2
    assert list(serving.deployed().values()) == ["2"]


def test_interrupted_create_can_be_destroyed(serving: Serving) -> None:
    """A state without a deployment knows of the operation: delete waits for it, and nothing stays behind."""
    serving.rig.emulator.configure(operation_duration_s=600)
    serving.rig.clock.interrupt_at_s = serving.rig.clock.now_s + 30
    with pytest.raises(Unfinished) as raised:
        serving.create(serving.versions[0])
    serving.rig.clock.interrupt_at_s = float("inf")

    serving.delete(raised.value.state, raised.value.resource_id)

    assert serving.deployed() == {}


@pytest.mark.parametrize("share", [100, 10], ids=["next version", "over a canary"])
def test_killed_update_can_be_destroyed(serving: Serving, share: int) -> None:
    """No state knows of what a killed run has begun: delete waits for it, and nothing stays behind."""
    state = serving.update(serving.create(serving.versions[0]), serving.versions[1], traffic_percent=share)
    serving.rig.emulator.configure(operation_duration_s=60)

    killed_update(serving, state, serving.versions[2], kill_at=1, when="after")
    serving.delete(state)
    serving.rig.clock.pause(3600)

    assert serving.deployed() == {}


def test_deployment_can_be_destroyed_where_operations_may_not_be_listed(serving: Serving) -> None:
    """Waiting for what others have begun is a precaution, not a condition."""
    state = serving.create(serving.versions[0])
    serving.rig.emulator.faults.add(method="GET", path="/operations$", status=403, message="Not yours.")

    serving.delete(state)

    assert serving.deployed() == {}


def test_interrupted_update_can_be_taken_back(serving: Serving) -> None:
    """The program that goes back to the old version has what was begun undeployed."""
    state = serving.create(serving.versions[0])
    serving.rig.emulator.configure(operation_duration_s=600)
    serving.rig.clock.interrupt_at_s = serving.rig.clock.now_s + 30
    with pytest.raises(Unfinished) as raised:
        serving.update(state, serving.versions[1])
    kept = raised.value.state
    serving.rig.clock.interrupt_at_s = float("inf")

    back = serving.update(kept, serving.versions[0])

    assert plan(kept, serving.inputs(serving.versions[0])).updates == (LEFT_OVER,)
    assert back == state
    assert list(serving.deployed().values()) == ["1"]


def test_timeout_says_what_goes_on(serving: Serving) -> None:
    """A deployment that takes longer than the timeout is taken up by the next run."""
    serving.rig.emulator.configure(operation_duration_s=3 * 3600)

    with pytest.raises(Unfinished) as raised:
        serving.create(serving.versions[0])

    assert "the timeout of 1h passed: " in str(raised.value.cause)
    assert str(raised.value.cause).endswith("goes on at Google. Run the same command again to resume it.")


def test_undeployment_that_is_refused_is_left_to_the_next_run(serving: Serving) -> None:
    """The new version serves, so it is a warning; the state keeps what is still to be done."""
    state = serving.create(serving.versions[0])
    refusal = {"status": 400, "reason": "FAILED_PRECONDITION", "message": "It still has traffic.", "times": 0}
    serving.rig.emulator.faults.add(**UNDEPLOY, **refusal)

    updated = serving.update(state, serving.versions[1])
    left = dict(updated[LEFT_OVER])
    serving.rig.emulator.faults.clear()
    finished = serving.update(updated, serving.versions[1])

    assert list(left) == [state["deployed_model_id"]]
    assert serving.traffic() == {"2": 100}
    assert serving.rig.report.warnings[-1].endswith("It still has traffic.; the next `pulumi up` tries again")
    assert plan(updated, serving.inputs(serving.versions[1])).updates == (LEFT_OVER,)
    assert LEFT_OVER not in finished
    assert finished["previous_tuned_model_name"] == serving.versions[0]
    assert list(serving.deployed().values()) == ["2"]


def test_undeployment_that_is_refused_for_a_moment_is_tried_again(serving: Serving) -> None:
    """Traffic that was taken away a moment ago may still count."""
    state = serving.create(serving.versions[0])
    refusal = {"status": 400, "reason": "FAILED_PRECONDITION", "message": "It still has traffic.", "times": 3}
    serving.rig.emulator.faults.add(**UNDEPLOY, **refusal)

    updated = serving.update(state, serving.versions[1])

    assert LEFT_OVER not in updated
    assert serving.rig.report.warnings == []


def test_delete_that_fails_says_so(serving: Serving) -> None:
    """What cannot be undeployed keeps the resource in the state."""
    state = serving.create(serving.versions[0])
    serving.rig.emulator.faults.add(**UNDEPLOY, status=403, message="no undeploy", times=0)

    with pytest.raises(CtuneError, match=r"the deployment was not taken off its endpoint .*no undeploy"):
        serving.delete(state)
