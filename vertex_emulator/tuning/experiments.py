"""The training series of tuning jobs as the API offers them: a metadata context, its TensorBoard, runs and time series.

Everything here is derived from the job records; only points of steps that are done by now are visible.

Sources: https://docs.cloud.google.com/vertex-ai/docs/reference/rest/v1beta1/projects.locations.tensorboards, and the
names that google-cloud-aiplatform gives to an experiment's context, run and artifact
"""

import hashlib
import math
import random
import re
from dataclasses import dataclass
from typing import Any

from vertex_emulator import names
from vertex_emulator.service import (
    Call,
    Route,
    next_page,
    page_by,
    page_of,
    timestamp,
)
from vertex_emulator.tuning import records
from vertex_emulator.tuning.records import JobRecord
from vertex_emulator.tuning.series import Series, series_of
from vertex_emulator.wsgi import ApiProblem

_RUN = "tuning-run"
_ARTIFACT_SUFFIX = "-tb-run"
_SAMPLED_POINTS = 1_000  # read without maxDataPoints and batchRead: a random choice of so many
_MOST_BATCH_READ = 20
_MOST_EXPORTED = 10_000
_SERIES_IN_NAME = re.compile(
    r"(?P<board>projects/[^/]+/locations/[^/]+/tensorboards/[^/]+)/experiments/(?P<experiment>[^/]+)/runs/(?P<run>[^/]+)"
    r"/timeSeries/(?P<series>[^/]+)"
)


@dataclass(frozen=True)
class _Training:
    """A job's training as a TensorBoard run, at a moment."""

    job: JobRecord
    now: float

    @property
    def parent(self) -> str:
        return self.job.name.split("/tuningJobs/")[0]

    @property
    def experiment_id(self) -> str:
        return names.last_segment(self.job.experiment)

    @property
    def board(self) -> str:
        return _board(self.parent)

    @property
    def run(self) -> str:
        return f"{self.board}/experiments/{self.experiment_id}/runs/{_RUN}"

    @property
    def began(self) -> str:
        return timestamp(self.job.starts)

    def visible(self) -> dict[str, tuple[Series, list[int]]]:
        """Series by resource name, each with the steps that have a point by now."""
        if not (self.job.curve and self.job.plan):
            return {}
        done = self.job.steps_done(self.now)
        found = {}
        for series in series_of(self.job.curve, self.job.plan):
            if steps := [step for step in series.steps(self.job.plan) if step <= done]:
                found[f"{self.run}/timeSeries/{_number(series.name)}"] = (series, steps)
        return found

    def point(self, series: Series, step: int) -> dict[str, Any]:
        value = series.value(step)
        # Proto JSON: a zero is left out, NaN is a string.
        scalar: dict[str, Any] = {} if value == 0 else {"value": "NaN" if math.isnan(value) else value}
        return {"step": str(step), "wallTime": timestamp(self.wall_time(step)), "scalar": scalar}

    def wall_time(self, step: int) -> float:
        return self.job.timeline.step_moment(step, self.job.plan.steps) if self.job.plan else self.job.starts


def get_context(call: Call) -> dict[str, Any]:
    """An experiment's context, or its run's (`{experiment}-{run}`)."""
    name = f"{_parent(call)}/metadataStores/{call.param('store')}/contexts/{call.param('context')}"
    experiment = name.removesuffix(f"-{_RUN}")
    training = _of_experiment(call, experiment)
    return _run_context(training) if name != experiment else _experiment_context(training)


def list_contexts(call: Call) -> dict[str, Any]:
    """Contexts of experiments and runs; the filter may name `schema_title` and, with `:`, `parent_contexts`."""
    text = " AND ".join(call.request.query.get("filter", []))
    title = re.search(r'schema_title\s*=\s*"([^"]*)"', text)
    parent = re.search(r'parent_contexts\s*:\s*"([^"]*)"', text)
    if parent:
        trainings = [_of_experiment(call, names.canonical(parent[1]))]
    else:
        jobs = records.listed(call.tx, _parent(call), newest_first=True)
        trainings = [_Training(job, call.now) for job in jobs if job.started]
    contexts = [] if parent else [_experiment_context(training) for training in trainings]
    contexts += [_run_context(training) for training in trainings]
    page, token = page_of(call, [item for item in contexts if not title or item["schemaTitle"] == title[1]])
    return {"contexts": page} | next_page(token)


def get_artifact(call: Call) -> dict[str, Any]:
    """The artifact `{run context}-tb-run`, which leads from a run's context to its TensorBoard run."""
    store = f"{_parent(call)}/metadataStores/{call.param('store')}"
    artifact = call.param("artifact")
    training = _of_experiment(call, f"{store}/contexts/{artifact.removesuffix(f'-{_RUN}{_ARTIFACT_SUFFIX}')}")
    found = {
        "name": f"{store}/artifacts/{artifact}",
        "displayName": artifact,
        "schemaTitle": "google.VertexTensorboardRun",
        "schemaVersion": "0.0.1",
        "state": "LIVE",
        "metadata": {"resourceName": training.run},
        "createTime": training.began,
        "updateTime": training.began,
    }
    return call.schema.shown("Artifact", found)


def get_board(call: Call) -> dict[str, Any]:
    _check_board(call)
    return _board_resource(call)


def list_boards(call: Call) -> dict[str, Any]:
    has_jobs = any(job.started for job in records.listed(call.tx, _parent(call)))
    page, token = page_of(call, [_board_resource(call)] if has_jobs else [])
    return {"tensorboards": page} | next_page(token)


def list_experiments(call: Call) -> dict[str, Any]:
    _check_board(call)
    jobs = records.listed(call.tx, _parent(call), newest_first=True)
    page, token = page_of(call, [_experiment(_Training(job, call.now)) for job in jobs if job.started])
    return {"tensorboardExperiments": page} | next_page(token)


def get_experiment(call: Call) -> dict[str, Any]:
    return _experiment(_of_path(call))


def list_runs(call: Call) -> dict[str, Any]:
    page, token = page_of(call, [_run(_of_path(call))])
    return {"tensorboardRuns": page} | next_page(token)


def get_run(call: Call) -> dict[str, Any]:
    return _run(_of_path(call))


def list_time_series(call: Call) -> dict[str, Any]:
    training = _of_path(call)
    found = [_time_series(call, training, name, *item) for name, item in training.visible().items()]
    page, token = page_of(call, found)
    return {"tensorboardTimeSeries": page} | next_page(token)


def get_time_series(call: Call) -> dict[str, Any]:
    training, name, series, steps = _of_series(call, _series_name(call))
    return _time_series(call, training, name, series, steps)


def read(call: Call) -> dict[str, Any]:
    """The points of a series: all with `maxDataPoints=-1`, else a random choice of that many (1,000 by default)."""
    text = call.request.arg("maxDataPoints") or call.request.arg("max_data_points") or "0"
    if not re.fullmatch(r"-?\d+", text, re.ASCII):
        raise ApiProblem(400, f"Invalid value at 'max_data_points' (TYPE_INT32), \"{text}\"")
    most = int(text) or _SAMPLED_POINTS
    return {"timeSeriesData": _data(call, *_of_series(call, _series_name(call)), most=most)}


def batch_read(call: Call) -> dict[str, Any]:
    """Up to 20 series of one TensorBoard at once, at most 1,000 randomly chosen points each."""
    wanted = [names.canonical(name) for name in call.request.query.get("timeSeries", [])]
    if not 0 < len(wanted) <= _MOST_BATCH_READ:
        raise ApiProblem(400, f"time_series must name 1 to {_MOST_BATCH_READ} time series, not {len(wanted)}.")
    return {"timeSeriesData": [_data(call, *_of_series(call, name), most=_SAMPLED_POINTS) for name in wanted]}


def export(call: Call) -> dict[str, Any]:
    """The points of a series in order, by page."""
    body = call.schema.read("ExportTensorboardTimeSeriesDataRequest", call.request.json())
    training, _, series, steps = _of_series(call, _series_name(call))
    points = [training.point(series, step) for step in steps]
    if "desc" in body.get("orderBy", ""):
        points.reverse()
    size = min(body.get("pageSize") or 1_000, _MOST_EXPORTED)
    page, token = page_by(points, size=size, token=body.get("pageToken", ""), key="step")
    return {"timeSeriesDataPoints": page} | next_page(token)


def _experiment_context(training: _Training) -> dict[str, Any]:
    return {
        "name": training.job.experiment,
        "displayName": training.experiment_id,
        "schemaTitle": "system.Experiment",
        "schemaVersion": "0.0.1",
        "metadata": {"experiment_deleted": False, "backing_tensorboard_resource": training.board},
        "createTime": training.began,
        "updateTime": training.began,
    }


def _run_context(training: _Training) -> dict[str, Any]:
    return {
        "name": f"{training.job.experiment}-{_RUN}",
        "displayName": _RUN,
        "schemaTitle": "system.ExperimentRun",
        "schemaVersion": "0.0.1",
        "parentContexts": [training.job.experiment],
        "metadata": {},
        "createTime": training.began,
        "updateTime": training.began,
    }


def _board_resource(call: Call) -> dict[str, Any]:
    first = next((job for job in records.listed(call.tx, _parent(call)) if job.started), None)
    began = timestamp(first.starts if first else call.now)
    return {"name": _board(_parent(call)), "displayName": "Tuning jobs", "createTime": began, "updateTime": began}


def _experiment(training: _Training) -> dict[str, Any]:
    name = f"{training.board}/experiments/{training.experiment_id}"
    times = {"createTime": training.began, "updateTime": training.began}
    return {"name": name, "displayName": training.experiment_id, "source": training.job.name, **times}


def _run(training: _Training) -> dict[str, Any]:
    times = {"createTime": training.began, "updateTime": training.began}
    return {"name": training.run, "displayName": _RUN, **times}


def _time_series(call: Call, training: _Training, name: str, series: Series, steps: list[int]) -> dict[str, Any]:
    last = timestamp(training.wall_time(steps[-1]))
    found = {
        "name": name,
        "displayName": series.name,
        "valueType": "SCALAR",
        "pluginName": "scalars",
        "metadata": {"maxStep": str(steps[-1]), "maxWallTime": last},
        "createTime": training.began,
        "updateTime": last,
    }
    return call.schema.shown("TensorboardTimeSeries", found)


def _data(call: Call, training: _Training, name: str, series: Series, steps: list[int], *, most: int) -> dict[str, Any]:
    if 0 <= most < len(steps):
        steps = sorted(random.Random(name).sample(steps, most))
    found = {
        "tensorboardTimeSeriesId": names.last_segment(name),
        "valueType": "SCALAR",
        "values": [training.point(series, step) for step in steps],
    }
    return call.schema.shown("TimeSeriesData", found)


def _of_experiment(call: Call, experiment: str) -> _Training:
    found = call.tx.get("experiment", experiment)
    job = records.find(call.tx, found["job"]) if found else None
    if job is None or not job.started:
        raise ApiProblem(404, f"The context {experiment} does not exist.")
    return _Training(job, call.now)


def _of_path(call: Call) -> _Training:
    _check_board(call)
    experiment = f"{_parent(call)}/metadataStores/default/contexts/{call.param('experiment')}"
    if call.request.params.get("run", _RUN) != _RUN:
        raise ApiProblem(404, f"The run {call.param('run')} does not exist.")
    return _of_experiment(call, experiment)


def _of_series(call: Call, name: str) -> tuple[_Training, str, Series, list[int]]:
    match = _SERIES_IN_NAME.fullmatch(name)
    if match is None:
        raise ApiProblem(400, f"Invalid time series name: {name!r}.")
    parent = match["board"].split("/tensorboards/")[0]
    training = _of_experiment(call, f"{parent}/metadataStores/default/contexts/{match['experiment']}")
    found = training.visible().get(name)
    if found is None:
        raise ApiProblem(404, f"The time series {name} does not exist.")
    return training, name, *found


def _series_name(call: Call) -> str:
    part = "/".join(f"{kind}/{call.param(name)}" for kind, name in _SERIES_PATH)
    return f"{_parent(call)}/{part}"


_SERIES_PATH = (("tensorboards", "board"), ("experiments", "experiment"), ("runs", "run"), ("timeSeries", "series"))


def _check_board(call: Call) -> None:
    name = f"{_parent(call)}/tensorboards/{call.param('board')}"
    if name != _board(_parent(call)):
        raise ApiProblem(404, f"The Tensorboard {name} does not exist.")


def _board(parent: str) -> str:
    return f"{parent}/tensorboards/{_number(parent)}"


def _parent(call: Call) -> str:
    return names.parent(call.param("project"), call.param("location"))


def _number(text: str) -> str:
    """A 19-digit id that depends on the text alone."""
    return str(10**18 + int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") % (8 * 10**18))


_LOCATION = "projects/{project}/locations/{location}"
_STORE = f"{_LOCATION}/metadataStores/{{store}}"
_BOARD = f"{_LOCATION}/tensorboards/{{board}}"
_EXPERIMENT = f"{_BOARD}/experiments/{{experiment}}"
_TIME_SERIES = f"{_EXPERIMENT}/runs/{{run}}/timeSeries"

ROUTES: list[Route] = [
    ("GET", f"{_STORE}/contexts", list_contexts),
    ("GET", f"{_STORE}/contexts/{{context}}", get_context),
    ("GET", f"{_STORE}/artifacts/{{artifact}}", get_artifact),
    ("GET", f"{_LOCATION}/tensorboards", list_boards),
    ("GET", _BOARD, get_board),
    ("GET", f"{_BOARD}:batchRead", batch_read),
    ("GET", f"{_BOARD}/experiments", list_experiments),
    ("GET", _EXPERIMENT, get_experiment),
    ("GET", f"{_EXPERIMENT}/runs", list_runs),
    ("GET", f"{_EXPERIMENT}/runs/{{run}}", get_run),
    ("GET", _TIME_SERIES, list_time_series),
    ("GET", f"{_TIME_SERIES}/{{series}}", get_time_series),
    ("GET", f"{_TIME_SERIES}/{{series}}:read", read),
    ("POST", f"{_TIME_SERIES}/{{series}}:exportTensorboardTimeSeries", export),
]
