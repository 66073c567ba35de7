"""The verbs of an alias on a model version: put, move, look, take away.

An alias is a pointer with exactly one holder: putting it on a version takes it off another in the same request, so a
move has no gap. Knows neither HTTP nor Pulumi. Every step can be repeated: the engine calls a verb again after any
interruption.

Source: https://docs.cloud.google.com/gemini-enterprise-agent-platform/machine-learning/model-registry/model-alias
"""

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any

from pulumi_ctune.alias.attributes import INPUTS
from pulumi_ctune.core import names
from pulumi_ctune.core.api import ModelVersion, Vertex
from pulumi_ctune.core.errors import ApiError, BadRequestError, InvalidInputError, NotFoundError
from pulumi_ctune.core.hidden import OWNER
from pulumi_ctune.core.names import ModelName
from pulumi_ctune.core.outcomes import Fate, Found, Plan, SourceFate
from pulumi_ctune.core.retry import Surroundings, explaining, patiently
from pulumi_ctune.core.values import Unknown, has_unknown
from pulumi_ctune.core.versions import find_version, is_recorded_model
from pulumi_ctune.gate.limits import check_requirements, requirements_of

DEFAULT_TIMEOUT = timedelta(minutes=20)
"""How long a verb rides out an API that is out of reach, where `custom_timeouts` says nothing."""

_DEFAULT = "default"  # exactly one version of a model has it: it moves, and never goes


def id_of(state: Mapping[str, Any]) -> str:
    """`projects/../models/M@ALIAS`: also a name to look the version up by."""
    return f"{state['model']}@{state['alias']}"


def plan(state: Mapping[str, Any], inputs: Mapping[str, Any], source_fate: SourceFate = lambda _: None) -> Plan:
    """Compare what the state holds with the inputs of the program, which may contain unknowns.

    Another model or another alias is another resource; another version is an update. An unknown value is an update at
    most: a name that is unknown only because its tuning job is updated in place is none.
    """
    replaces, updates = [], []
    alias, name = inputs.get("alias"), inputs.get("tuned_model_name")
    if isinstance(alias, Unknown):
        updates.append("alias")
    elif alias != state.get("alias"):
        replaces.append("alias")
    if isinstance(name, Unknown):
        if source_fate(_recorded(state)) is not Fate.UPDATED:
            updates.append("tuned_model_name")
    elif not is_recorded_model(ModelName.parse(str(name)), state):
        replaces.append("tuned_model_name")
    elif ModelName.parse(str(name)).version != state.get("version_id"):
        updates.append("tuned_model_name")
    require = inputs.get("require")
    if has_unknown(require) or requirements_of(require) != requirements_of(state.get("require")):
        updates.append("require")
    return Plan(tuple(replaces), tuple(updates))


def create(
    vertex: Vertex, world: Surroundings, inputs: Mapping[str, Any], *, taken: Collection[str] = ()
) -> dict[str, Any]:
    """Put the alias on the version, wherever it was, and return the state. Raises `CtuneError` with nothing changed.

    `taken` are the ids of the aliases that other resources of the program have.
    """
    version, holder = _put(vertex, world, inputs, taken)
    moved = holder is not None and holder.version_id != version.version_id
    return _state(inputs, version, holder.version_id if holder and moved else None)


def update(
    vertex: Vertex,
    world: Surroundings,
    old_state: Mapping[str, Any],
    inputs: Mapping[str, Any],
    *,
    taken: Collection[str] = (),
) -> dict[str, Any]:
    """Move the alias to the version of the inputs and return the new state; the version that had it keeps it until
    then. Raises as `create` does.
    """
    version, holder = _put(vertex, world, inputs, taken, model=old_state["model"])
    previous = old_state.get("previous_version_id")
    if holder and holder.version_id != version.version_id:
        previous = holder.version_id
    elif old_state.get("version_id") != version.version_id:  # an earlier update was cut short after the move
        previous = old_state.get("version_id")
    return _state(inputs, version, previous)


def read(vertex: Vertex, world: Surroundings, alias_id: str, state: Mapping[str, Any]) -> Found | None:
    """Return where the alias is now, or None when alias or model are gone.

    `state` is what was recorded; without `model` in it (`.get()`) everything follows from the id.
    """
    try:
        with explaining("the alias could not be read", where=alias_id):
            holder = patiently(lambda: vertex.get_model_version(alias_id), world)
    except NotFoundError:
        return None
    inputs = {key: state[key] for key in (*INPUTS, OWNER) if state.get(key) is not None}
    if not state.get("model"):
        inputs = {"tuned_model_name": holder.name, "alias": ModelName.parse(alias_id).version}
    elif holder.version_id != state.get("version_id"):
        inputs["tuned_model_name"] = names.with_version(state["tuned_model_name"], holder.version_id)
    return Found(_state(inputs, holder, state.get("previous_version_id")), inputs)


def delete(vertex: Vertex, world: Surroundings, alias_id: str, state: Mapping[str, Any]) -> None:
    """Take the alias away if it is still on our version; what is already gone is no error."""
    alias, ours = state["alias"], state["version_id"]
    if alias == _DEFAULT:
        world.report.info(f"alias 'default' stays on version {ours} of {state['model']}: it can be moved, not removed")
        return
    with explaining(f"alias '{alias}' was not taken away", where=alias_id):
        holder = _holder(vertex, world, alias_id)
        if holder and holder.version_id == ours:
            holder = _without(vertex, world, holder, alias_id, alias)
    if holder:
        world.report.info(
            f"alias '{alias}' of {state['model']} stays: it is on version {holder.version_id}, not on {ours} any more"
        )


def _without(
    vertex: Vertex, world: Surroundings, holder: ModelVersion, alias_id: str, alias: str
) -> ModelVersion | None:
    """Take the alias off its holder; returns who has it afterwards, where somebody was faster."""
    try:
        patiently(lambda: vertex.merge_version_aliases(holder.name, [f"-{alias}"]), world)
    except (NotFoundError, BadRequestError):
        now = _holder(vertex, world, alias_id)
        if now and now.version_id == holder.version_id:
            raise
        return now
    return None


def _put(
    vertex: Vertex, world: Surroundings, inputs: Mapping[str, Any], taken: Collection[str], model: str | None = None
) -> tuple[ModelVersion, ModelVersion | None]:
    """Put the alias where the inputs want it; returns that version, and who had the alias before."""
    name, alias = inputs["tuned_model_name"], inputs["alias"]
    what = f"alias '{alias}' was not moved"
    with explaining(what, where="tuned_model_name"):
        version = patiently(lambda: find_version(vertex, name, what=what, where="tuned_model_name"), world)
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
        holder = _holder(vertex, world, alias_id)
        who = f"Version {holder.version_id} keeps" if holder else f"No version of {version.model} has"
        requirements = requirements_of(inputs.get("require"))
        check_requirements(vertex, world, version, requirements, what=what, next_step=f"{who} the alias.")
        if holder and holder.version_id == version.version_id:
            return version, holder
        try:
            patiently(lambda: vertex.merge_version_aliases(version.name, [alias]), world)
        except ApiError as error:
            if error.proves_nothing_was_made or not _is_on(vertex, world, alias_id, version):
                raise
    came_from = f"moved from version {holder.version_id} to" if holder else "put on"
    world.report.info(f"alias '{alias}' was {came_from} version {version.version_id} of {version.model}")
    return version, holder


def _is_on(vertex: Vertex, world: Surroundings, alias_id: str, version: ModelVersion) -> bool:
    """Whether a request that was answered with an error has put the alias there all the same."""
    now = _holder(vertex, world, alias_id)
    return now is not None and now.version_id == version.version_id


def _holder(vertex: Vertex, world: Surroundings, alias_id: str) -> ModelVersion | None:
    try:
        return patiently(lambda: vertex.get_model_version(alias_id), world)
    except NotFoundError:
        return None


def _state(inputs: Mapping[str, Any], version: ModelVersion, previous_version_id: str | None) -> dict[str, Any]:
    return {
        **{key: inputs[key] for key in (*INPUTS, OWNER) if inputs.get(key) is not None},
        "model": version.model,
        "version_id": version.version_id,
        "previous_version_id": previous_version_id,
    }


def _recorded(state: Mapping[str, Any]) -> str:
    return f"{state.get('model')}@{state.get('version_id')}"
