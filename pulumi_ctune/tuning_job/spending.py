"""A job held to its budget: what has to be known beforehand, and whether the service's own count is above it.

`dataset_look` has the estimate. Prices load only where there is money to compare.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pulumi_ctune.core.api import TuningJob
from pulumi_ctune.core.budget import budget_of
from pulumi_ctune.core.message_rules import DEFAULT_BATCH_SIZE, MOST_STEPS
from pulumi_ctune.core.messages import Findings
from pulumi_ctune.core.spending import Budget, Spending
from pulumi_ctune.core.values import Unknown
from pulumi_ctune.data.limits import METHOD_OF_SPEC
from pulumi_ctune.tuning_job.draft import Draft
from pulumi_ctune.tuning_job.request import Submitted

if TYPE_CHECKING:
    from pulumi_ctune.data.prices import Prices


def budget_for(written: Mapping[str, Any], spending: Spending) -> Budget | None:
    """The job's own budget, else the stack's. None as well while the job has one that is not known yet."""
    own = written.get("budget")
    return spending.budget if own is None else budget_of(own)


def prices_of(spending: Spending) -> "Prices":
    from pulumi_ctune.data.prices import Prices

    return Prices.of_setting(spending.prices)


def check_new_job(draft: Draft, spending: Spending, base_model: str, found: Findings) -> None:
    """What a budget needs of a job that is to be submitted; `base_model` is empty while nobody knows it."""
    budget = budget_for(draft.written, spending)
    if budget is None:
        return
    for spec, method in METHOD_OF_SPEC.items():
        given = draft.canonical.get(spec)
        if not isinstance(given, Mapping):
            continue
        hyper_parameters = given.get("hyper_parameters") or {}
        known = not isinstance(hyper_parameters, Unknown)
        if method != "rft" and known and hyper_parameters.get("epoch_count") is None:
            reason = f"not set, so the service chooses it, and {budget.where} could not be held: set it"
            found.setdefault(f"{spec}.hyper_parameters.epoch_count", reason)
        if budget.max_usd is not None and base_model and prices_of(spending).of(base_model, method) is None:
            path = "budget.max_usd" if budget.where == "budget" else "budget"
            reason = (
                f"no price is known for {base_model} and {method}, so {budget.where}.max_usd could not be held: set "
                "the config key ctune:prices, or max_tokens instead"
            )
            found.setdefault(path, reason)


def excess(job: TuningJob, budget: Budget, spending: Spending) -> str:
    """Why the service's count of this job is above the budget, in words; empty while it is not, or is not known.

    Of reinforcement tuning the count is of the prompts, the least that is billed.
    """
    counted = job.billable_token_count
    if not counted:
        return ""
    times = _times_trained(job)
    tokens = counted * times
    found = budget.exceeded_by(tokens, _usd(job, tokens, spending) if budget.max_usd is not None else None)
    return f"the service counts {counted:,} tokens, times {times:,.4g} epochs: {found}" if found else ""


def not_held(job: TuningJob, budget: Budget, spending: Spending) -> str:
    """Why nobody can say whether this job is above the budget, in words; empty where it can be said."""
    if not job.billable_token_count:
        return "the service gave no count of its tokens"
    if budget.max_usd is not None and _usd(job, 1, spending) is None:
        model = Submitted.of(job).base_model or "its base model"
        return f"no price is known for {model} (set ctune:prices, or max_tokens)"
    return ""


def _usd(job: TuningJob, tokens: float, spending: Spending) -> float | None:
    asked = Submitted.of(job)
    price = prices_of(spending).of(asked.base_model, asked.method) if asked.method else None
    return price.usd(tokens) if price else None


def _times_trained(job: TuningJob) -> float:
    """How often the dataset is trained on: the epochs that the service has resolved, or, with a number of steps, what
    they come to. Once is certain where it does not say.
    """
    if job.training_token_count and job.billable_token_count:
        return job.training_token_count / job.billable_token_count
    given = Submitted.of(job).hyper_parameters
    epochs, steps = (_whole(given.get(name)) for name in ("epochCount", "stepCount"))
    batch_size = _whole(given.get("batchSize")) or DEFAULT_BATCH_SIZE
    passes = batch_size / job.example_count if job.example_count else 0.0  # of the dataset, in one step
    if steps and not epochs:
        return steps * passes
    return min(epochs or 1, MOST_STEPS * passes or epochs or 1)


def _whole(value: Any) -> int:
    try:
        return int(value or 0)
    except (TypeError, ValueError, OverflowError):
        return 0
