"""Amounts as short as a line can tell them: `3h20m`, `1.2M`, `$0.18`. Exact ones: `durations`, and commas."""

from datetime import timedelta

_SCALES = ((1_000_000_000, "B"), (1_000_000, "M"), (1_000, "k"))


def duration(length: timedelta) -> str:
    """Rounded to its two largest units, below an hour to one: `45s`, `12m`, `3h20m`, `2d4h`. Negative ones are `0s`."""
    seconds = max(0, round(length.total_seconds()))
    if seconds < 60:
        return f"{seconds}s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes}m"
    hours = round(seconds / 3600)
    if hours < 24:
        return _two(*divmod(minutes, 60), "h", "m")
    return _two(*divmod(hours, 24), "d", "h")


def count(number: float) -> str:
    """Three digits at most: `950`, `12.3k`, `1.2M`."""
    for size, unit in _SCALES:
        if number >= 0.9995 * size:
            shown = number / size
            return f"{shown:.0f}{unit}" if shown >= 99.95 else f"{shown:.1f}{unit}".replace(".0", "")
    return f"{number:.0f}"


def dollars(usd: float) -> str:
    """Dollars and cents; of less than a cent its hundredths, so that nothing that costs is `$0.00`."""
    if 0 < usd < 0.0001:
        return "less than $0.0001"
    return f"${usd:,.4f}" if 0 < usd < 0.00995 else f"${usd:,.2f}"


def _two(large: int, small: int, unit: str, smaller_unit: str) -> str:
    return f"{large}{unit}{small}{smaller_unit}" if small else f"{large}{unit}"
