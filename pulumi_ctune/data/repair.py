"""Lines repaired where there is one way to do it, and left as they are where there is not.

A repaired line says the same in the form that the service takes: roles and formats of other services, one spelling of
a key, texts where parts belong. What would have to be guessed (a missing answer, a broken text) is nobody's to repair.
"""

import json
from collections.abc import Callable
from typing import Any

from pulumi_ctune.data import slow_check
from pulumi_ctune.data.limits import Method
from pulumi_ctune.data.problems import Finding
from pulumi_ctune.data.schema import fields_of_line

_ROLES = {"assistant": "model", "gpt": "model", "bot": "model", "human": "user", "tool": "function"}
_SYSTEM = ("system", "developer")
_SYSTEM_FIELD = "systemInstruction"


class Repairs:
    """Takes all lines in their order, and writes them so that they are right where that can be done."""

    def __init__(self, write: Callable[[bytes], object]) -> None:
        self._write = write
        self.repaired = 0
        self.left = 0

    def keep(self, line: bytes) -> None:
        """A line that is right; CR LF becomes LF."""
        if line.endswith(b"\r"):
            self.repaired += 1
        self._write(line.removesuffix(b"\r") + b"\n")

    def mend(self, method: Method, line: bytes, needed: frozenset[str]) -> None:
        """A line with a problem: written repaired, left out where it is blank, or written as it is."""
        if not line.strip():
            self.repaired += 1
            return
        mended: bytes | None = line
        if slow_check.examine(method, line, needed)[0]:
            mended = repaired(method, line, needed)
            if mended is None:
                self.left += 1
            else:
                self.repaired += 1
        self._write((line if mended is None else mended) + b"\n")


def repaired(method: Method, line: bytes, needed: frozenset[str] = frozenset()) -> bytes | None:
    """The line in a form without any problem; None where there is none that says the same."""
    parsed = slow_check.parse(line)
    if isinstance(parsed, Finding):
        return None
    document: dict[str, Any] = json.loads(json.dumps(parsed[0]))  # a copy without keys that are there twice
    if "messages" in document and "contents" not in document:
        document["contents"] = document.pop("messages")
    _one_spelling(method, document)
    for key in (_SYSTEM_FIELD, "system_instruction"):
        if isinstance(document.get(key), str):
            document[key] = {"parts": [{"text": document[key]}]}
    if isinstance(contents := document.get("contents"), list):
        document["contents"] = [_turn(content) for content in contents]
        _system_out(document)
    for completion in _dicts(document.get("completions")):
        completion["completion"] = _turn(completion.get("completion"))
    if method == "rft" and isinstance(references := document.get("references"), dict):
        document["references"] = {key: _as_text(value) for key, value in references.items()}
    mended = json.dumps(document, ensure_ascii=False).encode("utf-8", "surrogatepass")
    findings, _ = slow_check.examine(method, mended, needed)
    return None if findings else mended


def _one_spelling(method: Method, document: dict[str, Any]) -> None:
    """Drop the second spelling of a key where both say the same."""
    for field in fields_of_line(method).values():
        both = field.name != field.wire_name and field.name in document and field.wire_name in document
        if both and document[field.name] == document[field.wire_name]:
            del document[field.name]


def _turn(content: Any) -> Any:
    """A turn with the roles and parts of the API."""
    if not isinstance(content, dict):
        return content
    turn = dict(content)
    role = turn.get("role")
    if isinstance(role, str):
        turn["role"] = _ROLES.get(role.lower(), role.lower())
    if "content" in turn and "parts" not in turn and set(turn) <= {"role", "content", "name"}:
        turn.pop("name", None)
        turn["parts"] = turn.pop("content")
    if isinstance(parts := turn.get("parts"), str):
        turn["parts"] = [{"text": parts}]
    for part in _dicts(turn.get("parts")):
        if part.get("type") == "text" and "text" in part:
            del part["type"]
        if "text" in part:
            part["text"] = _as_text(part["text"])
    return turn


def _system_out(document: dict[str, Any]) -> None:
    """Turns of the system at the beginning become the instruction, where the line has none."""
    turns = document["contents"]
    if not turns or _SYSTEM_FIELD in document or "system_instruction" in document:
        return
    first = turns[0]
    if isinstance(first, dict) and first.get("role") in _SYSTEM and isinstance(first.get("parts"), list):
        document[_SYSTEM_FIELD] = {"parts": first["parts"]}
        document["contents"] = turns[1:]


def _as_text(value: Any) -> Any:
    """A number as the text that the line has for it; anything else unchanged."""
    return json.dumps(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
