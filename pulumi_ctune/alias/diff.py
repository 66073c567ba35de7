"""What a change of an alias' inputs means: nothing, a move in place, or another alias.

Compares by meaning, works on what the state holds and asks nobody.
"""

from collections.abc import Mapping
from typing import Any

from pulumi_ctune.core.names import ModelName
from pulumi_ctune.core.outcomes import Fate, Plan, SourceFate
from pulumi_ctune.core.values import Unknown, has_unknown
from pulumi_ctune.core.versions import is_recorded_model
from pulumi_ctune.gate.verdict import requirements_of


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


def _recorded(state: Mapping[str, Any]) -> str:
    return f"{state.get('model')}@{state.get('version_id')}"
