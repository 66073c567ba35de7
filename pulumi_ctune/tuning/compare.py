"""What a change of inputs means: nothing, an update in place, or another training run.

Compares by meaning, on the canonical form; a retrain that nobody asked for is the worst thing this package could do, so
whatever is not certainly another request is no reason to train again. Works on what the state holds and asks nobody.
"""

from collections.abc import Mapping
from typing import Any

from pulumi_ctune.tuning import names, states
from pulumi_ctune.tuning.attributes import MADE_MODEL, RECORDED
from pulumi_ctune.tuning.canonical import canonical_inputs, canonical_triggers
from pulumi_ctune.tuning.pinned import Source
from pulumi_ctune.tuning.results import Plan, SourceFate
from pulumi_ctune.tuning.values import Unknown, has_unknown

_RETRAIN = (
    "base_model",
    "supervised_tuning_spec",
    "reinforcement_tuning_spec",
    "preference_optimization_spec",
    "encryption_spec",
    "service_account",
)
"""Inputs whose canonical forms are compared as they are; a difference is another training run."""

_IN_PLACE = ("labels", "description", "deletion_policy")


def plan(state: Mapping[str, Any], inputs: Mapping[str, Any], source_is_replaced: SourceFate = lambda _: None) -> Plan:
    """Compare what the state holds with the inputs of the program, which may contain unknowns.

    What replaces the job (an input, or `state`) costs another training run. An unknown value is taken for unchanged,
    except for a source that is known to be replaced in the same preview, and an account where there was none.
    """
    replaces = [*_changed_place(state, inputs), *_changed_work(state, inputs)]
    if _source_changed(state, inputs, source_is_replaced):
        replaces.append("pre_tuned_model")
    if _ended_without_model(state):
        replaces.append("state")
    updates = [key for key in _IN_PLACE if _changed(state, inputs, key)]
    if _display_name_changed(state, inputs):
        (updates if state.get(MADE_MODEL) else replaces).append("tuned_model_display_name")
    if not state.get(RECORDED):
        updates.append("state")
    return Plan(tuple(replaces), tuple(updates))


def _ended_without_model(state: Mapping[str, Any]) -> bool:
    """Whether there is nothing to wait for any more: failed, or successful in part with no model to show for it."""
    job_state = str(state.get("state") or "")
    in_vain = job_state == "JOB_STATE_PARTIALLY_SUCCEEDED" and not state.get("tuned_model_name")
    return in_vain or states.meaning(job_state) is states.Meaning.FAILED


def _changed_place(state: Mapping[str, Any], inputs: Mapping[str, Any]) -> list[str]:
    changed = []
    if _known_and_other(inputs.get("location"), state.get("location")):
        changed.append("location")
    old, new = state.get("project"), inputs.get("project")
    number = names.JobName.parse(state["name"]).project if state.get("name") else None
    if _known_and_other(new, old) and number not in (old, new):  # one of them is the project's number: the same project
        changed.append("project")
    adopt_job = inputs.get("adopt_job")
    if adopt_job and not isinstance(adopt_job, Unknown) and state.get("name"):
        job = names.JobName.parse(state["name"])
        if names.last_segment(str(adopt_job)) != job.job_id:
            changed.append("adopt_job")
    return changed


def _known_and_other(new: Any, old: Any) -> bool:
    return not isinstance(new, Unknown) and new != old


def _changed_work(state: Mapping[str, Any], inputs: Mapping[str, Any]) -> list[str]:
    old, new = canonical_inputs(state), canonical_inputs(inputs)
    changed = []
    for key in _RETRAIN:
        before, after = old.get(key), new.get(key)
        if not _same_where_known(before, after) or (key == "service_account" and _is_given(before, after)):
            changed.append(key)
    triggers = [canonical_triggers(side.get("triggers") or []) for side in (state, inputs)]
    if not _same_where_known(*triggers):
        changed.append("triggers")
    return changed


def _is_given(before: Any, after: Any) -> bool:
    """Whether there was none and is one now, though not known yet: the account that a preview has still to make.

    Who gives an account means one, and a preview that kept silent would hide what is paid for.
    """
    return before is None and isinstance(after, Unknown)


def _same_where_known(old: Any, new: Any) -> bool:
    """Equal, where an unknown part of `new` counts as equal to anything."""
    if isinstance(new, Unknown):
        return True
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        return old.keys() == new.keys() and all(_same_where_known(old[key], new[key]) for key in new)
    if isinstance(old, list | tuple) and isinstance(new, list | tuple):
        return len(old) == len(new) and all(map(_same_where_known, old, new))
    return bool(old == new)


def _changed(state: Mapping[str, Any], inputs: Mapping[str, Any], key: str) -> bool:
    old, new = state.get(key), inputs.get(key)
    if key == "deletion_policy":
        old, new = old or "ABANDON", new or "ABANDON"
    if key in ("labels", "description"):
        old, new = old or None, new or None
    return has_unknown(new) or old != new


def _display_name_changed(state: Mapping[str, Any], inputs: Mapping[str, Any]) -> bool:
    old, new = state.get("tuned_model_display_name"), inputs.get("tuned_model_display_name")
    if isinstance(new, Unknown) or (old or None) == (new or None):
        return False
    # Without a name the service invents one for a model tuned from a base model: nothing to change then.
    return bool(new) or bool(state.get("source_model_name"))


def _source_changed(state: Mapping[str, Any], inputs: Mapping[str, Any], source_is_replaced: SourceFate) -> bool:
    old, new = state.get("pre_tuned_model"), inputs.get("pre_tuned_model")
    recorded = str(state.get("source_model_name") or "")
    if isinstance(new, Unknown):
        # The engine asks like this, in a real `up` too, before it deletes our source ahead of its replacement. Whoever
        # answers "replaced" is deleted first: a finished model must not go that way. Asked again with the real values
        # later, the answer is a replacement in the usual order.
        return False
    if isinstance((new or {}).get("tuned_model_name"), Unknown):
        return bool(recorded) and source_is_replaced(recorded) is True
    if not old or not new:
        return bool(old) != bool(new)
    if _written_the_same(old, new):
        return False
    return not recorded or not same_source(new, Source(recorded, str(state.get("source_checkpoint_id") or "")))


def _written_the_same(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Whether both name the same version and checkpoint in words, an alias included: it was pinned when it was used."""
    checkpoint = new.get("checkpoint_id")
    same_checkpoint = isinstance(checkpoint, Unknown) or _text(old.get("checkpoint_id")) == _text(checkpoint)
    return same_checkpoint and _versioned(old["tuned_model_name"]) == _versioned(new["tuned_model_name"])


def _versioned(name: str) -> str:
    """No version and `@default` are the same."""
    return name if "@" in name else f"{name}@default"


def same_source(asked: Mapping[str, Any], recorded: Source) -> bool:
    """Whether the input names the very version and checkpoint that are recorded; project id and number are the same."""
    new, old = names.ModelName.parse(asked["tuned_model_name"]), names.ModelName.parse(recorded.tuned_model_name)
    same_version = (new.location, new.model_id, new.version) == (old.location, old.model_id, old.version)
    checkpoint = asked.get("checkpoint_id")
    same_checkpoint = isinstance(checkpoint, Unknown) or _text(checkpoint) == recorded.checkpoint_id
    return same_version and same_checkpoint


def _text(checkpoint_id: Any) -> str:
    """A checkpoint id as text: people write 2 for "2", and the engine makes 2.0 of it."""
    if isinstance(checkpoint_id, float) and checkpoint_id.is_integer():
        checkpoint_id = int(checkpoint_id)
    return "" if checkpoint_id is None else str(checkpoint_id)
