"""Evaluation runs through the real CLI: made once, waited for, and judged by gates."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from .emulator import (  # fixtures go by name
    VertexEmulator,
    new_tuning_stack_fixture,  # noqa: F401
    vertex_fixture,  # noqa: F401
)
from .harness import Stack, provider_host
from .processes import kill, wait_until_gone
from .programs import SFT, VALIDATION, Code, program

NewStack = Callable[..., Stack]
EXACT = {"metric": "exact_match", "computation_based_metric_spec": {"type": "EXACT_MATCH"}}
OVERLAP = {
    "metric": "rouge",
    "computation_based_metric_spec": {"type": "ROUGE", "parameters": {"rouge_type": "rougeL"}},
}
RUN: dict[str, Any] = {
    "tuned_model_name": Code("sft.tuned_model_name"),
    "baseline": {"model": "gemini-3.5-flash"},
    "data_source": {"dataset_uri": VALIDATION},
    "evaluation_config": {"metrics": [EXACT, OVERLAP], "allow_cross_region_model": True},
    "generation_config": {"temperature": 0},
}

JUDGED_FURTHER = RUN | {
    "tuned_model_name": Code("further.tuned_model_name"),
    "baseline": {"model": Code("sft.tuned_model_name")},
}
"""The version that a job `further` makes of that of `sft`, compared with it."""


def evaluated(*require: dict[str, Any], job: dict[str, Any] = SFT, **changes: Any) -> str:
    """A job, an evaluation of what it makes, and an alias that is gated on the result."""
    given = ", ".join(f"{key}={value!r}" for key, value in {**RUN, **changes}.items() if value is not None)
    lines = [f"quality = ctune.EvaluationRun('quality', {given})", "pulumi.export('quality', quality.result)"]
    if require:
        entries = [{"evaluation": Code("quality.result"), **entry} for entry in require]
        lines.append(
            f"ctune.ModelVersionAlias('prod', tuned_model_name=sft.tuned_model_name, alias='prod', require={entries!r})"
        )
    return program(sft=job) + "\n".join(lines) + "\n"


def test_gate_judges_what_an_evaluation_found(new_tuning_stack: NewStack, vertex: VertexEmulator) -> None:
    """One `up` tunes, evaluates and promotes; nothing is left to do, and a stricter limit is refused in the preview."""
    stack = new_tuning_stack(evaluated({"metric": "rouge", "at_least": 0.5}))

    up = stack.up()
    result = stack.outputs()["quality"]
    vertex.forget_requests()
    again = stack.preview()
    stack.write("__main__.py", evaluated({"metric": "rouge", "at_least": 0.5, "confidence": 0.95}))
    refused = stack.preview(fails=True)

    assert up.ops == {"sft": "create", "quality": "create", "prod": "create"}
    assert result["tuned_model_name"].endswith("@1")
    assert (result["total_items"], result["state"]) == (8, "SUCCEEDED")
    assert result["metrics"]["rouge"] > result["baseline_metrics"]["rouge"]
    assert again.changes == {"same": 4}
    assert any("8 items scored, and confidence takes at least 30" in error for error in refused.errors)


def runs(vertex: VertexEmulator) -> dict[str, str]:
    """State by name of every run, from old to new."""
    return {run["name"]: run["state"] for run in vertex.emulator.evaluation_runs()}


def test_run_of_a_killed_provider_is_taken_over(new_tuning_stack: NewStack, vertex: VertexEmulator) -> None:
    """After kill -9 the state knows of no run; the next `up` finds it, and a forced replacement makes another."""
    vertex.emulator.configure(evaluation_duration_s=3600)
    stack = new_tuning_stack(evaluated())

    with stack.start("up") as running:
        running.wait_for("submitted evaluation run")
        host = provider_host()
        kill([host])
        wait_until_gone([host], 10.0)
        died = running.wait()
    begun = list(runs(vertex))
    vertex.emulator.advance(timedelta(hours=2))
    vertex.emulator.configure(evaluation_duration_s=0.2)
    stack.up()
    taken = stack.resource("quality")
    stack.up("--replace", taken["urn"])

    assert died.returncode != 0
    assert [taken["id"]] == begun
    assert list(runs(vertex)) == [taken["id"], stack.resource("quality")["id"]]
    assert list(runs(vertex).values()) == ["SUCCEEDED"] * 2


def test_run_that_fails_after_a_ctrl_c_is_made_anew(new_tuning_stack: NewStack, vertex: VertexEmulator) -> None:
    """The state holds the run. The `up` that finds it failed says so with Google's words; the one after that makes
    another.
    """
    course = {"state": "FAILED", "message": "The judge is out of quota.", "duration_s": 3600}
    vertex.faults.add(run=course)
    stack = new_tuning_stack(evaluated(deletion_policy="DELETE"))

    with stack.start("up") as running:
        running.wait_for("submitted evaluation run")
        running.interrupt()
        running.wait()
    held = stack.resource("quality")
    vertex.emulator.advance(timedelta(hours=2))
    failed = stack.up(fails=True)
    stack.up()
    made = stack.resource("quality")
    again = stack.preview()

    assert held["id"] != made["id"]
    assert any(
        "the evaluation run failed [" in error and "The judge is out of quota." in error for error in failed.errors
    )
    assert "Traceback" not in str(failed)
    assert runs(vertex) == {made["id"]: "SUCCEEDED"}
    assert again.changes == {"same": 3}


def test_worse_model_leaves_the_alias_where_it_was(new_tuning_stack: NewStack, vertex: VertexEmulator) -> None:
    """One `up` tunes on, evaluates, and does not promote."""
    further = SFT | {"base_model": None, "tuned_model_display_name": None}
    further["pre_tuned_model"] = {"tuned_model_name": Code("sft.tuned_model_name")}
    alias = "ctune.ModelVersionAlias('prod', tuned_model_name={}, alias='prod'{})\n"
    stack = new_tuning_stack(program(sft=SFT) + alias.format("sft.tuned_model_name", ""))
    stack.up()
    vertex.faults.add(run={"scores": {"candidate/exact_match": 0.2, "baseline/exact_match": 0.4}})
    given = ", ".join(f"{key}={value!r}" for key, value in JUDGED_FURTHER.items())
    stack.write(
        "__main__.py",
        program(sft=SFT, further=further)
        + f"quality = ctune.EvaluationRun('quality', {given})\n"
        + alias.format(
            "further.tuned_model_name",
            ", require=[{'evaluation': quality.result, 'metric': 'exact_match', 'at_least_above_baseline': 0}]",
        ),
    )

    refused = stack.up(fails=True)

    (error,) = [text for text in refused.errors if "exact_match" in text]
    aliases = {version: vertex.get(f"{stack.resource('further')['outputs']['model']}@{version}") for version in (1, 2)}
    assert "0.2" in error
    assert "0.4" in error
    assert "prod" in aliases[1]["versionAliases"]
    assert "prod" not in aliases[2].get("versionAliases", [])
    assert stack.resource("prod")["outputs"]["tuned_model_name"].endswith("@1")


def test_score_that_is_no_number_meets_no_limit(new_tuning_stack: NewStack, vertex: VertexEmulator) -> None:
    """The gate refuses the version and says why, `up` after `up`. The run stays as it is."""
    vertex.faults.add(run={"scores": {"candidate/rouge": "NaN", "candidate/exact_match": 0.5}})
    stack = new_tuning_stack(evaluated({"metric": "rouge", "at_least": 0.5}))

    refused = stack.up(fails=True)
    again = stack.up(fails=True)
    stack.write("__main__.py", evaluated({"metric": "exact_match", "at_least": 0.5}))
    on_a_number = stack.up()

    assert stack.outputs()["quality"]["metrics"] == {"exact_match": 0.5, "rouge": "NaN"}
    assert (refused.ops["quality"], again.ops["quality"]) == ("create", "same")
    for run in (refused, again):
        (error,) = [text for text in run.errors if "rouge" in text]
        assert "NaN" in error
        assert "NaN" in error
        assert "Traceback" not in str(run)
    assert on_a_number.ops == {"sft": "same", "quality": "same", "prod": "create"}
    assert stack.preview("--refresh").changes == {"same": 4}


def test_update_of_the_job_is_no_other_evaluation(new_tuning_stack: NewStack, vertex: VertexEmulator) -> None:
    """Its outputs are unknown in the preview, the version is the same: a phantom run is neither announced nor made."""
    stack = new_tuning_stack(evaluated({"metric": "rouge", "at_least": 0.5}))
    stack.up()
    stack.write(
        "__main__.py", evaluated({"metric": "rouge", "at_least": 0.5}, job=SFT | {"labels": {"team": "search"}})
    )

    preview = stack.preview()
    up = stack.up()

    assert preview.ops == {"sft": "update", "quality": "same", "prod": "same"}
    assert up.ops == {"sft": "update", "quality": "same", "prod": "same"}
    assert len(runs(vertex)) == 1
