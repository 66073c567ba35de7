"""How many answers and judge calls a run would take, told before it is made. Calls, not dollars: Google names no price.

Judge calls of predefined metrics, for each row and model:
https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/rubric-metric-details
"""

from collections.abc import Mapping
from typing import Any

from pulumi_ctune.evaluation_run.request import Request

_JUDGE_CALLS = {
    **dict.fromkeys(("general_quality", "text_quality", "instruction_following"), 6),
    "grounding": 1,
    "safety_v1": 10,
    "safety_v3": 31,
}
_DEFAULT_SAMPLES = 4  # of a judge that the user describes


def in_words(request: Request, rows: int) -> str:
    """`200 rows, 400 answers and 14,800 judge calls at most`."""
    models = len(request.candidates)
    config = request.messages["evaluation_config"]
    calls = [_calls(metric, config) for metric in config.get("metrics") or ()]
    judged = sum(number for number in calls if number is not None) * rows * models
    more = " and those of a metric that names none" if None in calls else ""
    return f"the evaluation takes {rows:,} rows, {rows * models:,} answers and {judged:,} judge calls{more}"


def _calls(metric: Mapping[str, Any], config: Mapping[str, Any]) -> int | None:
    """For each row and model; None where nobody knows."""
    general = metric.get("metric_config") or {}
    if metric.get("computation_based_metric_spec") or general.get("computation_based_metric_spec"):
        return 0
    if any(key in general for key in ("exact_match_spec", "bleu_spec", "rouge_spec", "custom_code_execution_spec")):
        return 0
    predefined = metric.get("predefined_metric_spec") or general.get("predefined_metric_spec")
    if predefined:
        name = str(predefined.get("metric_spec_name") or "")
        return _JUDGE_CALLS.get(name, _JUDGE_CALLS.get(name.rpartition("_v")[0]))
    if (
        metric.get("llm_based_metric_spec")
        or general.get("pointwise_metric_spec")
        or general.get("llm_based_metric_spec")
    ):
        judge = (metric.get("llm_based_metric_spec") or {}).get("judge_autorater_config") or config.get(
            "autorater_config"
        )
        return int((judge or {}).get("sample_count") or _DEFAULT_SAMPLES)
    return None
