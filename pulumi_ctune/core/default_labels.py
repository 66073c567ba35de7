"""The stack's default labels (`gcp:defaultLabels`) under a resource's own."""

from collections.abc import Mapping
from typing import Any

from pulumi_ctune.core.program_facts import DEFAULT_LABELS
from pulumi_ctune.core.values import UNKNOWN, Unknown, text_of


def with_default_labels(inputs: Mapping[str, Any], program: Mapping[str, Any]) -> dict[str, Any]:
    """The input `labels` with the stack's default labels under it, and numbers as the texts that config meant.

    Empty where nothing is to be set. `program` is what the program told of itself.
    """
    labels, defaults = inputs.get("labels"), program.get(DEFAULT_LABELS) or {}
    if isinstance(defaults, Unknown):  # of a provider that is still to be made
        return {"labels": UNKNOWN}
    if isinstance(labels, Mapping) or (labels is None and defaults):
        merged = {**defaults, **(labels or {})}
        return {"labels": {key: text_of(value) for key, value in merged.items()}}
    return {}
