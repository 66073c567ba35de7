"""What a change of inputs means: nothing, an update in place, or another training run.

Compares by meaning, on the canonical form; a retrain that nobody asked for is the worst thing this package could do, so
whatever is not certainly another request is no reason to train again, and what is not known yet is called possible.
Works on what it is told and asks nobody: where only a look-up can tell, `open_source` says so.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from pulumi_ctune.core import job_states, names
from pulumi_ctune.core.canonical import canonical_inputs, canonical_triggers
from pulumi_ctune.core.hidden import RECORDED
from pulumi_ctune.core.outcomes import Fate, Plan, SourceFate
from pulumi_ctune.core.source import Source
from pulumi_ctune.core.values import Unknown, has_unknown
from pulumi_ctune.tuning_job.attributes import MADE_MODEL

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


def _nobody_knows(_: str) -> None:
    return None


def plan(
    state: Mapping[str, Any],
    inputs: Mapping[str, Any],
    source_fate: SourceFate = _nobody_knows,
    *,
    accepted: Mapping[str, Any] | None = None,
    found: str | None = None,
    is_probe: bool = False,
) -> Plan:
    """Compare what the state holds with the inputs of the program, which may contain unknowns.

    What replaces the job (an input, or `state`) costs another training run. In a preview an input of an existing job is
    unknown only if something upstream changes: it is a possible reason to train, unless the fate of the source settles
    it.

    `accepted` is the `pre_tuned_model` of the last update that took these inputs: what meant the same then is in no
    output. `found` is what `open_source` has asked for: the version that the source's name means now, with its number;
    None where that could not be told.

    `is_probe`: the engine asks what would go first if the source were deleted ahead of its replacement, in a real
    `up` too. Whoever answers "replaced" is deleted first: a finished model must not go that way, so an unknown is
    nothing then. Asked again with the real values later, the answer is a replacement in the usual order.
    """
    if is_probe:
        source_fate = _nobody_knows
    known = _spellings(state)
    compared = [*_place(state, inputs, known), *_work(state, inputs, known)]
    compared.append(("pre_tuned_model", _same_source(state, inputs, known, source_fate, accepted, found)))
    if _ended_without_model(state):
        compared.append(("state", False))
    updates = [key for key in _IN_PLACE if _changed(state, inputs, key)]
    if (same := _same_display_name(state, inputs)) is not True:
        if state.get(MADE_MODEL):
            updates.append("tuned_model_display_name")
        else:
            compared.append(("tuned_model_display_name", same))
    if not state.get(RECORDED):
        updates.append("state")
    replaces = tuple(key for key, same in compared if same is False)
    possible = tuple(key for key, same in compared if same is None and key not in replaces)
    return Plan(replaces, tuple(updates), () if is_probe or replaces else possible)


def leaves_project_open(state: Mapping[str, Any], inputs: Mapping[str, Any]) -> bool:
    """Whether texts cannot tell if the project of the inputs is that of the state: one is a number, the other an id."""
    old, new = state.get("project"), inputs.get("project")
    return bool(old and new) and names.same_project(str(old), str(new), _spellings(state)) is None


def open_source(
    state: Mapping[str, Any], inputs: Mapping[str, Any], accepted: Mapping[str, Any] | None = None
) -> str | None:
    """The source's name, where only a look-up can tell whether the source is still the recorded one: it names the same
    model by an alias, or without a version, and was written in another way before. None where the texts tell.

    `accepted` as for `plan`.
    """
    old, new = state.get("pre_tuned_model"), inputs.get("pre_tuned_model")
    if not (isinstance(old, Mapping) and isinstance(new, Mapping)):
        return None
    known, recorded = _spellings(state), names.model_name(state.get("source_model_name"))
    asked = names.model_name(new.get("tuned_model_name"))
    if asked is None or recorded is None or asked.is_pinned or not recorded.is_pinned:
        return None
    if not _same_checkpoint(old, new, str(state.get("source_checkpoint_id") or "")):
        return None
    if _same_version((old, accepted or {}), new, str(recorded), known):
        return None
    return str(asked) if names.same_resource(asked.model, recorded.model, known) is not False else None


def _spellings(state: Mapping[str, Any]) -> tuple[str, ...]:
    """Id and number of the job's project, as far as the state tells: the job's name has the number."""
    number = (names.JobName.parse(state["name"]).project,) if state.get("name") else ()
    return (*number, *([str(state["project"])] if state.get("project") else []))


def _ended_without_model(state: Mapping[str, Any]) -> bool:
    """Whether there is nothing to wait for any more: failed, or successful in part with no model to show for it.

    A job that failed and left a model version is recorded where `adopt_job` asked for it: that is what was wanted.
    """
    if state.get(RECORDED) and state.get("tuned_model_name"):
        return False
    job_state = str(state.get("state") or "")
    in_vain = job_state == "JOB_STATE_PARTIALLY_SUCCEEDED" and not state.get("tuned_model_name")
    return in_vain or job_states.meaning(job_state) is job_states.Meaning.FAILED


_Comparison = tuple[str, bool | None]
"""An input, and whether it means the same as before: None where that cannot be told."""


def _place(state: Mapping[str, Any], inputs: Mapping[str, Any], known: Collection[str]) -> list[_Comparison]:
    old_location, location = state.get("location"), inputs.get("location")
    old, new = state.get("project"), inputs.get("project")
    found: list[_Comparison] = [("location", None if isinstance(location, Unknown) else old_location == location)]
    if isinstance(new, Unknown) or not (old and new):
        found.append(("project", None if isinstance(new, Unknown) else old == new))
    else:
        found.append(("project", names.same_project(str(old), str(new), known)))
    adopt_job = inputs.get("adopt_job")
    if isinstance(adopt_job, Unknown):
        found.append(("adopt_job", None))
    elif adopt_job and state.get("name"):
        found.append(("adopt_job", _is_job(str(adopt_job), str(state["name"]), known)))
    return found


def _is_job(asked: str, name: str, known: Collection[str]) -> bool:
    """Whether this id or full name means the job; of projects that cannot be compared it does."""
    return (
        names.last_segment(name) == asked if "/" not in asked else names.same_resource(asked, name, known) is not False
    )


def _work(state: Mapping[str, Any], inputs: Mapping[str, Any], known: Collection[str]) -> list[_Comparison]:
    old, new = canonical_inputs(state), canonical_inputs(inputs)
    found = [(key, _same(old.get(key), new.get(key), known)) for key in _RETRAIN]
    triggers = [canonical_triggers(side.get("triggers") or []) for side in (state, inputs)]
    return [*found, ("triggers", _same(triggers[0], triggers[1], None))]


def _same(old: Any, new: Any, known: Collection[str] | None) -> bool | None:
    """Whether both mean the same; None where an unknown, or the spelling of a project, leaves it open.

    An unknown where there was nothing is another value: who gives an account means one. Without `known` texts mean what
    they say, and no project's name.
    """
    if isinstance(new, Unknown):
        return False if old is None else None
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        if old.keys() != new.keys():
            return False
        return _all(_same(old[key], new[key], known) for key in new)
    if isinstance(old, list | tuple) and isinstance(new, list | tuple):
        return len(old) == len(new) and _all(
            _same(before, after, known) for before, after in zip(old, new, strict=True)
        )
    if known is not None and isinstance(old, str) and isinstance(new, str):
        # Somewhere else, id and number cannot be matched; that alone is no reason to train.
        return names.same_resource(old, new, known) is not False
    return isinstance(old, bool) is isinstance(new, bool) and bool(old == new)


def _all(comparisons: Iterable[bool | None]) -> bool | None:
    found = list(comparisons)
    return False if False in found else None if None in found else True


def _changed(state: Mapping[str, Any], inputs: Mapping[str, Any], key: str) -> bool:
    old, new = state.get(key), inputs.get(key)
    if key == "deletion_policy":
        old, new = old or "ABANDON", new or "ABANDON"
    if key in ("labels", "description"):
        old, new = old or None, new or None
    return has_unknown(new) or old != new


def _same_display_name(state: Mapping[str, Any], inputs: Mapping[str, Any]) -> bool | None:
    old, new = state.get("tuned_model_display_name"), inputs.get("tuned_model_display_name")
    if isinstance(new, Unknown):
        return None
    if (old or None) == (new or None):
        return True
    # Without a name the service invents one for a model tuned from a base model: nothing to change then.
    return not new and not state.get("source_model_name")


def _same_source(
    state: Mapping[str, Any],
    inputs: Mapping[str, Any],
    known: Collection[str],
    source_fate: SourceFate,
    accepted: Mapping[str, Any] | None,
    found: str | None,
) -> bool | None:
    old, new = state.get("pre_tuned_model"), inputs.get("pre_tuned_model")
    recorded = str(state.get("source_model_name") or "")
    if isinstance(new, Unknown):
        return _same_by_fate(source_fate(recorded))
    if not old or not new:
        return bool(old) == bool(new)
    if isinstance(new.get("tuned_model_name"), Unknown):
        version = _same_by_fate(source_fate(recorded))
    elif open_source(state, inputs, accepted):
        version = None if found is None else names.same_resource(found, recorded, known) is not False
    else:
        version = _same_version((old, accepted or {}), new, recorded, known)
    if isinstance(new.get("checkpoint_id"), Unknown):
        checkpoint = _same_by_fate(source_fate(recorded))
    else:
        checkpoint = _same_checkpoint(old, new, str(state.get("source_checkpoint_id") or ""))
    return _all((version, checkpoint))


def _same_by_fate(fate: Fate | None) -> bool | None:
    """Whether what is not known yet will be the same, going by what becomes of the recorded source."""
    match fate:
        case Fate.UPDATED:
            return True
        case Fate.REPLACED:
            return False
        case _:
            return None


def _same_version(
    before: Iterable[Mapping[str, Any]], new: Mapping[str, Any], recorded: str, known: Collection[str]
) -> bool:
    """Whether the name means the version that is recorded, or is what was written before, while that was pinned.

    Projects elsewhere, whose id and number cannot be matched, are no reason to train.
    """
    asked = _versioned(str(new["tuned_model_name"]))
    written = [_versioned(str(source["tuned_model_name"])) for source in before if source.get("tuned_model_name")]
    return any(name and names.same_resource(asked, name, known) is not False for name in (*written, recorded))


def _versioned(name: str) -> str:
    """No version and `@default` are the same."""
    return name if "@" in name else f"{name}@default"


def _same_checkpoint(old: Mapping[str, Any], new: Mapping[str, Any], recorded: str) -> bool:
    """Left out, before or now, the recorded checkpoint stands."""
    asked = _text(new.get("checkpoint_id"))
    return asked in ("", _text(old.get("checkpoint_id")), recorded)


def same_source(asked: Mapping[str, Any], recorded: Source) -> bool:
    """Whether the input names the very version and checkpoint that are recorded; project id and number are the same."""
    new, old = names.ModelName.parse(asked["tuned_model_name"]), names.ModelName.parse(recorded.tuned_model_name)
    same_version = (new.location, new.model_id, new.version) == (old.location, old.model_id, old.version)
    checkpoint = asked.get("checkpoint_id")
    return same_version and (isinstance(checkpoint, Unknown) or _text(checkpoint) in ("", recorded.checkpoint_id))


def _text(checkpoint_id: Any) -> str:
    """A checkpoint id as text: people write 2 for "2", and the engine makes 2.0 of it."""
    if isinstance(checkpoint_id, float) and checkpoint_id.is_integer():
        checkpoint_id = int(checkpoint_id)
    return "" if checkpoint_id is None else str(checkpoint_id)
