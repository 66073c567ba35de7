"""The rules that `require` of whatever is promoted is held to before anything is sent: in a preview, offline.

Values that are not known yet are skipped. What a requirement means is for `verdict`.
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
from pulumi_ctune.core.values import Unknown, has_unknown, is_finite, number_of
from pulumi_ctune.gate.training_series import AGGREGATES

_LIMITS = ("at_least", "at_most")
REQUIREMENT_KEYS = ("metric", *_LIMITS, "aggregate")


def with_numbers(require: Any) -> Any:
    """`require` with limits that are text, as stack config has them, as the numbers that they mean."""
    if not isinstance(require, list | tuple):
        return require
    return [
        {key: number_of(value) if key in _LIMITS else value for key, value in entry.items()}
        if isinstance(entry, Mapping)
        else entry
        for entry in require
    ]


def check_require(require: Any, found: Findings) -> None:
    """Add what is wrong with the input `require`."""
    if require is None or isinstance(require, Unknown):
        return
    if not isinstance(require, list | tuple):
        found["require"] = f"{show(require)} is not a list; write [...] around it"
        return
    for index, entry in enumerate(require):
        path = f"require[{index}]"
        if isinstance(entry, Mapping):
            _check_requirement(entry, path, found)
        elif not isinstance(entry, Unknown):
            example = '{"metric": "/eval_total_loss", "at_most": 0.8}'
            found[path] = f"{show(entry)} is not a dict; write one such as {example}"


def metric_warnings(require: Any) -> list[str]:
    """Names in a checked `require` that hardly are those of training series."""
    if has_unknown(require):
        return []
    return [
        f"require[{index}].metric: the name of a training series has a slash, as in '/eval_total_loss' or "
        f"'REWARD/eval_mean_reward', and {show(entry['metric'])} has none{meant('/' + entry['metric'])}"
        for index, entry in enumerate(require or ())
        if "/" not in entry["metric"]
    ]


def _check_requirement(entry: Mapping[str, Any], path: str, found: Findings) -> None:
    for key, value in entry.items():
        if key not in REQUIREMENT_KEYS and value is not None:
            close = nearest(key, REQUIREMENT_KEYS) if isinstance(key, str) else None
            hint = f"did you mean {show(close)}?" if close else f"there are {any_of(REQUIREMENT_KEYS)}"
            found[child(path, key)] = f"no such key; {hint}"
    metric = entry.get("metric")
    if metric is None or metric == "":
        found[f"{path}.metric"] = "missing: name a training series, such as '/eval_total_loss'"
    elif not isinstance(metric, str | Unknown):
        found[f"{path}.metric"] = f"{show(metric)} is not text{quoted(metric)}"
    aggregate = entry.get("aggregate")
    if aggregate is not None and not isinstance(aggregate, Unknown) and aggregate not in AGGREGATES:
        found[f"{path}.aggregate"] = not_one_of(aggregate, AGGREGATES)
    _check_limits(entry, path, found)


def _check_limits(entry: Mapping[str, Any], path: str, found: Findings) -> None:
    limits = {key: number_of(entry[key]) for key in _LIMITS if entry.get(key) is not None}
    if not limits:
        found[path] = "no limit: give at_least, at_most or both"
    for key, value in limits.items():
        if not isinstance(value, Unknown) and not is_finite(value):
            found[f"{path}.{key}"] = f"{show(value)} is not a number"
    low, high = limits.get("at_least"), limits.get("at_most")
    if is_finite(low) and is_finite(high) and low > high:
        found[f"{path}.at_most"] = f"{show(high)} is below at_least, {show(low)}: no value is within both"
