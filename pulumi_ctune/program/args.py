"""Typed inputs of a tuning job, one class for each message of the API, named after it.

Each class is a `TypedDict`: `SupervisedTuningSpecArgs(training_dataset_uri=...)` *is* the plain dict
`{"training_dataset_uri": ...}`, so both forms can be mixed, and editors and type checkers know the keys of both. Keys
are the API's in snake_case; every value may be an `Output`. Keys without a default under them are required. Rules
beyond kinds (ranges, one of several) are `tuning_job.checks`' and show in the preview. Rewards are in `reward_args`.

Source:
https://docs.cloud.google.com/gemini-enterprise-agent-platform/reference/rest/v1beta1/projects.locations.tuningJobs
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Required, TypedDict

from pulumi import Input

from pulumi_ctune.program.reward_args import (
    AutoraterConfigArgs,
    CompositeReinforcementTuningRewardConfigArgs,
    SingleReinforcementTuningRewardConfigArgs,
)

AdapterSize = Literal[
    "ADAPTER_SIZE_ONE",
    "ADAPTER_SIZE_TWO",
    "ADAPTER_SIZE_FOUR",
    "ADAPTER_SIZE_EIGHT",
    "ADAPTER_SIZE_SIXTEEN",
    "ADAPTER_SIZE_THIRTY_TWO",
    1,
    2,
    4,
    8,
    16,
    32,
]
"""Rank of the adapter that is trained: the API's name or the plain number, which mean the same."""

DeletionPolicy = Literal["ABANDON", "DELETE", "PREVENT"]
"""What a delete of the resource does to what it made: leave it, remove it, or refuse to delete."""

ThinkingLevel = Literal["MINIMAL", "LOW", "MEDIUM", "HIGH"]
"""How long a model may think."""

TuningMode = Literal["TUNING_MODE_FULL", "TUNING_MODE_PEFT_ADAPTER"]
"""What is trained: all weights, or an adapter."""


class PreTunedModelArgs(TypedDict, total=False):
    """The tuned model that a continuous tuning job continues from.

    https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/tuning/continuous-tuning
    """

    tuned_model_name: Required[Input[str]]
    """`projects/P/locations/L/models/M[@VERSION]`, VERSION a number or an alias; without it the default version.

    The output `tuned_model_name` of another job fits as it is.
    """

    checkpoint_id: Input[str | int | None]
    """One of that version's checkpoints, such as `"2"`. Default: the version's default checkpoint."""


class SupervisedHyperParametersArgs(TypedDict, total=False):
    """Hyperparameters of supervised fine-tuning.

    https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/gemini-use-supervised-tuning
    """

    epoch_count: Input[int]
    """Passes over the training dataset, 1 or more. Default: the service chooses by the dataset's size; a small dataset
    can get many epochs, and each is paid for.
    """

    learning_rate_multiplier: Input[float]
    """Factor on the recommended learning rate, above 0. Default: 1. Not together with `learning_rate`."""

    learning_rate: Input[float]
    """Learning rate, above 0; for open models only, not for Gemini. Default: the service chooses."""

    batch_size: Input[int]
    """Examples per training step, 1 or more; for open models only, not for Gemini. Default: the service chooses."""

    adapter_size: Input[AdapterSize]
    """Rank of the adapter: 1, 2, 4, 8, 16 or 32; models differ in which they take. Default: the service chooses."""


class EvaluationConfigArgs(TypedDict, total=False):
    """An evaluation of each checkpoint by Google's evaluation service while tuning runs (preview).

    The nested messages are those of the API. Their keys may be in snake_case or as the API spells them.
    https://docs.cloud.google.com/gemini-enterprise-agent-platform/reference/rest/v1beta1/projects.locations.tuningJobs
    """

    metrics: Required[Input[Sequence[Input[Mapping[str, Any]]]]]
    """The `Metric`s to compute."""

    output_config: Required[Input[Mapping[str, Any]]]
    """Where results go: `{"gcs_destination": {"output_uri_prefix": "gs://..."}}`."""

    autorater_config: Input[AutoraterConfigArgs]
    """The model that judges. Default: chosen by the service."""

    inference_generation_config: Input[Mapping[str, Any]]
    """`GenerationConfig` for the answers that are evaluated. Default: the model's own."""

    dataset_custom_metrics: Input[Sequence[Input[Mapping[str, Any]]]]
    """`DatasetCustomMetric`s: aggregates over the whole dataset. Default: none."""


class SupervisedTuningSpecArgs(TypedDict, total=False):
    """Supervised fine-tuning (SFT): learn from examples of good answers.

    https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/gemini-use-supervised-tuning
    """

    training_dataset_uri: Required[Input[str]]
    """`gs://BUCKET/OBJECT`, a file of JSON lines, or a multimodal dataset `projects/P/locations/L/datasets/D`."""

    validation_dataset_uri: Input[str]
    """Dataset of the same form, for the `/eval_` metrics. Default: none, and then there are no such metrics."""

    hyper_parameters: Input[SupervisedHyperParametersArgs]
    """Default: each chosen by the service."""

    export_last_checkpoint_only: Input[bool]
    """Keep only the last checkpoint. Default: false, each checkpoint is kept and gets its own endpoint."""

    tuning_mode: Input[TuningMode]
    """Train an adapter or all weights; full tuning is for open models. Default: `TUNING_MODE_PEFT_ADAPTER`."""

    evaluation_config: Input[EvaluationConfigArgs]
    """Evaluate each checkpoint. Default: no evaluation."""


class PreferenceOptimizationHyperParametersArgs(TypedDict, total=False):
    """Hyperparameters of preference tuning.

    https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/gemini-use-preference-tuning
    """

    epoch_count: Input[int]
    """Passes over the training dataset, 1 or more. Default: the service chooses by the dataset's size."""

    learning_rate_multiplier: Input[float]
    """Factor on the recommended learning rate, above 0. Default: 1."""

    adapter_size: Input[AdapterSize]
    """Rank of the adapter: 1, 2, 4, 8, 16 or 32; models differ in which they take. Default: the service chooses."""

    beta: Input[float]
    """How close the model stays to the one it starts from, 0 or more; Google advises 0.01 to 0.5, and with 0 nothing
    is learned. Default: the service chooses.
    """


class PreferenceOptimizationSpecArgs(TypedDict, total=False):
    """Preference tuning (DPO): learn from pairs of a preferred and a rejected answer.

    https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/gemini-use-preference-tuning
    """

    training_dataset_uri: Required[Input[str]]
    """`gs://BUCKET/OBJECT`, a file of JSON lines, or a multimodal dataset `projects/P/locations/L/datasets/D`."""

    validation_dataset_uri: Input[str]
    """Dataset of the same form, for the `/eval_` metrics. Default: none, and then there are no such metrics."""

    hyper_parameters: Input[PreferenceOptimizationHyperParametersArgs]
    """Default: each chosen by the service."""

    export_last_checkpoint_only: Input[bool]
    """Keep only the last checkpoint. Default: false, each checkpoint is kept and gets its own endpoint."""


class ReinforcementTuningHyperParametersArgs(TypedDict, total=False):
    """Hyperparameters of reinforcement tuning. A run has at most 500 steps.

    https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/tuning/reinforcement-tuning/reinforcement-tuning-job/hyperparameters
    """

    epoch_count: Input[int]
    """Passes over the training dataset, 1 or more. Default: the smaller of 10 and 110 times `batch_size` divided by
    the number of prompts. Not together with `step_count`.
    """

    step_count: Input[int]
    """Length of the run in steps, 1 to 500, instead of `epoch_count`. Default: by `epoch_count`."""

    learning_rate_multiplier: Input[float]
    """Factor on the recommended learning rate, 0.25 to 4. Default: 1."""

    batch_size: Input[int]
    """Prompts per step, 1 or more. Default: 32. Times `samples_per_prompt` it is a multiple of 16, and at most 8192
    (1024 where the dataset has media).
    """

    samples_per_prompt: Input[int]
    """Answers per prompt, 1 or more; see `batch_size`. Default: 16."""

    thinking_level: Input[ThinkingLevel]
    """How long the model may think while it is tuned; from Gemini 3.5 on. Default: `HIGH`."""

    thinking_budget: Input[int]
    """Tokens for thinking: -1 lets the model decide, 0 turns it off; Gemini 2.5 only. Default: -1. Not together with
    `thinking_level`.
    """

    max_output_tokens: Input[int]
    """Longest answer in tokens, thinking included, 1 to 32768. Default: 32768."""

    adapter_size: Input[AdapterSize]
    """Rank of the adapter: 1, 2, 4, 8, 16 or 32. Default: 16."""

    evaluate_interval: Input[int]
    """Steps between two evaluations, 1 or more. Default: one evaluation an epoch."""

    checkpoint_interval: Input[int]
    """Steps between two checkpoints, 1 or more, best a multiple of `evaluate_interval`. Default: one an epoch."""


class ReinforcementTuningSpecArgs(TypedDict, total=False):
    """Reinforcement tuning (RFT): learn from rewards for the model's own answers (preview).

    Exactly one of the two reward configurations.
    https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/tuning/reinforcement-tuning
    """

    training_dataset_uri: Required[Input[str]]
    """`gs://BUCKET/OBJECT`: a file of JSON lines with prompts and `references`, without answers."""

    validation_dataset_uri: Input[str]
    """Dataset of the same form. Default: the service sets aside 25 % of the training dataset or 50 examples,
    whichever is more.
    """

    hyper_parameters: Input[ReinforcementTuningHyperParametersArgs]
    """Default: Google's defaults, see there."""

    single_reward_config: Input[SingleReinforcementTuningRewardConfigArgs]
    """One reward."""

    composite_reward_config: Input[CompositeReinforcementTuningRewardConfigArgs]
    """The weighted mean of several rewards."""


class BudgetArgs(TypedDict, total=False):
    """What a job may train, or cost by list price: at least one of the two.

    A job whose estimate is certainly above it is not submitted. A job that runs is cancelled as soon as the service's
    own count of the dataset, times its epochs, is above it. `hyper_parameters.epoch_count` has to be set (SFT, DPO).
    """

    max_tokens: Input[int]
    """Training tokens: those of the dataset times the epochs."""

    max_usd: Input[float]
    """US dollars: training tokens times the price. A price has to be known: see the config key `ctune:prices`."""


class EncryptionSpecArgs(TypedDict, total=False):
    """A customer-managed key (CMEK) for everything that the job makes.

    A continued job must use the key that its source was made with.
    https://docs.cloud.google.com/gemini-enterprise-agent-platform/machine-learning/general/cmek
    """

    kms_key_name: Required[Input[str]]
    """`projects/P/locations/L/keyRings/R/cryptoKeys/K`, such as the output `id` of `gcp.kms.CryptoKey`; L is the job's
    location.
    """
