"""The names of what a resource's state holds. Imports nothing: the program needs them too.

The state is flat: the inputs as they were checked, the outputs, and hidden entries, which Pulumi shows to nobody.
"""

TYPE = "pulumi-python:dynamic/ctune:ContinuousTuningJob"
"""The type of the resource in states and URNs."""

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


MADE_MODEL = "__made_model"
"""Whether the job made a model of its own, rather than the next version of its source's."""

PUT_BEFORE = "__put_before"
"""What an update has still to take out at Google: keys of labels, a description. Only in the state of one that failed;
`metadata` reads it.
"""
