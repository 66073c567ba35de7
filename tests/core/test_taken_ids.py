"""Ids of deployments that Google calls taken: of one that is under way, of one that is gone, or for no visible reason.

Whether an id may be used again after its deployment was undeployed is documented nowhere, so both must work.
"""

from collections.abc import Iterator
from typing import Literal

import pytest

from pulumi_ctune.core.errors import CtuneError
from pulumi_ctune.core.hidden import OWNER
from pulumi_ctune.core.outcomes import Unfinished
from pulumi_ctune.deployment import creation
from pulumi_ctune.deployment.attributes import LEFT_OVER
from pulumi_ctune.deployment.deploying import deploy
from pulumi_ctune.deployment.ids import Mark
from pulumi_ctune.deployment.rollout import Rollout, Target
from tests.core.rig import Rig
from tests.core.serving import ENDPOINT, Killed, Serving

DEPLOY = {"method": "POST", "path": ":deployModel$"}
TAKEN = {"status": 409, "reason": "ALREADY_EXISTS", "message": "It exists."}
FOR_EVER_S = 1e9


@pytest.fixture(name="serving")
def serving_fixture(rig: Rig) -> Iterator[Serving]:
    """An endpoint on which each id is good for one deployment."""
    rig.emulator.configure(undeployed_id_taken_s=FOR_EVER_S)
    with Serving.start(rig) as serving:
        yield serving


def deployments_made(serving: Serving) -> int:
    """How many deployments have succeeded on the endpoint so far."""
    made = serving.rig.client.list_deployment_operations(ENDPOINT)
    return len([operation for operation in made if operation.done and operation.error is None])


def test_rollback_takes_another_id_where_the_first_stays_taken(serving: Serving) -> None:
    """Back and forth, each time within a minute: the version serves, alone, and the next run has nothing to do."""
    states = [serving.create(serving.versions[0])]
    began_s = serving.rig.clock.now_s
    for version in (1, 0, 1, 0):
        states.append(serving.update(states[-1], serving.versions[version]))
    took_s = serving.rig.clock.now_s - began_s
    serving.forget_requests()

    again = serving.update(states[-1], serving.versions[0])

    assert took_s < 4 * 60
    assert serving.traffic() == {"1": 100}
    assert list(serving.deployed()) == [states[-1]["deployed_model_id"]]
    assert len({state["deployed_model_id"] for state in states}) == 5
    assert states[-1]["previous_tuned_model_name"] == serving.versions[1]
    assert (again, serving.writes()) == (states[-1], [])
    assert serving.rig.report.warnings == []


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("kill_at", [1, 2, 3, 4, 5])
def test_killed_rollback_is_finished_by_the_next(
    serving: Serving, kill_at: int, when: Literal["before", "after"]
) -> None:
    """Killed at any write (two that are refused, then deploy, shift, undeploy), the next run finds what there is
    under whatever id: the version is deployed once.
    """
    state = serving.update(serving.create(serving.versions[0]), serving.versions[1])
    serving.rig.emulator.configure(operation_duration_s=60)
    with pytest.raises(Killed):
        creation.update(
            serving.mortal(kill_at, when), serving.rig.verbs().context, state, serving.inputs(serving.versions[0])
        )

    back = serving.update(state, serving.versions[0])

    assert serving.traffic() == {"1": 100}
    assert list(serving.deployed()) == [back["deployed_model_id"]]
    assert (back["version_id"], back["previous_tuned_model_name"]) == ("1", serving.versions[1])
    assert LEFT_OVER not in back
    assert deployments_made(serving) == 3


def test_id_that_has_become_free_makes_no_second_deployment(serving: Serving) -> None:
    """What a killed run has begun under a later id is waited for, though the first one is free by now."""
    state = serving.update(serving.create(serving.versions[0]), serving.versions[1])
    serving.rig.emulator.configure(operation_duration_s=60)
    with pytest.raises(Killed):
        creation.update(
            serving.mortal(3, "after"), serving.rig.verbs().context, state, serving.inputs(serving.versions[0])
        )
    serving.rig.emulator.configure(undeployed_id_taken_s=0)

    serving.update(state, serving.versions[0])

    assert list(serving.deployed().values()) == ["1"]
    assert deployments_made(serving) == 3


def test_interrupted_rollback_keeps_what_is_under_way(serving: Serving) -> None:
    """Ctrl-C while it is deployed under a later id: the state knows of that one alone, and the next run goes on."""
    state = serving.update(serving.create(serving.versions[0]), serving.versions[1])
    serving.rig.emulator.configure(operation_duration_s=600)
    serving.rig.clock.interrupt_at_s = serving.rig.clock.now_s + 60
    with pytest.raises(Unfinished) as raised:
        serving.update(state, serving.versions[0])
    serving.rig.clock.interrupt_at_s = float("inf")

    back = serving.update(raised.value.state, serving.versions[0])

    assert list(raised.value.state[LEFT_OVER]) == [back["deployed_model_id"]]
    assert list(serving.deployed()) == [back["deployed_model_id"]]
    assert deployments_made(serving) == 3


def test_rollback_works_where_operations_may_not_be_listed(serving: Serving) -> None:
    """Whether the id is being deployed cannot be seen then: long enough for that is waited, not for ever."""
    state = serving.update(serving.create(serving.versions[0]), serving.versions[1])
    serving.rig.emulator.faults.add(method="GET", path="/operations$", status=403, message="Not yours.", times=0)

    serving.update(state, serving.versions[0])

    assert list(serving.deployed().values()) == ["1"]


def test_deployment_that_ends_with_a_taken_id_takes_another(serving: Serving) -> None:
    """The API may say so only in the operation."""
    serving.rig.emulator.faults.add(**DEPLOY, operation_code=6, message="It exists.", times=2)

    serving.create(serving.versions[0])

    ids = [
        entry["body"]["deployedModel"]["id"]
        for entry in serving.rig.emulator.requests()
        if entry["path"].endswith(":deployModel")
    ]
    assert len(ids) == 3
    assert len(set(ids)) == 2
    assert list(serving.deployed()) == ids[-1:]


def test_id_that_somebody_else_uses_is_left_to_them(serving: Serving) -> None:
    """A foreign deployment under the id that ours would get stays, and ours gets another."""
    first = serving.create(serving.versions[0])["deployed_model_id"]
    serving.delete(serving.create(serving.versions[0]))
    serving.rig.emulator.configure(undeployed_id_taken_s=0)
    serving.deploy_foreign(first, serving.versions[2], {"0": 100})

    state = serving.create(serving.versions[0])

    assert serving.deployed() == {first: "3", state["deployed_model_id"]: "1"}


def test_deployment_is_known_by_its_id_alone(serving: Serving) -> None:
    """Should Google not keep the display name, with the mark in it, nothing is deployed twice all the same."""
    state = serving.create(serving.versions[0])
    serving.delete(state)
    serving.rig.emulator.configure(undeployed_id_taken_s=0)
    serving.deploy_foreign(state["deployed_model_id"], serving.versions[0], {"0": 100})
    serving.forget_requests()

    again = serving.create(serving.versions[0])

    assert (again, serving.writes()) == (state, [])


def test_of_two_deployments_of_a_version_the_one_that_serves_is_kept(serving: Serving) -> None:
    """Should there ever be two, nothing is deployed, and the idle one is undeployed."""
    state = serving.update(serving.create(serving.versions[0]), serving.versions[1])
    back = serving.update(state, serving.versions[0])
    serving.rig.emulator.configure(undeployed_id_taken_s=0)
    (ours,) = serving.rig.client.get_endpoint(ENDPOINT).deployed_models
    first = next(entry["body"]["deployedModel"] for entry in serving.rig.emulator.requests() if entry["body"])
    serving.ask("POST", f"{ENDPOINT}:deployModel", {"deployedModel": first})
    serving.forget_requests()

    again = serving.update(back, serving.versions[0])

    assert serving.writes() == ["undeployModel"]
    assert list(serving.deployed()) == [ours.deployed_model_id]
    assert again == back


def test_what_is_under_way_is_waited_for_before_anything_is_deployed(serving: Serving) -> None:
    """A killed run had begun another version: it does not stay on the endpoint once it is there."""
    state = serving.create(serving.versions[0])
    serving.rig.emulator.configure(operation_duration_s=60)
    with pytest.raises(Killed):
        creation.update(
            serving.mortal(1, "after"), serving.rig.verbs().context, state, serving.inputs(serving.versions[1])
        )

    updated = serving.update(state, serving.versions[2])
    serving.rig.clock.pause(3600)

    assert list(serving.deployed()) == [updated["deployed_model_id"]]


def test_row_of_ids_that_are_all_taken_ends_with_a_line(serving: Serving) -> None:
    """Nothing is deployed, and nothing is left to be done."""
    version = serving.rig.client.get_model_version(serving.versions[0])
    mark = Mark.of(serving.inputs(serving.versions[0])[OWNER])
    rollout = Rollout(serving.rig.client, serving.rig.verbs().context, ENDPOINT, mark)
    serving.rig.emulator.faults.add(**DEPLOY, **TAKEN, times=0)

    with pytest.raises(CtuneError) as raised:
        deploy(rollout, Target("8", version, ids=("8", "9")))

    assert str(raised.value) == (
        f"{serving.versions[0]} was not deployed [{ENDPOINT}]: Google calls each of the 2 ids taken that it may be "
        "deployed under. Give the resource another name."
    )
    assert rollout.pending == {}
