"""What a tuning job would train and cost: a band with the reasons for its width, never one number.

Knows how each method is billed, as far as Google says, and what the service chooses where a hyperparameter is left out.
Reads nothing: a `Report` says what is in the dataset, `Prices` what a token costs.

Sources: the pricing page, and the pages on hyperparameters of
https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/tuning
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Self

from pulumi_ctune.core.fields import snake_case
from pulumi_ctune.core.messages import show
from pulumi_ctune.core.printable import count_of
from pulumi_ctune.core.values import is_finite, number_of
from pulumi_ctune.data.limits import LIMITS, Method
from pulumi_ctune.data.prices import OLD, Price, Prices
from pulumi_ctune.data.report import Report
from pulumi_ctune.data.tokens import Tokens

UNSET_EPOCHS = (4, 10, 40)
"""Epochs that the service has been seen to choose: the fewest, what 500 examples got, the most."""

BATCH_SIZE, SAMPLES_PER_PROMPT, MAX_OUTPUT_TOKENS, SAMPLING_COUNT = 32, 16, 32_768, 4
"""The service's defaults for reinforcement tuning."""

_MOST_STEPS, _DEFAULT_STEPS, _MOST_DEFAULT_EPOCHS = 500, 110, 10
_ANSWER = 1_000  # tokens of an answer with its thoughts, where nobody knows: in the middle of the band only
_VALIDATION_SHARE, _VALIDATION_LEAST = 0.25, 50  # split off the prompts where there is no validation set


@dataclass(frozen=True)
class Band:
    """What a number may be. `low` is certain as far as anything is."""

    low: float
    estimate: float
    high: float

    def __add__(self, other: "Band") -> "Band":
        return Band(self.low + other.low, self.estimate + other.estimate, self.high + other.high)

    def times(self, factor: float) -> "Band":
        return Band(self.low * factor, self.estimate * factor, self.high * factor)

    def rounded(self, digits: int) -> "Band":
        """As people are told it: the ends never nearer than they are."""
        if self.low == self.high:
            return Band(*(round(each, digits) for each in (self.low, self.estimate, self.high)))
        low, high = (round(each * 10**digits, 3) for each in (self.low, self.high))  # without what doubles add
        return Band(math.floor(low) / 10**digits, round(self.estimate, digits), math.ceil(high) / 10**digits)

    def in_dollars(self) -> "Band":
        """Rounded to cents, and what is less than a cent to its hundredths."""
        fine, coarse = self.rounded(4), self.rounded(2)
        ends = ((fine.low, coarse.low), (fine.estimate, coarse.estimate), (fine.high, coarse.high))
        return Band(*(small if 0 < small < 0.01 else large for small, large in ends))

    def as_dict(self, digits: int = 0) -> dict[str, Any]:
        found = self.rounded(digits)
        return {key: getattr(found, key) if digits else int(getattr(found, key)) for key in ("low", "estimate", "high")}


@dataclass(frozen=True)
class HyperParameters:
    """Those that a price hangs on; None for what the service chooses."""

    epochs: int | None = None
    steps: int | None = None
    batch_size: int | None = None
    samples_per_prompt: int | None = None
    max_output_tokens: int | None = None

    @classmethod
    def parse(cls, given: Any, epochs: int | None = None) -> Self:
        """From hyperparameters in either spelling; what is not for here is passed over. `epochs` goes before theirs.

        Raises:
            ValueError: one of them is no whole number above zero.
        """
        if not isinstance(given, Mapping):
            raise ValueError(f'{show(given)} is no object of hyperparameters, such as {{"epochCount": 2}}')
        found: dict[str, Any] = {}
        for key, value in given.items():
            name = snake_case(str(key))
            if name in found:
                raise ValueError(f"{name} is given twice")
            if value is not None:
                found[name] = value
        if epochs:
            found["epoch_count"] = epochs
            found.pop("step_count", None)
        numbers = {key: _number(found, _NAMES.get(key, key)) for key in cls.__dataclass_fields__}
        if numbers["epochs"] and numbers["steps"]:
            raise ValueError("epoch_count and step_count exclude each other")
        return cls(**numbers)


_NAMES = {"epochs": "epoch_count", "steps": "step_count"}
PRICED = frozenset(_NAMES.get(key, key) for key in HyperParameters.__dataclass_fields__)
"""The hyperparameters that a price hangs on."""


def _number(found: Mapping[str, Any], name: str) -> int | None:
    value = found.get(name)
    if value is None:
        return None
    number = number_of(value)  # int64 travels as text
    if not is_finite(number) or number != int(number) or not 1 <= number < 2**63:
        raise ValueError(f"{name}: {show(value)} is no whole number above zero")
    return int(number)


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
    training: Band = Band(0, 0, 0)
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


def judge_samples(reward: Any) -> int:
    """How many calls of a judge model one answer costs with this reward config, in either spelling."""
    if isinstance(reward, Mapping):
        found = 0
        for key, value in reward.items():
            if snake_case(str(key)) == "autorater_scorer" and isinstance(value, Mapping):
                config = next((v for k, v in value.items() if snake_case(str(k)) == "autorater_config"), None)
                given = {snake_case(str(k)): v for k, v in config.items()} if isinstance(config, Mapping) else {}
                found += _number(given, "sampling_count") or SAMPLING_COUNT
            else:
                found += judge_samples(value)
        return found
    return sum(map(judge_samples, reward)) if isinstance(reward, list | tuple) else 0


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
    told = list(_of_report(report, dataset))
    tuned: dict[str, Any]
    if method == "rft":
        tuned = _reinforcement(report, dataset, given, reward, told, has_validation)
    else:
        tuned = _epochs(report, dataset, given, told)
    told += _of_price(price, model, method, today)
    usd = tuned["training"].times(price.usd_per_million / 1e6) if price else None
    examples = round(report.examples * report.counted.share)
    files = _files(report, dataset)
    return Estimate(
        method, model, examples, dataset, usd=usd, price=price, assumptions=tuple(told), files=files, **tuned
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
    told = []
    if report.errors:
        found = count_of(report.errors, "error")
        told.append(f"{found} found; lines with errors are not counted: `ctune validate` lists them")
    if not report.read_all:
        rest = (
            "takes the rest to be like it"
            if report.counted.is_known
            else "is of that alone: nobody knows how long it is"
        )
        told.append(f"only the beginning was read: the middle {rest}")
    if files := _files(report, dataset):
        told.append(f"{files:,} files (images, audio, video) come on top: only the service counts them")
    return told


def _files(report: Report, dataset: Tokens) -> int:
    """Those that are not counted with, as far as they were seen."""
    return 0 if dataset.is_counted else report.counted.media


def _epochs(report: Report, dataset: Tokens, given: HyperParameters, told: list[str]) -> dict[str, Any]:
    """SFT and DPO: the dataset, once each epoch."""
    low, middle, high = (given.epochs,) * 3 if given.epochs else UNSET_EPOCHS
    if not given.epochs:
        told.append(
            f"the service chooses the epochs, {low} to {high} by what has been seen: set epoch_count for a price to "
            "rely on"
        )
    training = Band(dataset.low * low, dataset.estimate * middle, dataset.high * high)
    if report.validation is not None and report.validation.examples:
        beside = report.validation.counted.billed(report.method)
        training += Band(0, 0, beside.high * high)
        told.append("whether validation sets are billed is not known: the upper end has it, once each epoch")
    return {"epochs": given.epochs or Band(low, middle, high), "training": training}


def _reinforcement(
    report: Report,
    dataset: Tokens,
    given: HyperParameters,
    reward: Any,
    told: list[str],
    has_validation: bool | None,
) -> dict[str, Any]:
    if not report.examples:
        return {"epochs": given.epochs, "training": Band(0, 0, 0), "steps": 0, "rollouts": 0, "judge_calls": 0}
    prompts = round(report.examples * report.counted.share)
    batch, samples = given.batch_size or BATCH_SIZE, given.samples_per_prompt or SAMPLES_PER_PROMPT
    passes = _passes(prompts, given, batch)
    steps, rollouts, share = max(1, round(passes / batch)), round(passes * samples), passes / prompts
    if not given.epochs and not given.steps:
        told.append(f"the service chooses the epochs: by its page {share:.3g} for {prompts:,} prompts")
    answer = given.max_output_tokens or MAX_OUTPUT_TOKENS
    told.append(
        f"which tokens of the rollouts are billed is not published: the lower end has each prompt once each epoch, the "
        f"middle {rollouts:,} rollouts with answers of {min(_ANSWER, answer):,} tokens, the upper end answers of "
        f"{answer:,} (max_output_tokens)"
    )
    known = report.validation is not None or bool(has_validation)
    if not known:
        told.append("without a validation set the service splits off a quarter of the prompts, or 50: the lower end")
    calls = None
    if reward is None:
        told.append("the reward is not given: calls of a judge model are not counted")
    elif each := judge_samples(reward):
        calls = rollouts * each
        told.append(f"{calls:,} calls of the judge model come on top, at its own price")
    else:
        calls = 0
    fewest = prompts if known else _left_for_training(prompts)
    training = Band(
        _least_prompts(report, dataset, fewest, _passes(fewest, given, batch), batch),
        rollouts * (dataset.estimate / prompts + min(_ANSWER, answer)),
        samples
        * max(_most(report, dataset, each, _passes(each, given, batch), batch, answer) for each in {fewest, prompts}),
    )
    return {
        "epochs": int(share) if share.is_integer() else round(share, 3),
        "training": training,
        "steps": steps,
        "rollouts": rollouts,
        "judge_calls": calls,
    }


def _passes(prompts: int, given: HyperParameters, batch: int) -> float:
    """How many prompts all steps have together. Without a word of the user the service chooses the epochs."""
    epochs = given.epochs or min(_DEFAULT_STEPS * batch / prompts, _MOST_DEFAULT_EPOCHS)
    return float(min(given.steps * batch if given.steps else prompts * epochs, _MOST_STEPS * batch))


def _least_prompts(report: Report, dataset: Tokens, pool: int, passes: float, batch: int) -> float:
    """Tokens of the shortest prompts that a run may have: from a pool of so many, in whole batches."""
    if not report.read_all:
        return 0.0
    least = sorted(report.counted.least)
    whole, rest = divmod(passes // batch * batch or passes, pool)
    once = dataset.low if pool == report.examples else sum(least[:pool])
    return whole * once + sum(least[: int(rest)])


def _most(report: Report, dataset: Tokens, pool: int, passes: float, batch: int, answer: int) -> float:
    """Tokens at most of one sample of each prompt with its answer: any pool of prompts, the last batch filled up."""
    passes = math.ceil(passes / batch) * batch
    if report.counted.unread:
        return _MOST_STEPS * batch * (LIMITS["rft"].tokens + answer)
    return math.ceil(passes / pool) * dataset.high + passes * answer


def _left_for_training(prompts: int) -> int:
    return max(1, prompts - max(math.ceil(prompts * _VALIDATION_SHARE), _VALIDATION_LEAST))


def _of_price(price: Price | None, model: str | None, method: Method, today: date) -> list[str]:
    if price is None:
        whose = f"{model} and {method}" if model else "this job"
        return [f"no price is known for {whose}: tokens only (set ctune:prices, or --price)"]
    if price.is_old(today):
        return [f"the price of {price.as_of} is more than {OLD.days} days old ({price.source})"]
    return [f"the price is from {price.source}; what your contract says is not known"] if price.as_of else []
