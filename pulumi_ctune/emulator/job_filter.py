"""The `filter` of a list of tuning jobs. Google calls it the standard list filter and documents no fields.

Terms joined by `AND`: `labels.KEY="value"`, `labels.KEY:*`, `state="JOB_STATE_..."`, `tuned_model_display_name="..."`
and `base_model="..."`, each also with `!=`; values bare or in double quotes.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from pulumi_ctune.emulator.wsgi import ApiProblem

_TERM = re.compile(
    r'(?P<field>labels\.[\w-]+|[A-Za-z_]+)\s*(?P<operator>!=|=|:)\s*(?P<value>"(?:[^"\\]|\\.)*"|[^\s"]+)'
)
_FIELDS = {
    "state": "state",
    "tunedModelDisplayName": "tunedModelDisplayName",
    "tuned_model_display_name": "tunedModelDisplayName",
    "baseModel": "baseModel",
    "base_model": "baseModel",
}


def lets_through(filters: Iterable[str], job: Mapping[str, Any]) -> bool:
    """Whether all filters hold for a job as the API shows it. Raises `ApiProblem` 400 for one outside the grammar."""
    return all(_holds(text, term.strip(), job) for text in filters if text for term in re.split(r"\sAND\s", text))


def _holds(text: str, term: str, job: Mapping[str, Any]) -> bool:
    match = _TERM.fullmatch(term)
    if match is None:
        raise ApiProblem(400, f"Invalid filter: {text!r}.")
    value = match["value"]
    if value.startswith('"'):
        value = re.sub(r"\\(.)", r"\1", value[1:-1])
    label = match["field"].removeprefix("labels.")
    if match["field"].startswith("labels."):
        labels: Mapping[str, str] = job.get("labels", {})
        if match["operator"] == ":":
            return label in labels if value == "*" else labels.get(label) == value
        return (labels.get(label) == value) is (match["operator"] == "=")
    if match["field"] not in _FIELDS or match["operator"] == ":":
        raise ApiProblem(400, f"Invalid filter: {text!r}.")
    return (job.get(_FIELDS[match["field"]], "") == value) is (match["operator"] == "=")
