"""Lines that are certainly right, at the speed of a typed decoder.

The types below hold what nearly every line is made of; what they cannot hold (any other field, a value in another
spelling) is not wrong, only not for here: `slow_check` looks at it. So is every line that breaks a rule, since a typed
decoder would tell of the first fault only, and in no words of ours.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Literal, NamedTuple

import msgspec

from pulumi_ctune.data import rules, schema
from pulumi_ctune.data.example import (
    Example,
    Files,
    call_text,
    file_text,
    json_text,
    preference,
    reinforcement,
    repeats,
    response_text,
    supervised,
)
from pulumi_ctune.data.limits import MEDIA_TYPES, Method, media_kind

_ReadAll = Callable[[Sequence[bytes]], list[Example | None]]

_MOST_BLOCKS = 1_000  # distinct blocks of tools and settings that are remembered; most files have a handful
_NOTHING = msgspec.Raw()


class _Strict(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """No key beyond these; both spellings of a field are fields, and at most one of them may be there."""


class _TextPart(_Strict):
    text: str


class _PlainTurn(_Strict):
    """What nearly every turn of nearly every dataset is."""

    role: Literal["user", "model"]
    parts: tuple[_TextPart]


class _TextTurn(_Strict):
    parts: Annotated[list[_TextPart], msgspec.Meta(min_length=1)]
    role: Literal["user", "model", "function"] | None = None


class _System(_Strict):
    parts: Annotated[list[_TextPart], msgspec.Meta(min_length=1)]
    role: str | None = None  # ignored by the service


class _Completion(_Strict):
    completion: _TextTurn
    score: float = 0


class _File(_Strict):
    fileUri: str | None = None
    file_uri: str | None = None
    mimeType: str | None = None
    mime_type: str | None = None
    displayName: str | None = None
    display_name: str | None = None


class _FunctionCall(_Strict):
    name: str
    args: dict[str, Any] | None = None
    id: str | None = None


class _FunctionResponse(_Strict):
    name: str
    response: dict[str, Any] | None = None
    id: str | None = None


class _Part(_Strict):
    text: str | None = None
    fileData: _File | None = None
    file_data: _File | None = None
    functionCall: _FunctionCall | None = None
    function_call: _FunctionCall | None = None
    functionResponse: _FunctionResponse | None = None
    function_response: _FunctionResponse | None = None
    thought: bool | None = None


class _Turn(_Strict):
    parts: Annotated[list[_Part], msgspec.Meta(min_length=1)]
    role: Literal["user", "model", "function"] | None = None


class _Plain(_Strict):
    contents: Annotated[list[_PlainTurn], msgspec.Meta(min_length=1)]
    systemInstruction: _System | None = None
    system_instruction: _System | None = None


class _PlainReinforcement(_Plain):
    references: dict[str, str] | None = None


class _Preference(_Strict):
    contents: Annotated[list[_TextTurn], msgspec.Meta(min_length=1)]
    completions: Annotated[list[_Completion], msgspec.Meta(min_length=2, max_length=2)]
    systemInstruction: _System | None = None
    system_instruction: _System | None = None


class _Full(_Strict):
    contents: Annotated[list[_Turn], msgspec.Meta(min_length=1)]
    systemInstruction: _System | None = None
    system_instruction: _System | None = None
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
_plain = msgspec.json.Decoder(_Plain).decode
_plain_reinforcement = msgspec.json.Decoder(_PlainReinforcement).decode
_preference = msgspec.json.Decoder(_Preference).decode
_full = msgspec.json.Decoder(_Full).decode
_encode = msgspec.json.Encoder().encode
_REFUSED = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class _Tools(NamedTuple):
    """The functions that a line declares, and the characters that it needs for that."""

    functions: rules.Declared
    characters: int


class Reader:
    """Reads the lines of one method. The answer is None for every line that is not certainly right.

    `needed` are the references that a reward reads.
    """

    def __init__(self, method: Method, needed: frozenset[str] = frozenset()) -> None:
        self._method = method
        self._needed = needed
        self._blocks: dict[tuple[str, bytes], _Tools | None] = {}
        text: Mapping[Method, _ReadAll] = {
            "sft": _plain_supervised,
            "rft": lambda lines: [self._plain_reinforcement(line) for line in lines],
            "dpo": lambda lines: [self._preference(line) for line in lines],
        }
        self._first = text[method]
        self._second: _ReadAll | None = self._full_examples if method != "dpo" else None

    def read(self, line: bytes) -> Example | None:
        return self.read_all([line])[0]

    def read_all(self, lines: Sequence[bytes]) -> list[Example | None]:
        examples = self._first(lines)
        if self._second is None or all(examples):
            return examples
        left = [index for index, example in enumerate(examples) if example is None]
        others = self._second([lines[index] for index in left])
        for index, example in zip(left, others, strict=True):
            examples[index] = example
        if 2 * (len(others) - others.count(None)) > len(lines):  # lines of one kind come in rows
            self._first, self._second = self._second, self._first
        return examples

    def _plain_reinforcement(self, line: bytes) -> Example | None:
        try:
            example = _plain_reinforcement(line)
        except _REFUSED:
            return None
        references = example.references or {}
        if example.contents[-1].role != "user" or not self._needed.issubset(references):
            return None
        if _both(example) or not _encodes_as(line, example):
            return None
        return reinforcement(_system(example), [turn.parts[0].text for turn in example.contents], references)

    def _preference(self, line: bytes) -> Example | None:
        try:
            example = _preference(line)
        except _REFUSED:
            return None
        better, worse = example.completions
        if better.score < worse.score:
            better, worse = worse, better
        if (better.score, worse.score) != (1, 0) or _both(example) or not _encodes_as(line, example):
            return None
        if {better.completion.role, worse.completion.role} - {"model", None}:
            return None
        if example.contents[-1].role not in ("user", None):
            return None
        texts = [part.text for turn in example.contents for part in turn.parts]
        return preference(_system(example), texts, _text(better.completion), _text(worse.completion))

    def _full_examples(self, lines: Sequence[bytes]) -> list[Example | None]:
        return [self._full_example(line) for line in lines]

    def _full_example(self, line: bytes) -> Example | None:
        try:
            return self._full_of(_full(line), line)
        except _REFUSED:
            return None

    def _full_of(self, example: _Full, line: bytes) -> Example | None:
        last = example.contents[-1].role
        if (last != "model") if self._method == "sft" else (last == "model"):
            return None
        references = example.references or {}
        if _both(example) or not _encodes_as(line, example) or not self._needed.issubset(references):
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
        system, texts = _system(example), [text for turn in turns[:-1] for text in turn]
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

    def _declared(self, example: _Full) -> "_Tools | None":
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

    def _walked(self, name: str, raw: bytes) -> "_Tools | None":
        """A block held to the schema, once for all lines that have the same one."""
        try:
            msgspec.json.decode(raw)
            value = json.loads(raw, object_pairs_hook=_unique)
            message, findings = schema.read(self._method, {name: value})
        except (*_REFUSED, ValueError):
            return None
        return None if findings else _Tools(rules.declared_in(message), len(json_text(value)) if value else 0)


def _plain_supervised(lines: Sequence[bytes]) -> list[Example | None]:
    """Nearly every line of nearly every dataset comes by here: so one loop, in which nothing is called that need not
    be. It makes of a line what `supervised` does, which takes lists.
    """
    read = _plain
    found: list[Example | None] = []
    for line in lines:
        found.append(None)
        try:
            example = read(line)
        except _REFUSED:
            continue
        contents = example.contents
        if contents[-1].role != "model":
            continue
        texts: list[str] = []
        characters = turns = repeated = 0
        for turn in contents:  # as `repeats`, in the one loop that there has to be
            text = turn.parts[0].text
            texts.append(text)
            characters += len(text)
            if turn.role == "model":
                turns += 1
                repeated += characters
        answer = texts.pop()
        repeated -= characters
        is_alone = not texts
        system, colons = example.systemInstruction, 1 + 3 * len(contents)
        if system is None:
            system = example.system_instruction
        elif example.system_instruction is not None:
            continue
        if system is not None:
            instruction = [part.text for part in system.parts]
            size = sum(map(len, instruction))
            characters += size
            repeated += (turns - 1) * size
            texts = instruction + texts
            colons += 2 + len(instruction) + (1 + system.role.count(":") if system.role is not None else 0)
        prompt, answered = "\n".join(texts), len(answer)
        # As `_encodes_as`, without encoding: many a text has no colon at all.
        in_texts = line.count(b":") - colons
        if in_texts and (in_texts != prompt.count(":") + answer.count(":") or _escapes_a_colon(line)):
            continue
        asked = characters - answered
        found[-1] = Example(prompt, answer, asked, answered, characters, (), (), False, turns, repeated, 0, is_alone)
    return found


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key twice")
    return found


def _system(example: _Plain | _Preference | _Full) -> list[str]:
    system = example.systemInstruction or example.system_instruction
    return [part.text for part in system.parts] if system else []


def _text(turn: _TextTurn) -> str:
    return "\n".join(part.text for part in turn.parts)


_PAIRS = (
    ("systemInstruction", "system_instruction"),
    ("toolConfig", "tool_config"),
    ("generationConfig", "generation_config"),
    ("safetySettings", "safety_settings"),
)


def _both(example: _Plain | _Preference | _Full) -> bool:
    """Whether a field of the line is there in both spellings."""
    if example.systemInstruction is not None and example.system_instruction is not None:
        return True
    if not isinstance(example, _Full):
        return False
    return any(bytes(getattr(example, one)) and bytes(getattr(example, other)) for one, other in _PAIRS[1:])


def _encodes_as(line: bytes, example: _Strict) -> bool:
    """Whether the line has no key that was lost on the way: one that is there twice, or null.

    Each key brings a colon, so do texts.
    """
    return line.count(b":") == _encode(example).count(b":") and not _escapes_a_colon(line)


def _escapes_a_colon(line: bytes) -> bool:
    """Whether a colon of a text may not be among those of the line, which would hide the one of a key."""
    return b"\\u003a" in line or b"\\u003A" in line
