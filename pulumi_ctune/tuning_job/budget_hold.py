"""An estimate held to a budget, before anything is submitted."""

from pulumi_ctune.core.spending import Budget
from pulumi_ctune.data.estimate import Estimate


def held_to(budget: Budget, found: Estimate, *, is_certain: bool = True) -> tuple[str, str]:
    """Why the job must not be submitted, and what to warn of; empty texts for nothing.

    The lower end of the estimate above the budget is a refusal, the upper end a warning. Where only the beginning of
    the dataset was read (`is_certain` False), nothing is certain.
    """
    low, high = (
        budget.exceeded_by(tokens, usd)
        for tokens, usd in (
            (found.training.low, found.usd.low if found.usd else None),
            (found.training.high, found.usd.high if found.usd else None),
        )
    )
    if low and is_certain:
        return f"the job would train too much: at least {low}. Raise it, or train on less", ""
    if low or high:
        end = "at most" if not low else "by the beginning of the dataset alone, at least"
        return "", f"the job may train too much: {end} {low or high}; it is cancelled if the service counts that much"
    return "", ""
