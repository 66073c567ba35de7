"""Copies between two projects through the real CLI: made once, left alone, moved on, refused, taken away."""

from collections.abc import Callable
from typing import Any

from vertex_emulator.names import project_number

from .emulator import VertexEmulator, new_tuning_stack_fixture, vertex_fixture  # noqa: F401  # fixtures go by name
from .harness import Run, Stack
from .programs import SFT, program, sft

NewStack = Callable[..., Stack]

COPY = "/models:copy"
PROD = f"projects/{project_number('acme-prod')}/locations/us-central1"


def with_copy(version: str = "sft.tuned_model_name", *, jobs: str = "", **inputs: Any) -> str:
    """A program with a job and a copy, `to-prod`, of a version: `version` is code."""
    given = {"project": "acme-prod", "location": "us-central1", **inputs}
    arguments = ", ".join(f"{name}={value!r}" for name, value in given.items())
    return (
        f"{jobs or program(sft=SFT)}copy = ctune.ModelCopy('to-prod', source_model_name={version}, {arguments})\n"
        "pulumi.export('copy', copy.tuned_model_name)\npulumi.export('checkpoints', copy.checkpoints)\n"
    )


def changed(run: Run) -> dict[str, str]:
    """What happened to the resources that did not stay the same."""
    return {name: op for name, op in run.ops.items() if op not in ("same", "read", "refresh")}


def copies(vertex: VertexEmulator) -> list[str]:
    """The requests that asked for a copy."""
    return [entry for entry in vertex.writes() if entry.endswith(COPY)]


def grant(vertex: VertexEmulator) -> None:
    """Copies take their role for granted."""
    vertex.emulator.configure(copies_need_grants=0)


def test_copy_is_made_once_and_left_alone(new_tuning_stack: NewStack, vertex: VertexEmulator) -> None:
    """A second `up`, a preview and a refresh have nothing to do; another policy is an update without a request."""
    grant(vertex)
    stack = new_tuning_stack(with_copy())

    stack.up()
    second, preview, refreshed = stack.up(), stack.preview(), stack.up("--refresh")
    stack.write("__main__.py", with_copy(deletion_policy="DELETE"))
    edited = stack.up()

    assert stack.outputs()["copy"].startswith(f"{PROD}/models/copy-")
    assert [item["checkpoint_id"] for item in stack.outputs()["checkpoints"]] != []
    assert [set(run.changes) for run in (second, preview, refreshed)] == [{"same"}] * 3
    assert changed(edited) == {"to-prod": "update"}
    assert len(copies(vertex)) == 1


def test_metadata_edit_of_the_job_leaves_its_copy_alone(new_tuning_stack: NewStack, vertex: VertexEmulator) -> None:
    """While its job is updated in place a preview does not know the version, and shows no change of the copy."""
    grant(vertex)
    stack = new_tuning_stack(with_copy())
    stack.up()
    stack.write("__main__.py", with_copy(jobs=program(sft=sft(description="edited"))))

    preview, up = stack.preview(), stack.up()

    assert changed(preview) == changed(up) == {"sft": "update"}
    assert len(copies(vertex)) == 1


def test_job_that_trains_again_has_another_copy(new_tuning_stack: NewStack, vertex: VertexEmulator) -> None:
    """Without a parent model another source is another model; the old one goes by its policy."""
    grant(vertex)
    stack = new_tuning_stack(with_copy(deletion_policy="DELETE"))
    stack.up()
    old = stack.outputs()["copy"]
    stack.write("__main__.py", with_copy(jobs=program(sft=sft(epoch_count=3)), deletion_policy="DELETE"))

    up = stack.up()

    assert changed(up) == {"sft": "replace", "to-prod": "replace"}
    models = vertex.get(f"{PROD}/models")["models"]
    assert [f"{model['name']}@{model['versionId']}" for model in models] == [stack.outputs()["copy"]] != [old]


def test_project_and_region_in_one_step_end_a_preview(new_tuning_stack: NewStack, vertex: VertexEmulator) -> None:
    """One line at its field, with the two steps; nothing is trained first."""
    named = "'projects/acme/locations/us-central1/models/4711@2'"
    stack = new_tuning_stack(with_copy(named, location="europe-west4"))

    preview = stack.preview(fails=True)

    assert "not to both in one step: first a ModelCopy with project='acme'" in preview.stdout
    assert "Traceback" not in preview.stdout
    assert vertex.writes() == []


def test_destroy_goes_by_the_policy(new_tuning_stack: NewStack, vertex: VertexEmulator) -> None:
    """ABANDON leaves the copy for the next `up` with the same inputs, which copies nothing."""
    grant(vertex)
    stack = new_tuning_stack(with_copy())
    stack.up()
    made = stack.outputs()["copy"]

    stack.destroy()
    stack.up()

    assert stack.outputs()["copy"] == made
    assert len(copies(vertex)) == 1
