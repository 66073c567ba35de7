"""A third version and a lower limit, which it misses: `pulumi up` fails, and `prod` stays where it is."""

import pulumi

import pulumi_ctune as ctune

datasets = pulumi.Config().require("datasets")


def trained_on(file: str) -> ctune.SupervisedTuningSpecArgs:
    return {
        "training_dataset_uri": f"{datasets}/{file}",
        "validation_dataset_uri": f"{datasets}/validation.jsonl",
        "hyper_parameters": {"epoch_count": 3},
    }


first = ctune.ContinuousTuningJob(
    "support-1",
    base_model="gemini-3.5-flash",
    supervised_tuning_spec=trained_on("train.jsonl"),
    tuned_model_display_name="support-bot",
)
second = ctune.ContinuousTuningJob(
    "support-2",
    pre_tuned_model={"tuned_model_name": first.tuned_model_name},
    supervised_tuning_spec=trained_on("more.jsonl"),
)
third = ctune.ContinuousTuningJob(
    "support-3",
    pre_tuned_model={"tuned_model_name": second.tuned_model_name},
    supervised_tuning_spec=trained_on("more.jsonl"),
)
limit: ctune.MetricRequirementArgs = {"metric": "/eval_total_loss", "at_most": 0.1}
prod = ctune.ModelVersionAlias("prod", tuned_model_name=third.tuned_model_name, alias="prod", require=[limit])
pulumi.export("prod", prod.id)
pulumi.export("version_id", prod.version_id)
pulumi.export("previous_version_id", prod.previous_version_id)
