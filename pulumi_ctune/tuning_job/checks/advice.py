"""What is worth a warning in a job's inputs: allowed, but hardly meant, or against Google's advice.

Never blocks a job. Reads inputs that `checks` found nothing wrong with; unknown values are skipped.

Sources:
https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/tuning/reinforcement-tuning/reinforcement-tuning-job/hyperparameters
https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/tuning/reinforcement-tuning/reinforcement-tuning-job/reward-functions
https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/gemini-use-preference-tuning
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from pulumi_ctune.core.canonical import canonical_inputs
from pulumi_ctune.core.fields import SPECS
from pulumi_ctune.core.messages import show
from pulumi_ctune.core.values import UNKNOWN, Unknown

_ADVISED_BETA = (0.01, 0.5)
_FULL_NAME = re.compile(r"projects/[^/]+/locations/[^/]+/.+")


def warnings(inputs: Mapping[str, Any]) -> list[str]:
    """One sentence each, starting with the field's path."""
    # Unknown values go first: a key that is not there is what each question below can do without.
    known = _without_unknown(canonical_inputs(inputs))
    return [*_of_datasets(known), *_of_epochs(inputs), *_of_hyper_parameters(known), *_of_rewards(known)]


def _of_datasets(inputs: Mapping[str, Any]) -> Iterator[str]:
    for spec in SPECS:
        for name in ("training_dataset_uri", "validation_dataset_uri"):
            uri = inputs.get(spec, {}).get(name, "")
            if uri.endswith("/") or re.search(r"[*?\[\]]", uri):
                what = "a folder" if uri.endswith("/") else "a pattern"
                yield f"{spec}.{name}: {show(uri)} looks like {what}; the service reads one object of exactly this name"


def _of_epochs(inputs: Mapping[str, Any]) -> Iterator[str]:
    """Reinforcement tuning has a documented bound; of the other two the service may train a small dataset 40 times."""
    for spec in ("supervised_tuning_spec", "preference_optimization_spec"):
        given = inputs.get(spec)
        hyper_parameters = given.get("hyper_parameters") or {} if isinstance(given, Mapping) else UNKNOWN
        if isinstance(hyper_parameters, Mapping) and hyper_parameters.get("epoch_count") is None:
            yield (
                f"{spec}.hyper_parameters.epoch_count: not set, so the service chooses it, for a small dataset as many "
                "as 40 epochs, and each is paid for"
            )


def _of_hyper_parameters(inputs: Mapping[str, Any]) -> Iterator[str]:
    base_model = inputs.get("base_model", "")
    path = "supervised_tuning_spec.hyper_parameters"
    supervised = inputs.get("supervised_tuning_spec", {}).get("hyper_parameters", {})
    if base_model.startswith("gemini-"):
        for name in ("learning_rate", "batch_size"):
            if name in supervised:
                yield f"{path}.{name}: for open models only, not for {base_model}"
    path = "preference_optimization_spec.hyper_parameters"
    beta = inputs.get("preference_optimization_spec", {}).get("hyper_parameters", {}).get("beta")
    lowest, highest = _ADVISED_BETA
    if beta is not None and not lowest <= beta <= highest:
        yield f"{path}.beta: {show(beta)} is outside of the advised {lowest} to {highest}"
    path = "reinforcement_tuning_spec.hyper_parameters"
    reinforcement = inputs.get("reinforcement_tuning_spec", {}).get("hyper_parameters", {})
    if "thinking_budget" in reinforcement and re.match(r"gemini-(?!2\.)\d", base_model):
        yield f"{path}.thinking_budget: for Gemini 2.5 only; give thinking_level for {base_model}"
    checkpoints, evaluations = reinforcement.get("checkpoint_interval"), reinforcement.get("evaluate_interval")
    if checkpoints and evaluations and checkpoints % evaluations:
        yield (
            f"{path}.checkpoint_interval: {checkpoints} is not a multiple of evaluate_interval {evaluations}, so some "
            "checkpoints have no evaluation of their own"
        )


def _of_rewards(inputs: Mapping[str, Any]) -> Iterator[str]:
    spec, path = inputs.get("reinforcement_tuning_spec", {}), "reinforcement_tuning_spec"
    if single := spec.get("single_reward_config"):
        yield from _of_reward(single, f"{path}.single_reward_config")
    path = f"{path}.composite_reward_config.weighted_reward_configs"
    rewards = [
        entry.get("reward_config", {})
        for entry in spec.get("composite_reward_config", {}).get("weighted_reward_configs", ())
    ]
    for index, reward in enumerate(rewards):
        yield from _of_reward(reward, f"{path}[{index}].reward_config")
    names = Counter(reward.get("reward_name", "") for reward in rewards)
    for index, reward in enumerate(rewards):
        if len(rewards) > 1 and names[reward.get("reward_name", "")] > 1:
            yield f"{path}[{index}].reward_config.reward_name: give each reward a name of its own; its metrics carry it"


def _of_reward(reward: Mapping[str, Any], path: str) -> Iterator[str]:
    autorater = reward.get("autorater_scorer", {})
    scorers = {
        "string_match_reward_scorer": reward.get("string_match_reward_scorer", {}),
        "autorater_scorer.exact_match_scorer": autorater.get("exact_match_scorer", {}),
    }
    for place, scorer in scorers.items():
        for name in ("correct_answer_reward", "wrong_answer_reward"):
            if abs(scorer.get(name, 0)) > 1:
                yield f"{path}.{place}.{name}: {show(scorer[name])} is clipped to [-1, 1] by the service"
    parsers = {
        "parse_response_config": reward.get("parse_response_config", {}),
        "autorater_scorer.autorater_response_parse_config": autorater.get("autorater_response_parse_config", {}),
    }
    for place, parser in parsers.items():
        if "regex_extract_expression" in parser and parser.get("parse_type") != "REGEX_EXTRACT":
            yield f"{path}.{place}.regex_extract_expression: not used without parse_type 'REGEX_EXTRACT'"
    model = autorater.get("autorater_config", {}).get("autorater_model", "")
    if model and not _FULL_NAME.fullmatch(model):
        form = "projects/PROJECT/locations/LOCATION/publishers/google/models/MODEL"
        yield f"{path}.autorater_scorer.autorater_config.autorater_model: {show(model)} is not a full name, {form}"


def _without_unknown(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _without_unknown(item) for key, item in value.items() if not isinstance(item, Unknown)}
    if isinstance(value, list):
        return [_without_unknown(item) for item in value if not isinstance(item, Unknown)]
    return value
