"""Endpoints on the emulator: made, listed, changed and deleted."""

from collections.abc import Iterator

import pytest

from tests.emulator.registry import PARENT, Registry, conforms
from vertex_emulator.app import Emulator


@pytest.fixture
def registry() -> Iterator[Registry]:
    with Emulator() as emulator:
        yield Registry(emulator)


def test_created_endpoint_appears_when_the_operation_ends(registry: Registry) -> None:
    """Its name is known from the operation's; the endpoint comes with the end, its times and etag with a GET."""
    operation = registry.post(f"{PARENT}/endpoints", {"displayName": "prod"}, endpointId="prod-bot")
    before = registry.error("GET", f"{PARENT}/endpoints/prod-bot")

    ended = registry.wait(operation)

    endpoint = registry.get(f"{PARENT}/endpoints/prod-bot")
    assert "/endpoints/prod-bot/operations/" in operation["name"]
    assert before["code"] == 404
    assert set(endpoint.items()) - set(ended["response"].items()) == {
        (field, endpoint[field]) for field in ("createTime", "updateTime", "etag")
    }
    assert conforms("Endpoint", endpoint) == []


@pytest.mark.parametrize("location", ["us", "eu", "europe-west4"])
def test_endpoint_can_lie_in_any_location(registry: Registry, location: str) -> None:
    """Multi-regions too."""
    name = registry.endpoint(location=location)

    assert f"/locations/{location}/" in registry.get(name)["name"]


def test_endpoint_without_id_gets_a_number(registry: Registry) -> None:
    """Where the caller chooses no id, the server does."""
    operation = registry.post(f"{PARENT}/endpoints", {"displayName": "prod"})

    name = registry.wait(operation)["response"]["name"]

    assert name.rpartition("/")[2].isdigit()


@pytest.mark.parametrize("endpoint_id", ["Prod", "-prod", "prod-", "012", "12345678901", "a" * 64, "a.b"])
def test_endpoint_id_outside_the_grammar_is_refused(registry: Registry, endpoint_id: str) -> None:
    """A letter first: up to 63 of `[a-z0-9-]`; a digit first: a number."""
    error = registry.error("POST", f"{PARENT}/endpoints", {"displayName": "prod"}, endpointId=endpoint_id)

    assert error["status"] == "INVALID_ARGUMENT"


def test_second_endpoint_of_the_same_id_is_refused(registry: Registry) -> None:
    """An id is taken from the moment its creation has been started."""
    operation = registry.post(f"{PARENT}/endpoints", {"displayName": "prod"}, endpointId="prod-bot")

    under_way = registry.error("POST", f"{PARENT}/endpoints", {"displayName": "prod"}, endpointId="prod-bot")
    registry.wait(operation)
    afterwards = registry.error("POST", f"{PARENT}/endpoints", {"displayName": "prod"}, endpointId="prod-bot")

    assert [error["status"] for error in (under_way, afterwards)] == ["ALREADY_EXISTS", "ALREADY_EXISTS"]


def test_endpoint_needs_a_display_name(registry: Registry) -> None:
    """The one required field."""
    error = registry.error("POST", f"{PARENT}/endpoints", {"labels": {"a": "b"}})

    assert error["status"] == "INVALID_ARGUMENT"


def test_endpoint_of_a_job_is_found_by_the_job_s_label(registry: Registry) -> None:
    """A job's endpoints carry `google-vertex-llm-tuning-job-id`."""
    version = registry.tuned()
    job_id = registry.get(version)["labels"]["google-vertex-llm-tuning-job-id"]
    parent = PARENT.replace("us-central1", "us")

    found = registry.get(f"{parent}/endpoints", filter=f"labels.google-vertex-llm-tuning-job-id={job_id}")

    assert len(found["endpoints"]) == 2
    assert conforms("ListEndpointsResponse", found) == []


def test_list_filters_by_id_and_display_name(registry: Registry) -> None:
    """`endpoint` is the id in filters."""
    registry.endpoint("one")
    registry.endpoint("two")

    by_id = registry.get(f"{PARENT}/endpoints", filter="endpoint=one")["endpoints"]
    by_name = registry.get(f"{PARENT}/endpoints", filter='display_name="prod"')["endpoints"]

    assert ([item["name"][-3:] for item in by_id], len(by_name)) == (["one"], 2)


def test_patch_changes_what_the_mask_names(registry: Registry) -> None:
    """Labels, texts and the split can be changed; the mask may be in snake_case."""
    name = registry.endpoint()

    registry.patch(name, {"displayName": "new", "labels": {"a": "b"}}, updateMask="display_name")

    found = registry.get(name)
    assert (found["displayName"], "labels" in found) == ("new", False)


def test_patch_with_an_old_etag_is_aborted(registry: Registry) -> None:
    """Each change makes a new etag."""
    name = registry.endpoint()
    old = registry.get(name)["etag"]
    registry.patch(name, {"description": "first"})

    error = registry.error("PATCH", name, {"description": "late", "etag": old})

    assert (error["code"], error["status"]) == (409, "ABORTED")


def test_deleted_endpoint_is_gone(registry: Registry) -> None:
    """Deletion is done in the answer and leaves nothing."""
    name = registry.endpoint()

    operation = registry.delete(name)

    assert operation["response"] == {"@type": "type.googleapis.com/google.protobuf.Empty"}
    assert registry.error("GET", name)["code"] == 404


def test_endpoint_with_deployments_cannot_be_deleted(registry: Registry) -> None:
    """First undeploy, then delete."""
    name = registry.endpoint()
    registry.deploy(name, registry.tuned(), "7", {"0": 100})

    error = registry.error("DELETE", name)

    assert (error["status"], "7" in error["message"]) == ("FAILED_PRECONDITION", True)
