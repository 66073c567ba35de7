"""An example reduced to what comparing and counting need: its prompt and its answer as text, how much of them is
billed, its files.

Both ways to read a line (`fast_check` and `slow_check`) make the same of the same example: the texts below are
the one place.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from pulumi_ctune.data.limits import Method, media_kind

_encode = msgspec.json.Encoder(order="sorted").encode


class Example(msgspec.Struct, frozen=True, gc=False):
    """One example that is right.

    `swapped` tells the two orders of a preference apart, whose `answer` has none. `is_alone` says that there is no
    question, at most an instruction. `files` are the texts that stand for files, of the kinds `media`. Those are for
    comparing. What the service makes tokens of is counted beside them, in characters: `asked` and `answered`, without
    files and references, and `length`, what the limit on tokens counts. `repeated` are those that come on top if each
    of the `turns` of the model is billed with all that stands before it, and `declared` those of the declarations of
    functions, for all turns.
    """

    prompt: str
    answer: str
    asked: int = 0
    answered: int = 0
    length: int = 0
    media: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    swapped: bool = False
    turns: int = 1
    repeated: int = 0
    declared: int = 0
    is_alone: bool = False


@dataclass
class Files:
    """The files of one example: what kinds there are, and the texts that stand for them."""

    kinds: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    characters: int = 0

    def text(self, mime_type: str, text: str) -> str:
        """Note a file; returns its text."""
        self.kinds.append(media_kind(mime_type))
        self.texts.append(text)
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
    media, texts = (tuple(files.kinds), tuple(files.texts)) if files.kinds else ((), ())
    asked_for, on_top = length - answered, declared * turns
    return Example(
        prompt, answer, asked_for, answered, length, media, texts, False, turns, repeated, on_top, not before
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
    return Example(prompt, answer, length, 0, length, tuple(files.kinds), tuple(files.texts), declared=declared)


def preference(system: list[str], texts: list[str], chosen: str, rejected: str) -> Example:
    asked = system + texts
    prompt = "\n".join(asked)
    swapped = chosen > rejected
    answer = f"{rejected}\0{chosen}" if swapped else f"{chosen}\0{rejected}"
    length = len(prompt) - len(asked) + 1
    longer = max(len(chosen), len(rejected))
    return Example(prompt, answer, length, len(answer) - 1, length + longer, swapped=swapped)


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


def billed_texts(method: Method, example: Example) -> tuple[str, ...]:
    """The texts of which an epoch bills the tokens: a prompt of a preference for each of its answers."""
    prompt, answer = _without(example.prompt, example.files), _without(example.answer, example.files)
    if method == "rft":
        return (prompt,)
    return (prompt, prompt, answer) if method == "dpo" else (prompt, answer)


def _without(text: str, files: tuple[str, ...]) -> str:
    for each in files:
        text = text.replace(each, "")
    return text


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
