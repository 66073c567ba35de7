"""Versions of a model: their lists, aliases and checkpoints, and the deletion of one."""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.emulator.registry import Registry, conforms
from vertex_emulator.app import Emulator

ALIASES = ["default", "golden", "blue", "-golden", "-blue"]


@pytest.fixture
def registry() -> Iterator[Registry]:
    with Emulator() as emulator:
        yield Registry(emulator)


@pytest.fixture
def versions(registry: Registry) -> tuple[str, str]:
    """Version 1 and version 2 of one model."""
    first = registry.tuned()
    return first, registry.tuned(source=first)


def _aliases(registry: Registry, *names: str) -> list[list[str]]:
    return [registry.get(name).get("versionAliases", []) for name in names]


def test_list_has_all_versions_of_the_model(registry: Registry, versions: tuple[str, str]) -> None:
    """`listVersions` answers with a model message for each version."""
    model = versions[0].split("@")[0]

    found = registry.get(f"{model}:listVersions")

    assert [item["versionId"] for item in found["models"]] == ["1", "2"]
    assert conforms("ListModelVersionsResponse", found) == []


def test_list_is_ordered_as_asked(registry: Registry, versions: tuple[str, str]) -> None:
    """`orderBy` sorts by time of creation or update."""
    model = versions[0].split("@")[0]
    registry.patch(versions[0], {"versionDescription": "touched"})

    by_creation = registry.get(f"{model}:listVersions", orderBy="create_time desc")["models"]
    by_update = registry.get(f"{model}:listVersions", orderBy="update_time")["models"]

    assert [item["versionId"] for item in by_creation] == ["2", "1"]
    assert [item["versionId"] for item in by_update] == ["2", "1"]


def test_list_is_filtered_by_labels(registry: Registry, versions: tuple[str, str]) -> None:
    """The labels of each version decide."""
    registry.patch(versions[1], {"labels": {"approved": "yes"}})

    found = registry.get(f"{versions[0].split('@')[0]}:listVersions", filter="labels.approved=yes")

    assert [item["versionId"] for item in found["models"]] == ["2"]


def test_added_alias_names_the_version(registry: Registry, versions: tuple[str, str]) -> None:
    """An alias can stand in place of the number."""
    merged = registry.post(f"{versions[1]}:mergeVersionAliases", {"versionAliases": ["golden"]})

    found = registry.get(f"{versions[0].split('@')[0]}@golden")

    assert (merged["versionAliases"], found["versionId"]) == (["golden"], "2")


def test_alias_that_is_elsewhere_moves(registry: Registry, versions: tuple[str, str]) -> None:
    """An alias has one holder: adding it to a version takes it off another."""
    registry.post(f"{versions[0]}:mergeVersionAliases", {"versionAliases": ["golden"]})

    registry.post(f"{versions[1]}:mergeVersionAliases", {"versionAliases": ["golden", "default"]})

    assert _aliases(registry, *versions) == [[], ["default", "golden"]]


def test_alias_with_a_minus_is_removed(registry: Registry, versions: tuple[str, str]) -> None:
    """`-name` takes the alias off the version."""
    registry.post(f"{versions[1]}:mergeVersionAliases", {"versionAliases": ["golden", "blue"]})

    registry.post(f"{versions[1]}:mergeVersionAliases", {"versionAliases": ["-golden"]})

    assert _aliases(registry, versions[1]) == [["blue"]]


def test_removal_leaves_the_alias_of_another_version_alone(registry: Registry, versions: tuple[str, str]) -> None:
    """`-name` means the alias on the version that is named, not wherever it is."""
    registry.post(f"{versions[1]}:mergeVersionAliases", {"versionAliases": ["golden"]})

    registry.post(f"{versions[0]}:mergeVersionAliases", {"versionAliases": ["-golden"]})

    assert _aliases(registry, versions[1]) == [["golden"]]


def test_adding_and_removing_one_alias_cancels_out(registry: Registry, versions: tuple[str, str]) -> None:
    """The same name with and without minus in one call changes nothing."""
    registry.post(f"{versions[1]}:mergeVersionAliases", {"versionAliases": ["golden", "-golden", "blue"]})

    assert _aliases(registry, versions[1]) == [["blue"]]


@settings(max_examples=25, deadline=None)
@given(merges=st.lists(st.tuples(st.integers(0, 2), st.lists(st.sampled_from(ALIASES), min_size=1, max_size=4))))
def test_each_alias_has_one_holder_whatever_is_merged(merges: list[tuple[int, list[str]]]) -> None:
    """After any sequence of merges no alias is on two versions, and `default` is on one."""
    with Emulator() as emulator:
        registry = Registry(emulator)
        versions = [registry.tuned()]
        versions += [registry.tuned(source=versions[0], epochs=1) for _ in range(2)]

        for index, aliases in merges:
            registry.post(f"{versions[index]}:mergeVersionAliases", {"versionAliases": aliases})

        held = [alias for aliases in _aliases(registry, *versions) for alias in aliases]
    assert sorted(set(held)) == sorted(held)
    assert held.count("default") == 1


@pytest.mark.parametrize("alias", ["-default", "Golden", "1", "a", "x_y", "-", "a-", "a" * 129])
def test_alias_outside_the_rules_is_refused(registry: Registry, versions: tuple[str, str], alias: str) -> None:
    """Lower-case letters, digits and minus, a letter first, and `default` stays on some version."""
    error = registry.error("POST", f"{versions[0]}:mergeVersionAliases", {"versionAliases": [alias]})

    assert error["status"] == "INVALID_ARGUMENT"
    assert _aliases(registry, *versions) == [["default"], []]


@pytest.mark.parametrize("suffix", ["", "@default"])
def test_aliases_need_an_explicit_version_number(registry: Registry, versions: tuple[str, str], suffix: str) -> None:
    """Merging into 'whatever is default now' would race with others."""
    model = versions[0].split("@")[0]

    error = registry.error("POST", f"{model}{suffix}:mergeVersionAliases", {"versionAliases": ["golden"]})

    assert error["status"] == "INVALID_ARGUMENT"


def test_checkpoints_without_version_are_those_of_the_latest(registry: Registry) -> None:
    """`listCheckpoints` means the latest version where get means the default one."""
    first = registry.tuned(epochs=1)
    registry.tuned(source=first, epochs=3)

    found = registry.get(f"{first.split('@')[0]}:listCheckpoints")

    assert [item["checkpointId"] for item in found["checkpoints"]] == ["1", "2", "3"]
    assert conforms("ListModelVersionCheckpointsResponse", found) == []


def test_deleted_version_is_gone_and_its_number_is_not_given_again(
    registry: Registry, versions: tuple[str, str]
) -> None:
    """The next version counts on from the highest number ever."""
    registry.release(versions[1])

    registry.wait(registry.delete(f"{versions[1]}:deleteVersion"))
    third = registry.tuned(source=versions[0])

    assert registry.error("GET", versions[1])["code"] == 404
    assert third.endswith("@3")


def test_deployed_version_cannot_be_deleted(registry: Registry, versions: tuple[str, str]) -> None:
    """A version that is served somewhere stays, and the endpoint is named."""
    error = registry.error("DELETE", f"{versions[1]}:deleteVersion")

    assert (error["status"], "/locations/us/endpoints/" in error["message"]) == ("FAILED_PRECONDITION", True)


def test_only_version_cannot_be_deleted(registry: Registry) -> None:
    """Deleting the last version means deleting the model, by the call for that."""
    version = registry.tuned()
    registry.release(version)

    error = registry.error("DELETE", f"{version}:deleteVersion")

    assert (error["status"], "only version" in error["message"]) == ("FAILED_PRECONDITION", True)


def test_default_version_can_be_deleted_once_the_alias_is_elsewhere(
    registry: Registry, versions: tuple[str, str]
) -> None:
    """The holder of `default` is kept until the alias has been moved."""
    registry.release(versions[0])
    refused = registry.error("DELETE", f"{versions[0]}:deleteVersion")
    registry.post(f"{versions[1]}:mergeVersionAliases", {"versionAliases": ["default"]})

    registry.wait(registry.delete(f"{versions[0]}:deleteVersion"))

    assert (refused["status"], "'default'" in refused["message"]) == ("FAILED_PRECONDITION", True)
    assert registry.get(versions[0].split("@")[0])["versionId"] == "2"


def test_deletion_needs_an_explicit_version_number(registry: Registry, versions: tuple[str, str]) -> None:
    """An alias does not do."""
    error = registry.error("DELETE", f"{versions[0].split('@')[0]}@default:deleteVersion")

    assert error["status"] == "INVALID_ARGUMENT"
