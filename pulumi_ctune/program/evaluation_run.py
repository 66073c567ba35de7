"""`EvaluationRun`, the resource: a tuned version judged by Google's evaluation service.

What users write and read. What its verbs do is `pulumi_ctune.evaluation_run`'s business.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
from pulumi.dynamic import Resource

from pulumi_ctune.core.hidden import OWNER
from pulumi_ctune.core.program_facts import PROGRAM
from pulumi_ctune.core.type_tokens import MODULE
from pulumi_ctune.evaluation_run.attributes import NAME, OPTIONAL_OUTPUTS, OUTPUTS
from pulumi_ctune.program.args import DeletionPolicy, EncryptionSpecArgs
from pulumi_ctune.program.attribute_docs import outputs_in_help
from pulumi_ctune.program.evaluation_args import (
    AnswerMode,
    EvaluationBaselineArgs,
    EvaluationDataSourceArgs,
    EvaluationPromptTemplateArgs,
    EvaluationRunConfigArgs,
)
from pulumi_ctune.program.optional_outputs import settle_absent, settle_left_out
from pulumi_ctune.program.stack import owner_of, program, refuse_import
from pulumi_ctune.providers import EvaluationRunProvider


@outputs_in_help
class EvaluationRun(Resource, module=MODULE, name=NAME):
    """One evaluation of a version of a tuned model, made exactly once, for gates to judge by.

    `pulumi up` makes the run and waits for it. Another version, baseline, dataset, metric or trigger is another run;
    labels and deletion policy are kept for the next one. An interrupted `up` leaves the run going, and the next one
    resumes it. A run that failed is an error, and the next `up` makes another.

    Source: https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/evaluation-overview
    """

    project: pulumi.Output[str | None]
    location: pulumi.Output[str | None]
    tuned_model_name: pulumi.Output[str]
    checkpoint_id: pulumi.Output[str | None]
    baseline: pulumi.Output[dict[str, Any] | None]
    data_source: pulumi.Output[dict[str, Any]]
    evaluation_config: pulumi.Output[dict[str, Any]]
    generation_config: pulumi.Output[dict[str, Any] | None]
    prompt_template: pulumi.Output[dict[str, Any] | None]
    answers: pulumi.Output[str | None]
    evaluation_experiment: pulumi.Output[str | None]
    labels: pulumi.Output[dict[str, str] | None]
    encryption_spec: pulumi.Output[dict[str, Any] | None]
    triggers: pulumi.Output[list[Any] | None]
    adopt_run: pulumi.Output[str | None]
    deletion_policy: pulumi.Output[str | None]

    name: pulumi.Output[str]
    """The run's full name, also the id: `projects/N/locations/L/evaluationRuns/R`."""
    state: pulumi.Output[str]
    """`SUCCEEDED`, once the run has ended; by the API's names."""
    model: pulumi.Output[str | None]
    """The endpoint that was called, by full name."""
    baseline_model: pulumi.Output[str | None]
    """What was called as the baseline, by full name; None without one."""
    baseline_tuned_model_names: pulumi.Output[dict[str, int]]
    """The versions that served at the baseline when the run was made, each with its percent of the traffic."""
    metrics: pulumi.Output[dict[str, float]]
    """Mean of each metric over the items that could be scored: `{"exact_match": 0.83}`."""
    baseline_metrics: pulumi.Output[dict[str, float]]
    """The same of the baseline; empty without one."""
    summary_metrics: pulumi.Output[dict[str, float]]
    """All aggregates by the API's keys: `candidate/exact_match/MAXIMUM`."""
    total_items: pulumi.Output[int]
    """Rows that were evaluated, those that could not be scored among them."""
    failed_items: pulumi.Output[int]
    """Rows that could not be scored; they are in no mean."""
    evaluation_set: pulumi.Output[str | None]
    """The rows, by full name."""
    result_set: pulumi.Output[str | None]
    """The scores of each row, by full name."""
    create_time: pulumi.Output[str | None]
    """When the run was made, RFC 3339."""
    completion_time: pulumi.Output[str | None]
    """When the run ended, RFC 3339."""
    console_url: pulumi.Output[str]
    """Empty: Google documents no page of a run in its console."""
    result: pulumi.Output[Any]
    """What a gate judges, with the keys of `EvaluationResultArgs`: plain data that can be exported and promoted."""

    def __init__(
        self,
        resource_name: str,
        *,
        tuned_model_name: pulumi.Input[str] | None = None,
        checkpoint_id: pulumi.Input[str | int] | None = None,
        baseline: pulumi.Input[EvaluationBaselineArgs] | None = None,
        data_source: pulumi.Input[EvaluationDataSourceArgs] | None = None,
        evaluation_config: pulumi.Input[EvaluationRunConfigArgs] | None = None,
        generation_config: pulumi.Input[Mapping[str, Any]] | None = None,
        prompt_template: pulumi.Input[EvaluationPromptTemplateArgs] | None = None,
        answers: pulumi.Input[AnswerMode] | None = None,
        project: pulumi.Input[str] | None = None,
        location: pulumi.Input[str] | None = None,
        evaluation_experiment: pulumi.Input[str] | None = None,
        labels: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None = None,
        encryption_spec: pulumi.Input[EncryptionSpecArgs] | None = None,
        triggers: pulumi.Input[Sequence[Any]] | None = None,
        adopt_run: pulumi.Input[str] | None = None,
        deletion_policy: pulumi.Input[DeletionPolicy] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare an evaluation run.

        Args:
            resource_name: Name of the resource in the stack.
            tuned_model_name: The version to judge, by its number: `projects/P/locations/L/models/M@V`. Required.
            checkpoint_id: One of its checkpoints. Default: the version's default checkpoint.
            baseline: What it is compared with on the same rows: an endpoint, a version, or a base model. Default: none.
            data_source: The rows: a dataset in Cloud Storage, in the tuning format or flat (`prompt`, `reference`,
                `response`, `context`), or what is at Google already. Required.
            evaluation_config: Metrics, and how they are computed. Required.
            generation_config: How the models answer, as in the API: `{"temperature": 0}`. Default: the service's.
            prompt_template: `{"prompt_template": "Answer briefly: {prompt}"}`. Default: the prompt as it is.
            answers: Who asks the models: `SERVICE`, the run itself (default), or `PROVIDER`, which calls
                `generateContent` and hands the answers in with the rows; it takes rows of `dataset_uri`.
            project: Project of the run. Default: the version's.
            location: Location of the run. Default: the version's.
            evaluation_experiment: Full name of an experiment that the run belongs to. Default: none.
            labels: At most 64; labels of this package (`ctune-`) are added.
            encryption_spec: CMEK: `{"kms_key_name": ...}`, in the run's location.
            triggers: Any values. If one changes, another run is made: the generation of the dataset for one.
            adopt_run: Id or full name of an existing run to take over instead of making one.
            deletion_policy: `ABANDON` (default) leaves run and results, `DELETE` removes them, `PREVENT` refuses.
            opts: Pulumi's options; `custom_timeouts` (create, update) limit the wait (2 h).
        """
        refuse_import(resource_name, opts, "Set the input adopt_run='{id}' instead, which may be dropped afterwards.")
        inputs: dict[str, Any] = {
            "project": project,
            "location": location,
            "tuned_model_name": tuned_model_name,
            "checkpoint_id": checkpoint_id,
            "baseline": baseline,
            "data_source": data_source,
            "evaluation_config": evaluation_config,
            "generation_config": generation_config,
            "prompt_template": prompt_template,
            "answers": answers,
            "evaluation_experiment": evaluation_experiment,
            "labels": labels,
            "encryption_spec": encryption_spec,
            "triggers": triggers,
            "adopt_run": adopt_run,
            "deletion_policy": deletion_policy,
            OWNER: owner_of(resource_name),
        }
        super().__init__(
            EvaluationRunProvider(),
            resource_name,
            {**inputs, PROGRAM: program(opts, inputs), **dict.fromkeys(OUTPUTS)},
            opts,
        )
        settle_absent(self, OPTIONAL_OUTPUTS, beside="name")
        settle_left_out(self, {key: value for key, value in inputs.items() if key not in ("checkpoint_id", OWNER)})

    @staticmethod
    def get(resource_name: str, id: str, opts: pulumi.ResourceOptions | None = None) -> "EvaluationRun":
        """Look up an existing run without managing it. `id` is its full name. Fails if it is gone."""
        return EvaluationRun(resource_name, opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(id=id)))
