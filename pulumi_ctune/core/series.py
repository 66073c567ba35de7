"""The training series of a job, where they can be read: a finished model must not be lost over its numbers.

A job names its experiment late (recorded: not within the first 41 seconds), and one that fails early never does. So an
experiment that is missing says nothing while the job is young, and for good once it is not.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial

from pulumi_ctune.core import job_states
from pulumi_ctune.core.api import SeriesPoint, TuningJob, Vertex
from pulumi_ctune.core.errors import ApiError, NotFoundError
from pulumi_ctune.core.retry import Retries, WaitContext, patiently
from pulumi_ctune.core.retry_policies import LATE_EXPERIMENT

_YOUNG = timedelta(minutes=5)


def read_metrics(vertex: Vertex, job: TuningJob, context: WaitContext) -> Mapping[str, Sequence[SeriesPoint]]:
    """All series by name; empty, with a warning, where they cannot be read."""
    try:
        job = with_experiment(vertex, job, context)
        if not job.experiment:
            return {}
        return patiently(lambda: vertex.read_metrics(job.experiment), context)
    except ApiError as error:
        context.report.warn(f"the metrics of {job.name} cannot be read: {error.why}")
        return {}


def with_experiment(vertex: Vertex, job: TuningJob, context: WaitContext) -> TuningJob:
    """The job once it names its experiment, or after a while as it is.

    Raises `ApiError` and `WaitInterruptedError`.
    """
    looks = Retries(LATE_EXPERIMENT, context)
    while not job.experiment and _may_name_one_yet(job) and not looks.is_last:
        context.report.status(f"waiting for the training series of {job.name}")
        looks.pause(NotFoundError("the training series could not be read", why="no experiment yet"))
        job = patiently(partial(vertex.get_job, job.name), context)
    return job


def _may_name_one_yet(job: TuningJob) -> bool:
    """Whether the job is young, by Google's clock alone: one that goes on, or that took a moment."""
    if not job_states.is_final(job.state):
        return True
    if job_states.meaning(job.state) is not job_states.Meaning.SUCCEEDED or not (job.create_time and job.end_time):
        return False
    return job.end_time - job.create_time < _YOUNG
