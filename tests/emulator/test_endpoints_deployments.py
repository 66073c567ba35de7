"""What is deployed on an endpoint, and how its traffic is split."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from tests.emulator.registry import Registry, conforms
from vertex_emulator.app import Emulator


@pytest.fixture
def registry() -> Iterator[Registry]:
    with Emulator() as emulator:
        yield Registry(emulator)


@pytest.fixture
def version(registry: Registry) -> str:
    return registry.tuned()


@pytest.fixture
def endpoint(registry: Registry) -> str:
    return registry.endpoint()


def test_deployment_is_seen_on_the_endpoint_and_on_the_version(registry: Registry, version: str, endpoint: str) -> None:
    """`Endpoint.deployedModels` and `Model.deployedModels` tell the same."""
    body = {"deployedModel": {"id": "55", "model": version, "checkpointId": "1"}, "trafficSplit": {"0": 100}}

    ended = registry.wait(registry.post(f"{endpoint}:deployModel", body))

    found = registry.get(endpoint)
    reference = {"endpoint": found["name"], "deployedModelId": "55", "checkpointId": "1"}
    assert ended["metadata"]["deploymentStage"] == "SUCCESSFULLY_DEPLOYED"
    assert ended["response"]["deployedModel"] == found["deployedModels"][0]
    assert found["trafficSplit"] == {"55": 100}
    assert reference in registry.get(version)["deployedModels"]
    assert conforms("Endpoint", found) == []


def test_alias_is_resolved_when_the_deployment_starts(registry: Registry, version: str, endpoint: str) -> None:
    """The deployment keeps the numeric version and does not follow the alias."""
    second = registry.tuned(source=version)
    registry.post(f"{second}:mergeVersionAliases", {"versionAliases": ["golden"]})
    body = {"deployedModel": {"model": f"{version.split('@')[0]}@golden"}, "trafficSplit": {"0": 100}}
    operation = registry.post(f"{endpoint}:deployModel", body)

    registry.post(f"{version}:mergeVersionAliases", {"versionAliases": ["golden"]})
    registry.wait(operation)

    assert registry.get(endpoint)["deployedModels"][0]["modelVersionId"] == "2"


def test_split_of_a_deployment_overwrites_the_endpoint_s(registry: Registry, version: str, endpoint: str) -> None:
    """A map that is not empty is the whole new split."""
    registry.deploy(endpoint, version, "1", {"0": 100})

    registry.deploy(endpoint, version, "2", {"0": 10, "1": 90})

    assert registry.get(endpoint)["trafficSplit"] == {"1": 90, "2": 10}


def test_second_deployment_without_split_gets_no_traffic(registry: Registry, version: str, endpoint: str) -> None:
    """An empty map leaves the split as it is."""
    registry.deploy(endpoint, version, "1", {"0": 100})

    registry.deploy(endpoint, version, "2")

    assert registry.get(endpoint)["trafficSplit"] == {"1": 100}


def test_first_deployment_without_split_gets_all_traffic(registry: Registry, version: str, endpoint: str) -> None:
    """Google's own guide calls the endpoint right after a deployment without split."""
    registry.deploy(endpoint, version, "1")

    assert registry.get(endpoint)["trafficSplit"] == {"1": 100}


@pytest.mark.parametrize("ended", [False, True], ids=["under way", "deployed"])
def test_repeated_deployment_of_an_id_is_refused(registry: Registry, version: str, endpoint: str, ended: bool) -> None:
    """The id that the client chose is the handle against deploying twice."""
    body = {"deployedModel": {"id": "55", "model": version}, "trafficSplit": {"0": 100}}
    operation = registry.post(f"{endpoint}:deployModel", body)
    registry.emulator.configure(operation_duration_s=0 if ended else 60)
    expected = registry.wait(operation) if ended else operation

    error = registry.error("POST", f"{endpoint}:deployModel", body)

    assert expected["name"] == operation["name"]
    assert (error["code"], error["status"]) == (409, "ALREADY_EXISTS")


@pytest.mark.parametrize(
    ("deployed", "split", "status"),
    [
        ({"id": "0"}, {"0": 100}, "INVALID_ARGUMENT"),
        ({"id": "12345678901"}, {"0": 100}, "INVALID_ARGUMENT"),
        ({"id": "v4"}, {"0": 100}, "INVALID_ARGUMENT"),
        ({"checkpointId": "9"}, {"0": 100}, "INVALID_ARGUMENT"),
        ({"model": "projects/my-project/locations/us-central1/models/1@1"}, {"0": 100}, "NOT_FOUND"),
        ({"model": ""}, {"0": 100}, "INVALID_ARGUMENT"),
        ({}, {"0": 90}, "INVALID_ARGUMENT"),
        ({}, {"0": 110, "7": -10}, "INVALID_ARGUMENT"),
        ({}, {"0": 50, "77": 50}, "INVALID_ARGUMENT"),
    ],
    ids=["id 0", "long id", "id", "checkpoint", "model", "no model", "sum", "negative", "unknown id"],
)
def test_wrong_deployment_is_refused_at_once(
    registry: Registry, version: str, endpoint: str, deployed: dict[str, Any], split: dict[str, int], status: str
) -> None:
    """Nothing is started where the request alone shows that it cannot succeed."""
    body = {"deployedModel": {"model": version, **deployed}, "trafficSplit": split}

    error = registry.error("POST", f"{endpoint}:deployModel", body)

    assert error["status"] == status
    assert "deployedModels" not in registry.get(endpoint)


def test_deployment_to_an_endpoint_that_is_missing_is_not_found(registry: Registry, version: str) -> None:
    """The endpoint comes first."""
    name = "projects/my-project/locations/us/endpoints/none"

    error = registry.error("POST", f"{name}:deployModel", {"deployedModel": {"model": version}})

    assert error["code"] == 404


def test_traffic_is_shifted_by_patch(registry: Registry, version: str, endpoint: str) -> None:
    """`PATCH ?updateMask=trafficSplit` with the etag is synchronous."""
    registry.deploy(endpoint, version, "1", {"0": 100})
    registry.deploy(endpoint, version, "2")
    etag = registry.get(endpoint)["etag"]

    patched = registry.patch(endpoint, {"trafficSplit": {"2": 100}, "etag": etag}, updateMask="trafficSplit")

    assert patched["trafficSplit"] == {"2": 100}


@pytest.mark.parametrize("split", [{"1": 99}, {"9": 100}, {"1": 150, "2": -50}])
def test_split_that_is_not_100_percent_of_what_is_deployed_is_refused(
    registry: Registry, version: str, endpoint: str, split: dict[str, int]
) -> None:
    """Shares add up to 100 and belong to deployments of the endpoint."""
    registry.deploy(endpoint, version, "1", {"0": 100})
    registry.deploy(endpoint, version, "2")

    error = registry.error("PATCH", endpoint, {"trafficSplit": split}, updateMask="trafficSplit")

    assert error["status"] == "INVALID_ARGUMENT"


def test_empty_split_takes_all_traffic_away(registry: Registry, version: str, endpoint: str) -> None:
    """An empty map is an endpoint that accepts nothing for now."""
    registry.deploy(endpoint, version, "1", {"0": 100})

    registry.patch(endpoint, {"trafficSplit": {}}, updateMask="trafficSplit")

    assert "trafficSplit" not in registry.get(endpoint)


def test_deployment_with_traffic_is_not_undeployed(registry: Registry, version: str, endpoint: str) -> None:
    """Its traffic has to go first, or in the same call."""
    registry.deploy(endpoint, version, "1", {"0": 100})
    registry.deploy(endpoint, version, "2")

    refused = registry.error("POST", f"{endpoint}:undeployModel", {"deployedModelId": "1"})
    registry.wait(registry.post(f"{endpoint}:undeployModel", {"deployedModelId": "1", "trafficSplit": {"2": 100}}))

    assert refused["status"] == "FAILED_PRECONDITION"
    assert registry.get(endpoint)["trafficSplit"] == {"2": 100}
    assert [item["id"] for item in registry.get(endpoint)["deployedModels"]] == ["2"]


def test_last_deployment_leaves_an_empty_split(registry: Registry, version: str, endpoint: str) -> None:
    """The last one can go with its traffic."""
    registry.deploy(endpoint, version, "1", {"0": 100})

    registry.wait(registry.post(f"{endpoint}:undeployModel", {"deployedModelId": "1"}))

    found = registry.get(endpoint)
    assert ("trafficSplit" in found, "deployedModels" in found) == (False, False)
    assert found["name"] not in [item["endpoint"] for item in registry.get(version)["deployedModels"]]


def test_unknown_deployment_cannot_be_undeployed(registry: Registry, endpoint: str) -> None:
    """404 for an id that is not on the endpoint."""
    error = registry.error("POST", f"{endpoint}:undeployModel", {"deployedModelId": "1"})

    assert error["code"] == 404


def test_deployment_whose_version_is_deleted_meanwhile_fails(registry: Registry, endpoint: str) -> None:
    """What was right at the call is looked at again at the end."""
    version = registry.tuned()
    registry.release(version)
    operation = registry.post(f"{endpoint}:deployModel", {"deployedModel": {"model": version}})
    registry.emulator.configure(operation_duration_s=0)

    registry.delete(version.split("@")[0])
    ended = registry.wait(operation)

    assert (ended["error"]["code"], ended["metadata"]["deploymentStage"]) == (5, "FAILED_TO_DEPLOY")
    assert "deployedModels" not in registry.get(endpoint)


def test_id_of_what_was_undeployed_is_free_at_once(registry: Registry, version: str, endpoint: str) -> None:
    """Google's pages do not say; this is the default."""
    registry.deploy(endpoint, version, "1")
    registry.release(version)

    registry.deploy(endpoint, version, "1")

    assert [item["id"] for item in registry.get(endpoint)["deployedModels"]] == ["1"]


def test_id_of_what_was_undeployed_can_stay_taken(registry: Registry, version: str, endpoint: str) -> None:
    """The setting says for how long, on this endpoint and no other; the API shows nothing of it."""
    registry.emulator.configure(undeployed_id_taken_s=3600)
    registry.deploy(endpoint, version, "1")
    registry.release(version)
    body = {"deployedModel": {"id": "1", "model": version}}

    refused = registry.error("POST", f"{endpoint}:deployModel", body)
    registry.deploy(registry.endpoint("other"), version, "1")
    registry.emulator.advance(timedelta(hours=1))
    registry.deploy(endpoint, version, "1")

    found = registry.get(endpoint)
    assert (refused["code"], refused["status"]) == (409, "ALREADY_EXISTS")
    assert [item["id"] for item in found["deployedModels"]] == ["1"]
    assert conforms("Endpoint", found) == []
