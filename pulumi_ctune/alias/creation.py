"""Create and update: put an alias on a model version, wherever it was.

An alias is a pointer with exactly one holder: putting it on a version takes it off another in the same request, so a
move has no gap. Knows neither HTTP nor Pulumi. Every step can be repeated: the engine calls a verb again after any
interruption.

Source: https://docs.cloud.google.com/gemini-enterprise-agent-platform/machine-learning/model-registry/model-alias
"""

from collections.abc import Collection, Mapping
from typing import Any

from pulumi_ctune.alias.outputs import state_of
from pulumi_ctune.alias.reading import holder_of
from pulumi_ctune.core.api import ModelVersion, Vertex
from pulumi_ctune.core.errors import ApiError, InvalidInputError
from pulumi_ctune.core.retry import WaitContext, explaining, patiently
from pulumi_ctune.core.versions import find_version
from pulumi_ctune.gate.verdict import check_requirements, requirements_of


def create(
    vertex: Vertex, context: WaitContext, inputs: Mapping[str, Any], *, taken: Collection[str] = ()
) -> dict[str, Any]:
    """Put the alias on the version, wherever it was, and return the state. Raises `CtuneError` with nothing changed.

    `taken` are the ids of the aliases that other resources of the program have.
    """
    version, holder = _put(vertex, context, inputs, taken)
    moved = holder is not None and holder.version_id != version.version_id
    return state_of(inputs, version, holder.version_id if holder and moved else None)


def update(
    vertex: Vertex,
    context: WaitContext,
    old_state: Mapping[str, Any],
    inputs: Mapping[str, Any],
    *,
    taken: Collection[str] = (),
) -> dict[str, Any]:
    """Move the alias to the version of the inputs and return the new state; the version that had it keeps it until
    then. Raises as `create` does.
    """
    version, holder = _put(vertex, context, inputs, taken, model=old_state["model"])
    previous = old_state.get("previous_version_id")
    if holder and holder.version_id != version.version_id:
        previous = holder.version_id
    elif old_state.get("version_id") != version.version_id:  # an earlier update was cut short after the move
        previous = old_state.get("version_id")
    return state_of(inputs, version, previous)


def _put(
    vertex: Vertex, context: WaitContext, inputs: Mapping[str, Any], taken: Collection[str], model: str | None = None
) -> tuple[ModelVersion, ModelVersion | None]:
    """Put the alias where the inputs want it; returns that version, and who had the alias before."""
    name, alias = inputs["tuned_model_name"], inputs["alias"]
    what = f"alias '{alias}' was not moved"
    with explaining(what, where="tuned_model_name"):
        version = patiently(lambda: find_version(vertex, name, what=what, where="tuned_model_name"), context)
    if model not in (None, version.model):
        raise InvalidInputError(
            what,
            where="tuned_model_name",
            why=f"{name} is a version of {version.model}, and this alias is one of {model}",
            next_step="Replace the resource: `pulumi up --replace URN`.",
        )
    alias_id = f"{version.model}@{alias}"
    if alias_id in taken:  # each would move it away from the other's version, run by run
        raise InvalidInputError(
            what,
            where="alias",
            why=f"another ModelVersionAlias of this program has '{alias}' of {version.model}",
            next_step="Keep one of them.",
        )
    with explaining(what, where=alias_id):
        holder = holder_of(vertex, context, alias_id)
        who = f"Version {holder.version_id} keeps" if holder else f"No version of {version.model} has"
        requirements = requirements_of(inputs.get("require"))
        check_requirements(
            vertex,
            context,
            version,
            requirements,
            named=name,
            checkpoint_id="",
            what=what,
            next_step=f"{who} the alias.",
        )
        if holder and holder.version_id == version.version_id:
            return version, holder
        try:
            patiently(lambda: vertex.merge_version_aliases(version.name, [alias]), context)
        except ApiError as error:
            if error.proves_nothing_was_made or not _is_on(vertex, context, alias_id, version):
                raise
    came_from = f"moved from version {holder.version_id} to" if holder else "put on"
    context.report.info(f"alias '{alias}' was {came_from} version {version.version_id} of {version.model}")
    return version, holder


def _is_on(vertex: Vertex, context: WaitContext, alias_id: str, version: ModelVersion) -> bool:
    """Whether a request that was answered with an error has put the alias there all the same."""
    now = holder_of(vertex, context, alias_id)
    return now is not None and now.version_id == version.version_id
