"""The names of what a resource's state holds. Imports nothing: the program needs them too.

The state is flat: the inputs as they were checked, the outputs, and hidden entries, which Pulumi shows to nobody.
"""

INPUTS = (
    "project",
    "location",
    "base_model",
    "pre_tuned_model",
    "supervised_tuning_spec",
    "reinforcement_tuning_spec",
    "preference_optimization_spec",
    "tuned_model_display_name",
    "description",
    "labels",
    "encryption_spec",
    "service_account",
    "triggers",
    "adopt_job",
    "deletion_policy",
)
"""Every input of the resource; each reads back as an attribute of the same name."""

OUTPUTS = (
    "name",
    "state",
    "tuned_model_name",
    "model",
    "version_id",
    "endpoint",
    "endpoint_id",
    "endpoint_location",
    "checkpoints",
    "default_checkpoint_id",
    "experiment",
    "source_model_name",
    "source_checkpoint_id",
    "create_time",
    "start_time",
    "end_time",
    "billable_token_count",
    "training_token_count",
    "dropped_example_count",
    "console_url",
    "metrics",
)
"""Every output of the resource."""

OPTIONAL_OUTPUTS = (
    "default_checkpoint_id",
    "experiment",
    "source_model_name",
    "source_checkpoint_id",
    "start_time",
    "end_time",
    "billable_token_count",
    "training_token_count",
    "dropped_example_count",
)
"""The outputs that may be None."""

OWNER = "__owner"
"""Who a resource belongs to: `organization`, `project`, `stack` and `name`; of a job also the `token` of this state
entry, of a deployment the `urn`, all as they were when it was made. `identity.Owner.of` reads it. Of an alias only
`SERVICE` is there.
"""

SERVICE = "service"
"""In `OWNER`: the kind of service that the resource was made at, `google` or `emulator`; states of 0.1.0 have none."""

MADE_MODEL = "__made_model"
"""Whether the job made a model of its own, rather than the next version of its source's."""

PUT_BEFORE = "__put_before"
"""What an update has still to take out at Google: keys of labels, a description. Only in the state of one that failed;
`metadata` reads it.
"""

HOLD = "__hold"
"""The mark that this state entry put on its model version, see `identity`; states of 0.1.0 have none."""

SHARED = "__shared"
"""Whether another resource had the job when this entry took it: then a delete leaves what the job made, whoever goes
first. Absent for what nobody else had.
"""

RECORDED = "__recorded"
"""Whether the outputs are complete; else the job has still to be waited for."""

PROGRAM = "__program"
"""What the program knows of service and identity. The check compares it and takes it out: no state ever holds it."""

SECRETS = "__secrets"
"""Which inputs the program marks as secret, each as the list of keys that lead to it, in inputs and state of every
resource that has some. Without values: these are where they always are. The engine hands secrets over in plain, and
before a read or delete there may be no check to tell.
"""
