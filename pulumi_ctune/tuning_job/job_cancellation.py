"""Cancel a tuning job that nobody waits for any more; one that has ended in the meantime is as good as cancelled.

Google refuses to cancel a job that has ended (recorded: 400 FAILED_PRECONDITION), and perhaps one that is being
cancelled already. What the job says of itself tells a refusal that does not matter from one that does. Waits for no
end, and decides nothing about what the job has made.
"""

from pulumi_ctune.core import job_states, names
from pulumi_ctune.core.api import Vertex
from pulumi_ctune.core.errors import ApiError, BadRequestError, CtuneError, NotFoundError
from pulumi_ctune.core.retry import Retries, WaitContext, patiently
from pulumi_ctune.core.retry_policies import REFUSED_CANCELLATION

CANCELLING = "JOB_STATE_CANCELLING"


def cancel(vertex: Vertex, context: WaitContext, job_name: str) -> bool:
    """Ask Google to cancel a job; returns whether it goes about it: False where the job has ended, or is gone.

    Raises `CtuneError` where the job goes on, and `WaitInterruptedError`.
    """
    tries = Retries(REFUSED_CANCELLATION, context)
    while True:
        try:
            patiently(lambda: vertex.cancel_job(job_name), context)
            return True
        except ApiError as error:
            cancelled = _is_cancelled_anyway(vertex, context, job_name, error)
            if cancelled is not None:
                return cancelled
            refused, is_final = _refused(job_name, error), not isinstance(error, BadRequestError)
        if is_final or tries.is_last:
            raise refused
        tries.pause(refused)


def _is_cancelled_anyway(vertex: Vertex, context: WaitContext, job_name: str, refusal: ApiError) -> bool | None:
    """True for a job that is being cancelled, False for one that is over or gone, None for one that runs on."""
    if isinstance(refusal, NotFoundError):
        return False
    try:
        state = patiently(lambda: vertex.get_job(job_name), context).state
    except NotFoundError:
        return False
    except ApiError:
        return None
    if state == CANCELLING:
        return True
    return False if job_states.is_final(state) else None


def _refused(job_name: str, refusal: ApiError) -> CtuneError:
    return CtuneError(
        "the tuning job could not be cancelled and still runs",
        where=job_name,
        why=refusal.why,
        next_step=f"To cancel it by hand: {names.cancel_command(job_name)}",
    )
