"""What a tuning job would train and cost: a band with the reasons for its width, never one number.

Knows how each method is billed, as far as Google says, and what the service chooses where a hyperparameter is left out.
Reads nothing: a `Report` says what is in the dataset, `Prices` what a token costs.

Sources: the pricing page, and the pages on hyperparameters of
https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/tuning
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pulumi_ctune.core.printable import count_of
from pulumi_ctune.data.band import Band
from pulumi_ctune.data.hyper_parameters import HyperParameters
from pulumi_ctune.data.limits import Method
from pulumi_ctune.data.prices import OLD, Price, Prices
from pulumi_ctune.data.report import Report
from pulumi_ctune.data.rollouts import rollouts_of
from pulumi_ctune.data.tokens import Tokens

UNSET_EPOCHS = (4, 10, 40)
"""Epochs that the service has been seen to choose: the fewest, what 500 examples got, the most."""


@dataclass(frozen=True)
class Estimate:
    """One job, or none: then all is zero, and `epochs` and `price` are None.

    `epochs` is a band where the service chooses them. `steps`, `rollouts` and `judge_calls` are of reinforcement tuning
    only, the last is None where nobody has said what the reward is. `files` are images and the like that are not
    counted with.
    """

    method: Method | None = None
    model: str | None = None
    examples: int = 0
    dataset: Tokens = field(default_factory=lambda: Tokens(0, 0, 0, "nothing to train"))
    epochs: float | Band | None = None
    training: Band = field(default_factory=lambda: Band(0, 0, 0))
    usd: Band | None = None
    price: Price | None = None
    assumptions: tuple[str, ...] = ()
    steps: int | None = None
    rollouts: int | None = None
    judge_calls: int | None = None
    files: int = 0

    def as_dict(self) -> dict[str, Any]:
        """The document of the contract, in its order."""
        return {
            "examples": self.examples,
            "dataset_tokens": self.dataset.as_dict(),
            "epochs": self.epochs.as_dict() if isinstance(self.epochs, Band) else self.epochs,
            "training_tokens": self.training.as_dict(),
            "usd": self.usd.as_dict(4) if self.usd else None,
            "price": self.price.as_dict() if self.price else None,
            "assumptions": [*self.assumptions],
            "steps": self.steps,
            "rollouts": self.rollouts,
            "judge_calls": self.judge_calls,
        }


def estimate(
    report: Report,
    model: str | None,
    given: HyperParameters,
    prices: Prices,
    *,
    today: date,
    reward: Any = None,
    counted: Tokens | None = None,
    has_validation: bool | None = None,
) -> Estimate:
    """What a job on this dataset would train. `counted` are the tokens of the dataset where somebody has counted them.

    `has_validation` None: nobody has said; the report's own validation set counts as one.
    """
    method = report.method
    dataset = _counted(counted, report) if counted else report.counted.billed(method)
    price = prices.of(model, method)
    assumptions = list(_of_report(report, dataset))
    tuned: dict[str, Any]
    if method == "rft":
        tuned = rollouts_of(report, dataset, given, reward, assumptions, has_validation)
    else:
        tuned = _epochs(report, dataset, given, assumptions)
    assumptions += _of_price(price, model, method, today)
    usd = tuned["training"].times(price.usd_per_million / 1e6) if price else None
    examples = round(report.examples * report.counted.share)
    files = _files(report, dataset)
    return Estimate(
        method, model, examples, dataset, usd=usd, price=price, assumptions=tuple(assumptions), files=files, **tuned
    )


def total(estimates: Sequence[Estimate]) -> Estimate:
    """All jobs together. There are dollars only where each job has a price, and a price only where it is one."""
    if not estimates:
        return Estimate()
    dataset = Tokens(
        sum(each.dataset.low for each in estimates),
        sum(each.dataset.estimate for each in estimates),
        sum(each.dataset.high for each in estimates),
        "; ".join(dict.fromkeys(each.dataset.how for each in estimates)),
    )
    training = sum((each.training for each in estimates), Band(0, 0, 0))
    dollars = [each.usd for each in estimates if each.usd]
    prices = {each.price for each in estimates}
    return Estimate(
        examples=sum(each.examples for each in estimates),
        dataset=dataset,
        training=training,
        usd=sum(dollars, Band(0, 0, 0)) if len(dollars) == len(estimates) else None,
        price=prices.pop() if len(prices) == 1 else None,
        assumptions=tuple(dict.fromkeys(text for each in estimates for text in each.assumptions)),
        steps=_sum(each.steps for each in estimates),
        rollouts=_sum(each.rollouts for each in estimates),
        judge_calls=_sum(each.judge_calls for each in estimates),
        files=sum(each.files for each in estimates),
    )


def _sum(numbers: Any) -> int | None:
    known = [number for number in numbers if number is not None]
    return sum(known) if known else None


def _counted(given: Tokens, report: Report) -> Tokens:
    """A count of the service, which says neither how often a turn of the model is billed nor what is dropped."""
    counted, how, low, high = report.counted, given.how, given.low, float(given.high)
    if report.method == "sft" and counted.turns > 1:
        how += "; the upper end counts each turn of the model with all that stands before it"
        high = high * counted.turns if counted.media else high + counted.beyond - counted.declared
    if counted.doubtful:
        how += "; the lower end leaves out what the service may drop"
        low = max(0, low - counted.doubtful)
    return Tokens(low, given.estimate, math.ceil(high + counted.declared), how)


def _of_report(report: Report, dataset: Tokens) -> list[str]:
    assumptions = []
    if report.errors:
        found = count_of(report.errors, "error")
        assumptions.append(f"{found} found; lines with errors are not counted: `ctune validate` lists them")
    if not report.read_all:
        rest = (
            "takes the rest to be like it"
            if report.counted.is_known
            else "is of that alone: nobody knows how long it is"
        )
        assumptions.append(f"only the beginning was read: the middle {rest}")
    if files := _files(report, dataset):
        assumptions.append(f"{files:,} files (images, audio, video) come on top: only the service counts them")
    return assumptions


def _files(report: Report, dataset: Tokens) -> int:
    """Those that are not counted with, as far as they were seen."""
    return 0 if dataset.is_counted else report.counted.media


def _epochs(report: Report, dataset: Tokens, given: HyperParameters, assumptions: list[str]) -> dict[str, Any]:
    """SFT and DPO: the dataset, once each epoch."""
    low, middle, high = (given.epochs,) * 3 if given.epochs else UNSET_EPOCHS
    if not given.epochs:
        assumptions.append(
            f"the service chooses the epochs, {low} to {high} by what has been seen: set epoch_count for a price to "
            "rely on"
        )
    training = Band(dataset.low * low, dataset.estimate * middle, dataset.high * high)
    if report.validation is not None and report.validation.examples:
        beside = report.validation.counted.billed(report.method)
        training += Band(0, 0, beside.high * high)
        assumptions.append("whether validation sets are billed is not known: the upper end has it, once each epoch")
    return {"epochs": given.epochs or Band(low, middle, high), "training": training}


def _of_price(price: Price | None, model: str | None, method: Method, today: date) -> list[str]:
    if price is None:
        whose = f"{model} and {method}" if model else "this job"
        return [f"no price is known for {whose}: tokens only (set ctune:prices, or --price)"]
    if price.is_old(today):
        return [f"the price of {price.as_of} is more than {OLD.days} days old ({price.source})"]
    return [f"the price is from {price.source}; what your contract says is not known"] if price.as_of else []
