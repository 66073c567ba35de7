"""Pulumi programs with tuning jobs, as text. Knows what a program looks like, nothing of how it is run."""

from collections.abc import Mapping
from typing import Any

TRAINING, VALIDATION, PROMPTS = "gs://data/train.jsonl", "gs://data/validation.jsonl", "gs://data/prompts.jsonl"
OTHER_PROMPTS = "gs://data/other-prompts.jsonl"

SFT: dict[str, Any] = {
    "base_model": "gemini-3.5-flash",
    "supervised_tuning_spec": {"training_dataset_uri": TRAINING, "hyper_parameters": {"epoch_count": 2}},
    "tuned_model_display_name": "support",
}
"""A supervised job from a base model, with two checkpoints."""


class Code(str):
    """A piece of the program among its values: `Code("sft.tuned_model_name")` is not quoted."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


SOURCE = {"tuned_model_name": Code("sft.tuned_model_name"), "checkpoint_id": "1"}
"""Version and first checkpoint of the job `sft` before."""

RFT: dict[str, Any] = {
    "pre_tuned_model": SOURCE,
    "reinforcement_tuning_spec": {
        "training_dataset_uri": PROMPTS,
        "validation_dataset_uri": OTHER_PROMPTS,
        "hyper_parameters": {"epoch_count": 1, "batch_size": 16, "samples_per_prompt": 8},
        "single_reward_config": {
            "reward_name": "answer",
            "string_match_reward_scorer": {
                "string_match_expression": {"match_operation": "PARTIAL_MATCH", "expression": "{{references.answer}}"},
                "correct_answer_reward": 1,
                "wrong_answer_reward": -1,
            },
        },
    },
    "tuned_model_display_name": "support-rl",
}
"""A reinforcement job that continues from the job `sft` and makes a model of its own."""


def sft(**changes: Any) -> dict[str, Any]:
    """Arguments of a supervised job; None takes one away, `epoch_count` is that of its hyperparameters."""
    if "epoch_count" in changes:
        hyper_parameters = {"epoch_count": changes.pop("epoch_count")}
        changes["supervised_tuning_spec"] = {"training_dataset_uri": TRAINING, "hyper_parameters": hyper_parameters}
    return SFT | changes


def program(**jobs: Mapping[str, Any]) -> str:
    """A program that declares these jobs in order, by resource name, and exports what each of them made."""
    lines = ["import pulumi", "import pulumi_ctune as ctune"]
    for name, arguments in jobs.items():
        given = ", ".join(f"{key}={value!r}" for key, value in arguments.items() if value is not None)
        lines.append(f"{name} = ctune.ContinuousTuningJob({name!r}, {given})")
        lines.append(f"pulumi.export({name!r}, {name}.tuned_model_name)")
    return "\n".join(lines) + "\n"
