"""A job by its record at Google, or by what the state holds of it where that record is gone.

The model is what was paid for. A record that cannot be found while the model version is there is no reason to train
again, nor to refuse a refresh, a change of labels or a deletion: the state says all that these need.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pulumi_ctune.core import job_states
from pulumi_ctune.core.api import Checkpoint, TuningJob, Vertex
from pulumi_ctune.core.errors import NotFoundError
from pulumi_ctune.core.retry import Surroundings, patiently


def find_job(vertex: Vertex, world: Surroundings, job_name: str, state: Mapping[str, Any]) -> TuningJob:
    """The job; where its record is gone and the model version that it made is there, with a warning, as it is recorded.

    Raises `NotFoundError` when there is neither, `ApiError` when that cannot be told, and `WaitInterruptedError`.
    """
    try:
        return patiently(lambda: vertex.get_job(job_name), world)
    except NotFoundError:
        recorded = state.get("tuned_model_name")
        if not (recorded and job_states.is_final(str(state.get("state") or ""))):
            raise
        patiently(lambda: vertex.get_model_version(recorded), world)
        world.report.warn(
            f"the record of tuning job {job_name} cannot be found, its model version {recorded} is there: the resource "
            "stays as it is recorded"
        )
        return job_of(state)


def job_of(state: Mapping[str, Any]) -> TuningJob:
    """The job that a state describes. What it was asked for is in the inputs."""
    return TuningJob(
        name=str(state.get("name") or ""),
        state=str(state.get("state") or ""),
        create_time=_moment(state.get("create_time")),
        start_time=_moment(state.get("start_time")),
        end_time=_moment(state.get("end_time")),
        tuned_model_name=str(state.get("tuned_model_name") or ""),
        endpoint=str(state.get("endpoint") or ""),
        checkpoints=tuple(_checkpoint(entry) for entry in state.get("checkpoints") or ()),
        experiment=str(state.get("experiment") or ""),
        billable_token_count=_whole(state.get("billable_token_count")),
        training_token_count=_whole(state.get("training_token_count")),
        dropped_example_count=_whole(state.get("dropped_example_count")),
    )


def _checkpoint(entry: Mapping[str, Any]) -> Checkpoint:
    return Checkpoint(
        checkpoint_id=str(entry.get("checkpoint_id") or ""),
        epoch=_whole(entry.get("epoch")),
        step=_whole(entry.get("step")),
        endpoint=str(entry.get("endpoint") or ""),
    )


def _whole(value: Any) -> int | None:
    return None if value is None else int(value)


def _moment(text: Any) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
