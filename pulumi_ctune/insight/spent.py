"""What a job has cost so far, as far as anybody can know: the service's count of tokens at a price of the list."""

from dataclasses import dataclass
from typing import Self

from pulumi_ctune.core import amounts
from pulumi_ctune.core.api import TuningJob
from pulumi_ctune.core.spending import AS_USUAL, Spending
from pulumi_ctune.data.prices import Price
from pulumi_ctune.tuning_job.progress import counted, tokens_so_far
from pulumi_ctune.tuning_job.request import Submitted
from pulumi_ctune.tuning_job.spending import prices_of


@dataclass(frozen=True)
class Spent:
    """`tokens` is None where the service has not counted, or counts what is not billed; `price` where none is known."""

    job: TuningJob
    tokens: int | None
    price: Price | None

    @classmethod
    def of(cls, job: TuningJob, spending: Spending = AS_USUAL) -> Self:
        """By the prices of `spending`, which go before the list's."""
        asked = Submitted.of(job)
        price = prices_of(spending).of(asked.base_model, asked.method) if asked.method else None
        return cls(job, tokens_so_far(job), price)

    @property
    def usd(self) -> float | None:
        return None if self.tokens is None or self.price is None else self.price.usd(self.tokens)

    def __str__(self) -> str:
        """`epoch 2 of 4, 17,700 tokens, about $0.18 (list price of 2026-10-01)`."""
        parts = [str(counted(self.job) or "no step yet")]
        if self.tokens is not None:
            parts.append(f"{self.tokens:,} tokens")
        elif Submitted.of(self.job).method == "rft":
            parts.append("its tokens are known only from the bill")
        if self.usd is not None and self.price is not None:
            parts.append(f"about {amounts.dollars(self.usd)} ({self.price.in_words})")
        return ", ".join(parts)
