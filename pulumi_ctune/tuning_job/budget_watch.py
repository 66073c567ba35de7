"""A running job held to its budget: cancelled at once when the service counts more than the budget allows."""

from pulumi_ctune.core import job_states
from pulumi_ctune.core.api import TuningJob, Vertex
from pulumi_ctune.core.errors import BudgetExceededError
from pulumi_ctune.core.retry import Surroundings
from pulumi_ctune.core.spending import Spending
from pulumi_ctune.tuning_job.job_cancellation import CANCELLING, cancel
from pulumi_ctune.tuning_job.request import Request
from pulumi_ctune.tuning_job.spending import budget_for, excess


def hold_to_budget(vertex: Vertex, world: Surroundings, job: TuningJob, request: Request, spending: Spending) -> None:
    """Look at a job that is waited for. Raises `BudgetExceededError` for one that it has cancelled, and `CtuneError`
    where that could not be done and the job goes on.
    """
    budget = budget_for(request.written, spending)
    if budget is None or job_states.is_final(job.state) or job.state == CANCELLING:
        return
    if why := excess(job, budget, spending):
        world.report.status("cancelling the tuning job: it is above its budget")
        cancel(vertex, world, job.name)
        raise BudgetExceededError(
            "the tuning job was cancelled",
            where=job.name,
            why=why,
            next_step=f"Raise {budget.where}, or train on less; the next `pulumi up` starts a new job.",
        )
