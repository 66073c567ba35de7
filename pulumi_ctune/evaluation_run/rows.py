"""A dataset as rows of an evaluation: JSON Lines in the tuning format, or flat.

Of the tuning format the last turn of the model is the reference, and what stands before it is asked. A flat row has
`prompt`, and `reference`, `response` and `context` where there are any. Both forms can be mixed.

Source: https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/evaluation-dataset
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pulumi_ctune.core.content import Content
from pulumi_ctune.core.messages import any_of, did_you_mean, show
from pulumi_ctune.evaluation_run.attributes import FLAT_KEYS

MOST_ROWS = 10_000
"""Far above what a run is seen to take: each row is a request, and each is answered and judged."""

_PLACEHOLDER = re.compile(r"\{(prompt|context)\}")
_MOST_BYTES = 64 * 1024 * 1024


class RowError(ValueError):
    """A line that is no row: says which, and why."""


@dataclass(frozen=True)
class Row:
    """One row. `contents` and `system` are the turns of the tuning format; a flat row is one turn of its `prompt`."""

    prompt: str
    reference: str | None = None
    response: str | None = None
    context: str | None = None
    contents: tuple[Mapping[str, Any], ...] = ()
    system: Mapping[str, Any] = field(default_factory=dict)

    def item(self, answers: Mapping[str, str]) -> dict[str, Any]:
        """The API's request item; `answers` by candidate."""
        request: dict[str, Any] = {"prompt": self._prompt()}
        if self.reference is not None:
            request["goldenResponse"] = {"text": self.reference}
        if answers:
            request["candidateResponses"] = [{"candidate": name, "text": text} for name, text in answers.items()]
        return request

    def _prompt(self) -> dict[str, Any]:
        if self.context is None:
            return {"text": self.prompt}
        values = {"prompt": self.prompt, "context": self.context}
        return {"promptTemplateData": {"values": {name: {"parts": [{"text": text}]} for name, text in values.items()}}}

    def generation_request(self, template: str) -> dict[str, Any]:
        """What a model is asked, as the API's `GenerateContentRequest` without its config."""
        if template or not self.contents:
            values = {"prompt": self.prompt, "context": self.context or ""}
            # In one pass: a prompt may have '{context}' in it.
            text = _PLACEHOLDER.sub(lambda found: values[found[1]], template) if template else self.prompt
            return {"contents": [{"role": "user", "parts": [{"text": text}]}]}
        asked: dict[str, Any] = {"contents": [*self.contents]}
        if self.system:
            asked["systemInstruction"] = self.system
        return asked


def rows_of(content: Content) -> list[Row]:
    """All rows. Raises `RowError`, and `CtuneError` for what cannot be read."""
    found = []
    for number, line in _lines(content):
        try:
            found.append(_row(json.loads(line)))
        except (ValueError, RecursionError) as error:
            reason = str(error) if isinstance(error, RowError) else "is no JSON"
            raise RowError(f"line {number:,} {reason}") from None
        if len(found) > MOST_ROWS:
            raise RowError(f"has more than {MOST_ROWS:,} rows")
    if not found:
        raise RowError("has no rows")
    return found


def _lines(content: Content) -> Iterator[tuple[int, bytes]]:
    whole = bytearray()
    for piece in content.pieces():
        whole += piece
        if len(whole) > _MOST_BYTES:
            raise RowError(f"has more than {_MOST_BYTES // 1024 // 1024} MiB")
    for number, line in enumerate(bytes(whole).removeprefix(b"\xef\xbb\xbf").splitlines(), 1):
        if line.strip():
            yield number, line


def _row(line: Any) -> Row:
    if not isinstance(line, Mapping):
        raise RowError("is no JSON object")
    if "contents" in line:
        return _of_turns(line)
    if "prompt" not in line:
        known = did_you_mean(next(iter(line), ""), FLAT_KEYS)
        raise RowError(f"has neither 'contents' nor 'prompt'{known}")
    for key, value in line.items():
        if key not in FLAT_KEYS:
            raise RowError(f"has the key {show(key)}; there are {any_of(FLAT_KEYS)}{did_you_mean(key, FLAT_KEYS)}")
        if value is not None and not isinstance(value, str):
            raise RowError(f"has no text as {show(key)}")
    if not line["prompt"]:
        raise RowError("has an empty prompt")
    return Row(line["prompt"], line.get("reference"), line.get("response"), line.get("context"))


def _of_turns(line: Mapping[str, Any]) -> Row:
    turns, system = line["contents"], line.get("systemInstruction") or line.get("system_instruction") or {}
    if not isinstance(turns, list) or not all(isinstance(turn, Mapping) for turn in turns) or not turns:
        raise RowError("has no turns in 'contents'")
    *asked, last = turns
    if last.get("role") != "model":
        asked, last = turns, {}
    if not asked:
        raise RowError("asks nothing: there is no turn before the model's")
    spoken = [(str(turn.get("role") or "user"), _text(turn)) for turn in asked]
    if not isinstance(system, Mapping):
        raise RowError("has a system instruction that is not text in 'parts'")
    instruction = _text(system) if system else ""
    if not any(text for _, text in spoken):
        raise RowError("has an empty prompt")
    if len(spoken) == 1 and not instruction:
        prompt = spoken[0][1]
    else:
        prompt = "\n\n".join([*([instruction] if instruction else []), *(f"{role}: {text}" for role, text in spoken)])
    return Row(prompt, _text(last) if last else None, None, None, tuple(asked), system if instruction else {})


def _text(turn: Mapping[str, Any]) -> str:
    parts = turn.get("parts")
    parts = [parts] if isinstance(parts, Mapping) else parts  # JSON for protobuf takes one for a list of one
    if not isinstance(parts, list) or not all(
        isinstance(part, Mapping) and isinstance(part.get("text"), str) for part in parts
    ):
        raise RowError("has a turn that is not text alone")
    return "\n".join(str(part["text"]) for part in parts)
