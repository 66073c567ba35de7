"""A stage with a Google Cloud project of its own: what another project has released is copied there, and served."""

from dataclasses import dataclass
from typing import Any

import pytest

from tests.engine.harness import Run
from vertex_emulator.names import project_number

from .looks import traffic
from .project import ProjectCopy, changed
from .releases import released

SOURCE = "tuning-project"
NUMBER = project_number("my-project")
AGENT = f"serviceAccount:service-{NUMBER}@gcp-sa-aiplatform.iam.gserviceaccount.com"
COPY, DEPLOYMENT = "ModelCopy support-bot", "ModelDeployment support-bot"


@dataclass
class Copied:
    """One release after the other of staging, in the project that tunes, and what prod made of it in its own."""

    project: ProjectCopy
    releases: list[dict[str, Any]]
    printed: str
    """By `ctune promote`, of the first one."""
    pinned: dict[str, Any]
    """That release in the config of prod."""
    preview: Run
    copies: list[dict[str, Any]]
    """As the emulator has them, by release."""
    traffic: list[dict[str, int]]
    outputs: list[dict[str, Any]]
    settled: Run
    followed: Run
    """Prod's `up` for the second release, which it follows without a pin."""
    refused: Run
    """Prod's `up` for a third one, which is pinned, and which the evaluation found to be worse."""
    served_then: dict[str, int]


@pytest.fixture(scope="module")
def copied(fresh_project: ProjectCopy) -> Copied:
    """All of it, in order. Prod has a key of its own."""
    project = fresh_project
    project.vertex.emulator.grant(SOURCE, "roles/aiplatform.serviceAgent", AGENT)
    project.set_config("staging", {"gcp:project": SOURCE})
    project.configure("prod", copyReleases=True, encrypt=True)
    releases = [released(project, of=SOURCE), released(project, of=SOURCE, reward=0.2)]
    found: list[tuple[dict[str, Any], dict[str, int], dict[str, Any]]] = []

    def look() -> None:
        name = project.resource("prod", COPY)["outputs"]["tuned_model_name"]
        found.append((project.vertex.ask("GET", f"/v1beta1/{name}"), traffic(project, "prod"), project.outputs("prod")))

    project.configure("staging", release=releases[0])
    project.up("staging")
    promote = project.promote("staging", "prod")
    pinned = project.settings("prod")["release"]
    preview = project.preview("prod")
    project.up("prod")
    look()
    settled = project.preview("prod", "--refresh")
    project.configure("staging", release=releases[1])
    project.up("staging")
    project.configure("prod", release=None, releaseFrom="staging")
    followed = project.up("prod")
    look()
    worse = released(project, of=SOURCE)
    worse["evaluations"]["quality"]["metrics"]["rouge"] = 0.6
    project.configure("prod", release=worse, releaseFrom=None)
    refused = project.up("prod", fails=True)
    copies, served, outputs = (list(each) for each in zip(*found, strict=True))
    return Copied(
        project,
        releases,
        promote.stdout,
        pinned,
        preview,
        copies,
        served,
        outputs,
        settled=settled,
        followed=followed,
        refused=refused,
        served_then=traffic(project, "prod"),
    )


def name_of_copy(copy: dict[str, Any]) -> str:
    return f"{copy['name'].partition('@')[0]}@{copy['versionId']}"


def test_release_of_another_project_is_promoted_as_it_is(copied: Copied) -> None:
    """`ctune promote` pins the version of the source, with the evaluations that prod's gates judge by."""
    assert copied.pinned == copied.releases[0]
    assert copied.releases[0]["tuned_model_name"] in copied.printed


def test_promoted_release_is_copied_and_the_copy_serves(copied: Copied) -> None:
    """Gates of the stage are met by what the source was trained and judged to; the next `up` has nothing to do."""
    copy = name_of_copy(copied.copies[0])

    assert changed(copied.preview)[COPY] == "create"
    assert copy.startswith(f"projects/{NUMBER}/locations/us-central1/models/copy-")
    assert copied.copies[0]["originalModelInfo"]["model"] == copied.releases[0]["tuned_model_name"]
    assert copied.traffic[0] == {copy: 100}
    assert copied.outputs[0]["release"] == {**copied.releases[0], "tuned_model_name": copy}
    assert set(copied.settled.changes) == {"same"}


def test_copy_is_encrypted_with_the_key_of_the_stage(copied: Copied) -> None:
    """The key of the source is not inherited."""
    keys = {copy["encryptionSpec"]["kmsKeyName"].partition("/keyRings/")[0] for copy in copied.copies}

    assert keys == {"projects/my-project/locations/us-central1"}


def test_stage_that_follows_copies_what_is_released_now(copied: Copied) -> None:
    """With `releaseFrom` the next release of the other project is copied by the next `up`; the first copy stays."""
    first, second = map(name_of_copy, copied.copies)

    assert changed(copied.followed)[COPY] == "delete-replaced"
    assert changed(copied.followed)[DEPLOYMENT] == "update"
    assert copied.copies[1]["originalModelInfo"]["model"] == copied.releases[1]["tuned_model_name"]
    assert copied.traffic[1] == {second: 100}
    assert copied.project.vertex.has(f"/v1beta1/{first}")


def test_what_a_gate_refuses_is_not_copied(copied: Copied) -> None:
    """The result of the source is judged before anything is copied, and what serves keeps serving."""
    assert "was not copied [require]" in copied.refused.errors[0]
    assert "'rouge': is 0.6 (AVERAGE) over 12 items, 0.1 below the baseline's 0.7" in copied.refused.errors[0]
    assert copied.served_then == copied.traffic[1]
