"""The names of what an alias' state holds. Imports next to nothing: the program needs them too.

The state is flat: the inputs as they were checked, then the outputs.
"""

from pulumi_ctune.core.type_tokens import type_of

NAME = "ModelVersionAlias"
"""The name of the resource's class."""

TYPE = type_of(NAME)
"""The type of the resource in states and URNs."""

INPUTS = ("tuned_model_name", "alias", "require")
"""Every input of the resource; each reads back as an attribute of the same name."""

OUTPUTS = ("model", "version_id", "previous_version_id")
"""Every output of the resource."""
