"""Limits on the training series of a version: which point counts, and why a limit is missed.

Three things can be wrong with such a limit, and each is told apart: there was no validation set, the series is not
there, the value is beyond the limit. What cannot be read, or is no number, meets no limit.

Series: https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/tuning/supervised-tuning and
https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/tuning/reinforcement-tuning/reinforcement-tuning-job/job-status-metrics-monitoring
"""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Self

from pulumi_ctune.core.api import (
    PREFERENCE_SPEC,
    SUPERVISED_SPEC,
    ModelVersion,
    SeriesPoint,
    TuningJob,
    Vertex,
)
from pulumi_ctune.core.copies import originals
from pulumi_ctune.core.errors import NotFoundError
from pulumi_ctune.core.job_of_version import find_job_of
from pulumi_ctune.core.messages import did_you_mean, show
from pulumi_ctune.core.printable import listed
from pulumi_ctune.core.retry import WaitContext, patiently
from pulumi_ctune.core.series import with_experiment
from pulumi_ctune.core.values import number_of

AGGREGATES = ("last", "min", "max")
_MOST_SERIES = 40  # are named where one is missing; a composite reward has a dozen

_SPECS_WITHOUT_VALIDATION = (SUPERVISED_SPEC, PREFERENCE_SPEC)
"""The specs that evaluate only with a validation set; RFT sets a part of the training data aside."""


@dataclass(frozen=True)
class Requirement:
    """One entry of `require`. Limits are inclusive; None is no limit."""

    metric: str
    at_least: float | None = None
    at_most: float | None = None
    aggregate: Literal["last", "min", "max"] = "last"

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> Self:
        """The requirement that a checked entry stands for."""
        return cls(
            metric=entry["metric"],
            at_least=_number(entry.get("at_least")),
            at_most=_number(entry.get("at_most")),
            aggregate=entry.get("aggregate") or "last",
        )


@dataclass(frozen=True)
class Training:
    """What there is to judge a version by. `trouble` says why there are no series at all."""

    series: Mapping[str, Sequence[SeriesPoint]] = field(default_factory=dict)
    job_name: str = ""
    lacks_validation_set: bool = False
    trouble: str = ""


def read_training(vertex: Vertex, context: WaitContext, version: ModelVersion, metrics: Collection[str]) -> Training:
    """The training series of the job that made a version, found by the label that the job left on it. Of a copy it is
    the job of the version that was copied.

    Only the points of `metrics` are read; the other series are there by name.
    """
    try:
        *_, tuned = version, *originals(vertex, context, version)
        job = find_job_of(tuned, lambda name: patiently(lambda: vertex.get_job(name), context))
        job = with_experiment(vertex, job, context)
        if not job.experiment:
            trouble = f"tuning job {job.name} has no experiment"
            return Training(job_name=job.name, lacks_validation_set=_lacks_validation_set(job), trouble=trouble)
        series = patiently(lambda: vertex.read_metrics(job.experiment, metrics), context)
    except NotFoundError as error:
        return Training(trouble=error.why)
    return Training(series, job.name, _lacks_validation_set(job))


def judged(requirement: Requirement, training: Training) -> float:
    """The value that counted. Only of a requirement that is met."""
    return _aggregated(training.series[requirement.metric], requirement.aggregate).value


def missed(requirements: Sequence[Requirement], training: Training) -> list[str]:
    """Why each requirement is missed, in words; empty if the version meets all of them."""
    return [reason for requirement in requirements if (reason := _missed(requirement, training))]


def _missed(requirement: Requirement, training: Training) -> str:
    points = training.series.get(requirement.metric)
    if points:
        return _beyond_limit(requirement, _aggregated(points, requirement.aggregate))
    if _is_evaluation(requirement.metric) and training.lacks_validation_set:
        return (
            f"{show(requirement.metric)} does not exist, because tuning job {training.job_name} had no validation set "
            "(validation_dataset_uri)"
        )
    if training.trouble:
        return f"there is no series {show(requirement.metric)}: {training.trouble}"
    if points is not None:
        return f"the series {show(requirement.metric)} has no points"
    if not training.series:
        return f"there is no series {show(requirement.metric)}, nor any other"
    there_are = listed(map(show, sorted(training.series)), most=_MOST_SERIES)
    hint = did_you_mean(requirement.metric, list(training.series))
    return f"there is no series {show(requirement.metric)}; there are {there_are}{hint}"


def _beyond_limit(requirement: Requirement, point: SeriesPoint) -> str:
    value, low, high = point.value, requirement.at_least, requirement.at_most
    limits = []
    if low is not None and not (math.isfinite(value) and value >= low):
        limits.append(f"at least {show(low)} is required")
    if high is not None and not (math.isfinite(value) and value <= high):
        limits.append(f"at most {show(high)} is allowed")
    if not limits:
        return ""
    shown = "NaN" if math.isnan(value) else show(value)
    return (
        f"{show(requirement.metric)} is {shown} at step {point.step} ({requirement.aggregate}), {' and '.join(limits)}"
    )


def _aggregated(points: Sequence[SeriesPoint], aggregate: str) -> SeriesPoint:
    """The point that counts. One that is no number counts as the smallest and the largest: nobody knows what it is."""
    if aggregate == "last":
        return points[-1]
    for point in points:
        if math.isnan(point.value):
            return point
    return (min if aggregate == "min" else max)(points, key=lambda point: point.value)


def _is_evaluation(metric: str) -> bool:
    """`/eval_total_loss`, and `answer/eval_mean_reward` of a composite reward."""
    return metric.rpartition("/")[2].startswith("eval_")


def _lacks_validation_set(job: TuningJob) -> bool:
    specs = [job.request[name] for name in _SPECS_WITHOUT_VALIDATION if job.request.get(name)]
    return any(not spec.get("validationDatasetUri") for spec in specs)


def _number(value: Any) -> float | None:
    return None if value is None else float(number_of(value))
