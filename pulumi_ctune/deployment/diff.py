"""What a change of a deployment's inputs means: nothing, an update in place, or another resource.

Compares by meaning. A new version, of whatever model, is an update: the endpoint keeps serving meanwhile. Works on what
the state holds and asks nobody.
"""

from collections.abc import Mapping
from typing import Any

from pulumi_ctune.core.hidden import ECHOED
from pulumi_ctune.core.names import EndpointName, ModelName
from pulumi_ctune.core.outcomes import Fate, Plan, SourceFate
from pulumi_ctune.core.values import Unknown, has_unknown, number_of
from pulumi_ctune.core.versions import is_recorded_model, may_be_project
from pulumi_ctune.deployment.attributes import ENDPOINT_NAME, LEFT_OVER
from pulumi_ctune.gate.verdict import requirements_of

ALL_TRAFFIC = 100  # percent

UNFINISHED = ("deployed_model_id", LEFT_OVER)
"""Updates that are about no input: nothing is deployed (any more), or something is still to be undeployed."""


def plan(state: Mapping[str, Any], inputs: Mapping[str, Any], source_fate: SourceFate = lambda _: None) -> Plan:
    """Compare what the state holds with the inputs of the program, which may contain unknowns.

    Another endpoint is another resource, and so is one that is not known yet: it is about to be made, and if the old
    one has to go first, so does what is deployed on it. Any other unknown value is an update at most: name and
    checkpoint that are unknown only because their tuning job is updated in place are none.
    """
    replaces, updates = [], []
    endpoint, name = inputs.get("endpoint"), inputs.get("tuned_model_name")
    if isinstance(endpoint, Unknown) or not _is_recorded_endpoint(EndpointName.parse(str(endpoint)), state):
        replaces.append("endpoint")
    if is_other_version := _version_changed(state, name, source_fate):
        updates.append("tuned_model_name")
    if isinstance(inputs.get("checkpoint_id"), Unknown):
        if is_other_version or not isinstance(name, Unknown):
            updates.append("checkpoint_id")
    elif checkpoint_of(inputs) != checkpoint_of(state) and (checkpoint_of(inputs) or not state.get(ECHOED)):
        updates.append("checkpoint_id")
    if isinstance(inputs.get("traffic_percent"), Unknown) or percent_of(inputs) != percent_of(state):
        updates.append("traffic_percent")
    require = inputs.get("require")
    if has_unknown(require) or requirements_of(require) != requirements_of(state.get("require")):
        updates.append("require")
    if not state.get("deployed_model_id"):
        updates.append("deployed_model_id")
    if state.get(LEFT_OVER):
        updates.append(LEFT_OVER)
    return Plan(tuple(replaces), tuple(updates))


def checkpoint_of(properties: Mapping[str, Any]) -> str:
    """The checkpoint asked for, as text; empty for the default one."""
    checkpoint_id = properties.get("checkpoint_id")
    return "" if checkpoint_id is None else str(checkpoint_id)


def percent_of(properties: Mapping[str, Any]) -> int:
    percent = properties.get("traffic_percent")
    return ALL_TRAFFIC if percent is None else int(number_of(percent))


def _version_changed(state: Mapping[str, Any], name: Any, source_fate: SourceFate) -> bool:
    if isinstance(name, Unknown):
        return source_fate(f"{state.get('model')}@{state.get('version_id')}") is not Fate.UPDATED
    if not state.get("model"):  # nothing was ever deployed
        return True
    new = ModelName.parse(str(name))
    return not is_recorded_model(new, state) or new.version != state.get("version_id")


def _is_recorded_endpoint(new: EndpointName, state: Mapping[str, Any]) -> bool:
    recorded = [EndpointName.parse(state[key]) for key in (ENDPOINT_NAME, "endpoint") if state.get(key)]
    same_place = any((new.location, new.endpoint_id) == (old.location, old.endpoint_id) for old in recorded)
    return same_place and may_be_project(new.project, [old.project for old in recorded])
