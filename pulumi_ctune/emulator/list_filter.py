"""The `filter` of models, model versions and endpoints lists: which resources it lets through.

Terms joined by `AND`: `field=value` and `field!=value` for the id, the display name and the base model,
`labels.key=value`, `labels."a key"=value`, `labels.key:*` and `labels:key`. Names in snake_case or camelCase, values
bare or in double quotes. A list call may carry several filters, and all of them must hold: google-genai adds one of its
own.

Source: https://docs.cloud.google.com/vertex-ai/docs/reference/rest/v1beta1/projects.locations.models/list
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from pulumi_ctune.emulator.wsgi import ApiProblem

_QUOTED = r'"(?:[^"\\]|\\.)*"'
_TERM = re.compile(
    rf"""\s*(?P<field>[A-Za-z_]+(?:\.(?:{_QUOTED}|[^\s=!:"]+))?)\s*(?P<operator>!=|=|:)\s*(?P<value>{_QUOTED}|[^\s"()]+)\s*"""
)
_AND = re.compile(r"AND\s+")


def lets_through(filters: Iterable[str], resource: Mapping[str, Any], *, id_field: str) -> bool:
    """Whether all filters hold for a resource as the API shows it; `id_field` is a filter's word for its id (`model`).

    Raises:
        ApiProblem: 400 for a filter outside the grammar or with a field that the API does not filter by.
    """
    return all(_holds(term, resource, id_field) for text in filters for term in _terms(text))


def _terms(text: str) -> list[re.Match[str]]:
    terms: list[re.Match[str]] = []
    position = 0
    while position < len(text.rstrip()):
        if terms:
            conjunction = _AND.match(text, position)
            if conjunction is None:
                raise _refused(text)
            position = conjunction.end()
        term = _TERM.match(text, position)
        if term is None:
            raise _refused(text)
        terms.append(term)
        position = term.end()
    return terms


def _holds(term: re.Match[str], resource: Mapping[str, Any], id_field: str) -> bool:
    field, operator, value = term["field"], term["operator"], _unquoted(term["value"])
    labels: Mapping[str, str] = resource.get("labels", {})
    name, _, key = field.partition(".")
    if name == "labels":
        if not key and operator == ":":
            return value in labels
        if key and operator == ":":
            return _unquoted(key) in labels if value == "*" else labels.get(_unquoted(key)) == value
        if key:
            return (labels.get(_unquoted(key)) == value) is (operator == "=")
    actual = {
        id_field: str(resource["name"]).rpartition("/")[2],
        "display_name": resource.get("displayName", ""),
        "displayName": resource.get("displayName", ""),
        "base_model_name": labels.get("google-vertex-llm-tuning-base-model-id", ""),
        "baseModelName": labels.get("google-vertex-llm-tuning-base-model-id", ""),
    }
    if field not in actual or operator == ":":
        raise _refused(term.string)
    return (actual[field] == value) is (operator == "=")


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1]) if text.startswith('"') else text


def _refused(text: str) -> ApiProblem:
    return ApiProblem(400, f"Invalid filter: {text!r}.")
