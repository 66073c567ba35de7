"""Take over a tuning job from the console or a notebook instead of paying for it again. Waits if it is still running.

Set `job` to its id or full name and `datasets` to its gs:// folder, and write the other inputs as the job has them. An
error names every difference, and nothing is submitted.
"""

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
    adopt_job=config.require("job"),
)
pulumi.export("job", contracts.name)
pulumi.export("tuned_model_name", contracts.tuned_model_name)
