"""What a run is to compute: the many spellings of a metric in the API, read into one form.

A metric says its kind in a field of its own or below `metricConfig`, and both are recorded as taken. Knows no scores:
those are in `scoring`.

Source: the field texts of `EvaluationRunMetric` and `Metric` in the discovery document
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vertex_emulator.evaluation import recipes
from vertex_emulator.evaluation.collection import METRICS
from vertex_emulator.store import Transaction
from vertex_emulator.wsgi import ApiProblem

EXACT_MATCH, BLEU, ROUGE, CODE, JUDGE, RECIPE = "EXACT_MATCH", "BLEU", "ROUGE", "code", "judge", "recipe"
_COMPUTATION, _PREDEFINED, _CODE = "computationBasedMetricSpec", "predefinedMetricSpec", "customCodeExecutionSpec"
_JUDGED = ("llmBasedMetricSpec", "rubricBasedMetricSpec", "pointwiseMetricSpec")
_SHORT = {"exactMatchSpec": EXACT_MATCH, "bleuSpec": BLEU, "rougeSpec": ROUGE}
_UNSERVED = ("pairwiseMetricSpec", "stepBasedLlmMetricSpec")
_ROUGE_TYPE = re.compile(r"rouge([1-9L])")


@dataclass(frozen=True)
class Metric:
    """One metric of a run."""

    name: str
    kind: str
    text: str = ""
    """The Python of `code`, the name of a `recipe`."""
    rouge_longest: int | None = None
    """Words in a row that ROUGE counts; None for the longest common subsequence."""
    effective_order: bool = False
    """Of BLEU."""
    makes_rubrics: bool = False
    """Whether rubrics are generated first."""


def metrics_of(tx: Transaction, config: Mapping[str, Any]) -> list[Metric]:
    """The metrics of an `EvaluationConfig`. Raises 400, 404 for a metric that is not registered, 501 for kinds that
    are not served.
    """
    given = config.get("metrics") or []
    if not given:
        raise ApiProblem(400, "evaluation_config.metrics is required.")
    found = [_metric(tx, item) for item in given]
    names = [metric.name for metric in found]
    for name in names:
        if names.count(name) > 1:
            raise ApiProblem(400, f"The metric name {name!r} is used {names.count(name)} times; it must be unique.")
    return found


def _metric(tx: Transaction, item: Mapping[str, Any]) -> Metric:
    name = item.get("metric", "")
    if not name:
        raise ApiProblem(400, "evaluation_config.metrics.metric is required.")
    kind, spec = _spec_of(item, name)
    if kind == "metricResourceName":
        kind, spec = _spec_of(METRICS.find(tx, str(spec))["metric"], name)
    if kind == "metricConfig":
        kind, spec = _spec_of(spec, name)
    if kind in _UNSERVED:
        raise ApiProblem(501, f"The emulator does not serve {kind} (metric {name!r}).")
    if kind in _SHORT:
        return _computed(name, _SHORT[kind], spec)
    if kind == _COMPUTATION:
        return _computed(name, spec.get("type", ""), spec.get("parameters") or {})
    if kind == _PREDEFINED:
        recipe = recipes.check(spec.get("metricSpecName", ""))
        return Metric(name, RECIPE, text=recipe, makes_rubrics=recipes.makes_rubrics(recipe))
    if kind == _CODE:
        if not spec.get("evaluationFunction"):
            raise ApiProblem(400, f"custom_code_execution_spec.evaluation_function is required (metric {name!r}).")
        return Metric(name, CODE, text=spec["evaluationFunction"])
    return Metric(name, JUDGE, makes_rubrics=any("ubricGenerationSpec" in field for field in spec))


def _spec_of(message: Mapping[str, Any], name: str) -> tuple[str, Any]:
    """(the field that says what to compute, its value)."""
    known = (_COMPUTATION, _PREDEFINED, _CODE, *_JUDGED, *_SHORT, *_UNSERVED, "metricConfig", "metricResourceName")
    found = [field for field in message if field in known]
    if len(found) != 1:
        raise ApiProblem(400, f"The metric {name!r} must have exactly one spec, and has {', '.join(found) or 'none'}.")
    return found[0], message[found[0]]


def _computed(name: str, kind: str, parameters: Mapping[str, Any]) -> Metric:
    if kind == ROUGE:
        rouge_type = str(parameters.get("rougeType") or parameters.get("rouge_type") or "rougeL")
        match = _ROUGE_TYPE.fullmatch(rouge_type)
        if match is None or parameters.get("useStemmer") or parameters.get("use_stemmer"):
            raise ApiProblem(501, f"The emulator computes rouge1 to rouge9 and rougeL, unstemmed (metric {name!r}).")
        return Metric(name, ROUGE, rouge_longest=None if match[1] == "L" else int(match[1]))
    if kind == BLEU:
        effective = parameters.get("useEffectiveOrder", parameters.get("use_effective_order", False))
        return Metric(name, BLEU, effective_order=bool(effective))
    if kind != EXACT_MATCH:
        raise ApiProblem(400, f"computation_based_metric_spec.type is required (metric {name!r}).")
    return Metric(name, EXACT_MATCH)
