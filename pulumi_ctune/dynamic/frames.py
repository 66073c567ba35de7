"""The variables of the functions that led here: where Pulumi's host and gRPC keep what they do not hand over.

What to look for is recognised by its type, never by the name of a variable. CPython has frames like this in every
version; an interpreter without them ends in an empty list, and each user of this module says what is lost then.
"""

import sys
from dataclasses import dataclass
from types import FrameType
from typing import Any


@dataclass(frozen=True)
class Caller:
    """A function on the way here: the name of its module and the values of its local variables."""

    module: str
    values: tuple[Any, ...]


def callers() -> list[Caller]:
    """The functions that led to the one that asks, that one included, innermost first."""
    found = []
    frame: FrameType | None = sys._getframe(1) if hasattr(sys, "_getframe") else None
    while frame is not None:
        found.append(Caller(str(frame.f_globals.get("__name__", "")), tuple(frame.f_locals.values())))
        frame = frame.f_back
    return found
