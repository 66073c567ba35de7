"""An example reduced to what comparing and counting need: its prompt and its answer as text, how much of them is
billed, its files.

Both ways to read a line (`fast_check` and `slow_check`) make the same of the same example: the texts below are
the one place.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from pulumi_ctune.data.limits import media_kind

_encode = msgspec.json.Encoder(order="sorted").encode


class Example(msgspec.Struct, frozen=True, gc=False):
    """One example that is right.

    `swapped` tells the two orders of a preference apart, whose `answer` has none. `is_alone` says that there is no
    question, at most an instruction. Those are for comparing. What the service makes tokens of is counted beside them,
    in characters: `asked` and `answered`, without files and references, and `length`, what the limit on tokens counts.
    `repeated` are those that come on top if each of the `turns` of the model is billed with all that stands before it,
    and `declared` those of the declarations of functions, for all turns.
    """

    prompt: str
    answer: str
    asked: int = 0
    answered: int = 0
    length: int = 0
    media: tuple[str, ...] = ()
    swapped: bool = False
    turns: int = 1
    repeated: int = 0
    declared: int = 0
    is_alone: bool = False


@dataclass
class Files:
    """The files of one example: what kinds there are, and how long the texts are that stand for them."""

    kinds: list[str] = field(default_factory=list)
    characters: int = 0

    def text(self, mime_type: str, text: str) -> str:
        """Note a file; returns its text."""
        self.kinds.append(media_kind(mime_type))
        self.characters += len(text)
        return text


NO_FILES = Files()


def supervised(
    system: list[str],
    before: list[str],
    last: list[str],
    files: Files = NO_FILES,
    turns: int = 1,
    repeated: int = 0,
    declared: int = 0,
) -> Example:
    """`before` are the texts of all turns but the last one, which is the answer."""
    asked = system + before
    prompt, answer = "\n".join(asked), "\n".join(last)
    answered = len(answer) - len(last) + 1
    length = len(prompt) - len(asked) + answered - files.characters
    if asked:
        length += 1
    media, alone = tuple(files.kinds), not before
    return Example(
        prompt, answer, length - answered, answered, length, media, False, turns, repeated, declared * turns, alone
    )


def reinforcement(
    system: list[str],
    texts: list[str],
    references: Mapping[str, str],
    files: Files = NO_FILES,
    declared: int = 0,
) -> Example:
    asked = system + texts
    prompt = "\n".join(asked)
    length = len(prompt) - len(asked) + 1 - files.characters
    answer = "\n".join(f"{key}\t{references[key]}" for key in sorted(references))
    return Example(prompt, answer, length, 0, length, tuple(files.kinds), declared=declared)


def preference(system: list[str], texts: list[str], chosen: str, rejected: str) -> Example:
    asked = system + texts
    prompt = "\n".join(asked)
    swapped = chosen > rejected
    answer = f"{rejected}\0{chosen}" if swapped else f"{chosen}\0{rejected}"
    length = len(prompt) - len(asked) + 1
    longer = max(len(chosen), len(rejected))
    return Example(prompt, answer, length, len(answer) - 1, length + longer, (), swapped)


def repeats(system: int, roles: Iterable[str | None], lengths: Iterable[int]) -> tuple[int, int]:
    """How many turns of the model there are, and the characters that come on top if each of them is an example of its
    own. `system` are those that stand before all turns.
    """
    before, number, repeated = system, 0, 0
    for role, length in zip(roles, lengths, strict=False):
        before += length
        if role == "model":
            number += 1
            repeated += before
    return number, repeated - before if number else 0


def file_text(mime_type: str, uri: str) -> str:
    return f"[{mime_type} {uri}]"


def call_text(name: str, args: Any) -> str:
    return f"[call {name} {json_text(args)}]"


def response_text(name: str, response: Any) -> str:
    return f"[response {name} {json_text(response)}]"


def json_text(value: Any) -> str:
    """A value as JSON in one form, whatever the line's."""
    try:
        return _encode(value).decode()
    except (ValueError, OverflowError):  # a number of more than 64 bits
        return repr(value)
