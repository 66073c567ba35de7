"""The `filter` of a list of tuning jobs. Google calls it the standard list filter and documents no fields.

Terms joined by `AND`: `labels.KEY="value"`, `labels.KEY:*`, `state="JOB_STATE_..."`, `tuned_model_display_name="..."`
and `base_model="..."`, each also with `!=`; values bare or in double quotes.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from vertex_emulator.wsgi import ApiProblem

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


Predicate = Callable[[Mapping[str, Any]], bool]


def predicate(filters: Iterable[str]) -> Predicate:
    """Whether all filters hold for a job as the API shows it. Raises `ApiProblem` 400 for one outside the grammar."""
    terms = [_term(text, part.strip()) for text in filters if text.strip() for part in re.split(r"\sAND\s", text)]
    return lambda job: all(holds(job) for holds in terms)


def _term(text: str, part: str) -> Predicate:
    match = _TERM.fullmatch(part)
    if match is None:
        raise ApiProblem(400, f"Invalid filter: {text!r}.")
    name, operator, value = match["field"], match["operator"], match["value"]
    if value.startswith('"'):
        value = re.sub(r"\\(.)", r"\1", value[1:-1])
    if name.startswith("labels."):
        key = name.removeprefix("labels.")
        if operator == ":" and value == "*":
            return lambda job: key in job.get("labels", {})
        return lambda job: (job.get("labels", {}).get(key) == value) is (operator != "!=")
    if name not in _FIELDS or operator == ":":
        raise ApiProblem(400, f"Invalid filter: {text!r}.")
    return lambda job: (job.get(_FIELDS[name], "") == value) is (operator == "=")
