"""Amounts as short as a line can tell them: `3h20m`, `1.2M`. Where exactness counts, `durations` and commas do."""

import itertools
from datetime import timedelta

_UNITS = ((86_400, "d"), (3_600, "h"), (60, "m"), (1, "s"))
_SCALES = ((1_000_000_000, "B"), (1_000_000, "M"), (1_000, "k"))


def duration(length: timedelta) -> str:
    """Its two largest units, below an hour only one: `45s`, `12m`, `3h20m`, `2d4h`. Negative ones are `0s`."""
    seconds = max(0, round(length.total_seconds()))
    for (size, unit), (smaller, name) in itertools.pairwise(_UNITS):
        if seconds >= size:
            rest = seconds % size // smaller
            return f"{seconds // size}{unit}{rest}{name}" if rest and size > 60 else f"{seconds // size}{unit}"
    return f"{seconds}s"


def count(number: float) -> str:
    """Three digits at most: `950`, `12.3k`, `1.2M`."""
    for size, unit in _SCALES:
        if number >= 0.9995 * size:
            shown = number / size
            return f"{shown:.0f}{unit}" if shown >= 99.95 else f"{shown:.1f}{unit}".replace(".0", "")
    return f"{number:.0f}"
