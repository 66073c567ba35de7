"""The job is in the state: remove `adopt_job` and the config `job`, and nothing changes."""

import pulumi

import pulumi_ctune as ctune

config = pulumi.Config()

contracts = ctune.ContinuousTuningJob(
    "contracts",
    base_model="gemini-3.5-flash",
    supervised_tuning_spec={
        "training_dataset_uri": f"{config.require('datasets')}/train.jsonl",
        "hyper_parameters": {"epoch_count": 3, "adapter_size": 4},
    },
    tuned_model_display_name="contracts",
)
pulumi.export("job", contracts.name)
pulumi.export("tuned_model_name", contracts.tuned_model_name)
