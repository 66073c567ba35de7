"""New training data: what is tuned again, and who is left alone. Prod is pinned, staging follows (`releaseFrom`)."""

from dataclasses import dataclass
from typing import Any

import pytest

from tests.engine.harness import Run

from .looks import aliases, forget, steps, traffic
from .project import ProjectCopy, changed

SFT, RFT = "ContinuousTuningJob support-sft", "ContinuousTuningJob support-rft"
QUALITY = "EvaluationRun support-quality"
ALIAS, DEPLOYMENT = "ModelVersionAlias support-bot-alias", "ModelDeployment support-bot"


@dataclass
class Retuned:
    """What new data of one job lead to in dev."""

    planned: Run
    """The preview."""
    up: Run
    outputs: dict[str, Any]


@dataclass
class Story:
    """The first version everywhere, then new data for the second job, then new data for the first one."""

    project: ProjectCopy
    first: dict[str, Any]
    followed: list[str]
    """What the first `up` of staging did."""
    staging: dict[str, Any]
    settled: Run
    new_rft_data: Retuned
    new_sft_data: Retuned
    prod_then: Run
    """A preview at the end, as the next one."""
    staging_then: Run


@pytest.fixture(scope="module")
def story(fresh_project: ProjectCopy) -> Story:
    """All of it, in order."""
    project = fresh_project
    project.up("dev")
    project.promote("dev", "prod")
    project.up("prod")
    project.configure("staging", releaseFrom="dev")
    forget(project)
    project.up("staging")
    return Story(
        project,
        first=project.outputs("dev")["release"],
        followed=steps(project),
        staging=project.outputs("staging"),
        settled=project.preview("staging", "--refresh"),
        new_rft_data=_with_new_data(project, "support-rft-train"),
        new_sft_data=_with_new_data(project, "support-sft-train"),
        prod_then=project.preview("prod", "--refresh"),
        staging_then=project.preview("staging"),
    )


def _with_new_data(project: ProjectCopy, file: str) -> Retuned:
    path = project.folder / "stacks" / "datasets" / f"{file}.jsonl"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[1:]))
    return Retuned(project.preview("dev"), project.up("dev"), project.outputs("dev"))


def test_stage_that_follows_serves_the_current_release(story: Story) -> None:
    """Without a pinned version the release comes from the other stack's outputs; nothing is tuned."""
    assert story.staging["release"] == story.first
    assert story.staging["serves"] == story.first["tuned_model_name"]
    assert traffic(story.project, "staging") == {story.first["tuned_model_name"]: 100}
    assert story.followed == [
        "POST endpoints",
        "read series",
        "deployModel",
        "mergeVersionAliases",
        "setIamPolicy",
    ]


def test_stage_that_follows_has_nothing_to_do_afterwards(story: Story) -> None:
    """Its preview is empty as long as the other stack's release is the same."""
    assert set(story.settled.changes) == {"same"}


def test_new_data_of_the_last_job_retune_that_job_alone(story: Story) -> None:
    """The job before it stays; evaluation, alias and deployment of dev go on to what the new one makes."""
    assert changed(story.new_rft_data.up) == {
        "BucketObject support-rft-train": "delete-replaced",
        RFT: "delete-replaced",
        QUALITY: "delete-replaced",
        ALIAS: "delete-replaced",
        DEPLOYMENT: "update",
    }
    assert story.new_rft_data.outputs["serves"] != story.first["tuned_model_name"]


def test_new_data_of_the_first_job_retune_the_whole_chain(story: Story) -> None:
    """The second job continues from what the first one makes, so it is tuned again on the same data."""
    assert changed(story.new_sft_data.up) == {
        "BucketObject support-sft-train": "delete-replaced",
        SFT: "delete-replaced",
        RFT: "delete-replaced",
        QUALITY: "delete-replaced",
        ALIAS: "delete-replaced",
        DEPLOYMENT: "update",
    }
    assert [job["state"] for job in story.project.vertex.emulator.jobs()] == ["JOB_STATE_SUCCEEDED"] * 5


def test_preview_says_what_will_be_tuned_again(story: Story) -> None:
    """The jobs that a change pays for stand in the preview as replaced, and no other one."""
    replaced = [
        {name for name, op in changed(retuned.planned).items() if "replace" in op and name in (SFT, RFT)}
        for retuned in (story.new_rft_data, story.new_sft_data)
    ]

    assert replaced == [{RFT}, {SFT, RFT}]


def test_pinned_stage_hears_nothing_of_it(story: Story) -> None:
    """What dev tunes changes nothing in prod until somebody promotes it."""
    assert set(story.prod_then.changes) == {"same"}


def test_old_version_serves_on_where_it_is_pinned(story: Story) -> None:
    """A replaced job leaves its version, which keeps prod's alias and prod's traffic."""
    version = story.first["tuned_model_name"]

    assert traffic(story.project, "prod") == {version: 100}
    assert aliases(story.project, version) == {"default", "prod", "staging"}


def test_stage_that_follows_would_go_along(story: Story) -> None:
    """The next `up` of a stage with `releaseFrom` takes over whatever dev has released by then."""
    assert changed(story.staging_then)[DEPLOYMENT] == "update"
