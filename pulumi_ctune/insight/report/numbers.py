"""Numbers, times and sizes as a report writes them. None is a dash."""

import math
from datetime import datetime, timedelta
from typing import Any

from pulumi_ctune.core import amounts

_SIZES = {
    f"ADAPTER_SIZE_{word}": number
    for word, number in (
        ("ONE", "1"),
        ("TWO", "2"),
        ("FOUR", "4"),
        ("EIGHT", "8"),
        ("SIXTEEN", "16"),
        ("THIRTY_TWO", "32"),
    )
}
DASH = "\u2013"


def value(number: float | None) -> str:
    """Four digits that count."""
    if number is None:
        return DASH
    if not math.isfinite(number):
        return "NaN" if math.isnan(number) else "∞" if number > 0 else "-∞"
    if number and (abs(number) >= 1e6 or abs(number) < 1e-4):
        return f"{number:.3e}"
    return f"{number:,.0f}" if abs(number) >= 1_000 else f"{number:.4g}"


def count(number: float | None) -> str:
    return DASH if number is None else f"{number:,.0f}"


def usd(amount: float | None) -> str:
    return DASH if amount is None else amounts.dollars(amount)


def size(number: int | None) -> str:
    if number is None:
        return DASH
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if number >= factor:
            return f"{number / factor:.3g} {unit}"
    return f"{number} B"


def took(span: timedelta | None) -> str:
    return DASH if span is None else amounts.duration(span)


def moment(at: datetime | None) -> str:
    return DASH if at is None else f"{at:%Y-%m-%d %H:%M} UTC"


def given(setting: Any) -> str:
    """A hyperparameter; an adapter's size by its number, as people write it."""
    if setting is None:
        return DASH
    if isinstance(setting, str):
        return _SIZES.get(setting, setting)
    return f"{setting:g}" if isinstance(setting, float) else str(setting)
