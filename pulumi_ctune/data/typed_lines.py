"""What the types of `text_lines` and `full_lines` share, and the check that a decoder lost no key of a line."""

import re
from typing import Annotated, Literal

import msgspec

REFUSED = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What a decoder raises for a line that its type cannot hold."""

_encode = msgspec.json.Encoder().encode
_escaped_colon = re.compile(rb"\\u003[aA]").search  # three times as fast as looking for one, then for the other


class Strict(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """No key beyond these; both spellings of a field are fields, and at most one of them may be there."""


class TextPart(Strict):
    text: str


class TextTurn(Strict):
    parts: Annotated[list[TextPart], msgspec.Meta(min_length=1)]
    role: Literal["user", "model", "function"] | None = None


class System(Strict):
    parts: Annotated[list[TextPart], msgspec.Meta(min_length=1)]
    role: str | None = None  # ignored by the service


class Instructed(Strict):
    """An example, which may begin with an instruction."""

    systemInstruction: System | None = None
    system_instruction: System | None = None


def instruction_of(example: Instructed) -> list[str]:
    system = example.systemInstruction or example.system_instruction
    return [part.text for part in system.parts] if system else []


def is_instructed_twice(example: Instructed) -> bool:
    return example.systemInstruction is not None and example.system_instruction is not None


def encodes_as(line: bytes, example: Strict) -> bool:
    """Whether the line has no key that was lost on the way: one that is there twice, or null.

    Each key brings a colon, so do texts.
    """
    return line.count(b":") == _encode(example).count(b":") and not escapes_a_colon(line)


def escapes_a_colon(line: bytes) -> bool:
    """Whether a colon of a text may not be among those of the line, which would hide the one of a key."""
    return _escaped_colon(line) is not None
