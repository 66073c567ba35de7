"""What becomes of the model versions that this run's tuning jobs made, as their checks and diffs have told.

While a source is updated in place, a preview hands its dependents an unknown for its outputs. All diffs of a preview
run in one process, sources first, so the dependents can be told what becomes of their source. Known to the process: the
host keeps an instance of a provider for each spelling of it.
"""

import threading
from collections.abc import Mapping
from typing import Any

from pulumi_ctune.core.outcomes import Fate

REPLACE_WITH = "replace_with"
"""Pulumi's option, and where the program tells the URNs in it: the engine replaces a resource with any of these."""


class SourceFates:
    """Fates by the name of the model version. Safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._fates: dict[str, Fate] = {}
        self._version_of: dict[str, str] = {}  # by URN
        self._checked: set[str] = set()
        self._fresh: set[str] = set()  # new, or made anew; checked without old inputs
        self._diffed: dict[str, Fate] = {}  # by URN
        self._partners: dict[str, list[str]] = {}  # URNs that a resource is replaced with

    def note_check(self, urn: str, *, fresh: bool) -> bool:
        """Note a check; `fresh` is one without old inputs. Returns whether it is the first to tell of a
        replacement: a check with old inputs came before, so the engine replaces the resource, and no diff has said so.

        With `--replace` the engine checks once, fresh, and asks no diff at all: as for a resource that is new.
        """
        with self._lock:
            is_replaced = fresh and urn in self._checked and urn not in self._fresh
            self._checked.add(urn)
            if fresh:
                self._fresh.add(urn)
            if is_replaced and (version := self._version_of.get(urn)):
                self._fates[version] = Fate.REPLACED
            return is_replaced and self._diffed.get(urn) is not Fate.REPLACED

    def note_partners(self, urn: str, program: Any) -> None:
        """Note the resources with which this one is replaced. `program` is what it told."""
        told = program.get(REPLACE_WITH) if isinstance(program, Mapping) else None
        with self._lock:
            self._partners[urn] = [each for each in told if isinstance(each, str)] if isinstance(told, list) else []

    def possible_partners(self, urn: str) -> list[str]:
        """The names of those of which a preview cannot tell whether they are replaced: nor can the engine then."""
        with self._lock:
            found = [each for each in self._partners.get(urn, []) if self._diffed.get(each) is Fate.POSSIBLE]
        return [each.rpartition("::")[2] for each in found]

    def is_probe(self, urn: str) -> bool:
        """Whether a diff of this resource is none of its own registration: no check has come before.

        The engine asks like this before it deletes a source ahead of its replacement, in a real `up` too.
        """
        with self._lock:
            return urn not in self._checked

    def note_diff(self, urn: str, version_name: str, fate: Fate) -> None:
        with self._lock:
            self._diffed[urn] = fate
            self._version_of[urn] = version_name
            if version_name:
                self._fates[version_name] = fate

    def of(self, version_name: str) -> Fate | None:
        """What becomes of the version of this name, for one whose source is not known yet; None where nobody knows."""
        with self._lock:
            fate = self._fates.get(version_name)
            if not self._fresh - self._diffed.keys():
                return fate
            # A job is made in this run, or made anew by force, and what is unknown may well come from that one.
            return {None: Fate.REPLACED, Fate.SAME: Fate.REPLACED, Fate.UPDATED: Fate.POSSIBLE}.get(fate, fate)


_current = SourceFates()


def current() -> SourceFates:
    """What this process knows."""
    return _current


def begin() -> None:
    """Begin another run in the same process, as tests do."""
    global _current
    _current = SourceFates()
