"""What to tell somebody whose tuning job ended without a model: Google's words, and the next step where one is known.

An unknown failure gets Google's text alone. Codes of a job's error are
gRPC's, not HTTP's: https://grpc.io/docs/guides/status-codes/
"""

from pulumi_ctune.core import job_states, names, next_steps
from pulumi_ctune.core.api import JobError, TuningJob
from pulumi_ctune.core.errors import GRPC_CODES, TuningJobFailedError


def failure_of(job: TuningJob) -> TuningJobFailedError:
    """The error for a job in a final state that is not success; it names the model version that some of them leave."""
    details = f"; details: {job.console_url}" if job.console_url else "."
    again = f"`pulumi up` then starts a new job{details}"
    return TuningJobFailedError(
        f"the tuning job ended: {job_states.words(job.state)}",
        where=job.name,
        why=_why(job),
        next_step=f"{_kept(job) or _next_step(job)} {again}",
    )


def _kept(job: TuningJob) -> str:
    """The way to keep what a failed job has made all the same (recorded: it could not make the endpoint)."""
    if not job.tuned_model_name:
        return ""
    return (
        f"It left the model version {job.tuned_model_name}: set adopt_job to '{names.last_segment(job.name)}' to keep "
        "that (`ctune.ModelDeployment` can serve it), or train anew:"
    )


def _why(job: TuningJob) -> str:
    if job.error:
        return f"{job.error.message.rstrip().removesuffix('.')} ({_code(job.error)})"
    if job.state == "JOB_STATE_EXPIRED":
        return "the service gave it up (it names no reason for expired jobs)"
    return "it made no tuned model, and the service names no reason"


def _code(error: JobError) -> str:
    name, _ = GRPC_CODES.get(error.code, (f"code {error.code}", 0))
    return name


def _next_step(job: TuningJob) -> str:
    message = job.error.message if job.error else ""
    if job.state == "JOB_STATE_CANCELLED":
        return "Somebody cancelled it."
    return next_steps.for_failure(message)
