"""The rules that the inputs of an alias, and `require` of whatever is promoted, are held to before anything is sent.

In a preview, offline; values that are not known yet are skipped. Alias grammar:
https://docs.cloud.google.com/gemini-enterprise-agent-platform/machine-learning/model-registry/model-alias
"""

import math
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeGuard

from pulumi_ctune.promotion.gates import AGGREGATES
from pulumi_ctune.tuning import names
from pulumi_ctune.tuning.checks import forms
from pulumi_ctune.tuning.checks.wording import Findings, any_of, child, meant, nearest, not_one_of, quoted, show
from pulumi_ctune.tuning.names import ModelName
from pulumi_ctune.tuning.values import Unknown, has_unknown

REQUIREMENT_KEYS = ("metric", "at_least", "at_most", "aggregate")

_ALIAS = re.compile(r"[a-z][a-z0-9-]{0,126}[a-z0-9]")
_HOW_TO_PIN = "output tuned_model_name of a job or of ctune.get_tuned_model"


def check_alias(inputs: Mapping[str, Any]) -> Findings:
    """Everything that is wrong with the inputs of an alias: path as the user typed it -> reason."""
    found: Findings = {}
    check_names(inputs, {"tuned_model_name": pinned_name, "alias": _alias}, found)
    check_require(inputs.get("require"), found)
    return found


def check_names(inputs: Mapping[str, Any], forms_by_name: Mapping[str, Callable[[str], str]], found: Findings) -> None:
    """Add what is wrong with required texts; a form returns the reason against a text, or nothing."""
    for name, form in forms_by_name.items():
        value = inputs.get(name)
        if value is None or value == "":
            found[name] = "missing: set this input"
        elif not isinstance(value, str | Unknown):
            found[name] = f"{show(value)} is not text{quoted(value)}"
        elif isinstance(value, str) and (reason := form(value)):
            found[name] = reason


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


def warnings(inputs: Mapping[str, Any]) -> list[str]:
    """What is allowed but hardly meant, a sentence each; none while there are failures."""
    return [] if check_alias(inputs) else name_warnings(inputs.get("require"))


def name_warnings(require: Any) -> list[str]:
    """Names in a checked `require` that hardly are those of training series."""
    if has_unknown(require):
        return []
    return [
        f"require[{index}].metric: the name of a training series has a slash, as in '/eval_total_loss' or "
        f"'REWARD/eval_mean_reward', and {show(entry['metric'])} has none{meant('/' + entry['metric'])}"
        for index, entry in enumerate(require or ())
        if "/" not in entry["metric"]
    ]


def pinned_name(text: str, *, base_model: str = "aliases are put on versions of tuned models") -> str:
    """Why a text names no version by its number; "" if it does. `base_model` is said to who names one."""
    if text.startswith("gemini-") or names.publisher_model_id(text):
        return f"{show(text)} is a base model: {base_model}"
    if reason := forms.tuned_model_name(text):
        return reason
    name = ModelName.parse(text)
    if name.is_pinned:
        return ""
    if name.version is None:
        return f"{show(text)} names no version: pin one by its number, ..@VERSION ({_HOW_TO_PIN})"
    return (
        f"{show(text)} names its version by the alias {show(name.version)}, which moves: pin the number, ..@VERSION "
        f"({_HOW_TO_PIN})"
    )


def _alias(text: str) -> str:
    if _ALIAS.fullmatch(text):
        return ""
    if text.isdigit():
        return f"{show(text)} is a number, and numbers name versions: give a word, such as 'prod'"
    near = re.sub(r"[^a-z0-9-]+", "-", text.strip().lower()).strip("-")
    return (
        f"{show(text)} is not an alias: 2 to 128 of a-z, 0-9 and - are allowed, first a letter, last a letter or digit"
        f"{meant(near if _ALIAS.fullmatch(near) else '')}"
    )


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
    limits = {key: entry[key] for key in ("at_least", "at_most") if entry.get(key) is not None}
    if not limits:
        found[path] = "no limit: give at_least, at_most or both"
    for key, value in limits.items():
        if not isinstance(value, Unknown) and not _is_finite(value):
            found[f"{path}.{key}"] = f"{show(value)} is not a number"
    low, high = limits.get("at_least"), limits.get("at_most")
    if _is_finite(low) and _is_finite(high) and low > high:
        found[f"{path}.at_most"] = f"{show(high)} is below at_least, {show(low)}: no value is within both"


def _is_finite(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
