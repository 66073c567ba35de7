"""Training series of an experiment, out of the TensorBoard behind it.

The way: experiment (a metadata context) -> its TensorBoard -> runs -> time series -> points. `:read` without
`maxDataPoints=-1` returns a random choice of 1,000 points, so that the last one can be missing.

Source:
https://docs.cloud.google.com/gemini-enterprise-agent-platform/reference/rest/v1beta1/projects.locations.tensorboards
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from pulumi_ctune.core import names
from pulumi_ctune.core.api import SeriesPoint
from pulumi_ctune.core.errors import BadRequestError, NotFoundError
from pulumi_ctune.vertex import records
from pulumi_ctune.vertex.rest import Rest

_TENSORBOARD_KEY = "backing_tensorboard_resource"  # where Google's own SDK keeps it in the context's metadata
_LARGEST_PAGE = "1000"
_MOST_REQUESTS = 500  # for runs and series; a tuning job has one run, and a few dozen series


def read(rest: Rest, experiment: str, only: Collection[str] | None = None) -> Mapping[str, Sequence[SeriesPoint]]:
    """All points of each scalar series, in order of steps; one that is not among `only` is there without points.

    An experiment without runs has no series.
    """
    tensorboard = _member(rest.get(experiment), "metadata").get(_TENSORBOARD_KEY)
    if not isinstance(tensorboard, str) or not tensorboard:
        raise NotFoundError(f"the training series of {experiment} could not be read", why="it names no TensorBoard")
    found: dict[str, list[SeriesPoint]] = {}
    runs = rest.list(tensorboard, f"/experiments/{names.last_segment(experiment)}/runs", "tensorboardRuns")
    asked = len(runs)
    _refuse_beyond(asked, experiment)
    for run in runs:
        for series in rest.list(_name(run), "/timeSeries", "tensorboardTimeSeries", {"pageSize": _LARGEST_PAGE}):
            if series.get("valueType", "SCALAR") != "SCALAR":
                continue
            name = str(series.get("displayName") or "")
            points: Sequence[SeriesPoint] = ()
            if only is None or name in only:
                asked += 1
                _refuse_beyond(asked, experiment)
                points = _points(rest, _name(series))
            found.setdefault(name, []).extend(points)
    return {name: sorted(points, key=lambda point: point.step) for name, points in found.items()}


def _refuse_beyond(requests: int, experiment: str) -> None:
    if requests > _MOST_REQUESTS:
        why = f"it has more than {_MOST_REQUESTS} runs and series, each of which would be a request"
        raise BadRequestError(f"the training series of {experiment} could not be read", why=why, never_sent=True)


def _points(rest: Rest, series: str) -> list[SeriesPoint]:
    values = _member(rest.get(series, ":read", {"maxDataPoints": "-1"}), "timeSeriesData").get("values")
    return [records.series_point(value) for value in (values if isinstance(values, list) else ())]


def _member(document: Mapping[str, Any], field: str) -> Mapping[str, Any]:
    value = document.get(field)
    return value if isinstance(value, dict) else {}


def _name(document: Mapping[str, Any]) -> str:
    """The document's name; what is none is refused with the request that would ask for it."""
    return str(document.get("name") or "")
