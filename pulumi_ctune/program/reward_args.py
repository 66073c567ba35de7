"""Typed inputs of rewards: how reinforcement tuning scores each answer that the model under tuning gives.

Each class is a `TypedDict`: calling it gives the plain dict with the same keys. See `args` for the rest of a job's
inputs and for what holds of all of them. Every reward that a scorer gives is clipped to [-1, 1] by the service.

Source:
https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/tuning/reinforcement-tuning/reinforcement-tuning-job/reward-functions
(API v1beta1)
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Required, TypedDict

from pulumi import Input

MatchOperation = Literal["REGEX_CONTAINS", "PARTIAL_MATCH", "EXACT_MATCH"]
"""How a text is compared: an expression (RE2) is found in it, it contains the text, or it equals the text."""

ParseType = Literal["IDENTITY", "REGEX_EXTRACT"]
"""Which part of an answer counts: all of it, or what an expression finds."""


class ParseResponseConfigArgs(TypedDict, total=False):
    """Which part of an answer a scorer sees.

    https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/tuning/reinforcement-tuning/reinforcement-tuning-job/reward-functions
    """

    parse_type: Input[ParseType]
    """`IDENTITY`: the answer as it is; `REGEX_EXTRACT`: what `regex_extract_expression` finds. Default: `IDENTITY`."""

    regex_extract_expression: Input[str]
    """Regular expression (RE2) with one group; if it matches several times, the last match counts.

    Needed with `REGEX_EXTRACT`, not used otherwise. Default: none.
    """


class StringMatchExpressionArgs(TypedDict, total=False):
    """A comparison of the answer with a text.

    https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/tuning/reinforcement-tuning/reinforcement-tuning-job/reward-functions
    """

    match_operation: Required[Input[MatchOperation]]
    """`EXACT_MATCH`: equal; `PARTIAL_MATCH`: contains the text; `REGEX_CONTAINS`: the expression (RE2) is found."""

    expression: Required[Input[str]]
    """Text or regular expression to compare with.

    `{{references.KEY}}` stands for the value of KEY in the `references` of the dataset's line.
    """


class JsonMatchExpressionArgs(TypedDict, total=False):
    """A comparison of one value of an answer that is a JSON object.

    https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/tuning/reinforcement-tuning/reinforcement-tuning-job/reward-functions
    """

    key_name: Required[Input[str]]
    """Key whose value is compared; keys of the first level only."""

    value_string_match_expression: Required[Input[StringMatchExpressionArgs]]
    """The comparison of that value."""


class StringMatchRewardScorerArgs(TypedDict, total=False):
    """One reward for answers that match, another for those that do not. Exactly one of the two expressions.

    https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/tuning/reinforcement-tuning/reinforcement-tuning-job/reward-functions
    """

    correct_answer_reward: Input[float]
    """Reward of a match; clipped to [-1, 1]. Default: 0."""

    wrong_answer_reward: Input[float]
    """Reward of anything else; clipped to [-1, 1]. Default: 0."""

    string_match_expression: Input[StringMatchExpressionArgs]
    """Compare the (parsed) answer itself."""

    json_match_expression: Input[JsonMatchExpressionArgs]
    """Read the (parsed) answer as JSON and compare one of its values."""


class CodeExecutionRewardScorerArgs(TypedDict, total=False):
    """A reward computed by a Python function in Google's sandbox: 1 CPU, 1 GB, no network, 100 s a call.

    https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/tuning/reinforcement-tuning/reinforcement-tuning-job/reward-functions
    """

    python_code_snippet: Required[Input[str]]
    """Python source that defines `evaluate(example, response) -> float`; both arguments are dicts with camelCase keys:
    a line of the dataset, and the model's answer (a `Content`).
    """


class ExactMatchScorerArgs(TypedDict, total=False):
    """One reward if the autorater's (parsed) reply equals a text, another if it does not.

    https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/tuning/reinforcement-tuning/reinforcement-tuning-job/reward-functions
    """

    expression: Input[str]
    """Text to compare with, no regular expression; may hold `{{references.KEY}}`. Default: empty."""

    correct_answer_reward: Input[float]
    """Reward if they are equal; clipped to [-1, 1]. Default: 0."""

    wrong_answer_reward: Input[float]
    """Reward if they differ; clipped to [-1, 1]. Default: 0."""


class ParsedResponseConversionScorerArgs(TypedDict, total=False):
    """The autorater's (parsed) reply, read as a number, is the reward. There is nothing to set: write `{}`.

    https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/tuning/reinforcement-tuning/reinforcement-tuning-job/reward-functions
    """


class AutoraterConfigArgs(TypedDict, total=False):
    """The model that judges, and how often it is asked.

    https://docs.cloud.google.com/gemini-enterprise-agent-platform/reference/rest/v1beta1/projects.locations.tuningJobs
    """

    autorater_model: Input[str]
    """Full name of the judge: `projects/P/locations/L/publishers/google/models/M`, or a tuned model's endpoint
    `projects/P/locations/L/endpoints/E`. Default: chosen by the service.
    """

    sampling_count: Input[int]
    """How often the judge is asked for each answer, 1 to 32. Default: 4."""

    flip_enabled: Input[bool]
    """Swap candidate and baseline in half of the samples; for pairwise metrics of evaluations only. Default: true."""

    generation_config: Input[Mapping[str, Any]]
    """`GenerationConfig` of the API for the judge's replies: `{"temperature": 0}`. Default: the model's own."""


class AutoraterScorerArgs(TypedDict, total=False):
    """A reward given by another model, the judge. At most one of the two scorers; 1 minute a call.

    https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/tuning/reinforcement-tuning/reinforcement-tuning-job/reward-functions
    """

    autorater_prompt: Input[str]
    """What the judge is asked; may hold `{{prompt}}`, `{{response}}`, `{{references.KEY}}` and
    `{{system_instruction}}`. Default: none.
    """

    autorater_config: Input[AutoraterConfigArgs]
    """The judge. Default: chosen by the service."""

    autorater_response_parse_config: Input[ParseResponseConfigArgs]
    """Which part of the judge's reply is scored. Default: all of it."""

    exact_match_scorer: Input[ExactMatchScorerArgs]
    """Compare the judge's reply with a text."""

    parsed_response_conversion_scorer: Input[ParsedResponseConversionScorerArgs]
    """Read the judge's reply as a number: `{}`."""


class CloudRunRewardScorerArgs(TypedDict, total=False):
    """A reward computed by a service of yours: POST of `{example, response, metadata}`, answered with `{"reward": r}`.

    300 s a call. The tuning service agent needs `roles/run.invoker` on the service.
    https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/tuning/reinforcement-tuning/reinforcement-tuning-job/reward-functions
    """

    cloud_run_uri: Required[Input[str]]
    """The service's https URL, such as the output `uri` of `gcp.cloudrunv2.Service`."""


class SingleReinforcementTuningRewardConfigArgs(TypedDict, total=False):
    """One reward: which part of the answer is looked at, and exactly one of the four scorers.

    https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/tuning/reinforcement-tuning/reinforcement-tuning-job/reward-functions
    """

    reward_name: Input[str]
    """Name of the reward, unique in the job; the training series of a composite reward carry it. Default: none."""

    parse_response_config: Input[ParseResponseConfigArgs]
    """Which part of the answer the scorer sees. Default: all of it."""

    string_match_reward_scorer: Input[StringMatchRewardScorerArgs]
    """Compare with a text, or with the `references` of the dataset's line."""

    code_execution_reward_scorer: Input[CodeExecutionRewardScorerArgs]
    """Run a Python function."""

    autorater_scorer: Input[AutoraterScorerArgs]
    """Ask another model."""

    cloud_run_reward_scorer: Input[CloudRunRewardScorerArgs]
    """Call a Cloud Run service."""


class WeightedRewardConfigArgs(TypedDict, total=False):
    """One part of a composite reward.

    https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/tuning/reinforcement-tuning/reinforcement-tuning-job/reward-functions
    """

    reward_config: Required[Input[SingleReinforcementTuningRewardConfigArgs]]
    """The reward."""

    weight: Required[Input[float]]
    """How much it counts; the weights need not add up to 1, but to more than 0."""


class CompositeReinforcementTuningRewardConfigArgs(TypedDict, total=False):
    """The weighted mean of several rewards: sum of weight times reward, divided by the sum of the weights.

    https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/tuning/reinforcement-tuning/reinforcement-tuning-job/reward-functions
    """

    weighted_reward_configs: Required[Input[Sequence[Input[WeightedRewardConfigArgs]]]]
    """The rewards, at least one."""
