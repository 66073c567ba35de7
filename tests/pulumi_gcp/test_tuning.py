"""Buckets, objects and members beside a tuning job in one program: all of them are in one place."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from .stacks import Place, Step, gcp_stack, on, taken

PROGRAM = """
import hashlib
import pathlib
import pulumi
import pulumi_ctune as ctune
import pulumi_gcp as gcp

digest = hashlib.sha256(pathlib.Path("train.jsonl").read_bytes()).hexdigest()[:12]
bucket = gcp.storage.Bucket("datasets", location="us-central1", force_destroy=True)
train = gcp.storage.BucketObject(
    "train", bucket=bucket.name, name=f"train-{digest}.jsonl", source=pulumi.FileAsset("train.jsonl"))
sft = ctune.ContinuousTuningJob(
    "sft",
    base_model="gemini-3.5-flash",
    supervised_tuning_spec={
        "training_dataset_uri": pulumi.Output.concat("gs://", bucket.name, "/", train.output_name),
        "hyper_parameters": {"epoch_count": 1},
    },
    triggers=[train.generation],
)
gcp.vertex.AiEndpointIamMember(
    "caller", endpoint=sft.endpoint_id, location=sft.endpoint_location, role="roles/aiplatform.user",
    member="user:caller@example.com")
found = gcp.vertex.AiEndpoint.get("found", sft.endpoint)
pulumi.export("endpoint", sft.endpoint)
pulumi.export("model", sft.tuned_model_name)
pulumi.export("deployed", found.deployed_models.apply(lambda models: f"{models[0].model}@{models[0].model_version_id}"))
pulumi.export("uri", pulumi.Output.concat(bucket.url, "/", train.output_name))
pulumi.export("generation", train.generation)
"""
MEMBERS = {"roles/aiplatform.user": ["user:caller@example.com"]}


def dataset(count: int) -> str:
    """A training file with so many examples."""
    said = [("user", "Where is order {n}?"), ("model", "Order {n} was sent.")]
    return "".join(
        json.dumps({"contents": [{"role": role, "parts": [{"text": text.format(n=n)}]} for role, text in said]}) + "\n"
        for n in range(count)
    )


@dataclass
class Tuning:
    """A stack that tunes, then tunes again for a changed file, and what the emulator knew after each step."""

    planned: Step
    up: Step
    jobs: list[dict[str, Any]]
    members: dict[str, list[str]]
    again: Step
    retuned: Step
    jobs_then: list[dict[str, Any]]
    members_then: dict[str, list[str]]
    old_members_then: dict[str, list[str]]
    destroyed: Step


@pytest.fixture(scope="module")
def tuning(tmp_path_factory: pytest.TempPathFactory, pulumi_bin: Path) -> Tuning:
    """All steps, in order."""
    folder = tmp_path_factory.mktemp("tuning")
    place = Place(folder / "vertex")
    stack = gcp_stack(folder / "stack", pulumi_bin, PROGRAM, config=on(place), files={"train.jsonl": dataset(count=8)})
    planned = Step(stack.preview())
    up = taken(stack, stack.up())
    jobs, members = place.emulator.jobs(), place.policy(up.outputs["endpoint"])
    again = Step(stack.preview("--expect-no-changes"))
    stack.write("train.jsonl", dataset(count=9))
    retuned = taken(stack, stack.up())
    return Tuning(
        planned,
        up,
        jobs,
        members,
        again,
        retuned,
        jobs_then=place.emulator.jobs(),
        members_then=place.policy(retuned.outputs["endpoint"]),
        old_members_then=place.policy(up.outputs["endpoint"]),
        destroyed=Step(stack.destroy()),
    )


def test_preview_with_nothing_known_plans_every_resource(tuning: Tuning) -> None:
    """Names, generations and endpoints that come later do not stop a first preview."""
    assert tuning.planned.changed() == dict.fromkeys(("datasets", "train", "sft", "caller"), "create")


def test_job_reads_the_dataset_that_the_program_uploaded(tuning: Tuning) -> None:
    """The object that BucketObject made is the one that the job is trained on."""
    (job,) = tuning.jobs

    assert job["state"] == "JOB_STATE_SUCCEEDED"
    assert job["supervisedTuningSpec"]["trainingDatasetUri"] == tuning.up.outputs["uri"]
    assert job["tuningDataStats"]["supervisedTuningDataStats"]["tuningDatasetExampleCount"] == "8"


def test_member_is_on_the_endpoint_that_the_job_made(tuning: Tuning) -> None:
    """Short endpoint id and location of the job's outputs lead to the endpoint, in `us` too."""
    assert "/locations/us/endpoints/" in tuning.up.outputs["endpoint"]
    assert tuning.members == MEMBERS


def test_program_can_look_at_the_endpoint_that_the_job_made(tuning: Tuning) -> None:
    """`AiEndpoint.get` finds it by its name and shows, in pulumi-gcp's own shape, which version is deployed."""
    assert tuning.up.outputs["deployed"] == tuning.up.outputs["model"]


def test_nothing_is_tuned_again_without_a_change(tuning: Tuning) -> None:
    """The generation that triggers the job stays the same."""
    assert tuning.again.changed() == {}


def test_changed_file_is_another_object_and_another_job(tuning: Tuning) -> None:
    """Object, job and member are replaced in that order: one more job is trained, on the new file."""
    assert tuning.retuned.changed() == dict.fromkeys(("train", "sft", "caller"), "replace")
    assert [job["state"] for job in tuning.jobs_then] == ["JOB_STATE_SUCCEEDED"] * 2
    assert tuning.retuned.outputs["generation"] > tuning.up.outputs["generation"]


def test_member_follows_to_the_new_endpoint(tuning: Tuning) -> None:
    """A replaced member is on the new job's endpoint and no longer on the old one's."""
    assert tuning.members_then == MEMBERS
    assert tuning.old_members_then == {}


def test_destroy_takes_everything_away(tuning: Tuning) -> None:
    """Nothing of the program stays in the stack."""
    assert tuning.destroyed.changed() == dict.fromkeys(("datasets", "train", "sft", "caller"), "delete")
