"""Long-running operations: how they are read, waited for, cancelled, and how they end."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.emulator.registry import PARENT, Registry, conforms
from vertex_emulator.app import Emulator


@pytest.fixture
def registry() -> Iterator[Registry]:
    with Emulator() as emulator:
        yield Registry(emulator)


def test_operation_is_not_done_before_its_time(registry: Registry) -> None:
    """`done` is absent until the end, as false is in proto JSON."""
    operation = registry.post(f"{PARENT}/endpoints", {"displayName": "prod"})

    registry.emulator.advance(timedelta(seconds=30))
    found = registry.get(operation["name"])

    assert found == operation
    assert ("done" in found, "response" in found) == (False, False)


def test_ended_operation_has_the_result_and_the_moment_of_its_end(registry: Registry) -> None:
    """An operation ends after the time that the settings say, not when somebody looks."""
    operation = registry.post(f"{PARENT}/endpoints", {"displayName": "prod"})
    registry.emulator.advance(timedelta(hours=1))

    ended = registry.get(operation["name"])

    times = ended["metadata"]["genericMetadata"]
    endpoint = registry.get(ended["response"]["name"])
    assert ended["response"]["@type"] == "type.googleapis.com/google.cloud.aiplatform.v1beta1.Endpoint"
    assert times["updateTime"] == endpoint["createTime"]
    assert conforms("GoogleLongrunningOperation", ended) == []


def test_operation_without_duration_is_done_in_the_answer(registry: Registry) -> None:
    """With a duration of zero the first answer has the result."""
    registry.emulator.configure(operation_duration_s=0)

    operation = registry.post(f"{PARENT}/endpoints", {"displayName": "prod"}, endpointId="prod-bot")

    assert operation["done"] is True
    assert registry.get(f"{PARENT}/endpoints/prod-bot")["displayName"] == "prod"


def test_operation_is_found_under_its_location_too(registry: Registry) -> None:
    """`locations/L/operations/O` names the same operation as the name below its resource."""
    operation = registry.post(f"{PARENT}/endpoints", {"displayName": "prod"})

    found = registry.get(f"{PARENT}/operations/{operation['name'].rpartition('/')[2]}")

    assert found == operation


def test_wait_answers_with_the_state_as_it_is(registry: Registry) -> None:
    """`:wait` may return at any time, says the API."""
    operation = registry.post(f"{PARENT}/endpoints", {"displayName": "prod"})

    waited = registry.post(f"{operation['name']}:wait", timeout="5s")

    assert waited == operation


def test_operations_of_a_resource_are_listed(registry: Registry) -> None:
    """The newest first, below the resource and below its location."""
    first = registry.post(f"{PARENT}/endpoints", {"displayName": "prod"}, endpointId="one")
    second = registry.post(f"{PARENT}/endpoints", {"displayName": "prod"}, endpointId="two")

    of_one = registry.get(f"{PARENT}/endpoints/one/operations")
    of_all = registry.get(f"{PARENT}/operations")

    assert [item["name"] for item in of_one["operations"]] == [first["name"]]
    assert [item["name"] for item in of_all["operations"]] == [second["name"], first["name"]]


def test_cancelled_operation_has_no_effect(registry: Registry) -> None:
    """It ends with gRPC code 1 and what it would have made is not made."""
    operation = registry.post(f"{PARENT}/endpoints", {"displayName": "prod"}, endpointId="prod-bot")

    registry.post(f"{operation['name']}:cancel")
    ended = registry.wait(operation)

    assert ended["error"]["code"] == 1
    assert registry.error("GET", f"{PARENT}/endpoints/prod-bot")["code"] == 404


def test_cancelling_an_ended_operation_changes_nothing(registry: Registry) -> None:
    """What is done is done."""
    ended = registry.wait(registry.post(f"{PARENT}/endpoints", {"displayName": "prod"}))

    registry.post(f"{ended['name']}:cancel")

    assert registry.get(ended["name"]) == ended


def test_forgotten_operation_goes_on(registry: Registry) -> None:
    """Deleting an operation says that nobody wants to hear of it; it does not cancel it."""
    operation = registry.post(f"{PARENT}/endpoints", {"displayName": "prod"}, endpointId="prod-bot")

    registry.delete(operation["name"])
    registry.emulator.advance(timedelta(minutes=2))

    assert registry.error("GET", operation["name"])["code"] == 404
    assert registry.get(f"{PARENT}/endpoints/prod-bot")["displayName"] == "prod"


def test_unknown_operation_is_not_found(registry: Registry) -> None:
    """An operation answers below its own resource only."""
    operation = registry.post(f"{PARENT}/endpoints", {"displayName": "prod"}, endpointId="one")

    error = registry.error("GET", operation["name"].replace("/one/", "/two/"))

    assert error["status"] == "NOT_FOUND"


def test_fault_on_order_ends_the_operation_with_an_error(registry: Registry) -> None:
    """A deployment can be made to fail after it was accepted, and then has no effect."""
    version, endpoint = registry.tuned(), registry.endpoint()
    registry.emulator.faults.add(path=":deployModel$", operation_code=8, message="No capacity.")

    operation = registry.post(f"{endpoint}:deployModel", {"deployedModel": {"model": version}})
    ended = registry.wait(operation)

    assert "error" not in operation
    assert ended["error"] == {"code": 8, "message": "No capacity."}
    assert ended["metadata"]["deploymentStage"] == "FAILED_TO_DEPLOY"
    assert "deployedModels" not in registry.get(endpoint)
