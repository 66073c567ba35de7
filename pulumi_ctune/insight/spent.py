"""What a job has cost so far, as far as anybody can know: the service's count of tokens at a price of the list."""

import json
from dataclasses import dataclass
from typing import Self

from pulumi_ctune.core.api import TuningJob
from pulumi_ctune.data.prices import Price, Prices
from pulumi_ctune.tuning_job.progress import counted, tokens_so_far
from pulumi_ctune.tuning_job.spending import base_model_of, method_of


@dataclass(frozen=True)
class Spent:
    """`tokens` is None where the service has not counted, or counts what is not billed; `price` where none is known."""

    job: TuningJob
    tokens: int | None
    price: Price | None

    @classmethod
    def of(cls, job: TuningJob, own_prices: str | None = None) -> Self:
        """`own_prices` is the setting `ctune:prices`."""
        prices = Prices.parse(json.loads(own_prices), "ctune:prices") if own_prices else Prices()
        method = method_of(job)
        return cls(job, tokens_so_far(job), prices.of(base_model_of(job), method) if method else None)

    @property
    def usd(self) -> float | None:
        return None if self.tokens is None or self.price is None else self.price.usd(self.tokens)

    def __str__(self) -> str:
        """`epoch 2 of 4, 17,700 tokens, about $0.18 (list price of 2026-10-01)`."""
        parts = [str(counted(self.job) or "no step yet")]
        if self.tokens is not None:
            parts.append(f"{self.tokens:,} tokens")
        elif method_of(self.job) == "rft":
            parts.append("whose tokens nobody can count before the bill")
        if self.usd is not None and self.price is not None:
            parts.append(f"about ${self.usd:,.2f} ({self.price.in_words})")
        return ", ".join(parts)
