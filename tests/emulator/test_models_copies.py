"""Copies of model versions: as a model of their own, or as the next version of one."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from tests.emulator.conftest import START_S
from tests.emulator.registry import PARENT, Registry, conforms
from vertex_emulator.app import Emulator
from vertex_emulator.names import project_number

ELSEWHERE = "projects/my-project/locations/europe-west4"
OTHER_PROJECT = "projects/prod-project/locations/us-central1"
KEY = "projects/prod-project/locations/{}/keyRings/r/cryptoKeys/k"
ROLE = "roles/aiplatform.serviceAgent"
AGENT = f"service-{project_number('prod-project')}@gcp-sa-aiplatform.iam.gserviceaccount.com"


@pytest.fixture
def registry() -> Iterator[Registry]:
    with Emulator(clock=lambda: START_S) as emulator:
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
        ({"encryptionSpec": {"kmsKeyName": KEY.format("us-central1")}}, "INVALID_ARGUMENT"),
        ({"encryptionSpec": {"kmsKeyName": "key"}}, "INVALID_ARGUMENT"),
        ({"customServiceAccount": "copier@prod-project.iam.gserviceaccount.com"}, "INVALID_ARGUMENT"),
    ],
    ids=["no source", "id", "both", "parent elsewhere", "parent", "source", "key elsewhere", "key", "account"],
)
def test_wrong_copy_is_refused(registry: Registry, body: dict[str, Any], status: str) -> None:
    """What cannot be copied is refused at once, not at the end of an operation."""
    source = registry.tuned()

    error = registry.error("POST", f"{ELSEWHERE}/models:copy", {"sourceModel": source, **body})

    assert error["status"] == status


def test_copy_in_another_project_needs_a_role_in_that_of_the_source(registry: Registry) -> None:
    """For the agent of the destination: until it is there, the refusal names both."""
    source = registry.tuned()
    body = {"sourceModel": source, "modelId": "support-bot"}

    refused = registry.error("POST", f"{OTHER_PROJECT}/models:copy", body)
    registry.emulator.grant("my-project", ROLE, f"serviceAccount:{AGENT}")
    ended = registry.wait(registry.post(f"{OTHER_PROJECT}/models:copy", body))

    assert (refused["code"], refused["status"]) == (403, "PERMISSION_DENIED")
    assert f"{AGENT} lacks {ROLE} on the project {project_number('my-project')}" in refused["message"]
    copy = registry.get(ended["response"]["model"])
    assert copy["name"] == f"projects/{project_number('prod-project')}/locations/us-central1/models/support-bot"
    assert copy["originalModelInfo"] == {"model": source}
    assert {label: registry.get(source)["labels"][label] for label in copy["labels"]} == copy["labels"]


def test_role_takes_its_time_to_arrive(registry: Registry) -> None:
    """Counted from the first copy that finds it; taken away, it is missed at once."""
    registry.emulator.configure(grant_delay_s=120)
    body = {"sourceModel": registry.tuned()}
    url = f"{OTHER_PROJECT}/models:copy"
    registry.emulator.grant("my-project", ROLE, f"serviceAccount:{AGENT}")

    early = registry.error("POST", url, body)["code"]
    registry.emulator.advance(timedelta(seconds=119))
    still = registry.error("POST", url, body)["code"]
    registry.emulator.advance(timedelta(seconds=1))
    registry.post(url, body)
    registry.emulator.revoke("my-project", ROLE, f"serviceAccount:{AGENT}")

    assert (early, still, registry.error("POST", url, body)["code"]) == (403, 403, 403)


@pytest.mark.parametrize("granted", ["source", "destination", "another role", "another agent"])
def test_other_roles_do_not_help(registry: Registry, granted: str) -> None:
    """It is the role, of the destination's agent, in the source's project."""
    project = "prod-project" if granted == "destination" else "my-project"
    role = "roles/aiplatform.user" if granted == "another role" else ROLE
    agent = AGENT if granted != "another agent" else AGENT.replace("service-", "service-1")
    registry.emulator.grant(project, role, f"serviceAccount:{agent}")

    answer = registry.http.post(f"{OTHER_PROJECT}/models:copy", json={"sourceModel": registry.tuned()})

    assert answer.status_code == (200 if granted == "source" else 403)


def test_account_of_the_callers_choice_needs_the_role_itself(registry: Registry) -> None:
    """It belongs to the destination's project."""
    account = "copier@prod-project.iam.gserviceaccount.com"
    body = {"sourceModel": registry.tuned(), "customServiceAccount": account}
    registry.emulator.grant("my-project", ROLE, f"serviceAccount:{AGENT}")

    refused = registry.error("POST", f"{OTHER_PROJECT}/models:copy", body)
    registry.emulator.grant("my-project", ROLE, f"serviceAccount:{account}")
    allowed = registry.post(f"{OTHER_PROJECT}/models:copy", body)

    assert f"{account} lacks {ROLE}" in refused["message"]
    assert "/operations/" in allowed["name"]


def test_project_and_location_change_in_two_steps(registry: Registry) -> None:
    """First to the location, then to the project."""
    source = registry.tuned()
    registry.emulator.grant("my-project", ROLE, f"serviceAccount:{AGENT}")
    both = OTHER_PROJECT.replace("us-central1", "europe-west4")

    refused = registry.error("POST", f"{both}/models:copy", {"sourceModel": source})
    first = registry.wait(registry.post(f"{ELSEWHERE}/models:copy", {"sourceModel": source}))["response"]["model"]
    second = registry.wait(registry.post(f"{both}/models:copy", {"sourceModel": f"{first}@1"}))["response"]["model"]

    assert (refused["status"], "copy it to europe-west4 in its own project first" in refused["message"]) == (
        "FAILED_PRECONDITION",
        True,
    )
    assert registry.get(second)["originalModelInfo"] == {"model": f"{first}@1"}


def test_roles_are_not_needed_where_a_setting_says_so(registry: Registry) -> None:
    registry.emulator.configure(copies_need_grants=0)

    assert "name" in registry.post(f"{OTHER_PROJECT}/models:copy", {"sourceModel": registry.tuned()})


def test_roles_are_given_over_http_too(registry: Registry) -> None:
    """For whoever runs the emulator as a server."""
    url = "http://localhost/emulator/v1/grants"
    grant = {"project": "my-project", "role": ROLE, "member": f"serviceAccount:{AGENT}"}

    wrong = registry.http.post(url, json={"project": "my-project", "role": ROLE})
    registry.http.post(url, json=grant)
    listed = registry.http.get(url).json()["grants"]
    copied = registry.http.post(f"{OTHER_PROJECT}/models:copy", json={"sourceModel": registry.tuned()})

    assert (wrong.status_code, listed, copied.status_code) == (400, [grant], 200)
    assert registry.http.delete(url).json() == {"grants": []}
