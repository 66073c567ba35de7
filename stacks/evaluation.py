"""How good a tuned version is: judged on held-out rows beside what serves, and held to the gates of a stage."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

import pulumi_ctune as ctune
from data import HELD_OUT, Datasets

ROUGE: ctune.EvaluationRunMetricArgs = {
    "metric": "rouge",
    "computation_based_metric_spec": {"type": "ROUGE", "parameters": {"rouge_type": "rougeL"}},
}
"""How much of a reference is in the answer, in order. It takes no judge; a team adds metrics of its own beside it."""


def evaluation_of(
    tuned_model_name: pulumi.Input[str],
    *,
    baseline: str,
    datasets: Datasets,
    labels: Mapping[str, str],
    kms_key_name: pulumi.Input[str] | None = None,
    opts: pulumi.ResourceOptions | None = None,
) -> ctune.EvaluationRun:
    """A version's answers to the held-out rows, scored beside those of the baseline."""
    return ctune.EvaluationRun(
        "support-quality",
        tuned_model_name=tuned_model_name,
        baseline={"model": baseline},
        data_source={"dataset_uri": datasets.uri(HELD_OUT)},
        # Gemini 3 is tuned in `us-central1` and answers in `us`: without consent a run asks its own location only.
        evaluation_config={"metrics": [ROUGE], "allow_cross_region_model": True},
        generation_config={"temperature": 0},
        encryption_spec={"kms_key_name": kms_key_name} if kms_key_name else None,
        labels=labels,
        triggers=datasets.generations(HELD_OUT),
        opts=opts,
    )


def with_results(
    gates: Sequence[Mapping[str, Any]], evaluations: pulumi.Output[Mapping[str, Any]]
) -> list[ctune.MetricRequirementArgs]:
    """The gates, with the result itself where one is named."""
    return [_with_result(gate, evaluations) for gate in gates]


def _with_result(gate: Any, evaluations: pulumi.Output[Mapping[str, Any]]) -> Any:
    name = gate.get("evaluation") if isinstance(gate, Mapping) else None
    return {**gate, "evaluation": evaluations[name]} if isinstance(name, str) else gate
