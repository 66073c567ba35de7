"""The names of what a deployment's state holds besides `tuning_job.attributes.OWNER`.

Imports next to nothing: the program needs them too. The state is flat: the inputs as they were checked, the outputs,
and hidden entries, which Pulumi shows to nobody.
"""

from pulumi_ctune.core.type_tokens import type_of

NAME = "ModelDeployment"
"""The name of the resource's class."""

TYPE = type_of(NAME)
"""The type of the resource in states and URNs."""

INPUTS = ("endpoint", "tuned_model_name", "checkpoint_id", "traffic_percent", "require")
"""Every input of the resource; each reads back as an attribute of the same name."""

OUTPUTS = ("deployed_model_id", "model", "version_id", "previous_tuned_model_name", "previous_checkpoint_id", "metrics")
"""Every output of the resource."""

ENDPOINT_NAME = "__endpoint_name"
"""The endpoint's name as the server writes it, with the project's number."""

LEFT_OVER = "__left_over"
"""What is still to be undeployed, or was never brought to serve: deployed model id -> the operation that deploys it,
empty where none is under way. Absent when nothing is left to do.
"""
