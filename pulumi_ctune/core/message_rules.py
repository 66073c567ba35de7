"""The rules of the API's messages: ranges, required fields, one of several, and what two fields must have in common.

Mostly tables by message. A rule over several fields is skipped while one of them is not known yet. Only what is certain
stands here; what the service merely advises, or was seen to accept against its own pages, is in an `advice` module or
nowhere.

Sources:
https://docs.cloud.google.com/gemini-enterprise-agent-platform/reference/rest/v1beta1/projects.locations.tuningJobs
https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/tuning/reinforcement-tuning/reinforcement-tuning-job/hyperparameters
https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/tuning/reinforcement-tuning/reinforcement-tuning-job/reward-functions

"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pulumi_ctune.core import grammar
from pulumi_ctune.core.canonical import canonical_value
from pulumi_ctune.core.fields import fields_of
from pulumi_ctune.core.messages import Findings, any_of, child, show
from pulumi_ctune.core.names import ModelName
from pulumi_ctune.core.values import Unknown, is_number

DEFAULT_BATCH_SIZE = 32  # prompts
DEFAULT_SAMPLES_PER_PROMPT = 16
DEFAULT_MAX_OUTPUT_TOKENS = 32_768
MOST_STEPS = 500  # of reinforcement tuning
MOST_ANSWERS_PER_STEP = 8192  # for text; 1024 for datasets with media, which only the server can tell
_ANSWERS_MULTIPLE = 16

_RFT = "ReinforcementTuningHyperParameters"
_COMPOSITE = "CompositeReinforcementTuningRewardConfig"
_STRING_MATCH = "ReinforcementTuningStringMatchRewardScorer"


@dataclass(frozen=True)
class Range:
    """Numbers from `low` to `high`, both allowed, unless `above` says that `low` itself is not."""

    low: float
    high: float = math.inf
    above: bool = False

    def reason(self, value: float) -> str:
        """Why `value` is outside; "" if it is not."""
        if value < self.low or (self.above and value == self.low):
            return f"{show(value)} is too small: {self}"
        return f"{show(value)} is too large: {self}" if value > self.high else ""

    def __str__(self) -> str:
        if self.high < math.inf:
            return f"{show(self.low)} to {show(self.high)} is allowed"
        return f"it must be above {show(self.low)}" if self.above else f"{show(self.low)} or more is allowed"


_FROM_ONE = Range(1)
_POSITIVE = Range(0, above=True)

RANGES: Mapping[tuple[str, str], Range] = {
    ("SupervisedHyperParameters", "epoch_count"): _FROM_ONE,
    ("SupervisedHyperParameters", "batch_size"): _FROM_ONE,
    ("SupervisedHyperParameters", "learning_rate"): _POSITIVE,
    ("SupervisedHyperParameters", "learning_rate_multiplier"): _POSITIVE,
    ("PreferenceOptimizationHyperParameters", "epoch_count"): _FROM_ONE,
    ("PreferenceOptimizationHyperParameters", "learning_rate_multiplier"): _POSITIVE,
    ("PreferenceOptimizationHyperParameters", "beta"): Range(0),
    (_RFT, "epoch_count"): _FROM_ONE,
    (_RFT, "step_count"): Range(1, MOST_STEPS),
    (_RFT, "learning_rate_multiplier"): Range(0.25, 4),
    (_RFT, "batch_size"): _FROM_ONE,
    (_RFT, "samples_per_prompt"): _FROM_ONE,
    (_RFT, "max_output_tokens"): Range(1, 32768),
    (_RFT, "thinking_budget"): Range(-1),
    (_RFT, "evaluate_interval"): _FROM_ONE,
    (_RFT, "checkpoint_interval"): _FROM_ONE,
    ("AutoraterConfig", "sampling_count"): Range(1, 32),
}

FORMS: Mapping[tuple[str, str], Callable[[str], str]] = {
    ("PreTunedModel", "tuned_model_name"): grammar.tuned_model_name,
    ("SupervisedTuningSpec", "training_dataset_uri"): grammar.dataset_uri,
    ("SupervisedTuningSpec", "validation_dataset_uri"): grammar.dataset_uri,
    ("PreferenceOptimizationSpec", "training_dataset_uri"): grammar.dataset_uri,
    ("PreferenceOptimizationSpec", "validation_dataset_uri"): grammar.dataset_uri,
    ("ReinforcementTuningSpec", "training_dataset_uri"): grammar.dataset_uri,
    ("ReinforcementTuningSpec", "validation_dataset_uri"): grammar.dataset_uri,
    ("ReinforcementTuningCloudRunRewardScorer", "cloud_run_uri"): grammar.https_url,
    ("EncryptionSpec", "kms_key_name"): grammar.kms_key_name,
}

REQUIRED: Mapping[tuple[str, str], str] = {
    ("PreTunedModel", "tuned_model_name"): f"the model to continue from, {ModelName.FORM}",
    ("SupervisedTuningSpec", "training_dataset_uri"): f"the dataset, {grammar.DATASET_FORMS}",
    ("PreferenceOptimizationSpec", "training_dataset_uri"): f"the dataset, {grammar.DATASET_FORMS}",
    ("ReinforcementTuningSpec", "training_dataset_uri"): f"the dataset, {grammar.DATASET_FORMS}",
    ("EncryptionSpec", "kms_key_name"): f"the key, {grammar.KEY_FORM}",
    ("EvaluationConfig", "metrics"): "the metrics to compute",
    ("EvaluationConfig", "output_config"): "where results go, {'gcs_destination': {'output_uri_prefix': 'gs://...'}}",
    ("ReinforcementTuningCodeExecutionRewardScorer", "python_code_snippet"): (
        "Python source that defines evaluate(example, response)"
    ),
    ("ReinforcementTuningCloudRunRewardScorer", "cloud_run_uri"): "the https URL of the Cloud Run service",
    (_COMPOSITE, "weighted_reward_configs"): "at least one {'reward_config': {...}, 'weight': 1}",
    (f"{_COMPOSITE}WeightedRewardConfig", "reward_config"): "the reward that is weighted",
    (f"{_COMPOSITE}WeightedRewardConfig", "weight"): "how much this reward counts, such as 1",
    (f"{_STRING_MATCH}StringMatchExpression", "match_operation"): (
        "how to compare, 'REGEX_CONTAINS', 'PARTIAL_MATCH' or 'EXACT_MATCH'"
    ),
    (f"{_STRING_MATCH}JsonMatchExpression", "key_name"): "the key whose value is compared",
    (f"{_STRING_MATCH}JsonMatchExpression", "value_string_match_expression"): "how to compare the key's value",
}
"""What to give, by message and field. Empty texts and lists count as missing, as on the wire."""

EXACTLY_ONE: Mapping[str, Sequence[str]] = {
    "ReinforcementTuningSpec": ("single_reward_config", "composite_reward_config"),
    "SingleReinforcementTuningRewardConfig": (
        "string_match_reward_scorer",
        "code_execution_reward_scorer",
        "autorater_scorer",
        "cloud_run_reward_scorer",
    ),
    _STRING_MATCH: ("string_match_expression", "json_match_expression"),
}

AT_MOST_ONE: Mapping[str, Sequence[Sequence[str]]] = {
    "SupervisedHyperParameters": (("learning_rate_multiplier", "learning_rate"),),
    _RFT: (("epoch_count", "step_count"), ("thinking_level", "thinking_budget")),
    "ReinforcementTuningAutoraterScorer": (("exact_match_scorer", "parsed_response_conversion_scorer"),),
}


def check_message(message: str, value: Mapping[str, Any], path: str, found: Findings) -> None:
    """Add what is wrong with a message as a whole; its fields' own kinds and ranges are checked elsewhere."""
    given = {key: item for key, item in value.items() if item is not None}
    for (owner, name), what in REQUIRED.items():
        if owner == message and given.get(name, "") in ("", [], ()):
            found.setdefault(child(path, name), f"missing: give {what}")
    if group := EXACTLY_ONE.get(message):
        check_one_of(group, given, path, found, missing_at=path)
    for group in AT_MOST_ONE.get(message, ()):
        check_one_of(group, given, path, found)
    if rule := _RELATIONS.get(message):
        rule(given, path, found)


def check_one_of(
    group: Sequence[str], given: Mapping[str, Any], path: str, found: Findings, *, missing_at: str | None = None
) -> None:
    """At most one field of the group, and at least one too if `missing_at` says where to report that none is there.

    An unknown value may turn out to be no value at all, so it counts neither way.
    """
    first, *others = [name for name in group if not isinstance(given.get(name), Unknown) and name in given] or [""]
    for name in others:
        found.setdefault(child(path, name), f"given together with {first}: only one of {any_of(group)} is allowed")
    if not first and missing_at is not None and not any(name in given for name in group):
        found.setdefault(missing_at, f"missing: give exactly one of {any_of(group)}")


def _check_answers_per_step(given: Mapping[str, Any], path: str, found: Findings) -> None:
    batch_size = _whole(given.get("batch_size", DEFAULT_BATCH_SIZE))
    samples = _whole(given.get("samples_per_prompt", DEFAULT_SAMPLES_PER_PROMPT))
    if not batch_size or not samples or min(batch_size, samples) < 1:
        return
    answers = batch_size * samples
    if answers % _ANSWERS_MULTIPLE == 0 and answers <= MOST_ANSWERS_PER_STEP:
        return
    name, value, other = ("batch_size", batch_size, samples)
    if "batch_size" not in given or samples > MOST_ANSWERS_PER_STEP:
        name, value, other = ("samples_per_prompt", samples, batch_size)
    factor = _ANSWERS_MULTIPLE // math.gcd(_ANSWERS_MULTIPLE, other)
    largest = MOST_ANSWERS_PER_STEP // other // factor * factor
    nearest = min(max((value + factor // 2) // factor * factor, factor), largest)
    found.setdefault(
        child(path, name),
        f"batch_size {batch_size} times samples_per_prompt {samples} is {answers}: the product must be a multiple of "
        f"{_ANSWERS_MULTIPLE} and at most {MOST_ANSWERS_PER_STEP}"
        + (f"; the nearest {name} is {nearest}" if nearest > 0 else ""),
    )


def _check_weights(given: Mapping[str, Any], path: str, found: Findings) -> None:
    """The service divides by the sum of the weights."""
    entries = given.get("weighted_reward_configs")
    if not isinstance(entries, list | tuple) or not all(isinstance(entry, Mapping) for entry in entries):
        return
    weights = [entry.get("weight") for entry in entries]
    if weights and all(is_number(weight) for weight in weights) and sum(weights) <= 0:
        found.setdefault(
            child(path, "weighted_reward_configs"),
            f"the weights add up to {show(sum(weights))}: their sum must be above 0",
        )


def _check_regex(given: Mapping[str, Any], path: str, found: Findings) -> None:
    if given.get("parse_type") == "REGEX_EXTRACT" and given.get("regex_extract_expression", "") == "":
        found.setdefault(
            child(path, "regex_extract_expression"), "missing: parse_type 'REGEX_EXTRACT' needs an expression"
        )


_RELATIONS: Mapping[str, Callable[[Mapping[str, Any], str, Findings], None]] = {
    _RFT: _check_answers_per_step,
    _COMPOSITE: _check_weights,
    "ReinforcementTuningParseResponseConfig": _check_regex,
}


def _whole(value: Any) -> int | None:
    """The whole number that `value` spells, None if it is unknown or none."""
    value = canonical_value(fields_of(_RFT)["batch_size"], value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
