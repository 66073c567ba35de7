"""Access policies of endpoints: read and written, with their etags."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.emulator.registry import Registry, conforms
from vertex_emulator.app import Emulator

BINDING = {"role": "roles/aiplatform.user", "members": ["user:a@example.com"]}


@pytest.fixture
def registry() -> Iterator[Registry]:
    with Emulator() as emulator:
        yield Registry(emulator)


def test_policy_that_was_set_is_read_back(registry: Registry) -> None:
    """Bindings are kept, with a version and a new etag."""
    endpoint = registry.endpoint()

    stored = registry.post(f"{endpoint}:setIamPolicy", {"policy": {"bindings": [BINDING]}})

    assert registry.post(f"{endpoint}:getIamPolicy") == stored
    assert (stored["bindings"], stored["version"]) == ([BINDING], 1)
    assert conforms("GoogleIamV1Policy", stored) == []


def test_resource_without_policy_has_an_empty_one(registry: Registry) -> None:
    """There is always an etag for a read-modify-write."""
    endpoint = registry.endpoint()

    assert registry.post(f"{endpoint}:getIamPolicy") == {"etag": "ACAB"}


def test_policy_with_an_old_etag_is_aborted(registry: Registry) -> None:
    """Two writers who read the same policy do not overwrite each other."""
    endpoint = registry.endpoint()
    old = registry.post(f"{endpoint}:getIamPolicy")["etag"]
    registry.post(f"{endpoint}:setIamPolicy", {"policy": {"bindings": [BINDING], "etag": old}})

    error = registry.error("POST", f"{endpoint}:setIamPolicy", {"policy": {"bindings": [], "etag": old}})

    assert (error["code"], error["status"]) == (409, "ABORTED")


@pytest.mark.parametrize(
    "binding",
    [
        {**BINDING, "role": "viewer"},
        {**BINDING, "members": ["a@example.com"]},
        {**BINDING, "condition": {"expression": "true"}},
    ],
    ids=["role", "member", "condition without version 3"],
)
def test_wrong_binding_is_refused(registry: Registry, binding: dict[str, Any]) -> None:
    """Roles and members have prefixes, and conditions need policy version 3."""
    endpoint = registry.endpoint()

    error = registry.error("POST", f"{endpoint}:setIamPolicy", {"policy": {"bindings": [binding]}})

    assert error["status"] == "INVALID_ARGUMENT"


def test_models_have_policies_of_their_own(registry: Registry) -> None:
    """In v1 as well, where endpoints have none."""
    model, endpoint = registry.tuned().split("@")[0], registry.endpoint()
    v1 = Registry(registry.emulator, api_version="v1")

    v1.post(f"{model}:setIamPolicy", {"policy": {"bindings": [BINDING]}})

    assert registry.post(f"{model}:getIamPolicy")["bindings"] == [BINDING]
    assert v1.error("POST", f"{endpoint}:getIamPolicy")["code"] == 404


def test_policy_of_what_does_not_exist_is_not_found(registry: Registry) -> None:
    """Nor can one be set."""
    error = registry.error("POST", f"{registry.endpoint()}x:getIamPolicy")

    assert error["status"] == "NOT_FOUND"


def test_everybody_has_each_permission_that_is_asked_for(registry: Registry) -> None:
    """Policies are stored, not enforced."""
    endpoint = registry.endpoint()

    found = registry.post(f"{endpoint}:testIamPermissions", {"permissions": ["aiplatform.endpoints.predict"]})

    assert found == {"permissions": ["aiplatform.endpoints.predict"]}
