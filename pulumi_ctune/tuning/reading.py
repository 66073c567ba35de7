"""Read: what has become of a job's results since they were recorded.

Gone means that the model version is gone: the record of the job stays for ever. A 403 is an error, not an absence.
"""

from collections.abc import Mapping
from typing import Any

from pulumi_ctune.errors import NotFoundError
from pulumi_ctune.tuning import identity, names, states
from pulumi_ctune.tuning.attributes import INPUTS, MADE_MODEL, OWNER, RECORDED
from pulumi_ctune.tuning.canonical import inputs_of_wire
from pulumi_ctune.tuning.metrics import read_metrics
from pulumi_ctune.tuning.outputs import source_of, state_of
from pulumi_ctune.tuning.patience import Surroundings, explaining, patiently
from pulumi_ctune.tuning.resources import ModelVersion, TuningJob, Vertex
from pulumi_ctune.tuning.results import Found

_RECORDED_ONCE = ("metrics", "source_model_name", "source_checkpoint_id", RECORDED)
"""Entries that are facts of the run: a refresh keeps them."""


def read(vertex: Vertex, world: Surroundings, job_name: str, state: Mapping[str, Any]) -> Found | None:
    """Return what there is now, or None when the model version (or the job) is gone.

    `state` is what was recorded; without `name` in it (`.get()`) everything is read from the job. Raises `ApiError` and
    `WaitInterruptedError`.
    """
    with explaining("the tuning job or its model could not be read", where=job_name):
        return _found(vertex, world, job_name, state)


def _found(vertex: Vertex, world: Surroundings, job_name: str, state: Mapping[str, Any]) -> Found | None:
    try:
        job = patiently(lambda: vertex.get_job(job_name), world)
        inputs = _inputs(state) if state.get("name") else _inputs_of(job)
        if states.meaning(job.state) is not states.Meaning.SUCCEEDED or not job.tuned_model_name:
            return Found({**state, **state_of(inputs, job, source=source_of(job))}, inputs)
        version = patiently(lambda: vertex.get_model_version(job.tuned_model_name), world)
    except NotFoundError as error:
        if _is_certain(error) and _model_is_gone(vertex, world, state):
            return None
        raise
    metrics = {} if state.get("name") else read_metrics(vertex, job, world)
    inputs = _with_drift(inputs, version, made_model=bool(state.get(MADE_MODEL)))
    fresh = state_of(inputs, job, source=source_of(job), version=version, metrics=metrics)
    fresh |= {key: state[key] for key in _RECORDED_ONCE if key in state}
    return Found(_without_lost_endpoint(vertex, world, job, fresh), inputs)


def _is_certain(error: NotFoundError) -> bool:
    """Whether the API says so, and not a proxy or a wrong host in between."""
    return error.status == "NOT_FOUND"


def _model_is_gone(vertex: Vertex, world: Surroundings, state: Mapping[str, Any]) -> bool:
    """Whether the recorded model version is gone too: a job that cannot be found is no reason to train again."""
    recorded = state.get("tuned_model_name")
    if not recorded:
        return True
    try:
        patiently(lambda: vertex.get_model_version(recorded), world)
    except NotFoundError as error:
        return _is_certain(error)
    return False


def _inputs_of(job: TuningJob) -> dict[str, Any]:
    """The inputs that a job stands for, for one that no program describes."""
    name = names.JobName.parse(job.name)
    inputs = {"project": name.project, "location": name.location, **inputs_of_wire(job.request)}
    if labels := identity.without_ours(job.labels):
        return {**inputs, "labels": labels}
    return {key: value for key, value in inputs.items() if key != "labels"}


def _inputs(state: Mapping[str, Any]) -> dict[str, Any]:
    return {key: state[key] for key in (*INPUTS, OWNER) if state.get(key) is not None}


def _with_drift(inputs: dict[str, Any], version: ModelVersion, *, made_model: bool) -> dict[str, Any]:
    """The inputs as the model version has them now."""
    labels = identity.without_ours(version.labels)
    if labels != (inputs.get("labels") or {}):
        inputs["labels"] = labels
    if made_model and "tuned_model_display_name" in inputs:
        inputs["tuned_model_display_name"] = version.display_name
    return inputs


def _without_lost_endpoint(
    vertex: Vertex, world: Surroundings, job: TuningJob, state: dict[str, Any]
) -> dict[str, Any]:
    """Empty the endpoint's outputs when somebody deleted it: a job's record keeps the name of an endpoint that is
    gone.
    """
    if not job.endpoint:
        return state
    try:
        patiently(lambda: vertex.get_endpoint(job.endpoint), world)
    except NotFoundError:
        world.report.warn(f"{job.endpoint} was deleted; the model version {state['tuned_model_name']} is still there")
        return {**state, "endpoint": "", "endpoint_id": "", "endpoint_location": ""}
    return state
