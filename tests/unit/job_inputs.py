"""Inputs of tuning jobs that nothing is wrong with, to be changed by tests."""

from typing import Any

from pulumi_ctune.tuning_job.checks import check

PLACE: dict[str, Any] = {"project": "acme-ml", "location": "us-central1"}
MODEL = "projects/acme-ml/locations/us-central1/models/4711"
SFT: dict[str, Any] = {
    **PLACE,
    "base_model": "gemini-3.5-flash",
    "supervised_tuning_spec": {"training_dataset_uri": "gs://acme/sft.jsonl"},
}
DPO: dict[str, Any] = {
    **PLACE,
    "base_model": "gemini-2.5-flash",
    "preference_optimization_spec": {"training_dataset_uri": "gs://acme/dpo.jsonl"},
}
STRING_MATCH: dict[str, Any] = {
    "reward_name": "answer",
    "string_match_reward_scorer": {
        "correct_answer_reward": 1,
        "string_match_expression": {"match_operation": "EXACT_MATCH", "expression": "{{references.answer}}"},
    },
}
RFT: dict[str, Any] = {
    **PLACE,
    "pre_tuned_model": {"tuned_model_name": f"{MODEL}@2", "checkpoint_id": "2"},
    "reinforcement_tuning_spec": {"training_dataset_uri": "gs://acme/rft.jsonl", "single_reward_config": STRING_MATCH},
}


def sft(**hyper_parameters: Any) -> dict[str, Any]:
    return _with_hyper_parameters(SFT, "supervised_tuning_spec", hyper_parameters)


def dpo(**hyper_parameters: Any) -> dict[str, Any]:
    return _with_hyper_parameters(DPO, "preference_optimization_spec", hyper_parameters)


def rft(**hyper_parameters: Any) -> dict[str, Any]:
    return _with_hyper_parameters(RFT, "reinforcement_tuning_spec", hyper_parameters)


def _with_hyper_parameters(inputs: dict[str, Any], spec: str, hyper_parameters: dict[str, Any]) -> dict[str, Any]:
    return {**inputs, spec: {**inputs[spec], "hyper_parameters": hyper_parameters}}


def rft_with(**rewards: Any) -> dict[str, Any]:
    """An RFT job with these reward configurations and no other."""
    return {**RFT, "reinforcement_tuning_spec": {"training_dataset_uri": "gs://acme/rft.jsonl", **rewards}}


def composite(*entries: Any) -> dict[str, Any]:
    return rft_with(composite_reward_config={"weighted_reward_configs": list(entries)})


def reasons(inputs: dict[str, Any]) -> dict[str, str]:
    """What `check` finds, by property."""
    return {failure.property: failure.reason for failure in check(inputs)}
