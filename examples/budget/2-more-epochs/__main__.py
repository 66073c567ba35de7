"""A limit on what a tuning job may cost: more epochs need a larger budget.

Set `datasets` to the gs:// folder with train.jsonl. Previews say the job's tokens and list price. An estimate above the
budget is refused; so is, once the service has counted, a job that is above it. `ctune:budget` limits all jobs.
"""

import pulumi

import pulumi_ctune as ctune

support = ctune.ContinuousTuningJob(
    "support",
    base_model="gemini-3.5-flash",
    supervised_tuning_spec={
        "training_dataset_uri": f"{pulumi.Config().require('datasets')}/train.jsonl",
        "hyper_parameters": {"epoch_count": 8},  # with a budget the number of epochs must be set
    },
    budget={"max_tokens": 400_000},
)
pulumi.export("tuned_model_name", support.tuned_model_name)
pulumi.export("training_token_count", support.training_token_count)
