"""The names of what a copy's state holds besides `core.hidden`. Imports next to nothing: the program needs them too.

The state is flat: the inputs as they were checked, the outputs, and hidden entries, which Pulumi shows to nobody.
"""

from pulumi_ctune.core.type_tokens import type_of

NAME = "ModelCopy"
"""The name of the resource's class."""

TYPE = type_of(NAME)
"""The type of the resource in states and URNs."""

INPUTS = (
    "source_model_name",
    "project",
    "location",
    "model_id",
    "parent_model",
    "encryption_spec",
    "labels",
    "deletion_policy",
    "require",
)
"""Every input of the resource; each reads back as an attribute of the same name."""

OUTPUTS = ("tuned_model_name", "model", "version_id", "checkpoints", "base_model", "create_time")
"""Every output of the resource. All but `model` are absent while the copy is under way."""

TARGET = "__target"
"""The model that the copy is a version of, as it was asked for: `projects/P/locations/L/models/M`."""

SOURCE = "__source"
"""The version that was copied, as the server writes its name. Absent while the copy is under way."""

EARLIER = "__earlier"
"""The versions that earlier inputs made under the same model: a delete takes them along. Absent where there are none.
"""
