"""The tuned support model of one environment: supervised fine-tuning first, then reinforcement fine-tuning on top.

One program for all stacks; `Pulumi.<stack>.yaml` says which project, which data, and whether Google or the stand-in.
"""

import pulumi

import pulumi_ctune as ctune

config = pulumi.Config()
datasets = config.require("datasets")  # gs://BUCKET[/FOLDER]
labels = {"team": "support", "environment": pulumi.get_stack()}

sft = ctune.ContinuousTuningJob(
    "support-sft",
    base_model=config.get("baseModel") or "gemini-3.5-flash",
    supervised_tuning_spec={
        "training_dataset_uri": f"{datasets}/support-sft-train.jsonl",
        "validation_dataset_uri": f"{datasets}/support-sft-validation.jsonl",
        "hyper_parameters": {"epoch_count": 2, "adapter_size": 4},
    },
    tuned_model_display_name="support-bot",
    labels=labels,
)

rft = ctune.ContinuousTuningJob(
    "support-rft",
    pre_tuned_model={"tuned_model_name": sft.tuned_model_name, "checkpoint_id": sft.default_checkpoint_id},
    reinforcement_tuning_spec={
        "training_dataset_uri": f"{datasets}/support-rft-train.jsonl",
        "validation_dataset_uri": f"{datasets}/support-rft-validation.jsonl",
        "hyper_parameters": {"epoch_count": 2, "batch_size": 8, "samples_per_prompt": 4},
        "single_reward_config": {
            "reward_name": "routing",
            "parse_response_config": {
                "parse_type": "REGEX_EXTRACT",
                "regex_extract_expression": r"Result: (\S+)",
            },
            "string_match_reward_scorer": {
                "string_match_expression": {
                    "match_operation": "EXACT_MATCH",
                    "expression": "{{references.result}}",
                },
                "correct_answer_reward": 1,
                "wrong_answer_reward": -1,
            },
        },
    },
    tuned_model_display_name="support-bot-rl",  # another name than the source's: a new model, not its next version
    labels=labels,
)

for name, job in (("sft", sft), ("rft", rft)):
    pulumi.export(f"{name}_model", job.tuned_model_name)
    pulumi.export(f"{name}_endpoint", job.endpoint)
    pulumi.export(f"{name}_checkpoints", job.checkpoints)
pulumi.export("release", rft.release)
