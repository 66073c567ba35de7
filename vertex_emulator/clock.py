"""The emulator's clock: the machine's, plus what callers have moved it forward. Kept in the store."""

import re
from collections.abc import Callable
from datetime import timedelta

from vertex_emulator.store import Transaction
from vertex_emulator.wsgi import ApiProblem

_KIND, _NAME = "clock", "clock"
_DURATION = re.compile(r"(?=.)(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s)?", re.ASCII)


def now(tx: Transaction, machine: Callable[[], float]) -> float:
    """Seconds since the epoch."""
    return machine() + _ahead_s(tx)


def advance(tx: Transaction, by: timedelta) -> None:
    """Move the clock forward; it never goes back. Raises `ApiProblem` 400 for a negative duration."""
    if by < timedelta():
        raise ApiProblem(400, "The clock cannot be moved back.")
    tx.put(_KIND, _NAME, {"ahead_s": _ahead_s(tx) + by.total_seconds()})


def parse_duration(text: str) -> timedelta:
    """`1h30m`, `90s` or `0.5s` as a duration. Raises `ApiProblem` 400 for anything else."""
    if not (parts := _DURATION.fullmatch(text)):
        raise ApiProblem(400, f"duration: {text!r} is not a duration such as '1h30m', '90s' or '0.5s'.")
    hours, minutes, seconds = (float(part or 0) for part in parts.groups())
    try:
        return timedelta(hours=hours, minutes=minutes, seconds=seconds)
    except OverflowError:
        raise ApiProblem(400, f"duration: {text!r} is too long.") from None


def ahead(tx: Transaction) -> timedelta:
    """How far callers have moved it."""
    return timedelta(seconds=_ahead_s(tx))


def _ahead_s(tx: Transaction) -> float:
    return float((tx.get(_KIND, _NAME) or {}).get("ahead_s", 0.0))
