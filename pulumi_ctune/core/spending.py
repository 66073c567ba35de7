"""What a stack says of spending: how much a job may train or cost, and how its datasets are looked at before.

Knows neither prices nor datasets: the one who has the numbers compares. Imports nothing: the program needs it too.
`budget` has the rules of what users write.
"""

from dataclasses import dataclass

from pulumi_ctune.core.amounts import dollars

DATA_CHECKS = ("full", "head", "off")
"""What `ctune:dataChecks` may be; without it is the first."""


@dataclass(frozen=True)
class Budget:
    """Limits of one job; None for what has none. `where` is how the user calls it in errors."""

    max_tokens: float | None = None
    max_usd: float | None = None
    where: str = "budget"

    def exceeded_by(self, tokens: float, usd: float | None) -> str:
        """Which limit this is above, in words; empty for none. `usd` is None where no price is known."""
        if self.max_tokens is not None and tokens > self.max_tokens:
            return f"{round(tokens):,} tokens are above {self.where}.max_tokens {self.max_tokens:,.15g}"
        if self.max_usd is not None and usd is not None and usd > self.max_usd:
            return f"{dollars(usd)} for {round(tokens):,} tokens is above {self.where}.max_usd {dollars(self.max_usd)}"
        return ""


@dataclass(frozen=True)
class Spending:
    """What the stack's config says of spending. `budget` is that of jobs that have none of their own; `prices` is the
    text of `ctune:prices`, empty without it.
    """

    budget: Budget | None = None
    data_checks: str = DATA_CHECKS[0]
    prices: str = ""


AS_USUAL = Spending()
"""That of a stack which says nothing."""
