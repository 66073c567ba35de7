"""What a change of inputs means: nothing, an update in place, or another run.

A run can never be changed, so whatever it asks for is another run, and what is only kept for the next one (labels,
deletion policy) is an update. What serves behind a baseline is no input: after a promotion a version would be compared
with itself.
"""

from collections.abc import Mapping
from typing import Any

from pulumi_ctune.core.canonical import canonical_triggers
from pulumi_ctune.core.deletion_policy import ABANDON
from pulumi_ctune.core.hidden import ECHOED
from pulumi_ctune.core.names import ModelName, same_resource
from pulumi_ctune.core.outcomes import Fate, Plan, SourceFate
from pulumi_ctune.core.values import Unknown, has_unknown, text_of
from pulumi_ctune.core.versions import may_be_project
from pulumi_ctune.evaluation_run.attributes import SERVICE
from pulumi_ctune.evaluation_run.models import is_version
from pulumi_ctune.evaluation_run.request import checkpoint_of, messages_of, source_of
from pulumi_ctune.evaluation_run.wait import CANCELLED, FAILED, SUCCEEDED

BEYOND_INPUTS = ("state",)
_MESSAGES = ("evaluation_config", "generation_config", "prompt_template", "encryption_spec")


def plan(state: Mapping[str, Any], inputs: Mapping[str, Any], source_fate: SourceFate = lambda _: None) -> Plan:
    """Compare what the state holds with the inputs of the program, which may contain unknowns."""
    if state.get(ECHOED):
        # An import: whether the run judges what the program names is for the update to look at, as with `adopt_run`.
        return Plan((), BEYOND_INPUTS)
    found = Plan()
    replaces: list[str] = []
    for key, same in _compared(state, inputs, source_fate):
        if same is None:
            found = found.possibly(key)
        elif not same:
            replaces.append(key)
    if state.get("state") in (FAILED, CANCELLED):
        replaces.append("state")
    updates = [key for key in ("labels", "deletion_policy") if _kept(state, key) != _kept(inputs, key)]
    if state.get("state") not in (SUCCEEDED, FAILED, CANCELLED):
        updates.append("state")
    return Plan(tuple(replaces), tuple(updates), () if replaces else found.possible)


def _compared(
    state: Mapping[str, Any], inputs: Mapping[str, Any], source_fate: SourceFate
) -> list[tuple[str, bool | None]]:
    """Each input that a run is made for, and whether it means the same; None where that is not known yet."""
    version = _same_version(state, inputs.get("tuned_model_name"), source_fate)
    return [
        ("tuned_model_name", version),
        ("checkpoint_id", _same_checkpoint(state, inputs, is_kept=version is True)),
        ("location", _same_location(state, inputs)),
        ("evaluation_experiment", _same_text(state.get("evaluation_experiment"), inputs.get("evaluation_experiment"))),
        ("project", _same_project(state.get("project"), inputs.get("project"))),
        ("baseline", _same_baseline(state, inputs, source_fate)),
        ("data_source", _same(source_of, "data_source", state, inputs)),
        *((key, _same(lambda given, key=key: messages_of(given)[key], key, state, inputs)) for key in _MESSAGES),
        ("answers", _same_text(state.get("answers") or SERVICE, inputs.get("answers") or SERVICE)),
        ("triggers", _same(lambda given: canonical_triggers(given.get("triggers") or []), "triggers", state, inputs)),
    ]


def _same(meaning: Any, key: str, state: Mapping[str, Any], inputs: Mapping[str, Any]) -> bool | None:
    if has_unknown(inputs.get(key)):
        return None
    return bool(meaning({key: state.get(key)}) == meaning({key: inputs.get(key)}))


def _same_text(old: Any, new: Any) -> bool | None:
    return None if isinstance(new, Unknown) else (old or "") == (new or "")


def _same_project(old: Any, new: Any) -> bool | None:
    if isinstance(new, Unknown):
        return None
    return not old or not new or may_be_project(str(new), (str(old),))


def _same_location(state: Mapping[str, Any], inputs: Mapping[str, Any]) -> bool | None:
    """Written out, the version's location is the default."""
    old, new = state.get("location"), inputs.get("location")
    recorded = ModelName.parse(str(state.get("tuned_model_name"))).location
    return None if isinstance(new, Unknown) else (old or recorded) == (new or recorded)


def _same_version(state: Mapping[str, Any], name: Any, source_fate: SourceFate) -> bool | None:
    recorded = str(state.get("tuned_model_name") or "")
    if isinstance(name, Unknown):
        return _same_source(recorded, source_fate)
    return same_resource(recorded, str(name)) is not False


def _same_baseline(state: Mapping[str, Any], inputs: Mapping[str, Any], source_fate: SourceFate) -> bool | None:
    old, given = str((state.get("baseline") or {}).get("model") or ""), inputs.get("baseline")
    new = given if isinstance(given, Unknown) else (given or {}).get("model") or ""
    if isinstance(new, Unknown):
        return _same_source(old, source_fate) if is_version(old) else None
    return same_resource(old, str(new)) is not False  # a project's id and its number cannot be compared


def _same_source(recorded: str, source_fate: SourceFate) -> bool | None:
    """Whether a name that a preview does not know yet will be the recorded one."""
    fate = source_fate(recorded)
    return {Fate.UPDATED: True, Fate.SAME: True, Fate.REPLACED: False}.get(fate) if fate else None


def _same_checkpoint(state: Mapping[str, Any], inputs: Mapping[str, Any], *, is_kept: bool) -> bool | None:
    """A checkpoint that is left out is the recorded one, as long as the version is."""
    if isinstance(inputs.get("checkpoint_id"), Unknown):
        return True if is_kept else None
    wanted = checkpoint_of(inputs)
    return not wanted or wanted == checkpoint_of(state)


def _kept(properties: Mapping[str, Any], key: str) -> Any:
    if key == "deletion_policy":
        return properties.get(key) or ABANDON
    labels = properties.get(key) or {}
    return {name: text_of(value) for name, value in labels.items()} if isinstance(labels, Mapping) else labels
