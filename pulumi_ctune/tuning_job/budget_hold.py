"""An estimate held to a budget, before anything is submitted."""

from pulumi_ctune.core.spending import Budget
from pulumi_ctune.data.estimate import Estimate


def held_to(budget: Budget, found: Estimate) -> tuple[str, str]:
    """Why the job must not be submitted, and what to warn of; empty texts for nothing.

    The lower end of the estimate above the budget is a refusal, the upper end a warning, and so are files, of which
    nobody knows the tokens before the service has counted them.
    """
    low, high = (
        budget.exceeded_by(tokens, usd)
        for tokens, usd in (
            (found.training.low, found.usd.low if found.usd else None),
            (found.training.high, found.usd.high if found.usd else None),
        )
    )
    if low:
        return f"the job would train too much: at least {low}. Raise it, or train on less", ""
    cancelled = "it is cancelled if the service counts that much"
    if high:
        return "", f"the job may train too much: at most {high}; {cancelled}"
    if found.files:
        return "", f"{budget.where} is held without {found.files:,} files, which only the service counts; {cancelled}"
    return "", ""
