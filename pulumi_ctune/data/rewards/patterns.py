r"""Regular expressions as the service reads them: RE2, by the rules of GoogleSQL.

Written over for Python's engine, which has more than RE2 (lookahead, backreferences) and means other things by the same
characters: `\d` and `\w` are ASCII here, `$` is the end of the text alone, flags hold from where they stand.
What this module cannot write over (`\pL`, `(?U)`) is said to be unknown here, and not to be wrong.

Sources: https://github.com/google/re2/wiki/Syntax
https://docs.cloud.google.com/bigquery/docs/reference/standard-sql/string_functions#regexp_contains
"""

import re
import signal
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NoReturn

TIME_LIMIT_S = 5.0
_MOST_REPEATS = 1000  # RE2's limit of a counted repetition

_REPEATED = re.compile(r"\{(\d+)(?:,(\d*))?\}")
_FLAGS = re.compile(r"\(\?([a-zA-Z]*)(?:-([a-zA-Z]+))?([:)])")
_NAMED = re.compile(r"\(\?P?<([A-Za-z_][A-Za-z0-9_]*)>")
_POSIX = re.compile(r"\[:(\^?)([a-z]+):\]")
_HEX = re.compile(r"x(?:\{([0-9A-Fa-f]{1,6})\}|([0-9A-Fa-f]{2}))")
_OCTAL = re.compile(r"[0-7]{3}|0[0-7]?")
_REFUSED_GROUPS = {
    "(?=": "lookahead",
    "(?!": "negative lookahead",
    "(?<=": "lookbehind",
    "(?<!": "negative lookbehind",
    "(?P=": "backreferences",
    "(?(": "conditions",
    "(?>": "atomic groups",
    "(?#": "comments",
}
_CLASSES = {
    "d": "0-9",
    "D": r"\x00-/:-\U0010ffff",
    "w": "0-9A-Za-z_",
    "W": r"\x00-/:-@\[-^`{-\U0010ffff",
    "s": r"\t\n\f\r ",
    "S": r"\x00-\x08\x0b\x0e-\x1f!-\U0010ffff",
}
_POSIX_CLASSES = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "ascii": r"\x00-\x7f",
    "blank": r"\t ",
    "cntrl": r"\x00-\x1f\x7f",
    "digit": "0-9",
    "graph": "!-~",
    "lower": "a-z",
    "print": " -~",
    "punct": r"!-/:-@\[-`{-~",
    "space": r"\t\n\v\f\r ",
    "upper": "A-Z",
    "word": "0-9A-Za-z_",
    "xdigit": "0-9A-Fa-f",
}


class PatternError(ValueError):
    """The service would refuse the pattern, or nobody can tell here (`is_unknown`); `str()` is the reason."""

    def __init__(self, why: str, *, is_unknown: bool = False) -> None:
        super().__init__(why)
        self.is_unknown = is_unknown


def compiled(pattern: str) -> re.Pattern[str]:
    """Raises `PatternError`."""
    translated = _Translation(pattern).run()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about sets that may once be nested
            return re.compile(translated)
    except (re.error, OverflowError, RecursionError) as error:
        why = getattr(error, "msg", None) or str(error)
        raise PatternError(f"it is not a regular expression: {why}") from None


def contains(pattern: str, text: str, *, time_limit_s: float = TIME_LIMIT_S) -> bool:
    """Whether the pattern is found in the text. Raises `PatternError`."""
    expression = compiled(pattern)
    with _limited(time_limit_s):
        return expression.search(text) is not None


def last_extracted(pattern: str, text: str) -> str | None:
    """What the group of the last match holds, or the last match where there is no group; None without a match.

    Raises `PatternError`, also for more than one group, which GoogleSQL refuses to extract.
    """
    expression = compiled(pattern)
    if expression.groups > 1:
        raise PatternError(
            f"it has {expression.groups} groups, and only one can be extracted: write (?:...) for others"
        )
    with _limited(TIME_LIMIT_S):
        matches = [*expression.finditer(text)]
    if not matches:
        return None
    last = matches[-1]
    return (last[1] or "") if expression.groups else last[0]


@contextmanager
def _limited(seconds: float) -> Iterator[None]:
    """RE2 takes time in proportion to the text; Python's engine may take for ever."""
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
        yield
        return

    def give_up(*_: object) -> NoReturn:
        why = f"Python needs longer than {seconds:g} s for it, where RE2 does not"
        raise PatternError(f"{why}: avoid nested repetitions", is_unknown=True)

    before = signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@dataclass
class _Group:
    """An open group. `flags` are the groups that flags within it have opened; `lines`: `$` ends lines, too."""

    lines: bool
    flags: list[str] = field(default_factory=list)


class _Translation:
    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._at = 0
        self._out: list[str] = []
        self._open = [_Group(lines=False)]

    def run(self) -> str:
        while self._at < len(self._pattern):
            self._step(self._pattern[self._at])
        self._out.append(")" * len(self._open[0].flags))
        return "".join(self._out)

    def _step(self, character: str) -> None:
        match character:
            case "\\":
                self._escape()
            case "[":
                self._class()
            case "(":
                self._group()
            case ")":
                if len(self._open) == 1:
                    raise PatternError("it is not a regular expression: unbalanced )")
                self._take(1, ")" * (len(self._open.pop().flags) + 1))
            case "|":
                flags = self._open[-1].flags
                self._take(1, ")" * len(flags) + "|" + "".join(flags))
            case "$" if not self._open[-1].lines:
                self._take(1, r"\Z")
            case "*" | "+" | "?":
                self._take(1, character)
                self._no_more_repeats()
            case "{":
                self._repeat()
            case _:
                self._take(1, character)

    def _take(self, length: int, written: str) -> None:
        self._at += length
        self._out.append(written)

    def _no_more_repeats(self) -> None:
        if self._pattern.startswith("?", self._at):
            self._take(1, "?")
        elif self._pattern.startswith("+", self._at):
            raise PatternError("RE2 has no possessive repetition")

    def _repeat(self) -> None:
        found = _REPEATED.match(self._pattern, self._at)
        if found is None:
            self._take(1, r"\{")
            return
        if any(number and int(number) > _MOST_REPEATS for number in found.groups()):
            raise PatternError(f"RE2 repeats at most {_MOST_REPEATS:,} times, not {found[0]}")
        self._take(len(found[0]), found[0])
        self._no_more_repeats()

    def _group(self) -> None:
        start = self._pattern[self._at : self._at + 4]
        for refused, name in _REFUSED_GROUPS.items():
            if start.startswith(refused):
                raise PatternError(f"RE2 has no {name}: {refused}")
        outer = self._open[-1]
        if not start.startswith("(?"):
            self._take(1, "(")
            self._open.append(_Group(outer.lines))
        elif named := _NAMED.match(self._pattern, self._at):
            self._take(len(named[0]), f"(?P<{named[1]}>")
            self._open.append(_Group(outer.lines))
        elif flags := _FLAGS.match(self._pattern, self._at):
            self._flags(flags)
        else:
            raise PatternError(f"RE2 does not know {start}")

    def _flags(self, found: re.Match[str]) -> None:
        on, off = found[1], found[2] or ""
        if "U" in on + off:
            raise PatternError("(?U) is not known here; the service takes it", is_unknown=True)
        if wrong := {*(on + off)} - {*"ims"}:
            raise PatternError(f"RE2 has no flag {min(wrong)}")
        outer = self._open[-1]
        lines = "m" not in off and ("m" in on or outer.lines)
        written = f"(?{on}{f'-{off}' if off else ''}:"
        self._take(len(found[0]), written)
        if found[3] == ":":
            self._open.append(_Group(lines))
        else:
            outer.lines = lines
            outer.flags.append(written)

    def _escape(self) -> None:
        rest = self._pattern[self._at + 1 :]
        if not rest:
            raise PatternError("it is not a regular expression: \\ at its end")
        letter = rest[0]
        if rest.startswith("Q"):
            literal, _, _ = rest[1:].partition(r"\E")
            self._take(2 + len(literal), re.escape(literal))
            self._at += 2 if self._pattern.startswith(r"\E", self._at) else 0
        elif letter in _CLASSES:
            self._take(2, f"[{_CLASSES[letter]}]")
        elif letter in "bB":  # before 3.14, Python's \B is not found in an empty text
            self._take(2, r"(?a:\b)" if letter == "b" else r"(?a:(?!\b))")
        elif letter == "z":
            self._take(2, r"\Z")
        elif letter == "A":
            self._take(2, r"\A")
        else:
            self._character(rest)

    def _character(self, rest: str) -> None:
        """An escape that stands for one character, in a set or out of it."""
        letter = rest[0]
        if found := _HEX.match(rest):
            code = int(found[1] or found[2], 16)
            if code > 0x10FFFF:
                raise PatternError(f"there is no character {found[0]}")
            self._take(1 + len(found[0]), rf"\U{code:08x}")
        elif found := _OCTAL.match(rest):
            self._take(1 + len(found[0]), rf"\U{int(found[0], 8):08x}")
        elif letter in "123456789":
            raise PatternError(rf"RE2 has no backreferences: \{letter}")
        elif letter in "pPCX":
            raise PatternError(rf"\{letter} is not known here; the service takes it", is_unknown=True)
        elif letter in "aftnrv":
            self._take(2, rf"\{letter}")
        elif not letter.isascii() or letter.isalnum():
            raise PatternError(rf"RE2 does not know \{letter}")
        else:
            self._take(2, re.escape(letter))

    def _class(self) -> None:
        self._take(1, "[")
        if self._pattern.startswith("^", self._at):
            self._take(1, "^")
        if self._pattern.startswith("]", self._at):
            self._take(1, r"\]")
        while self._at < len(self._pattern):
            character = self._pattern[self._at]
            rest = self._pattern[self._at + 1 :]
            if character == "]":
                self._take(1, "]")
                return
            if posix := _POSIX.match(self._pattern, self._at):
                if posix[1] or posix[2] not in _POSIX_CLASSES:
                    raise PatternError(f"{posix[0]} is not known here", is_unknown=True)
                self._take(len(posix[0]), _POSIX_CLASSES[posix[2]])
            elif character == "\\" and rest[:1] in _CLASSES:
                self._take(2, _CLASSES[rest[0]])
            elif character == "\\" and rest:
                self._character(rest)
            elif character in "[&~|":
                self._take(1, f"\\{character}")
            else:
                self._take(1, character)
        raise PatternError("it is not a regular expression: a set without ]")
