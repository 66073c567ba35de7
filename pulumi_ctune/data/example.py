"""An example reduced to what comparing and counting need: its prompt and its answer as text, its files.

Both ways to read a line (`fast_check` and `slow_check`) make the same of the same example: the texts below are
the one place.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

_encode = msgspec.json.Encoder(order="sorted").encode


class Example(msgspec.Struct, frozen=True, gc=False):
    """One example that is right.

    `prompt` is empty where the example has none of its own; `length` is how many characters the limit on tokens
    counts; `swapped` tells the two orders of a preference apart, whose `answer` has none.
    """

    prompt: str
    answer: str
    length: int
    media: tuple[str, ...] = ()
    swapped: bool = False


def supervised(system: list[str], before: list[str], answer: str, media: tuple[str, ...] = ()) -> Example:
    """`before` are the texts of all turns but the last one, which is the answer."""
    prompt = "\n".join(system + before) if before else ""
    return Example(prompt, answer, len(prompt) + len(answer), media)


def reinforcement(
    system: list[str], texts: list[str], references: Mapping[str, str], media: tuple[str, ...] = ()
) -> Example:
    prompt = "\n".join(system + texts)
    return Example(prompt, "\n".join(f"{key}\t{references[key]}" for key in sorted(references)), len(prompt), media)


def preference(system: list[str], texts: list[str], chosen: str, rejected: str) -> Example:
    prompt = "\n".join(system + texts)
    swapped = chosen > rejected
    answer = f"{rejected}\0{chosen}" if swapped else f"{chosen}\0{rejected}"
    return Example(prompt, answer, len(prompt) + max(len(chosen), len(rejected)), (), swapped)


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
