"""Copies of model versions: as a model of their own, or as the next version of one."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.emulator.registry import PARENT, Registry, conforms
from vertex_emulator.app import Emulator

ELSEWHERE = "projects/prod-project/locations/europe-west4"


@pytest.fixture
def registry() -> Iterator[Registry]:
    with Emulator() as emulator:
        yield Registry(emulator)


def test_copy_is_version_1_of_a_new_model_in_the_destination(registry: Registry) -> None:
    """Without a destination model the copy is a model of its own, which says where it comes from."""
    source = registry.tuned()

    ended = registry.wait(registry.post(f"{ELSEWHERE}/models:copy", {"sourceModel": source}))

    copy = registry.get(ended["response"]["model"])
    assert ended["response"]["modelVersionId"] == "1"
    assert "/locations/europe-west4/models/" in copy["name"]
    assert copy["originalModelInfo"] == {"model": source}
    assert copy["modelSourceInfo"]["copy"] is True
    assert conforms("Model", copy) == []


def test_copy_takes_the_id_that_is_asked_for(registry: Registry) -> None:
    """`modelId` is the last part of the copy's name."""
    source = registry.tuned()

    registry.wait(registry.post(f"{ELSEWHERE}/models:copy", {"sourceModel": source, "modelId": "support-bot"}))

    assert registry.get(f"{ELSEWHERE}/models/support-bot")["versionId"] == "1"


def test_copy_below_a_parent_model_is_its_next_version(registry: Registry) -> None:
    """`parentModel` makes a version under an existing model, whose default stays."""
    source = registry.tuned("bot")
    parent = registry.tuned("other").split("@")[0]

    ended = registry.wait(registry.post(f"{PARENT}/models:copy", {"sourceModel": source, "parentModel": parent}))

    assert (ended["response"]["model"], ended["response"]["modelVersionId"]) == (parent, "2")
    assert registry.get(parent)["versionId"] == "1"


def test_copy_of_a_model_without_version_is_its_default(registry: Registry) -> None:
    """The source's default version is copied where none is named, and pinned in `originalModelInfo`."""
    first = registry.tuned()
    registry.tuned(source=first)

    ended = registry.wait(registry.post(f"{ELSEWHERE}/models:copy", {"sourceModel": first.split("@")[0]}))

    assert registry.get(ended["response"]["model"])["originalModelInfo"] == {"model": first}


def test_copy_leaves_aliases_deployments_and_key_behind(registry: Registry) -> None:
    """Only what belongs to the version itself comes along."""
    source = registry.tuned()
    registry.post(f"{source}:mergeVersionAliases", {"versionAliases": ["golden"]})

    ended = registry.wait(registry.post(f"{ELSEWHERE}/models:copy", {"sourceModel": source}))

    copy = registry.get(ended["response"]["model"])
    assert copy["versionAliases"] == ["default"]
    assert "deployedModels" not in copy
    assert "encryptionSpec" not in copy


def test_copy_is_not_there_before_the_operation_ends(registry: Registry) -> None:
    """The effect comes with the end of the operation."""
    source = registry.tuned()

    registry.post(f"{ELSEWHERE}/models:copy", {"sourceModel": source, "modelId": "support-bot"})

    assert registry.error("GET", f"{ELSEWHERE}/models/support-bot")["code"] == 404


def test_second_copy_to_the_same_id_is_refused(registry: Registry) -> None:
    """An id is taken from the moment a copy to it has been started."""
    body = {"sourceModel": registry.tuned(), "modelId": "support-bot"}
    operation = registry.post(f"{ELSEWHERE}/models:copy", body)

    under_way = registry.error("POST", f"{ELSEWHERE}/models:copy", body)
    registry.wait(operation)
    afterwards = registry.error("POST", f"{ELSEWHERE}/models:copy", body)

    assert [error["status"] for error in (under_way, afterwards)] == ["ALREADY_EXISTS", "ALREADY_EXISTS"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"sourceModel": ""}, "INVALID_ARGUMENT"),
        ({"modelId": "9lives"}, "INVALID_ARGUMENT"),
        ({"modelId": "x", "parentModel": f"{ELSEWHERE}/models/y"}, "INVALID_ARGUMENT"),
        ({"parentModel": f"{PARENT}/models/1"}, "INVALID_ARGUMENT"),
        ({"parentModel": f"{ELSEWHERE}/models/none"}, "NOT_FOUND"),
        ({"sourceModel": f"{PARENT}/models/1@1"}, "NOT_FOUND"),
    ],
    ids=["no source", "id", "both", "parent elsewhere", "parent", "source"],
)
def test_wrong_copy_is_refused(registry: Registry, body: dict[str, Any], status: str) -> None:
    """What cannot be copied is refused at once, not at the end of an operation."""
    source = registry.tuned()

    error = registry.error("POST", f"{ELSEWHERE}/models:copy", {"sourceModel": source, **body})

    assert error["status"] == status
