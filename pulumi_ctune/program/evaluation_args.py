"""Typed inputs of an evaluation run, one class for each message of the API. Each is a `TypedDict`, see `args`.

Source:
https://docs.cloud.google.com/gemini-enterprise-agent-platform/reference/rest/v1beta1/projects.locations.evaluationRuns
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Required, TypedDict

from pulumi import Input

AnswerMode = Literal["SERVICE", "PROVIDER"]
"""Who asks the models of an evaluation: the run itself, or this provider."""

ComputationBasedMetricType = Literal["EXACT_MATCH", "BLEU", "ROUGE"]
"""How a metric is computed from answer and reference."""


class EvaluationBaselineArgs(TypedDict, total=False):
    """What a version is compared with."""

    model: Required[Input[str]]
    """Full name of an endpoint (whatever answers there now), `projects/../models/M@V` or `..@ALIAS` (pinned when
    the run is made), or a base model, `gemini-3.5-flash`.
    """


class BigQuerySamplingConfigArgs(TypedDict, total=False):
    """Which rows of a table are judged."""

    sampling_count: Input[int]
    """How many; Google's default is 100."""

    sampling_method: Input[str]
    """`RANDOM`. Default: the service chooses."""

    sampling_duration: Input[str]
    """How long to sample for, `"3.5s"`."""


class BigQueryRequestSetArgs(TypedDict, total=False):
    """Rows in a table of BigQuery."""

    uri: Required[Input[str]]
    """`bq://PROJECT.DATASET.TABLE`."""

    prompt_column: Input[str]
    """The column with what is asked."""

    candidate_response_columns: Input[Mapping[str, Input[str]]]
    """Columns with answers, by the name of who gave them."""

    rubrics_column: Input[str]
    """The column with rubrics."""

    sampling_config: Required[Input[BigQuerySamplingConfigArgs]]
    """How many rows are judged: without it Google judges 100, however many there are."""


class EvaluationDataSourceArgs(TypedDict, total=False):
    """The rows; exactly one of these."""

    dataset_uri: Input[str]
    """`gs://BUCKET/OBJECT`: JSON Lines in the tuning format, of which the last model turn is the reference, or flat:
    `prompt`, and `reference`, `response`, `context` where there are any.
    """

    evaluation_set: Input[str]
    """Full name of an evaluation set."""

    evaluation_set_revision: Input[str]
    """Full name of an immutable revision of a set."""

    bigquery_request_set: Input[BigQueryRequestSetArgs]
    """A table of BigQuery."""


class ComputationBasedMetricSpecArgs(TypedDict, total=False):
    """A metric that is computed from answer and reference."""

    type: Required[Input[ComputationBasedMetricType]]
    """Which one."""

    parameters: Input[Mapping[str, Any]]
    """Of ROUGE for one: `{"rouge_type": "rougeL"}`."""


class PredefinedMetricSpecArgs(TypedDict, total=False):
    """A metric that Google's judge models compute."""

    metric_spec_name: Required[Input[str]]
    """With its version, `general_quality_v2`: of `safety_v3` 1 means a violation, of `safety_v1` none."""

    parameters: Input[Mapping[str, Any]]
    """Parameters of the metric."""


class EvaluationRunMetricArgs(TypedDict, total=False):
    """One metric; one of the specs besides its name."""

    metric: Required[Input[str]]
    """The name by which gates and outputs know it; without a slash."""

    computation_based_metric_spec: Input[ComputationBasedMetricSpecArgs]
    """Computed from answer and reference; takes no judge."""

    predefined_metric_spec: Input[PredefinedMetricSpecArgs]
    """Computed by Google's judge models."""

    llm_based_metric_spec: Input[Mapping[str, Any]]
    """Computed by a judge of your own: `metric_prompt_template`, `system_instruction`, `judge_autorater_config`."""

    rubric_based_metric_spec: Input[Mapping[str, Any]]
    """Computed by rubrics."""

    metric_config: Input[Mapping[str, Any]]
    """The API's general `Metric`: `{"custom_code_execution_spec": {"evaluation_function": CODE}}` for own Python."""

    metric_resource_name: Input[str]
    """Full name of a registered metric."""


class EvaluationRunConfigArgs(TypedDict, total=False):
    """Metrics, and how they are computed."""

    metrics: Required[Input[Sequence[Input[EvaluationRunMetricArgs]]]]
    """At least one."""

    allow_cross_region_model: Input[bool]
    """Allow models of other locations. Gemini 3 tuned in `us-central1` serves from `us`, so a run needs it; it also
    lets Google send rows to other places, `global` among them. Default: False.
    """

    autorater_config: Input[Mapping[str, Any]]
    """The judge of metrics of your own: `autorater_model`, `sample_count` (1 to 32, default 4)."""

    output_config: Input[Mapping[str, Any]]
    """Where results are written too: `{"gcs_destination": {"output_uri_prefix": "gs://BUCKET/PREFIX"}}`."""

    dataset_custom_metrics: Input[Sequence[Any]]
    """Aggregates of your own over all rows."""


class EvaluationPromptTemplateArgs(TypedDict, total=False):
    """How a row becomes what is asked."""

    prompt_template: Input[str]
    """Text with `{prompt}`, and `{context}` where rows have one."""

    gcs_uri: Input[str]
    """A template in Cloud Storage."""
