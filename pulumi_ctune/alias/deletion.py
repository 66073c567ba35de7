"""Delete: take an alias away, as long as it is still on our version."""

from collections.abc import Mapping
from typing import Any

from pulumi_ctune.alias.reading import holder_of
from pulumi_ctune.core.api import ModelVersion, Vertex
from pulumi_ctune.core.errors import BadRequestError, NotFoundError
from pulumi_ctune.core.retry import WaitContext, explaining, patiently

_DEFAULT = "default"  # exactly one version of a model has it: it moves, and never goes


def delete(vertex: Vertex, context: WaitContext, alias_id: str, state: Mapping[str, Any]) -> None:
    """Take the alias away if it is still on our version; what is already gone is no error."""
    alias, ours = state["alias"], state["version_id"]
    if alias == _DEFAULT:
        context.report.info(
            f"alias 'default' stays on version {ours} of {state['model']}: it can be moved, not removed"
        )
        return
    with explaining(f"alias '{alias}' was not taken away", where=alias_id):
        holder = holder_of(vertex, context, alias_id)
        if holder and holder.version_id == ours:
            holder = _without(vertex, context, holder, alias_id, alias)
    if holder:
        context.report.info(
            f"alias '{alias}' of {state['model']} stays: it is on version {holder.version_id}, not on {ours} any more"
        )


def _without(
    vertex: Vertex, context: WaitContext, holder: ModelVersion, alias_id: str, alias: str
) -> ModelVersion | None:
    """Take the alias off its holder; returns who has it afterwards, where somebody was faster."""
    try:
        patiently(lambda: vertex.merge_version_aliases(holder.name, [f"-{alias}"]), context)
    except (NotFoundError, BadRequestError):
        now = holder_of(vertex, context, alias_id)
        if now and now.version_id == holder.version_id:
            raise
        return now
    return None
