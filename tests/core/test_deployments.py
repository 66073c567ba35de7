"""Deployments on the real client and the emulator: brought to serve, moved on, looked at, taken off."""

from collections.abc import Iterator
from typing import Any

import pytest

from pulumi_ctune.core.errors import BadRequestError, InvalidInputError, NotFoundError, RequirementNotMetError
from pulumi_ctune.core.outcomes import Found
from pulumi_ctune.deployment import outputs, reading
from pulumi_ctune.deployment.attributes import ENDPOINT_NAME
from pulumi_ctune.deployment.diff import plan
from tests.core.rig import Rig
from tests.core.serving import ENDPOINT, Serving


@pytest.fixture(name="serving")
def serving_fixture(rig: Rig) -> Iterator[Serving]:
    with Serving.start(rig) as serving:
        yield serving


def without_hidden(state: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in state.items() if not key.startswith("__")}


def test_first_version_gets_all_traffic_of_an_empty_endpoint(serving: Serving) -> None:
    """One request deploys it with all of the traffic: an empty endpoint serves nothing until it is told to."""
    state = serving.create(serving.versions[0])

    assert serving.writes() == ["deployModel"]
    assert serving.traffic() == {"1": 100}
    model = serving.versions[0].partition("@")[0]
    assert without_hidden(state) == {
        "endpoint": ENDPOINT,
        "tuned_model_name": serving.versions[0],
        "traffic_percent": 100,
        "deployed_model_id": next(iter(serving.deployed())),
        "model": model,
        "version_id": "1",
        "previous_tuned_model_name": None,
        "previous_checkpoint_id": None,
        "metrics": {},
    }


def test_deployment_is_marked_as_ours(serving: Serving) -> None:
    """The id is 1 to 10 digits, the display name says whose it is, and no resources are asked for."""
    serving.create(serving.versions[0], checkpoint_id=2)

    body = next(entry["body"] for entry in serving.rig.emulator.requests() if entry["method"] == "POST")
    deployed = body["deployedModel"]
    assert sorted(deployed) == ["checkpointId", "displayName", "id", "model"]
    assert (deployed["model"], deployed["checkpointId"]) == (serving.versions[0], "2")
    assert deployed["id"].isdigit()
    assert len(deployed["id"]) <= 10
    assert deployed["displayName"].startswith("support ctune-")
    assert body["trafficSplit"] == {"0": 100}


def test_new_version_comes_in_steps(serving: Serving) -> None:
    """Deployed beside the old one, then given the traffic; only then the old one is undeployed."""
    state = serving.create(serving.versions[0])
    serving.forget_requests()

    updated = serving.update(state, serving.versions[1])

    assert serving.writes() == ["deployModel", "PATCH", "undeployModel"]
    assert serving.traffic() == {"2": 100}
    assert list(serving.deployed().values()) == ["2"]
    assert (updated["version_id"], updated["previous_tuned_model_name"]) == ("2", serving.versions[0])
    assert outputs.id_of(updated) == outputs.id_of(state)


def test_rollback_is_the_previous_version(serving: Serving) -> None:
    """What `previous_tuned_model_name` says is deployed again, the same way."""
    state = serving.update(serving.create(serving.versions[0]), serving.versions[1])

    back = serving.update(state, state["previous_tuned_model_name"])

    assert serving.traffic() == {"1": 100}
    assert (back["version_id"], back["previous_tuned_model_name"]) == ("1", serving.versions[1])


def test_default_checkpoint_is_not_spelled_out(serving: Serving) -> None:
    """Whether Google takes `checkpointId` for Gemini is documented nowhere: it is sent only where it changes anything,
    and what serves is known by the checkpoint that was asked for.
    """
    default = serving.rig.client.get_model_version(serving.versions[0]).default_checkpoint_id
    state = serving.create(serving.versions[0], checkpoint_id=default)

    other = serving.update(state, serving.versions[0], checkpoint_id="1")

    sent = [
        entry["body"]["deployedModel"].get("checkpointId")
        for entry in serving.rig.emulator.requests()
        if entry["path"].endswith(":deployModel")
    ]
    assert default != "1"
    assert sent == [None, "1"]
    assert (state["checkpoint_id"], other["checkpoint_id"]) == (default, "1")


@pytest.mark.parametrize("share", [100, 10], ids=["all at once", "as a canary first"])
def test_rollback_of_a_checkpoint_is_the_previous_checkpoint(serving: Serving, share: int) -> None:
    """Where only the checkpoint changes, version and checkpoint together are the way back."""
    state = serving.create(serving.versions[0], checkpoint_id="3")
    state = serving.update(state, serving.versions[0], checkpoint_id="1", traffic_percent=share)
    state = serving.update(state, serving.versions[0], checkpoint_id="1")
    before = {"version": state["previous_tuned_model_name"], "checkpoint_id": state["previous_checkpoint_id"]}

    back = serving.update(state, **before)

    assert before == {"version": serving.versions[0], "checkpoint_id": "3"}
    assert (back["previous_tuned_model_name"], back["previous_checkpoint_id"]) == (serving.versions[0], "1")


def test_state_of_a_release_without_previous_checkpoint_stays_without(serving: Serving) -> None:
    """An upgrade shows no change, and what an earlier release did not record is not known."""
    state = serving.update(serving.create(serving.versions[0]), serving.versions[1])
    del state["previous_checkpoint_id"]

    updated = serving.update(state, serving.versions[1])

    assert not plan(state, serving.inputs(serving.versions[1])).changes
    assert updated == {**state, "previous_checkpoint_id": None}


def test_settled_deployment_is_left_alone(serving: Serving) -> None:
    """Doing it again reads, and writes nothing."""
    state = serving.create(serving.versions[0])
    serving.forget_requests()

    again = serving.update(state, serving.versions[0])
    created = serving.create(serving.versions[0])

    assert serving.writes() == []
    assert again == state == created


def test_other_checkpoint_is_an_update(serving: Serving) -> None:
    """Another checkpoint of the same version is another deployment, in the same steps."""
    state = serving.create(serving.versions[0], checkpoint_id="1")

    updated = serving.update(state, serving.versions[0], checkpoint_id="2")

    assert serving.writes()[1:] == ["deployModel", "PATCH", "undeployModel"]
    assert updated["deployed_model_id"] != state["deployed_model_id"]
    assert serving.traffic() == {"1": 100}


def test_foreign_deployments_are_never_undeployed(serving: Serving) -> None:
    """What others have deployed stays, and so does their share when a new version comes."""
    serving.deploy_foreign("77", serving.versions[2], {"0": 100})
    state = serving.create(serving.versions[0], traffic_percent=70)
    taken = serving.traffic()

    serving.update(state, serving.versions[1], traffic_percent=70)

    assert taken == {"3": 30, "1": 70}
    assert serving.traffic() == {"3": 30, "2": 70}
    assert sorted(serving.deployed().values()) == ["2", "3"]


def test_share_that_others_took_meanwhile_stays_theirs(serving: Serving) -> None:
    """A new version passes on what the old one has, no more."""
    state = serving.create(serving.versions[0])
    serving.deploy_foreign("77", serving.versions[2], {"0": 20, state["deployed_model_id"]: 80})

    serving.update(state, serving.versions[1])

    assert serving.traffic() == {"3": 20, "2": 80}


def test_split_without_us_is_somebody_elses(serving: Serving) -> None:
    """Where nothing is left of our share, nothing is changed, and a line says what to do."""
    state = serving.create(serving.versions[0])
    serving.deploy_foreign("77", serving.versions[2], {"0": 100})
    serving.forget_requests()

    with pytest.raises(InvalidInputError) as raised:
        serving.update(state, serving.versions[1])

    assert str(raised.value) == (
        f"{serving.versions[1]} gets no traffic [{serving.rig.client.get_endpoint(ENDPOINT).name}]: somebody else has "
        "changed its traffic split, which leaves nothing to the deployment of this resource (77 100 %). `pulumi up "
        "--refresh` takes 100 percent back."
    )
    assert serving.writes() == []


def test_second_owner_of_a_split_is_refused(serving: Serving) -> None:
    """Two deployments of this kind would take the traffic from each other for ever."""
    serving.create(serving.versions[0])
    serving.stack = "dev"
    serving.forget_requests()

    with pytest.raises(
        InvalidInputError, match=r"another ModelDeployment owns its traffic split: \d+ \(support ctune-"
    ):
        serving.create(serving.versions[1])

    assert serving.writes() == []


def test_canary_serves_beside_the_previous_version(serving: Serving) -> None:
    """Below 100 percent the previous version keeps the rest; at 100 it is undeployed."""
    state = serving.create(serving.versions[0])

    canary = serving.update(state, serving.versions[1], traffic_percent=10)
    beside = serving.traffic()
    whole = serving.update(canary, serving.versions[1], traffic_percent=100)

    assert beside == {"2": 10, "1": 90}
    assert (canary["traffic_percent"], canary["previous_tuned_model_name"]) == (10, serving.versions[0])
    assert serving.traffic() == {"2": 100}
    assert list(serving.deployed().values()) == ["2"]
    assert (whole["traffic_percent"], whole["previous_tuned_model_name"]) == (100, serving.versions[0])


def test_next_canary_takes_the_place_of_the_first(serving: Serving) -> None:
    """The version that most of the traffic goes to stays; the canary before is undeployed."""
    state = serving.update(serving.create(serving.versions[0]), serving.versions[1], traffic_percent=10)

    serving.update(state, serving.versions[2], traffic_percent=20)

    assert serving.traffic() == {"3": 20, "1": 80}
    assert sorted(serving.deployed().values()) == ["1", "3"]


def test_canary_is_taken_back_with_all_traffic_only(serving: Serving) -> None:
    """The previous version at the canary's share would hand the rest to the canary."""
    state = serving.update(serving.create(serving.versions[0]), serving.versions[1], traffic_percent=10)

    with pytest.raises(InvalidInputError) as raised:
        serving.update(state, serving.versions[0], traffic_percent=10)
    serving.update(state, serving.versions[0])

    assert serving.traffic() == {"1": 100}
    assert list(serving.deployed().values()) == ["1"]
    assert str(raised.value) == (
        f"{serving.versions[0]} gets no traffic [traffic_percent]: it already serves 90 percent beside the canary "
        f"{state['deployed_model_id']}; with traffic_percent 10 the canary would get the rest. To take the canary "
        "back, leave traffic_percent out."
    )


def test_changed_share_shifts_and_nothing_else(serving: Serving) -> None:
    """One PATCH moves traffic between the two versions."""
    state = serving.update(serving.create(serving.versions[0]), serving.versions[1], traffic_percent=10)
    serving.forget_requests()

    serving.update(state, serving.versions[1], traffic_percent=50)

    assert serving.writes() == ["PATCH"]
    assert serving.traffic() == {"2": 50, "1": 50}


def test_first_deployment_cannot_be_a_canary(serving: Serving) -> None:
    """Nobody could keep the rest of the traffic, so nothing is deployed."""
    with pytest.raises(InvalidInputError, match=r"\[traffic_percent\]: nothing else on .* could keep the other 90"):
        serving.create(serving.versions[0], traffic_percent=10)

    assert serving.writes() == []


def test_split_that_changes_under_our_hands_is_read_again(serving: Serving) -> None:
    """The shift carries the etag; a conflict leads to another look."""
    state = serving.create(serving.versions[0])
    conflict = {"status": 409, "reason": "ABORTED", "message": "The etag does not match."}
    serving.rig.emulator.faults.add(method="PATCH", path="/endpoints/", times=2, **conflict)

    serving.update(state, serving.versions[1])

    assert serving.writes() == ["deployModel", "deployModel", "PATCH", "PATCH", "PATCH", "undeployModel"]
    assert serving.traffic() == {"2": 100}
    patches = [entry["body"] for entry in serving.rig.emulator.requests() if entry["method"] == "PATCH"]
    assert all(body["etag"] for body in patches)


def test_changed_limit_touches_nothing(serving: Serving) -> None:
    """An update of `require` alone writes nothing, and records the values."""
    state = serving.create(serving.versions[0])
    serving.forget_requests()

    updated = serving.update(state, serving.versions[0], require=[{"metric": "/train_total_loss", "at_most": 100}])

    assert serving.writes() == []
    assert list(updated["metrics"]) == ["/train_total_loss"]
    assert updated["require"] == [{"metric": "/train_total_loss", "at_most": 100}]


def test_missed_requirement_keeps_the_old_version(serving: Serving) -> None:
    """Requirements come before anything is changed; the line says who keeps serving."""
    state = serving.create(serving.versions[0])
    serving.forget_requests()

    with pytest.raises(RequirementNotMetError) as raised:
        serving.update(state, serving.versions[1], require=[{"metric": "/train_total_loss", "at_most": 0}])

    assert str(raised.value).startswith(f"{serving.versions[1]} was not deployed [require]: ")
    assert str(raised.value).endswith(f"{serving.versions[0]} keeps serving.")
    assert serving.writes() == []


def test_missed_requirement_of_a_first_deployment_says_that_nothing_serves(serving: Serving) -> None:
    """Nothing was written; the line says so and what to do."""
    with pytest.raises(RequirementNotMetError) as raised:
        serving.create(serving.versions[0], require=[{"metric": "/train_total_loss", "at_most": 0}])

    assert str(raised.value).startswith(
        f"{serving.versions[0]} was not deployed [require]: {serving.versions[0]} misses"
    )
    assert str(raised.value).endswith(
        f"at most 0 is allowed. Nothing serves on {ENDPOINT} for this resource yet: name a version that meets the "
        "limits, or change `require`."
    )
    assert (serving.writes(), serving.deployed()) == ([], {})


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        (
            {"tuned_model_name": "9"},
            r"was not deployed \[tuned_model_name\]: .*has no version or alias '9'; it has '1'",
        ),
        (
            {"checkpoint_id": "9"},
            r"was not deployed \[checkpoint_id\]: .*no checkpoint '9'; it has '1', '2', '3'\. Name",
        ),
        (
            {"endpoint": f"{ENDPOINT}-2"},
            r"was not deployed \[endpoint\]: .*prod-bot-2\" not found\. Make the endpoint",
        ),
    ],
    ids=["version", "checkpoint", "endpoint"],
)
def test_what_does_not_exist_is_named_with_what_does(serving: Serving, changes: dict[str, str], line: str) -> None:
    """Nothing is changed for a version, checkpoint or endpoint that is not there."""
    model = serving.versions[0].partition("@")[0]
    version = f"{model}@{changes.pop('tuned_model_name', '1')}"

    with pytest.raises(NotFoundError, match=line):
        serving.create(version, **changes)

    assert serving.writes() == []


def test_endpoint_that_was_deleted_meanwhile_is_reported_as_such(serving: Serving) -> None:
    """A release for an endpoint that the state knows and nobody finds: a refresh is what makes it again."""
    state = serving.create(serving.versions[0])
    serving.ask("POST", f"{ENDPOINT}:undeployModel", {"deployedModelId": state["deployed_model_id"]})
    serving.ask("DELETE", ENDPOINT)

    with pytest.raises(NotFoundError) as raised:
        serving.update(state, serving.versions[1])

    assert str(raised.value).startswith(f"{serving.versions[1]} was not deployed [endpoint]: HTTP 404 NOT_FOUND: ")
    assert str(raised.value).endswith(
        "It was there before: `pulumi up --refresh` sees what is gone, and makes again what the program has."
    )


def test_endpoint_of_another_project_is_refused(serving: Serving) -> None:
    """An endpoint by project id, a version by project number: told apart before anything is changed."""
    elsewhere = ENDPOINT.replace("acme", "other")
    serving.ask("POST", f"{elsewhere.rpartition('/')[0]}?endpointId=prod-bot", {"displayName": "prod-bot"})
    serving.rig.emulator.forget_requests()

    with pytest.raises(
        InvalidInputError, match=r"not deployed \[tuned_model_name\]: .* in project [0-9]+, the endpoint"
    ):
        serving.create(serving.versions[0], endpoint=elsewhere)

    assert serving.writes() == []


def test_refused_deployment_is_the_servers_line(serving: Serving) -> None:
    """What the API alone can judge is said in its words; the old one serves."""
    state = serving.create(serving.versions[0])
    serving.rig.emulator.faults.add(method="POST", path=":deployModel$", status=400, message="Not this one.")

    with pytest.raises(BadRequestError) as raised:
        serving.update(state, serving.versions[1])

    assert str(raised.value).endswith(f"Not this one. {serving.versions[0]} keeps serving.")
    assert serving.traffic() == {"1": 100}


def test_read_finds_nothing_changed(serving: Serving) -> None:
    """A refresh right after `up` changes neither outputs nor inputs."""
    state = serving.create(serving.versions[0])

    found = serving.read(state)

    assert found == Found(state, serving.inputs(serving.versions[0]))


def test_canary_in_place_is_no_drift(serving: Serving) -> None:
    """The version that keeps the rest belongs there."""
    state = serving.update(serving.create(serving.versions[0]), serving.versions[1], traffic_percent=10)

    found = serving.read(state)

    assert found is not None
    assert found.state == state


@pytest.mark.parametrize("how", ["undeployed", "without traffic"])
def test_drift_is_seen_and_repaired(serving: Serving, how: str) -> None:
    """Undeployed or robbed of its traffic: a refresh shows it, the next update brings it back."""
    state = serving.create(serving.versions[0])
    serving.deploy_foreign("77", serving.versions[2], {"0": 100})
    if how == "undeployed":
        serving.ask("POST", f"{ENDPOINT}:undeployModel", {"deployedModelId": state["deployed_model_id"]})

    found = serving.read(state)
    assert found is not None
    drifted = dict(found.state)
    repaired = serving.update(drifted, serving.versions[0])

    assert found.inputs["traffic_percent"] == 0
    assert "traffic_percent" in plan(drifted, serving.inputs(serving.versions[0])).updates
    assert serving.traffic() == {"1": 100}
    assert repaired == state


def test_new_version_takes_over_where_nothing_serves(serving: Serving) -> None:
    """Our deployment was undeployed and nobody has its traffic: an outage is no reason to keep the next version off."""
    state = serving.create(serving.versions[0])
    serving.ask("POST", f"{ENDPOINT}:undeployModel", {"deployedModelId": state["deployed_model_id"]})

    serving.update(state, serving.versions[1])

    assert serving.traffic() == {"2": 100}


def test_gone_endpoint_is_gone(serving: Serving) -> None:
    """Without its endpoint there is no deployment, and nothing to delete."""
    state = serving.create(serving.versions[0])
    serving.ask("POST", f"{ENDPOINT}:undeployModel", {"deployedModelId": state["deployed_model_id"]})
    serving.ask("DELETE", ENDPOINT)

    assert serving.read(state) is None
    serving.delete(state)


def test_existing_deployment_can_be_looked_up(serving: Serving) -> None:
    """`.get()` knows the id alone."""
    state = serving.create(serving.versions[0])

    found = reading.read(serving.rig.client, serving.rig.verbs().context, outputs.id_of(state), {})

    assert found is not None
    assert {key: found.state[key] for key in ("tuned_model_name", "deployed_model_id", "version_id")} == {
        key: state[key] for key in ("tuned_model_name", "deployed_model_id", "version_id")
    }


def test_delete_of_the_last_deployment_empties_the_endpoint(serving: Serving) -> None:
    """Nothing of ours is left; a second delete finds nothing to do."""
    state = serving.create(serving.versions[0])

    serving.delete(state)
    serving.delete(state)

    assert (serving.deployed(), serving.split()) == ({}, {})
    assert serving.writes() == ["deployModel", "undeployModel"]


def test_delete_takes_canary_and_previous_version(serving: Serving) -> None:
    """Both are the resource's own."""
    state = serving.update(serving.create(serving.versions[0]), serving.versions[1], traffic_percent=10)

    serving.delete(state)

    assert (serving.deployed(), serving.split()) == ({}, {})


def test_delete_hands_traffic_to_those_who_stay(serving: Serving) -> None:
    """In proportion; what others have deployed stays."""
    serving.deploy_foreign("77", serving.versions[2], {"0": 100})
    serving.deploy_foreign("78", serving.versions[1], {"0": 75, "77": 25})
    state = serving.create(serving.versions[0], traffic_percent=40)

    serving.delete(state)

    assert serving.split() == {"77": 25, "78": 75}


def test_delete_gives_nothing_to_who_had_nothing(serving: Serving) -> None:
    """A foreign deployment without traffic stays without; where nothing serves then, a warning says so."""
    serving.deploy_foreign("77", serving.versions[2], {"0": 100})
    state = serving.create(serving.versions[0])
    name = state[ENDPOINT_NAME]

    serving.delete(state)

    assert (serving.deployed(), serving.split()) == ({"77": "3"}, {})
    assert serving.rig.report.warnings == [
        f"nothing serves on {name} any more: there is 77, without traffic. Give it some, or deploy another version."
    ]
