"""Supervised tuning, then reinforcement tuning that continues from its version and first checkpoint: versions 1 and 2.

Set `datasets` to the gs:// folder with the three files; stacks/datasets of this repository has examples.
"""

import pulumi

import pulumi_ctune as ctune

datasets = pulumi.Config().require("datasets")

sft = ctune.ContinuousTuningJob(
    "support-sft",
    base_model="gemini-3.5-flash",
    supervised_tuning_spec={
        "training_dataset_uri": f"{datasets}/support-sft-train.jsonl",
        "hyper_parameters": {"epoch_count": 2, "adapter_size": 16},  # the default size of reinforcement tuning
    },
    tuned_model_display_name="support-bot",
)
rft = ctune.ContinuousTuningJob(
    "support-rft",
    pre_tuned_model={"tuned_model_name": sft.tuned_model_name, "checkpoint_id": "1"},
    reinforcement_tuning_spec={
        "training_dataset_uri": f"{datasets}/support-rft-train.jsonl",
        "validation_dataset_uri": f"{datasets}/support-rft-validation.jsonl",
        "hyper_parameters": {"epoch_count": 2, "batch_size": 8, "samples_per_prompt": 4},
        "single_reward_config": {
            "reward_name": "routing",
            "parse_response_config": {"parse_type": "REGEX_EXTRACT", "regex_extract_expression": r"Result: (\S+)"},
            "string_match_reward_scorer": {
                "string_match_expression": {"match_operation": "EXACT_MATCH", "expression": "{{references.result}}"},
                "correct_answer_reward": 1,
                "wrong_answer_reward": -1,
            },
        },
    },
)
pulumi.export("sft", sft.tuned_model_name)
pulumi.export("rft", rft.tuned_model_name)
