"""What a change of inputs means: nothing, an update in place, or another training run.

Compares by meaning, on the canonical form; a retrain that nobody asked for is the worst thing this package could do, so
whatever is not certainly another request is no reason to train again, and what is not known yet is called possible.
Works on what it is told and asks nobody: where only a look-up can tell, `open_source` says so.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from pulumi_ctune.core import job_states, names
from pulumi_ctune.core.budget import same_budget
from pulumi_ctune.core.canonical import canonical_triggers
from pulumi_ctune.core.deletion_policy import ABANDON
from pulumi_ctune.core.outcomes import Fate, Plan, SourceFate
from pulumi_ctune.core.source import Source
from pulumi_ctune.core.values import Unknown, has_unknown
from pulumi_ctune.tuning_job.attributes import SourceInput
from pulumi_ctune.tuning_job.draft import Draft
from pulumi_ctune.tuning_job.state import State

_RETRAIN = (
    "base_model",
    "supervised_tuning_spec",
    "reinforcement_tuning_spec",
    "preference_optimization_spec",
    "encryption_spec",
    "service_account",
)
"""Inputs whose canonical forms are compared as they are; a difference is another training run."""

_IN_PLACE = ("labels", "description", "deletion_policy", "budget")


def _nobody_knows(_: str) -> None:
    return None


def plan(
    saved: State,
    draft: Draft,
    source_fate: SourceFate = _nobody_knows,
    *,
    accepted: Source | None = None,
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
    compared = [*_place(saved, draft), *_work(saved, draft)]
    compared.append(("pre_tuned_model", _same_source(saved, draft, source_fate, accepted, found)))
    if _ended_without_model(saved):
        compared.append(("state", False))
    updates = [key for key in _IN_PLACE if _changed(saved.held, draft.written, key)]
    if (same := _same_display_name(saved, draft)) is not True:
        if saved.made_model:
            updates.append("tuned_model_display_name")
        else:
            compared.append(("tuned_model_display_name", same))
    if not saved.is_recorded or saved.is_echoed:
        updates.append("state")
    replaces = tuple(key for key, same in compared if same is False)
    possible = tuple(key for key, same in compared if same is None and key not in replaces)
    return Plan(replaces, tuple(updates), () if is_probe or replaces else possible)


def leaves_project_open(saved: State, project: str) -> bool:
    """Whether texts cannot tell if the project of the inputs is that of the state: one is a number, the other an id."""
    return bool(saved.project) and names.same_project(saved.project, project, saved.projects) is None


def open_source(saved: State, draft: Draft, accepted: Source | None = None) -> str | None:
    """The source's name, where only a look-up can tell whether the source is still the recorded one: it names the same
    model by an alias, or without a version, and was written in another way before. None where the texts tell.

    `accepted` as for `plan`.
    """
    old, new, recorded = saved.named_source, draft.source, saved.source
    if old is None or recorded is None or new is None or isinstance(new, Unknown):
        return None
    asked = names.model_name(new.get("tuned_model_name"))
    if asked is None or recorded.model_name is None or asked.is_pinned or not recorded.model_name.is_pinned:
        return None
    if not _same_checkpoint(old, new, recorded):
        return None
    if _same_version((old, accepted), str(asked), recorded, saved.projects):
        return None
    return (
        str(asked) if names.same_resource(asked.model, recorded.model_name.model, saved.projects) is not False else None
    )


def _ended_without_model(saved: State) -> bool:
    """Whether there is nothing to wait for any more: failed, or successful in part with no model to show for it.

    A job that failed and left a model version is recorded where `adopt_job` asked for it: that is what was wanted.
    """
    if saved.is_recorded and saved.tuned_model_name:
        return False
    in_vain = saved.job_state == "JOB_STATE_PARTIALLY_SUCCEEDED" and not saved.tuned_model_name
    return in_vain or job_states.meaning(saved.job_state) is job_states.Meaning.FAILED


_Comparison = tuple[str, bool | None]
"""An input, and whether it means the same as before: None where that cannot be told."""


def _place(saved: State, draft: Draft) -> list[_Comparison]:
    given = draft.written
    location, project, adopt_job = given.get("location"), given.get("project"), given.get("adopt_job")
    found: list[_Comparison] = [
        ("location", None if isinstance(location, Unknown) else saved.location == (location or ""))
    ]
    if isinstance(project, Unknown):
        found.append(("project", None))
    elif not (saved.project and project):
        found.append(("project", saved.project == (project or "")))
    else:
        same = names.same_project(saved.project, project, saved.projects)
        # The API tells the number: whether that is the program's project, the update looks before it changes anything.
        found.append(("project", same is not False if saved.is_echoed else same))
    if isinstance(adopt_job, Unknown):
        found.append(("adopt_job", None))
    elif adopt_job and saved.name:
        found.append(("adopt_job", _is_job(adopt_job, saved.name, saved.projects)))
    return found


def _is_job(asked: str, name: str, known: Collection[str]) -> bool:
    """Whether this id or full name means the job; of projects that cannot be compared it does."""
    return (
        names.last_segment(name) == asked if "/" not in asked else names.same_resource(asked, name, known) is not False
    )


def _work(saved: State, draft: Draft) -> list[_Comparison]:
    old, new = saved.canonical, draft.canonical
    if saved.is_echoed:  # what the program leaves out is the service's, and the API tells of no triggers
        stated = _stated_by(new, old)
        return [(key, _same(stated.get(key), new.get(key), saved.projects)) for key in _RETRAIN]
    found = [(key, _same(old.get(key), new.get(key), saved.projects)) for key in _RETRAIN]
    triggers = [canonical_triggers(given or []) for given in (saved.triggers, draft.written.get("triggers"))]
    return [*found, ("triggers", _same(triggers[0], triggers[1], None))]


def _stated_by(new: Any, old: Any) -> Any:
    """The old value without what the new one leaves out."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        return {key: _stated_by(new[key], value) for key, value in old.items() if key in new}
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        return [_stated_by(after, before) for before, after in zip(old, new, strict=True)]
    return old


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


def _changed(held: Mapping[str, Any], inputs: Mapping[str, Any], key: str) -> bool:
    old, new = held.get(key), inputs.get(key)
    if key == "deletion_policy":
        old, new = old or ABANDON, new or ABANDON
    if key == "budget":
        return has_unknown(new) or not same_budget(old, new)
    if key in ("labels", "description"):
        old, new = old or None, new or None
    return has_unknown(new) or old != new


def _same_display_name(saved: State, draft: Draft) -> bool | None:
    new = draft.written.get("tuned_model_display_name")
    if isinstance(new, Unknown):
        return None
    if saved.tuned_model_display_name == (new or ""):
        return True
    # Without a name the service invents one for a model tuned from a base model: nothing to change then.
    return not new and (saved.source is None or saved.is_echoed)


def _same_source(
    saved: State, draft: Draft, source_fate: SourceFate, accepted: Source | None, found: str | None
) -> bool | None:
    old, new, recorded = saved.named_source, draft.source, saved.source or Source("")
    if isinstance(new, Unknown):
        return _same_by_fate(source_fate(recorded.tuned_model_name))
    if old is None or not new:
        return old is None and not new
    asked = new.get("tuned_model_name", "")
    if isinstance(asked, Unknown):
        version = _same_by_fate(source_fate(recorded.tuned_model_name))
    elif open_source(saved, draft, accepted):
        same = None if found is None else names.same_resource(found, recorded.tuned_model_name, saved.projects)
        version = None if found is None else same is not False
    else:
        version = _same_version((old, accepted), asked, recorded, saved.projects)
    if isinstance(new.get("checkpoint_id"), Unknown):
        checkpoint = _same_by_fate(source_fate(recorded.tuned_model_name))
    else:
        checkpoint = _same_checkpoint(old, new, recorded)
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


def _same_version(before: Iterable[Source | None], asked: str, recorded: Source, known: Collection[str]) -> bool:
    """Whether the name means the version that is recorded, or is what was written before, while that was pinned.

    Projects elsewhere, whose id and number cannot be matched, are no reason to train.
    """
    written = [_versioned(source.tuned_model_name) for source in before if source and source.tuned_model_name]
    meant = (name for name in (*written, recorded.tuned_model_name) if name)
    return any(names.same_resource(_versioned(asked), name, known) is not False for name in meant)


def _versioned(name: str) -> str:
    """No version and `@default` are the same."""
    return name if "@" in name else f"{name}@default"


def _same_checkpoint(old: Source, new: SourceInput, recorded: Source) -> bool:
    """Left out, before or now, the recorded checkpoint stands."""
    return new.get("checkpoint_id", "") in ("", old.checkpoint_id, recorded.checkpoint_id)
