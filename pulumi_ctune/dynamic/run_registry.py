"""What one run knows of the tuning jobs in its states, as its checks, diffs and creates have told: one for the process.

The engine starts a provider process for each run, and Pulumi's host keeps an instance of a provider for each distinct
spelling of it in the states. So what a run knows belongs to the process, and no instance has a part of it of its own.
What becomes of the model versions of sources is `source_fates`'.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from pulumi_ctune.core.hidden import OWNER, RECORDED
from pulumi_ctune.core.ownership import Owner, first_token, hold_of, next_token
from pulumi_ctune.dynamic import saved_state
from pulumi_ctune.tuning_job.run_knowledge import RunKnowledge, SavedJob


@dataclass
class _Entry:
    """What is known of the state entry of one URN, and of what takes its place."""

    token: str = ""  # of the entry in the state; empty: none is known
    accepted_source: Mapping[str, Any] | None = None  # input `pre_tuned_model` of the last update
    held: SavedJob | None = None  # what the entry holds, as its diff has told
    hold: str = ""
    made: SavedJob | None = None  # what this run has made, or adopted, for the URN
    made_hold: str = ""


class RunRegistry:
    """The state entries of this run and what becomes of them. Safe for threads."""

    def __init__(self, saved: Callable[[Owner], Sequence[SavedJob] | None] = saved_state.saved_jobs) -> None:
        self._saved = saved
        self._lock = threading.Lock()
        self._entries: dict[str, _Entry] = {}  # by URN

    def note_check(self, urn: str, organization: str, old_inputs: Mapping[str, Any]) -> str:
        """Note a check; returns the token of the state entry that is checked.

        `old_inputs` are those of the entry in the state; without any, the resource is new or about to be replaced.
        """
        old_owner, source = old_inputs.get(OWNER), old_inputs.get("pre_tuned_model")
        with self._lock:
            entry = self._entries.setdefault(urn, _Entry())
            if isinstance(source, Mapping):
                entry.accepted_source = source
            if old_owner:
                entry.token = str(old_owner.get("token") or "")
                return entry.token or first_token(organization, urn)
            return next_token(entry.token) if entry.token else first_token(organization, urn)

    def accepted_source(self, urn: str) -> Mapping[str, Any] | None:
        """The input `pre_tuned_model` as the last update took it. Where that meant the same as what was written before,
        the state's inputs alone tell of it: outputs stay as they are then.
        """
        with self._lock:
            return self._entries.get(urn, _Entry()).accepted_source

    def note_diff(self, urn: str, job_name: str, state: Mapping[str, Any]) -> None:
        with self._lock:
            entry = self._entries.setdefault(urn, _Entry())
            entry.held, entry.hold = _saved(urn, job_name, state), hold_of(state)
            entry.token = entry.token or entry.held.token

    def note_made(self, urn: str, job_name: str, state: Mapping[str, Any]) -> None:
        """Note the job of a create, finished or not."""
        with self._lock:
            entry = self._entries.setdefault(urn, _Entry())
            entry.made, entry.made_hold = _saved(urn, job_name, state), hold_of(state)

    def successor(self, urn: str, state: Mapping[str, Any]) -> str | None:
        """The job of the entry that has replaced this one, in this run or an earlier one; None: none is known."""
        with self._lock:
            entry = self._entries.get(urn, _Entry())
            job, hold = (entry.made, entry.made_hold) if entry.made else (entry.held, entry.hold)
            return job.job if job and hold != hold_of(state) else None

    def is_leaving(self, owner: Owner, job_name: str) -> bool:
        """Whether the saved state has an entry with this job that only waits for its deletion, under whatever name."""
        entries = self._saved(owner) or ()
        return any(entry.leaving for entry in entries if entry.job == job_name)

    def knowledge_for(self, owner: Owner) -> RunKnowledge:
        """What a create of this resource goes by."""
        with self._lock:
            entry = self._entries.get(owner.urn, _Entry())
            others = [
                job
                for urn, other in self._entries.items()
                for job in (other.held, other.made)
                if job and urn != owner.urn
            ]
        return RunKnowledge(entry.held, others, cache(partial(self._saved, owner)))


def _saved(urn: str, job_name: str, state: Mapping[str, Any]) -> SavedJob:
    return SavedJob(
        urn=urn,
        job=job_name,
        token=str((state.get(OWNER) or {}).get("token") or ""),
        recorded=bool(state.get(RECORDED)),
        create_time=saved_state.moment(state.get("create_time")),
    )


_current = RunRegistry()


def current() -> RunRegistry:
    """The registry of this process."""
    return _current


def begin(saved: Callable[[Owner], Sequence[SavedJob] | None]) -> None:
    """Begin another run in the same process, as tests do; `saved` stands for the CLI."""
    global _current
    _current = RunRegistry(saved)
