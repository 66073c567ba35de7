"""The stand-in's clock: the machine's, plus what callers have moved it forward. Kept in the store."""

from collections.abc import Callable
from datetime import timedelta

from pulumi_ctune.emulator.store import Transaction
from pulumi_ctune.emulator.wsgi import ApiProblem

_KIND, _NAME = "clock", "clock"


def now(tx: Transaction, machine: Callable[[], float]) -> float:
    """Seconds since the epoch."""
    return machine() + _ahead_s(tx)


def advance(tx: Transaction, by: timedelta) -> None:
    """Move the clock forward; it never goes back. Raises `ApiProblem` 400 for a negative duration."""
    if by < timedelta():
        raise ApiProblem(400, "The clock cannot be moved back.")
    tx.put(_KIND, _NAME, {"ahead_s": _ahead_s(tx) + by.total_seconds()})


def _ahead_s(tx: Transaction) -> float:
    return float((tx.get(_KIND, _NAME) or {}).get("ahead_s", 0.0))
