"""The chain of tuning jobs: supervised fine-tuning first, then reinforcement fine-tuning on top of it."""

from collections.abc import Mapping

import pulumi

import pulumi_ctune as ctune
from data import Datasets

ROUTING_REWARD: ctune.SingleReinforcementTuningRewardConfigArgs = {
    "reward_name": "routing",
    "parse_response_config": {"parse_type": "REGEX_EXTRACT", "regex_extract_expression": r"Result: (\S+)"},
    "string_match_reward_scorer": {
        "string_match_expression": {"match_operation": "EXACT_MATCH", "expression": "{{references.result}}"},
        "correct_answer_reward": 1,
        "wrong_answer_reward": -1,
    },
}


class TunedBot(pulumi.ComponentResource):
    """The support model: `sft` learns the tone from answers, `rft` the routing from rewards."""

    def __init__(
        self,
        name: str,
        *,
        base_model: str,
        datasets: Datasets,
        labels: Mapping[str, str],
        service_account: pulumi.Input[str] | None = None,
        kms_key_name: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("support-bot:tuning:TunedBot", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        encryption_spec: ctune.EncryptionSpecArgs | None = {"kms_key_name": kms_key_name} if kms_key_name else None
        self.sft = ctune.ContinuousTuningJob(
            "support-sft",
            base_model=base_model,
            supervised_tuning_spec={
                "training_dataset_uri": datasets.uri("support-sft-train"),
                "validation_dataset_uri": datasets.uri("support-sft-validation"),
                "hyper_parameters": {"epoch_count": 2, "adapter_size": 4},
            },
            tuned_model_display_name=f"support-bot-{pulumi.get_stack()}",
            service_account=service_account,
            encryption_spec=encryption_spec,
            labels=labels,
            triggers=datasets.generations("support-sft-train", "support-sft-validation"),
            opts=child,
        )
        self.rft = ctune.ContinuousTuningJob(
            "support-rft",
            pre_tuned_model={
                "tuned_model_name": self.sft.tuned_model_name,
                "checkpoint_id": self.sft.default_checkpoint_id,
            },
            reinforcement_tuning_spec={
                "training_dataset_uri": datasets.uri("support-rft-train"),
                "validation_dataset_uri": datasets.uri("support-rft-validation"),
                "hyper_parameters": {
                    "epoch_count": 2,
                    "batch_size": 8,
                    "samples_per_prompt": 4,
                    "max_output_tokens": 2048,  # of each sampled answer: what the price hangs on
                },
                "single_reward_config": ROUTING_REWARD,
            },
            # Another name than the source's: a new model, not the next version of the source's.
            tuned_model_display_name=f"support-bot-{pulumi.get_stack()}-rl",
            service_account=service_account,
            encryption_spec=encryption_spec,
            labels=labels,
            triggers=datasets.generations("support-rft-train", "support-rft-validation"),
            opts=child,
        )
        self.release = self.rft.release
        self.register_outputs({"release": self.release})
