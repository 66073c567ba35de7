"""The `filter` of a list of resources: which of them it lets through.

Terms joined by `AND`: `field=value` and `field!=value` for the fields of the list, `labels.key=value`,
`labels."a key"=value`, `labels.key:*` and `labels:key`. Names in snake_case or camelCase, values bare or in double
quotes. A list call may carry several filters, and all of them must hold: google-genai adds one of its own. Which fields
a list has is the areas' to say.

Source: https://docs.cloud.google.com/vertex-ai/docs/reference/rest/v1beta1/projects.locations.models/list
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from vertex_emulator.resource_fields import camel_case
from vertex_emulator.wsgi import ApiProblem

Fields = Mapping[str, Callable[[Mapping[str, Any]], str]]
"""What a list can be filtered by beside labels: name in camelCase -> the value of a resource as the API shows it."""

_QUOTED = r'"(?:[^"\\]|\\.)*"'
_TERM = re.compile(
    rf"""\s*(?P<field>[A-Za-z_]+(?:\.(?:{_QUOTED}|[^\s=!:"]+))?)\s*(?P<operator>!=|=|:)\s*(?P<value>{_QUOTED}|[^\s"()]+)\s*"""
)
_AND = re.compile(r"AND\s+")


def parse(filters: Iterable[str], fields: Fields) -> Callable[[Mapping[str, Any]], bool]:
    """Whether all filters hold for a resource as the API shows it.

    Raises:
        ApiProblem: 400 for a filter outside the grammar or with a field that the list is not filtered by.
    """
    terms = [term for text in filters for term in _terms(text)]
    for term in terms:
        name, _, key = term["field"].partition(".")
        is_label = name == "labels" and (key != "" or term["operator"] == ":")
        is_field = not key and term["operator"] != ":" and camel_case(name) in fields
        if not (is_label or is_field):
            raise _refused(term.string)
    return lambda resource: all(_holds(term, resource, fields) for term in terms)


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


def _holds(term: re.Match[str], resource: Mapping[str, Any], fields: Fields) -> bool:
    operator, value = term["operator"], _unquoted(term["value"])
    labels: Mapping[str, str] = resource.get("labels", {})
    name, _, key = term["field"].partition(".")
    if name != "labels":
        return (fields[camel_case(name)](resource) == value) is (operator == "=")
    if not key:
        return value in labels
    actual = labels.get(_unquoted(key))
    if operator == ":":
        return actual is not None and value in ("*", actual)
    return (actual == value) is (operator == "=")


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1]) if text.startswith('"') else text


def _refused(text: str) -> ApiProblem:
    return ApiProblem(400, f"Invalid filter: {text!r}.")
