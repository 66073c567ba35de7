"""What is known of the state entries of tuning jobs: as a run's checks, diffs and creates have told, and as saved.

`StateEntries` is a part of the process's `Run`. `KnownEntries` is what a create is told of it, and what `own_jobs`
decides by.
What becomes of the model versions of sources is `core.run`'s.
"""

import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

from pulumi_ctune.core.entry_tokens import EntryTokens
from pulumi_ctune.core.ownership import Owner
from pulumi_ctune.core.source import Source
from pulumi_ctune.tuning_job.attributes import TYPE
from pulumi_ctune.tuning_job.state import State, named_source


@dataclass(frozen=True)
class HeldJob:
    """A job that a state entry holds. `job` is its full name, `urn` the resource's.

    `recorded` is whether the entry holds a finished job, `create_time` when that was made, `leaving` whether the entry
    only waits for its deletion, as it has been replaced, `shared` whether the job was adopted from another resource.
    """

    urn: str
    job: str
    token: str = ""
    recorded: bool = False
    create_time: datetime | None = None
    leaving: bool = False
    shared: bool = False


def _nobody_knows() -> None:
    return None


@dataclass(frozen=True)
class KnownEntries:
    """What this run knows of the states.

    `predecessor` is the entry that a create replaces, as a diff has told, and `others` are jobs that other resources
    have now. `keys` are the owner keys of all resources that the run has checked. `saved` asks for all that the
    saved state of the stack holds; it takes its time, and answers None where that cannot be had.
    """

    predecessor: HeldJob | None = None
    others: Sequence[HeldJob] = ()
    keys: Collection[str] = ()
    saved: Callable[[], Sequence[HeldJob] | None] = _nobody_knows


SavedState = Callable[[Owner], Sequence[Mapping[str, Any]] | None]
"""The resources of an owner's stack as they are saved; None where nobody can say."""


@dataclass
class _Entry:
    """What is known of the state entry of one URN, and of what takes its place."""

    accepted_source: Source | None = None  # input `pre_tuned_model` of the last update
    held: HeldJob | None = None  # what the entry holds, as its diff has told
    hold: str = ""
    made: HeldJob | None = None  # what this run has made, or adopted, for the URN
    made_hold: str = ""


class StateEntries:
    """The state entries of this run and what becomes of them. Safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: dict[str, _Entry] = {}  # by URN
        self._tokens = EntryTokens()

    def note_check(self, urn: str, organization: str, old_inputs: Mapping[str, Any]) -> str:
        """Note a check; returns the token of the state entry that is checked. As for `EntryTokens`."""
        source = named_source(old_inputs)
        with self._lock:
            entry = self._entries.setdefault(urn, _Entry())
            if source:
                entry.accepted_source = source
        return self._tokens.note_check(urn, organization, old_inputs)

    def accepted_source(self, urn: str) -> Source | None:
        """The input `pre_tuned_model` as the last update took it. Where that meant the same as what was written before,
        the state's inputs alone tell of it: outputs stay as they are then.
        """
        with self._lock:
            return self._entries.get(urn, _Entry()).accepted_source

    def note_diff(self, urn: str, job_name: str, saved: State) -> None:
        with self._lock:
            entry = self._entries.setdefault(urn, _Entry())
            entry.held, entry.hold = _held(urn, job_name, saved), saved.hold
        self._tokens.note_diff(urn, saved.token)

    def note_made(self, urn: str, job_name: str, saved: State) -> None:
        """Note the job of a create, finished or not."""
        with self._lock:
            entry = self._entries.setdefault(urn, _Entry())
            entry.made, entry.made_hold = _held(urn, job_name, saved), saved.hold

    def successor(self, urn: str, saved: State) -> str | None:
        """The job of the entry that has replaced this one, in this run or an earlier one; None: none is known."""
        with self._lock:
            entry = self._entries.get(urn, _Entry())
            job, hold = (entry.made, entry.made_hold) if entry.made else (entry.held, entry.hold)
            return job.job if job and hold != saved.hold else None

    def known_to(self, owner: Owner, saved: SavedState) -> KnownEntries:
        """What a create of this resource goes by."""
        with self._lock:
            entry = self._entries.get(owner.urn, _Entry())
            others = [
                job
                for urn, other in self._entries.items()
                for job in (other.held, other.made)
                if job and urn != owner.urn
            ]
            keys = {replace(owner, urn=urn).key for urn in self._entries}
        return KnownEntries(entry.held, others, keys, cache(lambda: saved_jobs(owner, saved)))


def _held(urn: str, job_name: str, saved: State) -> HeldJob:
    return HeldJob(urn, job_name, saved.token, saved.is_recorded, saved.create_time, shared=saved.is_shared)


def saved_jobs(owner: Owner, saved: SavedState) -> Sequence[HeldJob] | None:
    """The jobs that the saved state of an owner's stack holds, entries that wait for their deletion included."""
    resources = saved(owner)
    if resources is None:
        return None
    return [_job(resource) for resource in resources if resource.get("type") == TYPE and resource.get("id")]


def is_leaving(owner: Owner, job_name: str, saved: SavedState) -> bool:
    """Whether the saved state has an entry with this job that only waits for its deletion, under whatever name."""
    return any(entry.leaving for entry in saved_jobs(owner, saved) or () if entry.job == job_name)


def _job(resource: Mapping[str, Any]) -> HeldJob:
    held = _held(str(resource.get("urn") or ""), str(resource["id"]), State.parse(resource.get("outputs") or {}))
    return replace(held, leaving=bool(resource.get("delete")))
