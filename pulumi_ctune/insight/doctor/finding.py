"""One line of what `ctune doctor` found."""

from dataclasses import dataclass
from typing import Any, Literal

from pulumi_ctune.core.errors import CtuneError

Result = Literal["ok", "wrong", "unknown"]


@dataclass(frozen=True)
class Finding:
    """`check` is what was looked at, in a word; `mend` is the command or step that puts it right, if one is known."""

    check: str
    result: Result
    what: str
    mend: str = ""

    def as_dict(self) -> dict[str, Any]:
        return {"check": self.check, "result": self.result, "what": self.what, "mend": self.mend or None}


def ok(check: str, what: str) -> Finding:
    return Finding(check, "ok", what)


def wrong(check: str, what: str, mend: str = "") -> Finding:
    return Finding(check, "wrong", what, mend)


def unknown(check: str, what: str, mend: str = "") -> Finding:
    return Finding(check, "unknown", what, mend)


def not_read(check: str, error: CtuneError, mend: str = "") -> Finding:
    """Nothing is said where something could not be read: the step is ours, or else the error's own."""
    return unknown(check, in_words(error), mend or error.next_step)


def in_words(error: CtuneError) -> str:
    """An error without its next step, which has a place of its own."""
    return str(error.but(next_step=""))
