"""What a change of a copy's inputs means: nothing, an update in place, or another copy.

Compares by meaning, works on what the state holds and asks nobody. Another source is the next version of the same model
where the program names one (`parent_model`), else another model.
"""

from collections.abc import Mapping
from typing import Any

from pulumi_ctune.core.deletion_policy import ABANDON
from pulumi_ctune.core.hidden import ECHOED
from pulumi_ctune.core.names import ModelName, model_name, same_resource
from pulumi_ctune.core.outcomes import Fate, Plan, SourceFate
from pulumi_ctune.core.values import Unknown, has_unknown
from pulumi_ctune.core.versions import may_be_project
from pulumi_ctune.gate.verdict import requirements_of
from pulumi_ctune.model_copy.attributes import SOURCE, TARGET

UNFINISHED = ("tuned_model_name",)
"""Updates that are about no input: the copy is still under way, or was never seen to its end."""


def plan(state: Mapping[str, Any], inputs: Mapping[str, Any], source_fate: SourceFate = lambda _: None) -> Plan:
    """Compare what the state holds with the inputs of the program, which may contain unknowns.

    A source that is unknown only because its tuning job is updated in place is no change.
    """
    replaces: list[str] = []
    updates: list[str] = []
    possible: list[str] = []
    is_next_version = inputs.get("parent_model") is not None
    match _source_change(state, inputs.get("source_model_name"), source_fate):
        case Fate.REPLACED:
            (updates if is_next_version else replaces).append("source_model_name")
        case Fate.POSSIBLE:
            (updates if is_next_version else possible).append("source_model_name")
    replaces += [key for key in ("project", "location") if _is_other_place(state, inputs, key)]
    if key := _other_target(state, inputs):
        replaces.append(key)
    if not _is_left_open("encryption_spec", state, inputs) and _is_other_key(
        state.get("encryption_spec"), inputs.get("encryption_spec")
    ):
        replaces.append("encryption_spec")
    labels = inputs.get("labels")
    if has_unknown(labels) or (
        not _is_left_open("labels", state, inputs) and (labels or {}) != (state.get("labels") or {})
    ):
        updates.append("labels")
    if (inputs.get("deletion_policy") or ABANDON) != (state.get("deletion_policy") or ABANDON):
        updates.append("deletion_policy")
    require = inputs.get("require")
    if has_unknown(require) or requirements_of(require) != requirements_of(state.get("require")):
        updates.append("require")
    if not state.get("tuned_model_name") or state.get(ECHOED):
        updates.append("tuned_model_name")
    return Plan(tuple(replaces), tuple(updates), () if replaces else tuple(possible))


def kms_key_of(spec: Any) -> str:
    """The key of the input `encryption_spec`; empty without one."""
    return str(spec.get("kms_key_name") or "") if isinstance(spec, Mapping) else ""


def is_other_source(state: Mapping[str, Any], name: str) -> bool:
    """Whether a name certainly means another version than the one that was copied."""
    recorded = [ModelName.parse(state[key]) for key in (SOURCE, "source_model_name") if state.get(key)]
    new = ModelName.parse(name)
    is_same = any((new.location, new.model_id, new.version) == (r.location, r.model_id, r.version) for r in recorded)
    return not (is_same and may_be_project(new.project, [r.project for r in recorded]))


def _source_change(state: Mapping[str, Any], name: Any, source_fate: SourceFate) -> Fate:
    if isinstance(name, Unknown):
        match source_fate(str(state.get("source_model_name"))):
            case Fate.UPDATED:
                return Fate.SAME
            case Fate.REPLACED:
                return Fate.REPLACED
            case _:
                return Fate.POSSIBLE
    return Fate.REPLACED if is_other_source(state, str(name)) else Fate.SAME


def _is_other_place(state: Mapping[str, Any], inputs: Mapping[str, Any], key: str) -> bool:
    value = inputs.get(key)
    if isinstance(value, Unknown):
        return True
    if key == "location":
        return bool(value != state.get("location"))
    model = model_name(state.get("model"))
    return not may_be_project(str(value), [str(state["project"]), *([model.project] if model else [])])


def _other_target(state: Mapping[str, Any], inputs: Mapping[str, Any]) -> str:
    """The input that names another model than the copy's; empty where none does."""
    model_id, parent = inputs.get("model_id"), inputs.get("parent_model")
    if model_id is None and parent is None:  # the id of our making: a model that had a name of the program's is another
        given = (key for key in ("model_id", "parent_model") if state.get(key) is not None)
        return "" if state.get(ECHOED) else next(given, "")
    key = "model_id" if parent is None else "parent_model"
    if isinstance(inputs[key], Unknown):
        return key
    wanted = str(model_id) if parent is None else ModelName.parse(str(parent)).model_id
    return "" if wanted == ModelName.parse(state[TARGET]).model_id else key


def _is_left_open(key: str, state: Mapping[str, Any], inputs: Mapping[str, Any]) -> bool:
    """Whether only an import says that the program had an opinion."""
    return bool(state.get(ECHOED)) and inputs.get(key) is None


def _is_other_key(old: Any, new: Any) -> bool:
    if has_unknown(new):
        return True
    one, other = kms_key_of(old), kms_key_of(new)
    return same_resource(one, other) is False if one and other else one != other
