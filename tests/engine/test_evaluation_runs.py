"""Evaluation runs through the real CLI: made once, waited for, and judged by gates."""

from collections.abc import Callable
from typing import Any

from .emulator import (  # fixtures go by name
    VertexEmulator,
    new_tuning_stack_fixture,  # noqa: F401
    vertex_fixture,  # noqa: F401
)
from .harness import Stack
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
