"""Examples with files, calls of functions, several kinds of parts, tools or settings: no preference has these."""

import json
from collections.abc import Sequence
from typing import Annotated, Any, Literal, NamedTuple

import msgspec

from pulumi_ctune.data import rules, schema
from pulumi_ctune.data.example import (
    Example,
    Files,
    call_text,
    file_text,
    json_text,
    reinforcement,
    repeats,
    response_text,
    supervised,
)
from pulumi_ctune.data.limits import MEDIA_TYPES, Method, media_kind
from pulumi_ctune.data.typed_lines import (
    REFUSED,
    Instructed,
    Strict,
    encodes_as,
    instruction_of,
    is_instructed_twice,
)

_MOST_BLOCKS = 1_000  # distinct blocks of tools and settings that are remembered; most files have a handful
_NOTHING = msgspec.Raw()


class _File(Strict):
    fileUri: str | None = None
    file_uri: str | None = None
    mimeType: str | None = None
    mime_type: str | None = None
    displayName: str | None = None
    display_name: str | None = None


class _FunctionCall(Strict):
    name: str
    args: dict[str, Any] | None = None
    id: str | None = None


class _FunctionResponse(Strict):
    name: str
    response: dict[str, Any] | None = None
    id: str | None = None


class _Part(Strict):
    text: str | None = None
    fileData: _File | None = None
    file_data: _File | None = None
    functionCall: _FunctionCall | None = None
    function_call: _FunctionCall | None = None
    functionResponse: _FunctionResponse | None = None
    function_response: _FunctionResponse | None = None
    thought: bool | None = None


class _Turn(Strict):
    parts: Annotated[list[_Part], msgspec.Meta(min_length=1)]
    role: Literal["user", "model", "function"] | None = None


class _Full(Instructed, kw_only=True):
    contents: Annotated[list[_Turn], msgspec.Meta(min_length=1)]
    references: dict[str, str] | None = None
    tools: msgspec.Raw = _NOTHING
    toolConfig: msgspec.Raw = _NOTHING
    tool_config: msgspec.Raw = _NOTHING
    generationConfig: msgspec.Raw = _NOTHING
    generation_config: msgspec.Raw = _NOTHING
    safetySettings: msgspec.Raw = _NOTHING
    safety_settings: msgspec.Raw = _NOTHING
    labels: msgspec.Raw = _NOTHING


_BLOCKS = (
    "tools",
    *("toolConfig", "tool_config", "generationConfig", "generation_config", "safetySettings", "safety_settings"),
    "labels",
)
_decode = msgspec.json.Decoder(_Full).decode


class _Tools(NamedTuple):
    """The functions that a line declares, and the characters that it needs for that."""

    functions: rules.Declared
    characters: int


class FullLines:
    """Reads the lines of one method. `needed` are the references that a reward reads."""

    def __init__(self, method: Method, needed: frozenset[str]) -> None:
        self._method = method
        self._needed = needed
        self._blocks: dict[tuple[str, bytes], _Tools | None] = {}

    def read_all(self, lines: Sequence[bytes]) -> list[Example | None]:
        return [self._read(line) for line in lines]

    def _read(self, line: bytes) -> Example | None:
        try:
            return self._example_of(_decode(line), line)
        except REFUSED:
            return None

    def _example_of(self, example: _Full, line: bytes) -> Example | None:
        last = example.contents[-1].role
        if (last != "model") if self._method == "sft" else (last == "model"):
            return None
        references = example.references or {}
        if _both(example) or not encodes_as(line, example) or not self._needed.issubset(references):
            return None
        declared = self._declared(example)
        if declared is None or (example.references is not None and self._method == "sft"):
            return None
        files = Files()
        sizes: list[int] = []
        turns: list[list[str]] = []
        calls: list[str] = []  # without a response so far
        for turn in example.contents:
            if turn.role == "model" and calls:
                return None
            if calls:
                responses = (each.functionResponse or each.function_response for each in turn.parts)
                answered = {response.name for response in responses if response}
                calls = [name for name in calls if name not in answered]
            turns.append([])
            not_text = files.characters
            for part in turn.parts:
                text = self._part_text(part, declared.functions, files, calls)
                if text is None:
                    return None
                turns[-1].append(text)
            sizes.append(sum(map(len, turns[-1])) + not_text - files.characters)
        if calls and last != "model":
            return None
        system, texts = instruction_of(example), [text for turn in turns[:-1] for text in turn]
        if self._method == "sft":
            number, repeated = repeats(sum(map(len, system)), (turn.role for turn in example.contents), sizes)
            return supervised(system, texts, turns[-1], files, number, repeated, declared.characters)
        return reinforcement(system, texts + turns[-1], references, files, declared.characters)

    def _part_text(self, part: _Part, declared: rules.Declared, files: Files, calls: list[str]) -> str | None:
        """The part as text, noting its file or call; None unless it is exactly one thing, and right."""
        file, call = part.fileData or part.file_data, part.functionCall or part.function_call
        response = part.functionResponse or part.function_response
        kinds = (
            *(part.text, part.fileData, part.file_data, part.functionCall, part.function_call),
            *(part.functionResponse, part.function_response),
        )
        if len(kinds) - kinds.count(None) != 1:
            return None
        if part.text is not None:
            return part.text
        if call is not None:
            known = declared.get(call.name, frozenset(("",)))
            if call.name not in declared or (known is not None and not known.issuperset(call.args or ())):
                return None
            calls.append(call.name)
            return call_text(call.name, call.args or {})
        if response is not None:
            return response_text(response.name, response.response or {}) if response.name else None
        return self._file_text(file, files) if file else None

    def _file_text(self, file: _File, files: Files) -> str | None:
        uri, mime_type = file.fileUri or file.file_uri, file.mimeType or file.mime_type
        twice = (file.fileUri and file.file_uri) or (file.mimeType and file.mime_type)
        if not uri or not mime_type or twice or (file.displayName is not None and file.display_name is not None):
            return None
        if not rules.is_readable(uri) or media_kind(mime_type) not in MEDIA_TYPES[self._method]:
            return None
        return files.text(mime_type, file_text(mime_type, uri))

    def _declared(self, example: _Full) -> _Tools | None:
        """What the line declares; None where its tools or settings are not right."""
        declared = _Tools({}, 0)
        for name in _BLOCKS:
            raw = bytes(getattr(example, name))
            if not raw:
                continue
            if name != "tools" and self._method != "sft":
                return None
            if (name, raw) not in self._blocks:
                if len(self._blocks) >= _MOST_BLOCKS:
                    self._blocks.clear()
                self._blocks[name, raw] = self._walked(name, raw)
            found = self._blocks[name, raw]
            if found is None:
                return None
            if name == "tools":
                declared = found
        return declared

    def _walked(self, name: str, raw: bytes) -> _Tools | None:
        """A block held to the schema, once for all lines that have the same one."""
        try:
            msgspec.json.decode(raw)
            value = json.loads(raw, object_pairs_hook=_unique)
            message, findings = schema.read(self._method, {name: value})
        except (*REFUSED, ValueError):
            return None
        return None if findings else _Tools(rules.declared_in(message), len(json_text(value)) if value else 0)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key twice")
    return found


_PAIRS = (
    ("toolConfig", "tool_config"),
    ("generationConfig", "generation_config"),
    ("safetySettings", "safety_settings"),
)


def _both(example: _Full) -> bool:
    """Whether a field of the line is there in both spellings."""
    return is_instructed_twice(example) or any(
        bytes(getattr(example, one)) and bytes(getattr(example, other)) for one, other in _PAIRS
    )
