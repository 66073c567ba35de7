"""What an evaluation found of one model version: the record that a gate judges, whoever has made it.

`EvaluationRun.result` is one, and so is what a user's own harness writes down. It names its subject, so that the result
of an older version cannot let a newer one through. Judging it is for `evaluation_gate`.

Keys of a run's summary: `{candidate}/{metric}/{AGGREGATE}`, see
https://docs.cloud.google.com/gemini-enterprise-agent-platform/reference/rest/v1beta1/projects.locations.evaluationRuns
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from pulumi_ctune.core.messages import Findings, any_of, child, nearest, quoted, show
from pulumi_ctune.core.name_checks import pinned_name
from pulumi_ctune.core.values import NO_NUMBERS, Unknown, is_finite, is_number, number_of

CANDIDATE, BASELINE = "candidate", "baseline"
"""What the two models of a run are called in the keys of its summary."""

AVERAGE = "AVERAGE"
AGGREGATES = (
    AVERAGE,
    *("VARIANCE", "STANDARD_DEVIATION", "MINIMUM", "MAXIMUM", "MEDIAN", "MODE"),
    *("PERCENTILE_P90", "PERCENTILE_P95", "PERCENTILE_P99"),
)
"""The API's names; answers of 2025 say `P90` for `PERCENTILE_P90`."""

SUCCEEDED = "SUCCEEDED"
_MAPS = ("metrics", "baseline_metrics", "standard_deviations", "baseline_standard_deviations", "summary_metrics")
_COUNTS = ("total_items", "failed_items")
_TEXTS = ("checkpoint_id", "source", "name", "state", "create_time", "completion_time")
RESULT_KEYS = ("tuned_model_name", *_MAPS, *_COUNTS, *_TEXTS)


@dataclass(frozen=True)
class EvaluationResult:
    """One result. `checkpoint_id` is empty for the default checkpoint of the version, `state` for results that have
    none; deviations are those of the whole set of items, not estimates for a larger one.
    """

    tuned_model_name: str
    checkpoint_id: str = ""
    metrics: Mapping[str, float] = field(default_factory=dict)
    baseline_metrics: Mapping[str, float] = field(default_factory=dict)
    standard_deviations: Mapping[str, float] = field(default_factory=dict)
    baseline_standard_deviations: Mapping[str, float] = field(default_factory=dict)
    summary_metrics: Mapping[str, float] = field(default_factory=dict)
    total_items: int = 0
    failed_items: int = 0
    source: str = ""
    name: str = ""
    state: str = ""

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Self:
        """The result that a checked record stands for: numbers may be texts, as stack config has them."""
        maps = {key: _numbers(record.get(key)) for key in _MAPS}
        return cls(
            tuned_model_name=str(record["tuned_model_name"]),
            checkpoint_id=_text(record.get("checkpoint_id")),
            total_items=int(number_of(record.get("total_items") or 0)),
            failed_items=int(number_of(record.get("failed_items") or 0)),
            source=_text(record.get("source")),
            name=_text(record.get("name")),
            state=_text(record.get("state")),
            **maps,
        )

    @property
    def scored_items(self) -> int:
        """The items behind every average: those that could not be scored are in none."""
        return self.total_items - self.failed_items

    @property
    def has_baseline(self) -> bool:
        """Whether anything was measured of a second model."""
        return bool(self.baseline_metrics) or any(key.startswith(f"{BASELINE}/") for key in self.summary_metrics)

    def value(self, metric: str, aggregate: str, model: str = CANDIDATE) -> float | None:
        """One number of one of the two models; None where the result does not have it."""
        short = {AVERAGE: self.metrics, "STANDARD_DEVIATION": self.standard_deviations}
        if model == BASELINE:
            short = {AVERAGE: self.baseline_metrics, "STANDARD_DEVIATION": self.baseline_standard_deviations}
        found = short.get(aggregate, {}).get(metric)
        if found is not None:
            return found
        for spelling in (aggregate, aggregate.removeprefix("PERCENTILE_")):
            if (found := self.summary_metrics.get(f"{model}/{metric}/{spelling}")) is not None:
                return found
        return None

    def metrics_with(self, aggregate: str, model: str = CANDIDATE) -> list[str]:
        """The metrics of which there is this number."""
        named = {*(self.metrics if model == CANDIDATE else self.baseline_metrics)}
        # A metric may have a slash in its name.
        named |= {key.partition("/")[2].rpartition("/")[0] for key in self.summary_metrics if key.startswith(model)}
        return sorted(metric for metric in named if self.value(metric, aggregate, model) is not None)


def check_result(record: Any, path: str, found: Findings) -> None:
    """Add what is wrong with a record, by the path of the key; what is not known yet is skipped."""
    if isinstance(record, Unknown):
        return
    if not isinstance(record, Mapping):
        found[path] = f"{show(record)} is not a result: give `.result` of an EvaluationRun, or a dict with its keys"
        return
    for key in record:
        if key not in RESULT_KEYS and record[key] is not None:
            close = nearest(key, RESULT_KEYS) if isinstance(key, str) else None
            hint = f"did you mean {show(close)}?" if close else f"there are {any_of(RESULT_KEYS)}"
            found[child(path, key)] = f"no such key; {hint}"
    _check_subject(record.get("tuned_model_name"), f"{path}.tuned_model_name", found)
    for key in _TEXTS:
        value = record.get(key)
        is_id = key == "checkpoint_id" and is_number(value)
        if value is not None and not isinstance(value, str | Unknown) and not is_id:
            found[f"{path}.{key}"] = f"{show(value)} is not text{quoted(value)}"
    for key in _MAPS:
        _check_numbers(record.get(key), f"{path}.{key}", found)
    _check_counts(record, path, found)


def _check_subject(subject: Any, path: str, found: Findings) -> None:
    if isinstance(subject, Unknown):
        return
    if not subject:
        found[path] = "missing: a result has to name the version that was evaluated, projects/../models/M@V"
    elif not isinstance(subject, str):
        found[path] = f"{show(subject)} is not text{quoted(subject)}"
    elif reason := pinned_name(subject, base_model="what is judged is a version of a tuned model"):
        found[path] = reason


def _check_numbers(value: Any, path: str, found: Findings) -> None:
    if value is None or isinstance(value, Unknown):
        return
    if not isinstance(value, Mapping):
        found[path] = f'{show(value)} is not a dict of numbers, such as {{"exact_match": 0.83}}'
        return
    for name, number in value.items():
        if not isinstance(number, Unknown) and not is_number(number_of(number)) and number not in NO_NUMBERS:
            found[child(path, name)] = f"{show(number)} is not a number"


def _check_counts(record: Mapping[str, Any], path: str, found: Findings) -> None:
    counts = {}
    for key in _COUNTS:
        count = number_of(record.get(key))
        if isinstance(count, float) and count.is_integer():
            count = int(count)
        if count is None and key == "total_items":
            found[f"{path}.{key}"] = "missing: say how many items were evaluated"
        elif count is None or isinstance(count, Unknown):
            continue
        elif not isinstance(count, int) or isinstance(count, bool) or count < 0:
            found[f"{path}.{key}"] = f"{show(record.get(key))} is not a number of items"
        else:
            counts[key] = count
    if len(counts) == len(_COUNTS) and counts["failed_items"] > counts["total_items"]:
        found[f"{path}.failed_items"] = f"{counts['failed_items']:,} are more than all {counts['total_items']:,} items"


def _numbers(value: Any) -> dict[str, float]:
    return {str(name): float(number_of(number)) for name, number in (value or {}).items()}


def _text(value: Any) -> str:
    if is_finite(value) and float(value).is_integer():  # the engine makes a float of a checkpoint's number
        return str(int(value))
    return str(value or "")
