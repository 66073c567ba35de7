"""The summary of a run: nine aggregates of each candidate's scores by each metric.

Keys, names and the population's deviation are recorded; how percentiles between two scores are taken is not known, and
is linear here.
"""

import math
import statistics
from collections.abc import Mapping, Sequence

_NAMES = (
    *("AVERAGE", "VARIANCE", "STANDARD_DEVIATION", "MINIMUM", "MAXIMUM", "MEDIAN"),
    *("PERCENTILE_P90", "PERCENTILE_P95", "PERCENTILE_P99"),
)


def aggregates(scores: Sequence[float]) -> dict[str, float | int | str]:
    """By the API's names; there must be a score. What cannot be computed is the text `NaN`, as proto JSON has it."""
    if not all(map(math.isfinite, scores)):
        return dict.fromkeys(_NAMES, "NaN")
    variance = statistics.pvariance(scores)
    values = (
        *(statistics.fmean(scores), variance, variance**0.5, min(scores), max(scores), statistics.median(scores)),
        *(_percentile(scores, share) for share in (0.90, 0.95, 0.99)),
    )
    return {name: as_json(value) for name, value in zip(_NAMES, values, strict=True)}


def metrics(scores: Mapping[tuple[str, str], Sequence[float]]) -> dict[str, float | int | str]:
    """`{candidate}/{metric}/{AGGREGATE}` -> value, from the scores by (candidate, metric)."""
    return {
        f"{candidate}/{metric}/{name}": value
        for (candidate, metric), found in scores.items()
        if found
        for name, value in aggregates(found).items()
    }


def as_json(value: float) -> float | int | str:
    """Whole numbers without a point, as the service writes them."""
    if not math.isfinite(value):
        return "NaN"
    return int(value) if value == int(value) else value


def _percentile(scores: Sequence[float], share: float) -> float:
    ordered = sorted(scores)
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)
