"""An alias `prod` on the version that production uses, as long as its loss on the validation data is low enough.

Set `datasets` to the gs:// folder with train.jsonl and validation.jsonl, later more.jsonl (2-next-version).
"""

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
prod = ctune.ModelVersionAlias(
    "prod",
    tuned_model_name=first.tuned_model_name,
    alias="prod",
    require=[{"metric": "/eval_total_loss", "at_most": 1.2}],
)
pulumi.export("prod", prod.id)  # what get_tuned_model takes in the stacks that serve
pulumi.export("version_id", prod.version_id)
pulumi.export("previous_version_id", prod.previous_version_id)
