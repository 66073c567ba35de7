"""What the run works with: two small datasets, the places of things, and what the jobs cost by list price.

The texts are made up and the same in each run, so nothing in them is anybody's.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pulumi_ctune.core import names
from pulumi_ctune.core.names import MULTI_REGIONS
from pulumi_ctune.data.prices import Price, Prices

MODEL = "gemini-3.1-flash-lite"
"""The default: the cheapest of those that are served from a multi-region."""

EXAMPLES, EPOCHS, HELD_OUT = 20, 2, 4
"""Hard minimum of Google's, as far as it is known: 16 examples. Two epochs make a checkpoint beside the default one."""

_PAID = {"sft": EPOCHS, "continued": EPOCHS, "cancelled": EPOCHS}  # step -> epochs of its job
_CHARACTERS_PER_TOKEN = 2  # four are usual: the upper end is told
_BESIDE_TRAINING_USD = 0.25  # answers of the evaluation, stored objects: far below a cent each
_COPY_TO = {"us-": "europe-west4", "europe-": "us-central1"}


def _line(number: int) -> dict[str, Any]:
    return {
        "contents": [
            {"role": "user", "parts": [{"text": f"Where is order {number}?"}]},
            {"role": "model", "parts": [{"text": f"Order {number} leaves our warehouse today."}]},
        ]
    }


def dataset(first: int, count: int) -> str:
    """So many lines of a supervised dataset; those of another `first` are others."""
    return "".join(json.dumps(_line(number)) + "\n" for number in range(first, first + count))


DATASETS: Mapping[str, str] = {
    "train.jsonl": dataset(0, EXAMPLES),
    "more.jsonl": dataset(100, EXAMPLES),
    "held-out.jsonl": dataset(200, HELD_OUT),
}
"""Object -> its text."""


@dataclass(frozen=True)
class Plan:
    """What one run is asked to do. `copy_to` is the location of the copy."""

    project: str
    location: str
    model: str = MODEL
    budget_usd: float = 5.0
    copy_to: str = ""

    @property
    def copy_location(self) -> str:
        near = (there for start, there in _COPY_TO.items() if self.location.startswith(start))
        return self.copy_to or next(near, "us-central1")

    @property
    def serving_location(self) -> str:
        """Where the model is expected to be served; a job that has ended tells."""
        if not self.model.startswith(("gemini-1", "gemini-2")):
            for multi_region, start in MULTI_REGIONS.items():
                if self.location.startswith(start):
                    return multi_region
        return self.location

    @property
    def parent(self) -> str:
        return names.parent(self.project, self.location)

    def as_dict(self) -> dict[str, Any]:
        return {
            "project": self.project,
            "location": self.location,
            "model": self.model,
            "budget_usd": self.budget_usd,
            "copy_to": self.copy_to,
        }


@dataclass(frozen=True)
class Cost:
    """At most so many tokens and dollars, and the dollars of each paid step."""

    tokens: int
    usd: float
    price: Price
    steps: Mapping[str, float]


def cost(plan: Plan, prices: Prices) -> Cost | None:
    """The upper end of what a run costs; None where no price of the model is known."""
    price = prices.of(plan.model, "sft")
    if price is None:
        return None
    per_epoch = max(len(text) for text in DATASETS.values()) // _CHARACTERS_PER_TOKEN
    steps = {step: price.usd(per_epoch * epochs) for step, epochs in _PAID.items()}
    usd = sum(steps.values()) + _BESIDE_TRAINING_USD
    return Cost(per_epoch * sum(_PAID.values()), usd, price, steps)
