"""Training series of an experiment, out of the TensorBoard behind it.

The way: experiment (a metadata context) -> its TensorBoard -> runs -> time series -> points. `:read` without
`maxDataPoints=-1` returns a random choice of 1,000 points, so that the last one can be missing.

Source:
https://docs.cloud.google.com/gemini-enterprise-agent-platform/reference/rest/v1beta1/projects.locations.tensorboards
"""

from collections.abc import Collection, Mapping, Sequence

from pulumi_ctune.errors import NotFoundError
from pulumi_ctune.tuning import names
from pulumi_ctune.tuning.resources import SeriesPoint
from pulumi_ctune.vertex import records
from pulumi_ctune.vertex.rest import Rest

_TENSORBOARD_KEY = "backing_tensorboard_resource"  # where Google's own SDK keeps it in the context's metadata
_LARGEST_PAGE = "1000"


def read(rest: Rest, experiment: str, only: Collection[str] | None = None) -> Mapping[str, Sequence[SeriesPoint]]:
    """All points of each scalar series, in order of steps; one that is not among `only` is there without points.

    An experiment without runs has no series.
    """
    tensorboard = (rest.get(experiment).get("metadata") or {}).get(_TENSORBOARD_KEY)
    if not tensorboard:
        raise NotFoundError(f"the training series of {experiment} could not be read", why="it names no TensorBoard")
    found: dict[str, list[SeriesPoint]] = {}
    runs = rest.list(tensorboard, f"/experiments/{names.last_segment(experiment)}/runs", "tensorboardRuns")
    for run in runs:
        for series in rest.list(run["name"], "/timeSeries", "tensorboardTimeSeries", {"pageSize": _LARGEST_PAGE}):
            if series.get("valueType", "SCALAR") != "SCALAR":
                continue
            name = series.get("displayName") or ""
            points = _points(rest, series["name"]) if only is None or name in only else ()
            found.setdefault(name, []).extend(points)
    return {name: sorted(points, key=lambda point: point.step) for name, points in found.items()}


def _points(rest: Rest, series: str) -> list[SeriesPoint]:
    data = rest.get(series, ":read", {"maxDataPoints": "-1"}).get("timeSeriesData") or {}
    return [records.series_point(value) for value in data.get("values") or ()]
