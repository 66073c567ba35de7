"""What of an answer does not vary from run to run: fields, types, values of enums, the form of names and of errors."""

import re
from collections.abc import Iterator
from typing import Any

from pulumi_ctune.conformance.scrubber import MAPS

_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")
_ENUM = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*")
_BY_TIME = frozenset({"tuningJobState", "deploymentStage"})  # how far a thing is, below its `state`
_NO_ENUMS = frozenset({"etag", "md5Hash", "crc32c", "id", "nextPageToken", "text"})
_ERROR_TEXT = re.compile(r"(?:^|\.)error\.message$")
_VARYING = re.compile(r"'[^']*'|\"[^\"]*\"|`[^`]*`|\S*/\S+|\S*\d\S*")

Shape = dict[str, str]
"""Path -> what stands there. Lists are one path for all their items, maps one for all their keys."""


def shape_of(document: Any) -> Shape:
    return dict(_walk(document, ""))


def _walk(value: Any, path: str, key: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        if path:
            yield path, "object"
        for name, item in value.items():
            below = f"{path}.{'*' if key in MAPS else name}" if path else name
            yield from _walk(item, below, name)
    elif isinstance(value, list):
        yield path, "list"
        for item in value:
            yield from _walk(item, f"{path}[]", key)
    else:
        yield path, _form(value, path, key)


def _form(value: Any, path: str, key: str) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return f"number {value}" if path.endswith("error.code") else "number"
    if value is None:
        return "null"
    text = str(value)
    if _ERROR_TEXT.search(path):
        return f"text: {error_form(text)}"
    if _MOMENT.fullmatch(text):
        return "moment"
    if re.fullmatch(r"-?\d+", text):
        return "number as text"
    if key in _BY_TIME:
        return "value that goes by time"
    if "*" not in path and key not in _NO_ENUMS and _ENUM.fullmatch(text) and not re.fullmatch(r"NAME\d+", text):
        return f"value {text}"
    if text.startswith("projects/") and "/locations/" in text:
        return f"name {name_form(text)}"
    if key == "@type":
        return f"type {text}"
    return "text"


def name_form(name: str) -> str:
    """`projects/*/locations/*/models/*@*`."""
    parts = [part if index % 2 == 0 else ("*@*" if "@" in part else "*") for index, part in enumerate(name.split("/"))]
    return "/".join(parts)


def error_form(text: str) -> str:
    """The words of an error without what they are about: names, numbers, quoted values."""
    return _VARYING.sub("…", text)


def route_of(method: str, path: str) -> str:
    """What is asked, without of which resource: `GET projects/*/locations/*/tuningJobs/*`."""
    plain, _, query = path.partition("?")
    verb = re.search(r":\w+$", plain)
    parts = plain.removesuffix(verb[0] if verb else "").strip("/").split("/")
    if parts[0] in ("v1", "v1beta1"):
        parts = parts[1:]
        shown = name_form("/".join(parts))
    else:
        shown = re.sub(r"/(b|o)/[^/]+", r"/\1/*", "/".join(parts))
    mask = re.search(r"updateMask=([\w,.]+)", query)
    return f"{method} {shown}{verb[0] if verb else ''}{f' ({mask[1]})' if mask else ''}"
