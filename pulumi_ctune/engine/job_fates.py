"""What becomes of the tuning jobs of this run, as its diffs and creates have told, for those who come later in it.

While a source is updated in place, a preview hands its dependents an unknown for its outputs. All diffs of a preview
run in one process, sources first, so the dependents can be told what becomes of their source.
"""

import threading
from collections.abc import Mapping
from typing import Any

from pulumi_ctune.tuning.attributes import OWNER


class JobFates:
    """Which jobs the state holds, and which of them another one takes the place of. Safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._replaced: dict[str, bool] = {}  # by model version name
        self._job_of: dict[str, tuple[str, Mapping[str, Any]]] = {}  # by URN: id and state

    def note(self, urn: str, job_name: str, state: Mapping[str, Any], *, replaced: bool) -> None:
        with self._lock:
            if name := state.get("tuned_model_name"):
                self._replaced[name] = replaced
            self._job_of[urn] = (job_name, state)

    def note_fresh_check(self, urn: str) -> None:
        """A check without old inputs after a diff: the engine replaces the resource, whatever the diff has said."""
        with self._lock:
            _, state = self._job_of.get(urn, ("", {}))
            if name := state.get("tuned_model_name"):
                self._replaced[name] = True

    def is_replaced(self, model_version_name: str) -> bool | None:
        with self._lock:
            return self._replaced.get(model_version_name)

    def jobs_in_state(self, urn: str) -> tuple[str, ...]:
        """The job that the state holds for this resource, as far as a diff has told."""
        with self._lock:
            return (self._job_of[urn][0],) if urn in self._job_of else ()

    def successor(self, urn: str, state: Mapping[str, Any]) -> str | None:
        """The job of the state entry that has replaced this one, as far as this run knows; else None."""
        with self._lock:
            held, other = self._job_of.get(urn, ("", {}))
        return held if held and (other.get(OWNER) or {}) != (state.get(OWNER) or {}) else None


_current = JobFates()


def current() -> JobFates:
    """What this process knows of the tuning jobs of its run."""
    return _current
