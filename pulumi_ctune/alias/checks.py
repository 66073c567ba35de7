"""The rules that the inputs of an alias are held to before anything is sent: in a preview, offline.

Values that are not known yet are skipped. Alias grammar:
https://docs.cloud.google.com/gemini-enterprise-agent-platform/machine-learning/model-registry/model-alias
"""

import re
from collections.abc import Mapping
from typing import Any

from pulumi_ctune.core import names
from pulumi_ctune.core.kind import Failure, failures_of
from pulumi_ctune.core.messages import Findings, meant, show
from pulumi_ctune.core.name_checks import check_names, pinned_name
from pulumi_ctune.gate.input_checks import check_require, metric_warnings, promoted_in


def check(inputs: Mapping[str, Any]) -> list[Failure]:
    """Everything that is wrong with the inputs of an alias, at most one failure for each field."""
    found: Findings = {}
    check_names(inputs, {"tuned_model_name": _version, "alias": _alias}, found)
    check_require(inputs.get("require"), found, promoted_in(inputs, found))
    return failures_of(found)


def warnings(inputs: Mapping[str, Any]) -> list[str]:
    """What is allowed but hardly meant, a sentence each, of inputs that `check` finds nothing wrong with."""
    return metric_warnings(inputs.get("require"))


def _version(text: str) -> str:
    return pinned_name(text, base_model="aliases are put on versions of tuned models")


def _alias(text: str) -> str:
    if names.is_alias(text):
        return ""
    if text.isdigit():
        return f"{show(text)} is a number, and numbers name versions: give a word, such as 'prod'"
    near = re.sub(r"[^a-z0-9-]+", "-", text.strip().lower()).strip("-")
    return f"{show(text)} is not an alias ({names.ALIAS_GRAMMAR}){meant(near if names.is_alias(near) else '')}"
