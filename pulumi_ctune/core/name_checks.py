"""The rules for the names of what is promoted, which the program writes or takes from a job: in a preview, offline.

Source: https://docs.cloud.google.com/gemini-enterprise-agent-platform/reference/rest/v1beta1/projects.locations.models
"""

from collections.abc import Callable, Mapping
from typing import Any

from pulumi_ctune.core import grammar, names
from pulumi_ctune.core.messages import Findings, quoted, show
from pulumi_ctune.core.names import ModelName
from pulumi_ctune.core.values import Unknown

_HOW_TO_PIN = "output tuned_model_name of a job or of ctune.get_tuned_model"


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


def pinned_name(text: str, *, base_model: str) -> str:
    """Why a text names no version by its number; "" if it does. `base_model` is said to who names one."""
    if text.startswith("gemini-") or names.publisher_model_id(text):
        return f"{show(text)} is a base model: {base_model}"
    if reason := grammar.tuned_model_name(text):
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
