"""Tune on an object that this program does not manage, and again whenever it has another content.

Set `datasets` to the gs:// folder with train.jsonl, which some pipeline writes. Each preview and `up` asks for the
object's generation, and reads it to count its examples: `pulumi config set ctune:dataChecks head` leaves that out.
"""

import pulumi

import pulumi_ctune as ctune

train = ctune.get_dataset(f"{pulumi.Config().require('datasets')}/train.jsonl", method="sft")
support = ctune.ContinuousTuningJob(
    "support",
    base_model="gemini-3.5-flash",
    supervised_tuning_spec={"training_dataset_uri": train.uri, "hyper_parameters": {"epoch_count": 2}},
    triggers=[train.generation],  # another content is another generation
)
pulumi.export("tuned_model_name", support.tuned_model_name)
pulumi.export("trained_on", train.generation)
pulumi.export("examples", train.example_count)
