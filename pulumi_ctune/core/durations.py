"""Durations as people type them: `90s`, `1h30m`, `1.5h`, `250ms`.

The grammar is Go's (`time.ParseDuration`), which Pulumi's `custom_timeouts` take as well: https://pkg.go.dev/time#ParseDuration.
Negative durations are left out, because nothing here can last less than nothing.
"""

import re
from datetime import timedelta

from pulumi_ctune.core.printable import shown

_MICROSECONDS = {
    "ns": "0.001",
    "us": "1",
    "µs": "1",  # U+00B5, micro sign
    "μs": "1",  # U+03BC, Greek mu, which Go takes too
    "ms": "1000",
    "s": "1000000",
    "m": "60000000",
    "h": "3600000000",
}
_PART = r"(?P<number>\d+(?:\.\d*)?|\.\d+)(?P<unit>ns|us|µs|μs|ms|s|m|h)"
_GRAMMAR = "one or more numbers, each with a unit of h, m, s, ms, us or ns, such as '1h30m' or '20s'"


def parse(text: str) -> timedelta:
    """The duration that `text` names, rounded to microseconds. `0` needs no unit.

    Raises:
        ValueError: `text` is not of the grammar, or longer than a `timedelta` can hold; it names value and grammar.
    """
    from decimal import Decimal  # not before it is needed: every program loads this module

    if text == "0":
        return timedelta()
    total, position, pattern = Decimal(0), 0, re.compile(_PART, re.ASCII)
    while position < len(text) and (part := pattern.match(text, position)):
        total += Decimal(part["number"]) * Decimal(_MICROSECONDS[part["unit"]])
        position = part.end()
    if not text or position < len(text):
        raise ValueError(f"{shown(text)} is not a duration: expected {_GRAMMAR}")
    try:
        return timedelta(microseconds=round(total))
    except OverflowError:
        raise ValueError(f"{shown(text)} is too long a duration: expected {_GRAMMAR}") from None


def format(duration: timedelta) -> str:
    """The shortest usual spelling, which `parse` reads back exactly: `1h30m`, `20s`, `0.25s`, `0s`.

    Raises:
        ValueError: the duration is negative.
    """
    if duration < timedelta():
        raise ValueError(f"{duration!r} is negative: expected a duration of zero or more")
    whole_minutes, rest = divmod(duration, timedelta(minutes=1))
    hours, minutes = divmod(whole_minutes, 60)
    seconds = f"{rest // timedelta(seconds=1)}.{rest.microseconds:06d}".rstrip("0").rstrip(".")
    parts = [f"{hours}h" if hours else "", f"{minutes}m" if minutes else "", f"{seconds}s" if rest else ""]
    return "".join(parts) or "0s"
