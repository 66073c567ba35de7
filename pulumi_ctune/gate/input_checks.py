"""The rules that `require` of whatever is promoted is held to before anything is sent: in a preview, offline.

Values that are not known yet are skipped. What a requirement means is for `training_series` and `evaluation_gate`; what
is wrong with the result of an evaluation as such, for `evaluation_result`.
"""

from collections.abc import Mapping
from typing import Any

from pulumi_ctune.core.messages import (
    Findings,
    any_of,
    child,
    meant,
    nearest,
    not_one_of,
    quoted,
    show,
)
from pulumi_ctune.core.values import Unknown, has_unknown, is_finite, number_of, text_of
from pulumi_ctune.gate.evaluation_gate import EvaluationRequirement, Subject, missed, unfit
from pulumi_ctune.gate.evaluation_result import AGGREGATES as EVALUATION_AGGREGATES
from pulumi_ctune.gate.evaluation_result import AVERAGE, check_result
from pulumi_ctune.gate.training_series import AGGREGATES

_LIMITS = ("at_least", "at_most")
_BASELINE_LIMITS = ("at_least_above_baseline", "at_most_above_baseline")
_COUNTS = ("fewest_items", "most_failed_items")
_NUMBERS = (*_LIMITS, *_BASELINE_LIMITS, *_COUNTS, "confidence")
SERIES_KEYS = ("metric", *_LIMITS, "aggregate")
EVALUATION_KEYS = ("evaluation", "metric", *_NUMBERS, "aggregate")
"""Keys of an entry without `evaluation`, and with it."""


def with_numbers(require: Any) -> Any:
    """`require` with limits that are text, as stack config has them, as the numbers that they mean."""
    if not isinstance(require, list | tuple):
        return require
    return [
        {key: number_of(value) if key in _NUMBERS else value for key, value in entry.items()}
        if isinstance(entry, Mapping)
        else entry
        for entry in require
    ]


def check_require(require: Any, found: Findings, promoted: Subject | None = None) -> None:
    """Add what is wrong with the input `require`; `promoted` is the version that it is about, where that is known.

    A result that is known and cannot judge the version is refused here: it is of another one, or lacks the metric.
    """
    if require is None or isinstance(require, Unknown):
        return
    if not isinstance(require, list | tuple):
        found["require"] = f"{show(require)} is not a list; write [...] around it"
        return
    for index, entry in enumerate(require):
        path = f"require[{index}]"
        if isinstance(entry, Mapping):
            _check_requirement(entry, path, found, promoted)
        elif not isinstance(entry, Unknown):
            example = '{"metric": "/eval_total_loss", "at_most": 0.8}'
            found[path] = f"{show(entry)} is not a dict; write one such as {example}"


def promoted_in(
    inputs: Mapping[str, Any], found: Findings | None = None, key: str = "tuned_model_name"
) -> Subject | None:
    """The version that inputs promote; None while its name is not known, or where it is wrong."""
    name, checkpoint_id = inputs.get(key), inputs.get("checkpoint_id")
    if not isinstance(name, str) or key in (found or ()):
        return None
    known = checkpoint_id is not None and not isinstance(checkpoint_id, Unknown)
    return Subject.named(name, str(text_of(checkpoint_id)) if known else None)


def known_misses(require: Any, promoted: Subject | None) -> list[str]:
    """The limits of a checked `require` that are known to be missed: a preview tells, an update is refused."""
    misses = []
    for index, entry in enumerate(require if promoted and isinstance(require, list | tuple) else ()):
        is_known = isinstance(entry, Mapping) and entry.get("evaluation") is not None and not has_unknown(entry)
        if is_known and promoted and (reason := missed(EvaluationRequirement.of(entry), promoted)):
            misses.append(f"require[{index}]: {reason}: `pulumi up` is refused")
    return misses


def metric_warnings(require: Any) -> list[str]:
    """What is allowed in a checked `require` but hardly meant."""
    if has_unknown(require):
        return []
    return [f"require[{index}].{advice}" for index, entry in enumerate(require or ()) if (advice := _advice(entry))]


def _advice(entry: Mapping[str, Any]) -> str:
    metric, aggregate = entry["metric"], entry.get("aggregate")
    if entry.get("evaluation") is None and "/" not in metric:
        return (
            "metric: the name of a training series has a slash, as in '/eval_total_loss' or 'REWARD/eval_mean_reward', "
            f"and {show(metric)} has none{meant('/' + metric)}"
        )
    if aggregate in ("MEDIAN", "MODE"):
        return f"aggregate: {aggregate} of scores that are 0 or 1 hides a minority that fails; AVERAGE does not"
    return ""


def _check_requirement(entry: Mapping[str, Any], path: str, found: Findings, promoted: Subject | None) -> None:
    before = len(found)
    is_evaluation = entry.get("evaluation") is not None
    keys = EVALUATION_KEYS if is_evaluation else SERIES_KEYS
    for key, value in entry.items():
        if key in keys or value is None:
            continue
        if key in EVALUATION_KEYS:
            found[child(path, key)] = "only the result of an evaluation has this: give `evaluation` too"
            continue
        close = nearest(key, keys) if isinstance(key, str) else None
        hint = f"did you mean {show(close)}?" if close else f"there are {any_of(keys)}"
        found[child(path, key)] = f"no such key; {hint}"
    metric = entry.get("metric")
    if metric is None or metric == "":
        example = "a metric of the result, such as 'exact_match'" if is_evaluation else _SERIES_EXAMPLE
        found[f"{path}.metric"] = f"missing: name {example}"
    elif not isinstance(metric, str | Unknown):
        found[f"{path}.metric"] = f"{show(metric)} is not text{quoted(metric)}"
    aggregate, choices = entry.get("aggregate"), EVALUATION_AGGREGATES if is_evaluation else AGGREGATES
    if aggregate is not None and not isinstance(aggregate, Unknown) and aggregate not in choices:
        found[f"{path}.aggregate"] = not_one_of(aggregate, choices)
    _check_limits(entry, path, found, (*_LIMITS, *_BASELINE_LIMITS) if is_evaluation else _LIMITS)
    if is_evaluation:
        check_result(entry["evaluation"], f"{path}.evaluation", found)
        _check_counts(entry, path, found)
        _check_confidence(entry, path, found)
        is_known = len(found) == before and not has_unknown(entry)
        if is_known and promoted and (reason := unfit(EvaluationRequirement.of(entry), promoted)):
            found[path] = reason


_SERIES_EXAMPLE = "a training series, such as '/eval_total_loss'"


def _check_limits(entry: Mapping[str, Any], path: str, found: Findings, keys: tuple[str, ...]) -> None:
    limits = {key: number_of(entry[key]) for key in keys if entry.get(key) is not None}
    if not limits:
        found[path] = f"no limit: give {', '.join(keys)} or {'both' if keys == _LIMITS else 'several'}"
    for key, value in limits.items():
        if not isinstance(value, Unknown) and not is_finite(value):
            found[f"{path}.{key}"] = f"{show(value)} is not a number"
    for low_key, high_key in (_LIMITS, _BASELINE_LIMITS):
        low, high = limits.get(low_key), limits.get(high_key)
        if is_finite(low) and is_finite(high) and low > high:
            found[f"{path}.{high_key}"] = f"{show(high)} is below {low_key}, {show(low)}: no value is within both"


def _check_counts(entry: Mapping[str, Any], path: str, found: Findings) -> None:
    for key in _COUNTS:
        count = number_of(entry.get(key))
        if count is None or isinstance(count, Unknown):
            continue
        if not is_finite(count) or not float(count).is_integer() or count < 0:
            found[f"{path}.{key}"] = f"{show(entry[key])} is not a number of items"


def _check_confidence(entry: Mapping[str, Any], path: str, found: Findings) -> None:
    confidence, aggregate = number_of(entry.get("confidence")), entry.get("aggregate")
    if confidence is None or isinstance(confidence, Unknown):
        return
    if not is_finite(confidence) or not 0.5 < confidence < 1:
        found[f"{path}.confidence"] = f"{show(entry['confidence'])} is not between 0.5 and 1, such as 0.95"
    elif aggregate is not None and not isinstance(aggregate, Unknown) and aggregate != AVERAGE:
        found[f"{path}.confidence"] = f"goes with the aggregate {AVERAGE} only, which is the default"
