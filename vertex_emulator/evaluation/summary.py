"""The summary of a run: nine aggregates of each candidate's scores by each metric.

Keys, names and the population's deviation are recorded; how percentiles between two scores are taken is not known, and
is linear here.
"""

import statistics
from collections.abc import Mapping, Sequence


def aggregates(scores: Sequence[float]) -> dict[str, float | int]:
    """By the API's names; there must be a score."""
    variance = statistics.pvariance(scores)
    found = {
        "AVERAGE": statistics.fmean(scores),
        "VARIANCE": variance,
        "STANDARD_DEVIATION": variance**0.5,
        "MINIMUM": min(scores),
        "MAXIMUM": max(scores),
        "MEDIAN": statistics.median(scores),
        "PERCENTILE_P90": _percentile(scores, 0.90),
        "PERCENTILE_P95": _percentile(scores, 0.95),
        "PERCENTILE_P99": _percentile(scores, 0.99),
    }
    return {name: as_json(value) for name, value in found.items()}


def metrics(scores: Mapping[tuple[str, str], Sequence[float]]) -> dict[str, float | int]:
    """`{candidate}/{metric}/{AGGREGATE}` -> value, from the scores by (candidate, metric)."""
    return {
        f"{candidate}/{metric}/{name}": value
        for (candidate, metric), found in scores.items()
        if found
        for name, value in aggregates(found).items()
    }


def as_json(value: float) -> float | int:
    """Whole numbers without a point, as the service writes them."""
    return int(value) if value == int(value) else value


def _percentile(scores: Sequence[float], share: float) -> float:
    ordered = sorted(scores)
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)
