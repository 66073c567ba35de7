"""Examples that are text alone, of all methods: what most datasets are made of."""

from collections.abc import Callable, Sequence
from typing import Annotated, Literal

import msgspec

from pulumi_ctune.data.example import Example, preference, reinforcement
from pulumi_ctune.data.limits import Method
from pulumi_ctune.data.typed_lines import (
    REFUSED,
    Instructed,
    Strict,
    TextPart,
    TextTurn,
    encodes_as,
    escapes_a_colon,
    instruction_of,
    is_instructed_twice,
)


class _PlainTurn(Strict):
    """What nearly every turn of nearly every dataset is."""

    role: Literal["user", "model"]
    parts: tuple[TextPart]


class _Completion(Strict):
    completion: TextTurn
    score: float = 0


class _Supervised(Instructed, kw_only=True):
    contents: Annotated[list[_PlainTurn], msgspec.Meta(min_length=1)]


class _Reinforcement(_Supervised):
    references: dict[str, str] | None = None


class _Preference(Instructed, kw_only=True):
    contents: Annotated[list[TextTurn], msgspec.Meta(min_length=1)]
    completions: Annotated[list[_Completion], msgspec.Meta(min_length=2, max_length=2)]


_decode_supervised = msgspec.json.Decoder(_Supervised).decode
_decode_reinforcement = msgspec.json.Decoder(_Reinforcement).decode
_decode_preference = msgspec.json.Decoder(_Preference).decode


def reader(method: Method, needed: frozenset[str]) -> Callable[[Sequence[bytes]], list[Example | None]]:
    """What reads lines: None for each that is not certainly right. `needed` are the references that a reward reads."""
    if method == "sft":
        return _supervised
    if method == "rft":
        return lambda lines: [_reinforcement(line, needed) for line in lines]
    return lambda lines: [_preference(line) for line in lines]


def _supervised(lines: Sequence[bytes]) -> list[Example | None]:
    """Nearly every line of nearly every dataset comes by here: so one loop, in which nothing is called that need not
    be. It makes of a line what `supervised` does, which takes lists.
    """
    read = _decode_supervised
    found: list[Example | None] = []
    for line in lines:
        found.append(None)
        try:
            example = read(line)
        except REFUSED:
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
            colons += 2 + len(instruction)
            if system.role is not None:
                colons += 1 + system.role.count(":")
        prompt, answered = "\n".join(texts), len(answer)
        # As `encodes_as`, without encoding: many a text has no colon at all.
        in_texts = line.count(b":") - colons
        if in_texts and (in_texts != prompt.count(":") + answer.count(":") or escapes_a_colon(line)):
            continue
        asked = characters - answered
        found[-1] = Example(prompt, answer, asked, answered, characters, (), (), False, turns, repeated, 0, is_alone)
    return found


def _reinforcement(line: bytes, needed: frozenset[str]) -> Example | None:
    try:
        example = _decode_reinforcement(line)
    except REFUSED:
        return None
    references = example.references or {}
    if example.contents[-1].role != "user" or not needed.issubset(references):
        return None
    if is_instructed_twice(example) or not encodes_as(line, example):
        return None
    return reinforcement(instruction_of(example), [turn.parts[0].text for turn in example.contents], references)


def _preference(line: bytes) -> Example | None:
    try:
        example = _decode_preference(line)
    except REFUSED:
        return None
    better, worse = example.completions
    if better.score < worse.score:
        better, worse = worse, better
    if (better.score, worse.score) != (1, 0) or is_instructed_twice(example) or not encodes_as(line, example):
        return None
    if {better.completion.role, worse.completion.role} - {"model", None}:
        return None
    if example.contents[-1].role not in ("user", None):
        return None
    texts = [part.text for turn in example.contents for part in turn.parts]
    return preference(instruction_of(example), texts, _text(better.completion), _text(worse.completion))


def _text(turn: TextTurn) -> str:
    return "\n".join(part.text for part in turn.parts)
