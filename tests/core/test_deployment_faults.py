"""Trouble at any step of a deployment: the old version serves until the shift, and in the end the new one, alone."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Literal

import pytest

from pulumi_ctune.core.errors import CtuneError
from pulumi_ctune.core.outcomes import Unfinished
from pulumi_ctune.deployment import creation, deletion, kind, outputs
from pulumi_ctune.deployment.attributes import LEFT_OVER
from tests.core.misinformed import misinformed
from tests.core.rig import Rig
from tests.core.serving import ENDPOINT, PARENT, Killed, Serving

STEPS = {
    "look": {"method": "GET", "path": "/endpoints/[^/]*$"},
    "deploy": {"method": "POST", "path": ":deployModel$"},
    "wait": {"method": "GET", "path": r"/operations/\d+$"},
    "shift": {"method": "PATCH", "path": "/endpoints/"},
    "undeploy": {"method": "POST", "path": ":undeployModel$"},
}
FAULTS: dict[str, dict[str, Any]] = {
    "429": {"status": 429, "retry_after_s": 7.0},
    "503": {"status": 503},
    "401": {"status": 401},
    "request lost": {"drop": "before"},
    "answer lost": {"drop": "after"},
}
OTHER = f"{PARENT}/endpoints/other-bot"


@pytest.fixture(name="serving")
def serving_fixture(rig: Rig) -> Iterator[Serving]:
    with Serving.start(rig) as serving:
        serving.ask("POST", f"{PARENT}/endpoints?endpointId=other-bot", {"displayName": "other-bot"})
        serving.forget_requests()
        yield serving


def troubled(serving: Serving, state: dict[str, Any], version: str) -> dict[str, Any]:
    """The state that the engine holds after an update that may fail."""
    try:
        return serving.update(state, version)
    except Unfinished as unfinished:
        return unfinished.state
    except CtuneError:
        return state
    finally:
        serving.rig.emulator.faults.clear()


def deployments_made(serving: Serving) -> int:
    """How many deployments have succeeded on the endpoint so far."""
    made = serving.rig.client.list_deployment_operations(ENDPOINT)
    return len([operation for operation in made if operation.done and operation.error is None])


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
def test_trouble_that_passes_leaves_one_deployment(
    serving: Serving, step: dict[str, str], fault: dict[str, Any]
) -> None:
    """Three times in a row at any step: one version has all traffic at the end of each run, and nothing is deployed
    twice.
    """
    state = serving.create(serving.versions[0])
    serving.rig.emulator.faults.add(**step, **fault, times=3)

    after = troubled(serving, state, serving.versions[1])
    left = serving.traffic()
    ended = serving.update(after, serving.versions[1])

    assert left in ({"1": 100}, {"2": 100})
    assert serving.traffic() == {"2": 100}
    assert list(serving.deployed()) == [ended["deployed_model_id"]]
    assert (ended["previous_tuned_model_name"], LEFT_OVER in ended) == (serving.versions[0], False)
    assert deployments_made(serving) == 2


LAST_LOOK_S = 10.0
"""A look that begins just before the timeout is still tried again a little."""


@pytest.mark.parametrize("fault", ["503", "401"])
@pytest.mark.parametrize(
    ("step", "serves"), [("look", "1"), ("deploy", "1"), ("wait", "1"), ("shift", "1"), ("undeploy", "2")]
)
def test_trouble_that_stays_leaves_the_old_version_until_the_shift(
    serving: Serving, step: str, serves: str, fault: str
) -> None:
    """The run ends within its timeout, and the next one finishes what it has begun."""
    state = serving.create(serving.versions[0])
    serving.rig.emulator.faults.add(**STEPS[step], **FAULTS[fault], times=0)
    began_s = serving.rig.clock.now_s

    after = troubled(serving, state, serving.versions[1])
    took_s = serving.rig.clock.now_s - began_s
    left = serving.traffic()
    ended = serving.update(after, serving.versions[1])

    assert took_s <= kind.DEFAULT_TIMEOUT.total_seconds() + LAST_LOOK_S
    assert left == {serves: 100}
    assert serving.traffic() == {"2": 100}
    assert list(serving.deployed()) == [ended["deployed_model_id"]]
    assert deployments_made(serving) == 2


@pytest.mark.parametrize("status", [403, 429, 501, 503])
def test_operations_that_cannot_be_listed_keep_nobody_waiting(serving: Serving, status: int) -> None:
    """The list is a precaution: a deployment goes ahead without it."""
    serving.rig.emulator.faults.add(method="GET", path="/operations$", status=status, times=0)
    began_s = serving.rig.clock.now_s

    serving.create(serving.versions[0])

    assert serving.traffic() == {"1": 100}
    assert serving.rig.clock.now_s - began_s < 150


def test_interruption_before_the_old_one_is_undeployed_is_finished_by_the_next(serving: Serving) -> None:
    """Ctrl-C while it is undeployed: the state has the new version, and what is left to do."""
    state = serving.create(serving.versions[0])
    serving.rig.emulator.configure(operation_duration_s=600)
    serving.rig.clock.interrupt_at_s = serving.rig.clock.now_s + 900

    with pytest.raises(Unfinished) as raised:
        serving.update(state, serving.versions[1])
    kept = raised.value.state
    left = serving.traffic()
    serving.rig.clock.interrupt_at_s = float("inf")
    ended = serving.update(kept, serving.versions[1])

    assert left == {"2": 100}
    assert (kept["version_id"], kept[LEFT_OVER]) == ("2", {state["deployed_model_id"]: ""})
    assert "serves, and what served before is still to be undeployed [" in str(raised.value.cause)
    assert list(serving.deployed()) == [ended["deployed_model_id"]]
    assert ended == {key: value for key, value in kept.items() if key != LEFT_OVER}


def test_update_that_takes_too_long_is_finished_by_the_next(serving: Serving) -> None:
    """After the timeout the old version serves, the state knows what is under way, and nothing is deployed twice."""
    state = serving.create(serving.versions[0])
    serving.rig.emulator.configure(operation_duration_s=timedelta(hours=3).total_seconds())

    with pytest.raises(Unfinished, match=r"not serve yet .*the timeout of 1h passed: .* keeps serving\.$") as raised:
        serving.update(state, serving.versions[1])
    kept, left = raised.value.state, serving.traffic()
    serving.rig.clock.pause(timedelta(hours=3).total_seconds())
    serving.rig.emulator.configure(operation_duration_s=1)
    ended = serving.update(kept, serving.versions[1])

    assert left == {"1": 100}
    assert (kept["version_id"], len(kept[LEFT_OVER])) == ("1", 1)
    assert list(serving.deployed()) == [ended["deployed_model_id"]]
    assert deployments_made(serving) == 2


@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_move_to_another_endpoint_is_finished_by_the_next(
    serving: Serving, when: Literal["before", "after"]
) -> None:
    """A replacement: deployed there once, and only then taken off the old endpoint, whatever was cut short."""
    state = serving.create(serving.versions[0])
    moved = serving.inputs(serving.versions[0], endpoint=OTHER)
    with pytest.raises(Killed):
        creation.create(serving.mortal(1, when), serving.rig.verbs().context, moved)
    left = serving.traffic()
    there = serving.create(serving.versions[0], endpoint=OTHER)
    with pytest.raises(Killed):
        deletion.delete(serving.mortal(1, when), serving.rig.verbs().context, outputs.id_of(state), state)
    serving.rig.clock.pause(60)

    serving.delete(state)

    other = serving.rig.client.get_endpoint(OTHER)
    assert left == {"1": 100}
    assert serving.deployed() == {}
    assert [item.deployed_model_id for item in other.deployed_models] == [there["deployed_model_id"]]
    assert other.traffic_split == {there["deployed_model_id"]: 100}


@pytest.mark.parametrize("call", [":deployModel", ":undeployModel"])
def test_operation_without_a_name_is_as_good_as_lost(serving: Serving, call: str) -> None:
    """Nobody can wait for it, so what it has done is looked for on the endpoint."""
    first, second, _ = serving.versions
    serving.rig.client = misinformed(serving.rig, call, {})

    state = serving.update(serving.create(first), second)

    assert serving.deployed() == {state["deployed_model_id"]: second.rpartition("@")[2]}
