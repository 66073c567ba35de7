"""Read: what has become of a job's results since they were recorded.

Gone means that the model version is gone. A record of the job that cannot be found is a warning, as long as the
model is there; a 403, or a 404 that is not the API's own, is an error, not an absence.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

from pulumi_ctune.core import job_states, names, ownership
from pulumi_ctune.core.api import ModelVersion, TuningJob, Vertex
from pulumi_ctune.core.errors import NotFoundError
from pulumi_ctune.core.hidden import ECHOED, HOLD, RECORDED, SHARED
from pulumi_ctune.core.outcomes import Found
from pulumi_ctune.core.retry import LONGEST_REFRESH, WaitContext, explaining, patiently
from pulumi_ctune.core.series import read_metrics
from pulumi_ctune.tuning_job.attributes import INPUTS, MADE_MODEL, PUT_BEFORE, Inputs
from pulumi_ctune.tuning_job.metadata import with_drift
from pulumi_ctune.tuning_job.outputs import NO_ENDPOINT, inputs_in_state, state_of
from pulumi_ctune.tuning_job.recorded_job import find_job
from pulumi_ctune.tuning_job.request import Submitted
from pulumi_ctune.tuning_job.state import State

_RECORDED_ONCE = (
    "metrics",
    "source_model_name",
    "source_checkpoint_id",
    MADE_MODEL,
    PUT_BEFORE,
    RECORDED,
    HOLD,
    SHARED,
    ECHOED,
)
"""Entries that are facts of the run: a refresh keeps them."""


def read(
    vertex: Vertex,
    context: WaitContext,
    job_name: str,
    state: Mapping[str, Any],
    written: Mapping[str, Any] | None = None,
) -> Found | None:
    """Return what there is now, or None when the model version (or the job) is gone.

    `state` is what was recorded; without `name` in it (`.get()`) everything is read from the job. `written` are the
    inputs of the last update, which may spell what is in the state in another way: what has not drifted stays as it is
    there. Raises `ApiError` and `WaitInterruptedError`.
    """
    context = replace(context, timeout=min(context.timeout, LONGEST_REFRESH))
    with explaining("the tuning job or its model could not be read", where=job_name):
        found = _found(vertex, context, job_name, State.parse(state))
    return Found(found.state, _as_written(found.inputs, state, written)) if found and written else found


def _as_written(inputs: Mapping[str, Any], state: Mapping[str, Any], written: Mapping[str, Any]) -> dict[str, Any]:
    drifted = {key for key in INPUTS if inputs.get(key) != state.get(key)}
    kept = {key: value for key, value in written.items() if key not in drifted}
    return {key: value for key, value in inputs.items() if key in drifted} | kept


def _found(vertex: Vertex, context: WaitContext, job_name: str, saved: State) -> Found | None:
    try:
        job = find_job(vertex, context, job_name, saved)
        inputs = inputs_in_state(saved.held) if saved.name else _inputs_of(job)
        source = Submitted.of(job).source
        echoed = {} if saved.name else {ECHOED: True}
        if not _has_made(job, saved):
            return Found({**saved.held, **state_of(inputs, job, source=source), **echoed}, inputs)
        version = patiently(lambda: vertex.get_model_version(job.tuned_model_name), context)
    except NotFoundError:
        if _model_is_gone(vertex, context, saved):
            return None
        if saved.name:
            return _as_recorded(context, job_name, saved)
        raise
    metrics = {} if saved.name else read_metrics(vertex, job, context)
    inputs = {**with_drift(cast("Inputs", inputs), version, made_model=saved.made_model)}
    fresh = state_of(inputs, job, source=source, version=version, metrics=metrics)
    fresh |= echoed | {key: saved.held[key] for key in _RECORDED_ONCE if key in saved.held}
    return Found(_without_lost_endpoint(vertex, context, job, version, fresh), inputs)


def _has_made(job: TuningJob, saved: State) -> bool:
    """Whether the job has made the model version that the resource stands for. One that failed may have left one,
    which somebody has adopted.
    """
    if not job.tuned_model_name or not job_states.is_final(job.state):
        return False
    return job_states.meaning(job.state) is job_states.Meaning.SUCCEEDED or saved.is_recorded or not saved.name


def _as_recorded(context: WaitContext, job_name: str, saved: State) -> Found:
    """For a job that was still going when it was recorded, and whose record is gone by now, though it has a model."""
    context.report.warn(
        f"tuning job {job_name} cannot be found, so nobody can wait for it; its model version "
        f"{saved.tuned_model_name} is there. To train anew: `pulumi up --replace URN`."
    )
    return Found(saved.held, inputs_in_state(saved.held))


def _model_is_gone(vertex: Vertex, context: WaitContext, saved: State) -> bool:
    """Whether the recorded model version is gone too: a job that cannot be found is no reason to train again."""
    if not saved.tuned_model_name:
        return True
    try:
        patiently(lambda: vertex.get_model_version(saved.tuned_model_name), context)
    except NotFoundError:
        return True
    return False


def _inputs_of(job: TuningJob) -> dict[str, Any]:
    """The inputs that a job stands for, for one that no program describes."""
    name, labels = names.JobName.parse(job.name), ownership.without_ours(job.labels)
    written = {key: value for key, value in Submitted.of(job).canonical.items() if key != "labels"}
    return {"project": name.project, "location": name.location, **written, **({"labels": labels} if labels else {})}


def _without_lost_endpoint(
    vertex: Vertex, context: WaitContext, job: TuningJob, version: ModelVersion, state: dict[str, Any]
) -> dict[str, Any]:
    """Empty the endpoint's outputs when somebody deleted it: a job's record keeps the name of an endpoint that is
    gone.
    """
    if not names.is_resource(job.endpoint):
        return state
    try:
        patiently(lambda: vertex.get_endpoint(job.endpoint), context)
    except NotFoundError:
        context.report.warn(f"{job.endpoint} was deleted; the model version {version.name} is still there")
        return {**state, **NO_ENDPOINT}
    return state
