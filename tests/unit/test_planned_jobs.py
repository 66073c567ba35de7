"""Which tuning jobs of a preview `ctune estimate --stack` counts."""

import runpy
from typing import Any

import pytest

from pulumi_ctune.cli.planned_jobs import TYPE, TYPES, Secret, read
from pulumi_ctune.core.values import UNKNOWN
from tests.docs.pages import WORKFLOWS

UNKNOWN_VALUE = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
STARTED = runpy.run_path(str(WORKFLOWS / "training_runs.py"))["started"]


def urn(name: str, parents: str = "") -> str:
    return f"urn:pulumi:dev::shop::{parents}{TYPE}::{name}"


def step(op: str, name: str, *sources: str, **inputs: Any) -> dict[str, Any]:
    dependencies = [urn(source) for source in sources]
    state = {"inputs": inputs, "dependencies": dependencies, "propertyDependencies": {"pre_tuned_model": dependencies}}
    return {"op": op, "urn": urn(name), "newState": state, "oldState": {}}


def interrupted(name: str) -> dict[str, Any]:
    return step("update", name) | {"oldState": {"initErrors": ["the wait was interrupted"]}}


def fates(*steps: dict[str, Any], diagnostics: list[dict[str, Any]] | None = None) -> dict[str, str]:
    return {job.name: job.fate for job in read({"steps": [*steps], "diagnostics": diagnostics}).jobs}


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([step("create", "a"), step("create", "b", "a")], {"a": "create", "b": "create"}),
        ([step("same", "a"), step("update", "b")], {}),
        ([step("create-replacement", "a"), step("replace", "a"), step("delete-replaced", "a")], {"a": "replace"}),
        ([step("delete", "a")], {}),
        ([], {}),
    ],
    ids=["new", "unchanged", "replaced", "deleted", "none"],
)
def test_jobs_are_those_that_the_training_guard_of_the_workflows_names(
    steps: list[dict[str, Any]], expected: dict[str, str]
) -> None:
    """The script that users copy and the command agree on what a training run is."""
    assert fates(*steps) == expected
    assert [*dict.fromkeys(STARTED(steps))] == [*expected]


def test_job_of_the_plugin_counts_like_one_of_a_python_program() -> None:
    """Its source too, under the name that the plugin's schema has; the script of the workflows agrees."""
    ours, theirs = urn("a"), urn("b")
    state = {"type": TYPES[1], "inputs": {"preTunedModel": {}, "triggers": ["x_y"]}}
    state |= {"dependencies": [ours], "propertyDependencies": {"preTunedModel": [ours]}}
    steps = [
        {"op": "create", "urn": each.replace(TYPE, TYPES[1]), "newState": state, "oldState": {}}
        for each in (ours, theirs)
    ]

    (job, _) = read({"steps": steps}).jobs

    assert (job.name, job.inputs, job.sources) == ("a", {"pre_tuned_model": {}, "triggers": ["x_y"]}, [ours])
    assert [*STARTED(steps)] == ["a", "b"]


def test_resumed_job_is_not_paid_again_but_what_continues_from_it_is() -> None:
    steps = [interrupted("a"), step("create", "b", "a")]

    assert fates(*steps) == {"a": "resumed", "b": "create"}
    assert not read({"steps": steps}).jobs[0].is_submitted


def test_adopted_job_is_not_submitted() -> None:
    jobs = read({"steps": [step("create", "a", adopt_job="4711")]}).jobs

    assert [(job.fate, job.is_submitted) for job in jobs] == [("adopted", False)]


def test_job_that_may_train_again_is_marked_with_the_reason() -> None:
    """Only the update can tell; the preview says so in a line at the job."""
    reported = {"urn": urn("a"), "message": "warning: may train again: triggers[0] is known after the update\n"}

    job = read({"steps": [step("update", "a"), step("update", "b")], "diagnostics": [reported]}).jobs[0]

    assert (job.name, job.fate, job.why) == ("a", "possible", "may train again: triggers[0] is known after the update")


def test_values_that_a_preview_does_not_show_are_unknown() -> None:
    inputs = {"base_model": UNKNOWN_VALUE, "labels": {"a": "[secret]"}}

    job = read({"steps": [step("create", "a", **inputs)]}).jobs[0]

    assert job.inputs["base_model"] is UNKNOWN
    assert isinstance(job.inputs["labels"]["a"], Secret)


def test_base_model_is_reported_by_the_first_job_of_a_chain() -> None:
    """Jobs that do not change are in the preview, too."""
    steps = [step("same", "a", base_model="gemini-3.5-flash"), step("create", "b", "a"), step("create", "c", "b")]

    preview = read({"steps": steps})

    assert [preview.base_model(job) for job in preview.jobs] == ["gemini-3.5-flash"] * 2


def test_job_in_a_component_is_one_and_what_lies_below_a_job_is_none() -> None:
    within = step("create", "a") | {"urn": urn("a", "my:Component$")}
    below = step("create", "b") | {"urn": f"urn:pulumi:dev::shop::{TYPE}$other:Thing::b"}

    assert fates(within, below) == {"a": "create"}
