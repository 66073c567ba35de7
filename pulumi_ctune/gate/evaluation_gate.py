"""Limits on the result of an evaluation: whether it is about this version, and why a limit is missed.

What can be wrong is looked at in one order, and each is told apart: the result is of another version, its run did not
succeed, the metric or the baseline is missing, the value is no number, too few items, too many failed ones, and last
the limit. Reads nothing: results are plain values, so a stage can gate on them without asking any service.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from statistics import NormalDist
from typing import Any, Self

from pulumi_ctune.core.messages import did_you_mean, show
from pulumi_ctune.core.names import model_name, same_resource
from pulumi_ctune.core.printable import count_of, listed
from pulumi_ctune.core.values import number_of
from pulumi_ctune.gate.evaluation_result import AVERAGE, BASELINE, CANDIDATE, SUCCEEDED, EvaluationResult

FEWEST_FOR_CONFIDENCE = 30
"""Items below which the normal bound says nothing."""

DEFAULT_FEWEST_ITEMS = 1
_DEVIATION = "STANDARD_DEVIATION"


@dataclass(frozen=True)
class Subject:
    """The version that is to be promoted, and its checkpoint.

    `is_same` says of another spelling of a version's name whether it means this one; None where nobody knows.
    """

    name: str
    checkpoint_id: str | None
    """None where it is the default one and nobody knows which that is."""
    is_same: Callable[[str], bool | None]
    default_checkpoint_id: str | None = None
    """None where nobody knows; empty where the version has none."""

    @classmethod
    def named(cls, name: str, checkpoint_id: str | None) -> Self:
        """A subject of which nothing but its name is known. It may be a copy of any version of another model."""
        return cls(name, checkpoint_id, lambda other: _is_version(other, name))


def _is_version(other: str, name: str) -> bool | None:
    same, one, two = same_resource(other, name), model_name(other), model_name(name)
    may_be_original = same is False and one and two and one.model != two.model
    return None if may_be_original else same


@dataclass(frozen=True)
class EvaluationRequirement:
    """One entry of `require` with `evaluation`. Limits are inclusive; None is no limit."""

    result: EvaluationResult
    metric: str
    aggregate: str = AVERAGE
    at_least: float | None = None
    at_most: float | None = None
    at_least_above_baseline: float | None = None
    at_most_above_baseline: float | None = None
    confidence: float | None = None
    fewest_items: int = DEFAULT_FEWEST_ITEMS
    most_failed_items: int = 0

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> Self:
        """The requirement that a checked entry stands for."""

        def number(key: str) -> float | None:
            return None if entry.get(key) is None else float(number_of(entry[key]))

        def count(key: str, default: int) -> int:
            return default if entry.get(key) is None else int(number_of(entry[key]))

        return cls(
            result=EvaluationResult.of(entry["evaluation"]),
            metric=entry["metric"],
            aggregate=entry.get("aggregate") or AVERAGE,
            at_least=number("at_least"),
            at_most=number("at_most"),
            at_least_above_baseline=number("at_least_above_baseline"),
            at_most_above_baseline=number("at_most_above_baseline"),
            confidence=number("confidence"),
            fewest_items=count("fewest_items", DEFAULT_FEWEST_ITEMS),
            most_failed_items=count("most_failed_items", 0),
        )

    @property
    def needs_baseline(self) -> bool:
        return self.at_least_above_baseline is not None or self.at_most_above_baseline is not None

    @property
    def value(self) -> float:
        """What was judged. Only of a requirement that is met."""
        found = self.result.value(self.metric, self.aggregate)
        assert found is not None
        return found

    @property
    def label(self) -> str:
        """The metric, and where its numbers come from."""
        of = self.result.name or self.result.source
        return f"{show(self.metric)} of {of}" if of else show(self.metric)


def unfit(requirement: EvaluationRequirement, subject: Subject) -> str:
    """Why the result cannot judge the version at all, in words; empty if it can."""
    for look in (_of_another, _without_success, _missing, _no_number, _too_few, _too_many_failed):
        if reason := look(requirement, subject):
            return f"{requirement.label}: {reason}"
    return ""


def missed(requirement: EvaluationRequirement, subject: Subject) -> str:
    """Why the version is not let through, in words; empty if it is."""
    if reason := unfit(requirement, subject):
        return reason
    reason = _beyond_limits(requirement)
    return f"{requirement.label}: {reason}" if reason else ""


def _of_another(requirement: EvaluationRequirement, subject: Subject) -> str:
    result = requirement.result
    if subject.is_same(result.tuned_model_name) is False:
        return f"the result is of {result.tuned_model_name}, not of {subject.name}"
    judged = result.checkpoint_id or subject.default_checkpoint_id
    promoted = subject.default_checkpoint_id if subject.checkpoint_id is None else subject.checkpoint_id
    if judged is None or promoted is None or judged == promoted:
        return ""
    words = [f"checkpoint {each}" if each else "the default checkpoint" for each in (judged, promoted)]
    return f"the result is of {words[0]} of {subject.name}, not of {words[1]}"


def _without_success(requirement: EvaluationRequirement, _: Subject) -> str:
    state = requirement.result.state
    return f"the run is {state}, not {SUCCEEDED}" if state and state != SUCCEEDED else ""


def _missing(requirement: EvaluationRequirement, _: Subject) -> str:
    result, metric, aggregate = requirement.result, requirement.metric, requirement.aggregate
    models = (CANDIDATE, BASELINE) if requirement.needs_baseline else (CANDIDATE,)
    numbers = [(model, aggregate) for model in models]
    if requirement.confidence is not None:
        numbers += [(model, _DEVIATION) for model in models]
    for model, number in numbers:
        if result.value(metric, number, model) is not None:
            continue
        if model == BASELINE and not result.has_baseline:
            return "the result has no baseline to compare with"
        there_are = result.metrics_with(number, model)
        of = " of the baseline" if model == BASELINE else ""
        hint = did_you_mean(metric, there_are) if there_are else ""
        known = f"there are {listed(map(show, there_are))}{hint}" if there_are else "nor of any other metric"
        return f"the result has no {number} of it{of}; {known}"
    return ""


def _no_number(requirement: EvaluationRequirement, _: Subject) -> str:
    models = (CANDIDATE, BASELINE) if requirement.needs_baseline else (CANDIDATE,)
    numbers = (requirement.aggregate, _DEVIATION) if requirement.confidence is not None else (requirement.aggregate,)
    for model in models:
        for number in numbers:
            value = requirement.result.value(requirement.metric, number, model)
            if value is None or not math.isfinite(value) or (number == _DEVIATION and value < 0):
                return f"its {number} is {_shown(value)}{' for the baseline' if model == BASELINE else ''}"
    return ""


def _too_few(requirement: EvaluationRequirement, _: Subject) -> str:
    result = requirement.result
    fewest = max(requirement.fewest_items, 1)  # a mean of nothing is none, whatever is allowed
    if result.scored_items < fewest:
        of = f" of {result.total_items:,}" if result.failed_items else ""
        return f"{count_of(result.scored_items, 'item')}{of} evaluated, at least {fewest:,} are required"
    if requirement.confidence is not None and result.scored_items < FEWEST_FOR_CONFIDENCE:
        return f"{count_of(result.scored_items, 'item')} scored, and confidence takes at least {FEWEST_FOR_CONFIDENCE}"
    return ""


def _too_many_failed(requirement: EvaluationRequirement, _: Subject) -> str:
    result = requirement.result
    if result.failed_items <= requirement.most_failed_items:
        return ""
    failed = f"{result.failed_items:,} of {count_of(result.total_items, 'item')} could not be scored"
    return f"{failed}, at most {requirement.most_failed_items:,} may fail"


def _beyond_limits(requirement: EvaluationRequirement) -> str:
    value, margin = requirement.value, _margin(requirement, CANDIDATE)
    measured = f"is {_shown(value)} ({requirement.aggregate}) over {count_of(requirement.result.scored_items, 'item')}"
    if reason := _beyond(value, requirement.at_least, requirement.at_most, margin):
        return f"{measured}{_give_or_take(requirement, margin)}, {reason}"
    if not requirement.needs_baseline:
        return ""
    baseline = requirement.result.value(requirement.metric, requirement.aggregate, BASELINE)
    assert baseline is not None
    above = _difference(value, baseline)
    margin = math.hypot(margin, _margin(requirement, BASELINE))
    low, high = requirement.at_least_above_baseline, requirement.at_most_above_baseline
    if reason := _beyond(above, low, high, margin, of="above the baseline "):
        side = f"{_shown(abs(above))} {'above' if above >= 0 else 'below'} the baseline's {_shown(baseline)}"
        return f"{measured}, {side}{_give_or_take(requirement, margin)}, {reason}"
    return ""


def _difference(one: float, other: float) -> float:
    """Of the decimals that people see: 0.79 is 0.02 below 0.81, which no float says."""
    return float(Decimal(str(one)) - Decimal(str(other)))


def _beyond(value: float, low: float | None, high: float | None, margin: float, of: str = "") -> str:
    """Which limits a value misses that is only known to within `margin`."""
    reasons = []
    if low is not None and not value - margin >= low:
        reasons.append(f"at least {show(low)} {of}is required")
    if high is not None and not value + margin <= high:
        reasons.append(f"at most {show(high)} {of}is allowed")
    return " and ".join(reasons)


def _margin(requirement: EvaluationRequirement, model: str) -> float:
    """How far the mean may be off on one side, with the confidence that is asked for; 0 without one.

    Of two models the margins add up as if their scores were independent. Rows that are hard for one are hard for the
    other as a rule, so this is too cautious and never too lax.
    """
    if requirement.confidence is None:
        return 0.0
    deviation = requirement.result.value(requirement.metric, _DEVIATION, model)
    assert deviation is not None
    return NormalDist().inv_cdf(requirement.confidence) * deviation / math.sqrt(requirement.result.scored_items)


def _give_or_take(requirement: EvaluationRequirement, margin: float) -> str:
    if requirement.confidence is None:
        return ""
    return f", give or take {_shown(margin)} with confidence {show(requirement.confidence)}"


def _shown(value: float | None) -> str:
    if value is None or not math.isfinite(value):
        return "NaN" if value is None or math.isnan(value) else str(value)
    return f"{value:.6g}"  # a miss by less is one of rounding
