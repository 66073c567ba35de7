"""A job that runs held to its budget: cancelled at once when the service counts more than the budget allows.

A job that ended before it could be cancelled, or of which the service gave no count, is told of. What is above a budget
is for `spending` to say.
"""

from pulumi_ctune.core import job_states
from pulumi_ctune.core.api import TuningJob, Vertex
from pulumi_ctune.core.errors import BudgetExceededError, CtuneError, WaitInterruptedError
from pulumi_ctune.core.retry import WaitContext
from pulumi_ctune.core.spending import Spending
from pulumi_ctune.tuning_job.job_cancellation import CANCELLING, cancel
from pulumi_ctune.tuning_job.request import Request
from pulumi_ctune.tuning_job.spending import budget_for, excess, not_held


def hold_to_budget(vertex: Vertex, context: WaitContext, job: TuningJob, request: Request, spending: Spending) -> None:
    """Look at a job that is waited for, and cancel it where it is above its budget. How it ends is for the wait: a job
    that is being cancelled may still succeed. Raises `CtuneError` where it could not be cancelled and goes on.
    """
    if job_states.is_final(job.state) or job.state == CANCELLING:
        return
    exceeded = budget_exceeded(job, request, spending)
    if exceeded is None:
        return
    context.report.status("cancelling the tuning job: it is above its budget")
    try:
        cancel(vertex, context, job.name)
    except WaitInterruptedError:
        raise
    except CtuneError as error:
        raise error.but(why=f"it is above its budget: {exceeded.why}; {error.why}") from error


def budget_exceeded(job: TuningJob, request: Request, spending: Spending) -> BudgetExceededError | None:
    """The error of a job that was cancelled for its budget; None while the service's count is within it."""
    budget = budget_for(request.written, spending)
    why = excess(job, budget, spending) if budget else ""
    if not budget or not why:
        return None
    anew = "without adopt_job, the next `pulumi up`" if request.adopt_job else "the next `pulumi up`"
    return BudgetExceededError(
        "the tuning job was cancelled",
        where=job.name,
        why=why,
        next_step=f"Raise {budget.where}, or train on less; {anew} starts a new job.",
    )


def tell_of_budget(context: WaitContext, job: TuningJob, request: Request, spending: Spending) -> None:
    """Warn of a job that has ended and was not held: too late to do anything, but it must not be silent."""
    budget = budget_for(request.written, spending)
    if budget is None:
        return
    if why := excess(job, budget, spending):
        context.report.warn(f"tuning job {job.name} had ended before it could be cancelled: {why}")
    elif why := not_held(job, budget, spending):
        context.report.warn(f"tuning job {job.name} was not held to {budget.where}: {why}")
