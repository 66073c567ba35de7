"""Programs as users write them: mypy --strict and pyright accept every line. Never run."""

# pyright: strict

from typing import Any

import pulumi

import pulumi_ctune as ctune

config = pulumi.Config()

# Plain dicts, as on Google's pages.
sft = ctune.ContinuousTuningJob(
    "support-sft",
    base_model="gemini-3.5-flash",
    supervised_tuning_spec={
        "training_dataset_uri": "gs://acme/sft.jsonl",
        "hyper_parameters": {"epoch_count": 2, "adapter_size": 4, "learning_rate_multiplier": 1},
        "export_last_checkpoint_only": False,
    },
)
rft = ctune.ContinuousTuningJob(
    "support-rft",
    pre_tuned_model={"tuned_model_name": sft.tuned_model_name, "checkpoint_id": sft.default_checkpoint_id},
    reinforcement_tuning_spec={
        "training_dataset_uri": "gs://acme/rft.jsonl",
        "validation_dataset_uri": pulumi.Output.concat("gs://", config.require("bucket"), "/rft-val.jsonl"),
        "hyper_parameters": {"epoch_count": 1, "batch_size": 16, "samples_per_prompt": 8, "thinking_level": "LOW"},
        "single_reward_config": {
            "reward_name": "answer",
            "parse_response_config": {"parse_type": "REGEX_EXTRACT", "regex_extract_expression": "Result: (.*)"},
            "string_match_reward_scorer": {
                "correct_answer_reward": 1,
                "wrong_answer_reward": -0.5,
                "string_match_expression": {
                    "match_operation": "EXACT_MATCH",
                    "expression": "{{references.answer}}",
                },
            },
        },
    },
    tuned_model_display_name="support-bot-rl",
    labels={"team": "support", "stack": pulumi.Output.from_input(pulumi.get_stack())},
    encryption_spec={"kms_key_name": pulumi.Output.from_input("projects/p/locations/l/keyRings/r/cryptoKeys/k")},
    service_account=pulumi.Output.secret("tuner@acme.iam.gserviceaccount.com"),
    triggers=[1, "v2", sft.version_id],
    deletion_policy="ABANDON",
    opts=pulumi.ResourceOptions(custom_timeouts=pulumi.CustomTimeouts(create="24h"), depends_on=[sft]),
)

# Classes with keywords; dicts and classes mixed; hyperparameters kept in a variable.
hyper_parameters = ctune.ReinforcementTuningHyperParametersArgs(
    step_count=40,
    adapter_size="ADAPTER_SIZE_SIXTEEN",
    max_output_tokens=4096,
    evaluate_interval=config.require_int("evaluateInterval"),
    checkpoint_interval=pulumi.Output.from_input(10),
)
composite = ctune.ContinuousTuningJob(
    "support-composite",
    pre_tuned_model=ctune.PreTunedModelArgs(tuned_model_name=rft.tuned_model_name, checkpoint_id=3),
    reinforcement_tuning_spec=ctune.ReinforcementTuningSpecArgs(
        training_dataset_uri="gs://acme/rft.jsonl",
        hyper_parameters=hyper_parameters,
        composite_reward_config=ctune.CompositeReinforcementTuningRewardConfigArgs(
            weighted_reward_configs=[
                {"weight": 0.5, "reward_config": {"code_execution_reward_scorer": {"python_code_snippet": "..."}}},
                ctune.WeightedRewardConfigArgs(
                    weight=1,
                    reward_config=ctune.SingleReinforcementTuningRewardConfigArgs(
                        reward_name="polite",
                        autorater_scorer=ctune.AutoraterScorerArgs(
                            autorater_prompt="Is {{response}} polite?",
                            autorater_config=ctune.AutoraterConfigArgs(
                                sampling_count=8, generation_config={"temperature": 0.2}
                            ),
                            parsed_response_conversion_scorer={},
                        ),
                    ),
                ),
                {
                    "weight": 2.5,
                    "reward_config": {
                        "cloud_run_reward_scorer": ctune.CloudRunRewardScorerArgs(
                            cloud_run_uri=pulumi.Output.from_input("https://reward.a.run.app")
                        )
                    },
                },
            ]
        ),
    ),
    encryption_spec=ctune.EncryptionSpecArgs(kms_key_name="projects/p/locations/l/keyRings/r/cryptoKeys/k"),
)

# A whole spec may be an Output, and one spec may be made from another.
spec: ctune.SupervisedTuningSpecArgs = {"training_dataset_uri": "gs://acme/sft.jsonl"}
spec["hyper_parameters"] = {"epoch_count": 3}
later = ctune.ContinuousTuningJob(
    "later",
    pre_tuned_model={"tuned_model_name": composite.tuned_model_name},
    supervised_tuning_spec=pulumi.Output.from_input(spec),
    project=config.get("project"),
    location="europe-west4",
)
variant: ctune.SupervisedTuningSpecArgs = {**spec, "validation_dataset_uri": "gs://acme/val.jsonl"}
evaluated = ctune.SupervisedTuningSpecArgs(
    training_dataset_uri="gs://acme/sft.jsonl",
    tuning_mode="TUNING_MODE_PEFT_ADAPTER",
    evaluation_config={
        "metrics": [{"rouge_spec": {"rouge_type": "rougeL"}}],
        "output_config": {"gcs_destination": {"output_uri_prefix": "gs://acme/out"}},
    },
)
dpo = ctune.ContinuousTuningJob(
    "support-dpo",
    base_model="gemini-2.5-flash",
    preference_optimization_spec=ctune.PreferenceOptimizationSpecArgs(
        training_dataset_uri="gs://acme/dpo.jsonl",
        hyper_parameters=ctune.PreferenceOptimizationHyperParametersArgs(beta=0.1, epoch_count=1, adapter_size=8),
    ),
)

# What comes out.
name: pulumi.Output[str] = sft.name
version_id: pulumi.Output[str] = sft.version_id
checkpoint_id: pulumi.Output[str] = sft.checkpoints.apply(lambda checkpoints: checkpoints[-1].checkpoint_id)
loss: pulumi.Output[float] = sft.metrics.apply(lambda metrics: metrics["/eval_total_loss"])
release: pulumi.Output[dict[str, Any]] = rft.release
looked_up: ctune.ContinuousTuningJob = ctune.ContinuousTuningJob.get("other", "projects/1/locations/l/tuningJobs/2")
pulumi.export("release", release)

# Promotion.
gates: list[ctune.MetricRequirementArgs] = [{"metric": "/eval_total_loss", "at_most": 0.8}]
alias = ctune.ModelVersionAlias(
    "prod",
    tuned_model_name=rft.tuned_model_name,
    alias="prod",
    require=[*gates, ctune.MetricRequirementArgs(metric="/eval_mean_reward", at_least=0.5, aggregate="max")],
)
ctune.ModelVersionAlias("dev", tuned_model_name=name, alias=pulumi.get_stack(), require=gates)
copied = ctune.ModelCopy(
    "to-prod",
    source_model_name=rft.tuned_model_name,
    project="acme-prod",
    location="us-central1",
    encryption_spec={"kms_key_name": "k"},
    labels={"stage": "prod"},
    deletion_policy="PREVENT",
    require=gates,
)
copied_name: pulumi.Output[str] = copied.tuned_model_name
moved_from: pulumi.Output[str | None] = alias.previous_version_id
found: ctune.TunedModel = ctune.get_tuned_model("4711@prod", project="acme", location="us-central1")
pinned: str = found.tuned_model_name
later_found: pulumi.Output[ctune.TunedModel] = ctune.get_tuned_model_output(alias.id)
serving: pulumi.Output[str | None] = later_found.apply(lambda model: model.endpoint)
dataset: ctune.Dataset = ctune.get_dataset("gs://acme/sft.jsonl", method="sft")
tokens: ctune.TokenEstimate | None = dataset.token_estimate
later_dataset: pulumi.Output[ctune.Dataset] = ctune.get_dataset_output(pulumi.Output.concat("gs://", "acme", "/o"))
content: pulumi.Output[str] = later_dataset.generation

live = ctune.ModelDeployment(
    "live",
    endpoint=config.require("endpoint"),
    tuned_model_name=rft.tuned_model_name,
    checkpoint_id=2,
    traffic_percent=config.get_int("trafficPercent"),
    require=gates,
    opts=pulumi.ResourceOptions(custom_timeouts=pulumi.CustomTimeouts(update="2h")),
)
ctune.ModelDeployment("canary", endpoint=live.endpoint, tuned_model_name=name, checkpoint_id="2", traffic_percent=10)
roll_back_to: pulumi.Output[str | None] = live.previous_tuned_model_name
its_checkpoint: pulumi.Output[str | None] = live.previous_checkpoint_id
judged_by: pulumi.Output[dict[str, float]] = live.metrics
