"""A job by its record at Google, or by what the state holds of it where that record is gone.

The model is what was paid for. A record that cannot be found while the model version is there is no reason to train
again, nor to refuse a refresh, a change of labels or a deletion: the state says all that these need.
"""

from pulumi_ctune.core import job_states
from pulumi_ctune.core.api import TuningJob, Vertex
from pulumi_ctune.core.errors import NotFoundError
from pulumi_ctune.core.retry import WaitContext, patiently
from pulumi_ctune.tuning_job.state import State


def find_job(vertex: Vertex, context: WaitContext, job_name: str, saved: State) -> TuningJob:
    """The job; where its record is gone and the model version that it made is there, with a warning, as it is recorded.

    Raises `NotFoundError` when there is neither, `ApiError` when that cannot be told, and `WaitInterruptedError`.
    """
    try:
        return patiently(lambda: vertex.get_job(job_name), context)
    except NotFoundError:
        recorded = saved.tuned_model_name
        if not (recorded and job_states.is_final(saved.job_state)):
            raise
        patiently(lambda: vertex.get_model_version(recorded), context)
        context.report.warn(
            f"the record of tuning job {job_name} cannot be found, its model version {recorded} is there: the resource "
            "stays as it is recorded"
        )
        return saved.job
