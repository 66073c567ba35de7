"""What `warnings` says of inputs that are allowed but hardly meant."""

from typing import Any

import pytest

from pulumi_ctune.core.values import UNKNOWN
from pulumi_ctune.tuning_job.checks import warnings
from tests.unit.job_inputs import DPO, RFT, SFT, STRING_MATCH, composite, dpo, rft, rft_with, sft

RFT_PATH = "reinforcement_tuning_spec"
SINGLE = f"{RFT_PATH}.single_reward_config"
TWO_EPOCHS = {"hyper_parameters": {"epoch_count": 2}}
ENTRIES = f"{RFT_PATH}.composite_reward_config.weighted_reward_configs"


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        (
            {**SFT, "supervised_tuning_spec": {"training_dataset_uri": "gs://acme/*.jsonl", **TWO_EPOCHS}},
            [
                "supervised_tuning_spec.training_dataset_uri: 'gs://acme/*.jsonl' looks like a pattern; the service "
                "reads one object of exactly this name"
            ],
        ),
        (
            {**SFT, "supervised_tuning_spec": {"training_dataset_uri": "gs://acme/sft/", **TWO_EPOCHS}},
            [
                "supervised_tuning_spec.training_dataset_uri: 'gs://acme/sft/' looks like a folder; the service "
                "reads one object of exactly this name"
            ],
        ),
        (
            sft(learning_rate=1e-5, epoch_count=2),
            ["supervised_tuning_spec.hyper_parameters.learning_rate: for open models only, not for gemini-3.5-flash"],
        ),
        (
            dpo(beta=0, epoch_count=2),
            ["preference_optimization_spec.hyper_parameters.beta: 0 is outside of the advised 0.01 to 0.5"],
        ),
        (
            {**rft(thinking_budget=0), "pre_tuned_model": None, "base_model": "gemini-3.5-flash"},
            [
                f"{RFT_PATH}.hyper_parameters.thinking_budget: for Gemini 2.5 only; give thinking_level for "
                "gemini-3.5-flash"
            ],
        ),
        (
            rft(checkpoint_interval=5, evaluate_interval=2.0),
            [
                f"{RFT_PATH}.hyper_parameters.checkpoint_interval: 5 is not a multiple of evaluate_interval 2, so some "
                "checkpoints have no evaluation of their own"
            ],
        ),
        (
            composite({"weight": 1, "reward_config": STRING_MATCH}, {"weight": 2, "reward_config": STRING_MATCH}),
            [
                f"{ENTRIES}[{index}].reward_config.reward_name: give each reward a name of its own; its metrics carry "
                "it"
                for index in (0, 1)
            ],
        ),
        (
            rft_with(
                single_reward_config={
                    "string_match_reward_scorer": {
                        **STRING_MATCH["string_match_reward_scorer"],
                        "correct_answer_reward": 10,
                    },
                    "parse_response_config": {"regex_extract_expression": "(x)"},
                }
            ),
            [
                f"{SINGLE}.string_match_reward_scorer.correct_answer_reward: 10 is clipped to [-1, 1] by the service",
                f"{SINGLE}.parse_response_config.regex_extract_expression: not used without parse_type 'REGEX_EXTRACT'",
            ],
        ),
        (
            rft_with(
                single_reward_config={"autorater_scorer": {"autorater_config": {"autorater_model": "gemini-2.5-pro"}}}
            ),
            [
                f"{SINGLE}.autorater_scorer.autorater_config.autorater_model: 'gemini-2.5-pro' is not a full name, "
                "projects/PROJECT/locations/LOCATION/publishers/google/models/MODEL"
            ],
        ),
    ],
    ids=["pattern", "folder", "open models", "beta", "thinking", "intervals", "reward names", "reward", "judge"],
)
def test_what_is_hardly_meant_is_said(inputs: dict[str, Any], expected: list[str]) -> None:
    """One sentence each, at the field; the job goes ahead."""
    assert warnings(inputs) == expected


@pytest.mark.parametrize(
    "inputs",
    [
        sft(epoch_count=2),
        sft(epoch_count=UNKNOWN),
        dpo(epoch_count="2"),
        RFT,
        rft(checkpoint_interval=4, evaluate_interval=2, thinking_budget=0),
        rft(checkpoint_interval=UNKNOWN, evaluate_interval=2),
        {**sft(epoch_count=2), "base_model": UNKNOWN},
        composite(UNKNOWN, {"weight": 1, "reward_config": UNKNOWN}),
    ],
    ids=[
        "SFT",
        "unknown epochs",
        "DPO",
        "RFT",
        "intervals",
        "unknown",
        "unknown model",
        "unknown rewards",
    ],
)
def test_nothing_is_said_of_ordinary_inputs(inputs: dict[str, Any]) -> None:
    """Unknown values are skipped."""
    assert warnings(inputs) == []


@pytest.mark.parametrize("inputs", [SFT, DPO], ids=["SFT", "DPO"])
def test_epochs_that_are_left_to_the_service_are_warned_of(inputs: dict[str, Any]) -> None:
    """Users were surprised by the bill: the service may choose 40."""
    assert ["epoch_count: not set" in line for line in warnings(inputs)] == [True]
