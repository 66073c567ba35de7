"""Read: where an alias is now.

Gone means that nobody has it, or that its model is gone.
"""

from collections.abc import Mapping
from typing import Any

from pulumi_ctune.alias.attributes import INPUTS
from pulumi_ctune.alias.outputs import state_of
from pulumi_ctune.core import import_ids, names
from pulumi_ctune.core.api import ModelVersion, Vertex
from pulumi_ctune.core.errors import NotFoundError
from pulumi_ctune.core.hidden import OWNER
from pulumi_ctune.core.names import ModelName
from pulumi_ctune.core.outcomes import Found
from pulumi_ctune.core.retry import WaitContext, explaining, patiently

_WHAT = "the alias could not be read"


def read(vertex: Vertex, context: WaitContext, alias_id: str, state: Mapping[str, Any]) -> Found | None:
    """Return where the alias is now, or None when alias or model are gone.

    `state` is what was recorded; without `model` in it (`.get()`) everything follows from the id.
    """
    if not state.get("model"):
        import_ids.expect_alias(alias_id, _WHAT)
    with explaining(_WHAT, where=alias_id):
        holder = holder_of(vertex, context, alias_id)
    if holder is None:
        return None
    inputs = {key: state[key] for key in (*INPUTS, OWNER) if state.get(key) is not None}
    if not state.get("model"):
        inputs = {"tuned_model_name": holder.name, "alias": ModelName.parse(alias_id).version}
    elif holder.version_id != state.get("version_id"):
        inputs["tuned_model_name"] = names.with_version(state["tuned_model_name"], holder.version_id)
    return Found(state_of(inputs, holder, state.get("previous_version_id")), inputs)


def holder_of(vertex: Vertex, context: WaitContext, alias_id: str) -> ModelVersion | None:
    """The version that has the alias; None where none has."""
    try:
        return patiently(lambda: vertex.get_model_version(alias_id), context)
    except NotFoundError:
        return None
