"""A second version, trained on more examples. `prod` moves to it in place, because its loss is below the limit."""

import pulumi

import pulumi_ctune as ctune

datasets = pulumi.Config().require("datasets")

first = ctune.ContinuousTuningJob(
    "support-1",
    base_model="gemini-3.5-flash",
    supervised_tuning_spec={
        "training_dataset_uri": f"{datasets}/train.jsonl",
        "validation_dataset_uri": f"{datasets}/validation.jsonl",
        "hyper_parameters": {"epoch_count": 3},
    },
    tuned_model_display_name="support-bot",
)
second = ctune.ContinuousTuningJob(
    "support-2",
    pre_tuned_model={"tuned_model_name": first.tuned_model_name},
    supervised_tuning_spec={
        "training_dataset_uri": f"{datasets}/more.jsonl",
        "validation_dataset_uri": f"{datasets}/validation.jsonl",
        "hyper_parameters": {"epoch_count": 3},
    },
)
prod = ctune.ModelVersionAlias(
    "prod",
    tuned_model_name=second.tuned_model_name,
    alias="prod",
    require=[{"metric": "/eval_total_loss", "at_most": 1.2}],
)
pulumi.export("prod", prod.id)
pulumi.export("version_id", prod.version_id)
pulumi.export("previous_version_id", prod.previous_version_id)
