"""Typed inputs of a gate: limits that a version must meet before it is promoted, and results of evaluations.

Each class is a `TypedDict`, see `args`.
"""

from collections.abc import Mapping
from typing import Literal, Required, TypedDict

from pulumi import Input

Aggregate = Literal[
    "last",
    "min",
    "max",
    "AVERAGE",
    "VARIANCE",
    "STANDARD_DEVIATION",
    "MINIMUM",
    "MAXIMUM",
    "MEDIAN",
    "MODE",
    "PERCENTILE_P90",
    "PERCENTILE_P95",
    "PERCENTILE_P99",
]
"""Which value of a metric counts: `last`, `min` and `max` of a training series, the others of an evaluation."""
"""Small letters: of a training series. Capitals: of an evaluation, by the API's names."""


class EvaluationResultArgs(TypedDict, total=False):
    """What an evaluation found of one version of a tuned model, by whatever harness.

    `EvaluationRun.result` has these keys, the run's `name` and all aggregates in `summary_metrics`. A result of your
    own has averages only.

    https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/evaluation-overview
    """

    tuned_model_name: Required[Input[str]]
    """The version that was evaluated, `projects/../models/M@V`. A gate refuses the result for any other version."""

    checkpoint_id: Input[str | int | None]
    """The checkpoint that was evaluated. Default: the version's default checkpoint."""

    metrics: Input[Mapping[str, Input[float]]]
    """Mean score of each metric over the items that were scored: `{"exact_match": 0.83}`."""

    baseline_metrics: Input[Mapping[str, Input[float]]]
    """The same of the model that it is compared with, on the same items."""

    standard_deviations: Input[Mapping[str, Input[float]]]
    """Of the scores of each metric, over the items (population); `confidence` needs them."""

    baseline_standard_deviations: Input[Mapping[str, Input[float]]]
    """The same of the model that it is compared with."""

    summary_metrics: Input[Mapping[str, Input[float]]]
    """All aggregates by the API's keys, `candidate/exact_match/MAXIMUM`: an `EvaluationRun` has them."""

    total_items: Required[Input[int]]
    """How many items were evaluated, those that could not be scored among them."""

    failed_items: Input[int]
    """How many of them could not be scored. Default: 0."""

    source: Input[str | None]
    """Where the numbers come from, for messages: `"lm-eval 0.4, commit 1a2b3c"`."""

    name: Input[str | None]
    """The full name of the `EvaluationRun`."""

    state: Input[str | None]
    """State of the `EvaluationRun`; whatever is not `SUCCEEDED` meets no limit. Default: taken to be complete."""

    create_time: Input[str | None]
    """When the evaluation was begun, RFC 3339."""

    completion_time: Input[str | None]
    """When the evaluation was complete, RFC 3339."""


class MetricRequirementArgs(TypedDict, total=False):
    """Limits that a training series of the version, or with `evaluation` a metric of an evaluation, must meet before
    the version is promoted. Limits are part of what is allowed; at least one must be given.

    Series: https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/tuning/supervised-tuning
    """

    metric: Required[Input[str]]
    """The series by the API's name: `/eval_total_loss`, RFT `/eval_mean_reward`, a composite's
    `REWARD/eval_mean_reward`. Series of SFT and DPO with `eval_` exist with a validation dataset only. With
    `evaluation`: the metric by its name in the result, `exact_match`.
    """

    at_least: Input[float]
    """The smallest value allowed. Default: no limit."""

    at_most: Input[float]
    """The largest value allowed. Default: no limit."""

    aggregate: Input[Aggregate]
    """Which value counts. Of a series: `last` (default), `min` or `max`. Of an evaluation: `AVERAGE` (default) or
    another of the API's aggregates, `MAXIMUM` for no exception at all.
    """

    evaluation: Input[EvaluationResultArgs]
    """The result to judge by instead of a training series: `EvaluationRun.result`, that of a release, or your own. It
    has to be of the version, and of the checkpoint, that is promoted.
    """

    at_least_above_baseline: Input[float]
    """How far above the baseline's value at least: `0.01` for better by a point, `-0.02` for not worse by more than
    two.
    """

    at_most_above_baseline: Input[float]
    """How far above the baseline's value at most, for metrics of which less is better."""

    confidence: Input[float]
    """How certain the averages have to be, between 0.5 and 1, such as `0.95`: the limit is held by the one-sided normal
    bound instead of by the value. At least 30 scored items. Default: the value as it is.
    """

    fewest_items: Input[int]
    """Fewest items that must have been evaluated. Default: 1."""

    most_failed_items: Input[int]
    """Most items that may have failed to be scored. Default: 0."""
