"""What one run of Pulumi knows: one `Run` for the process, whatever instance of a provider serves a call.

The engine starts a provider process for each run, and a front may keep several instances of a provider in it: Pulumi's
dynamic host keeps one for each spelling that it meets in the states. So nothing that one verb has to know of another
lies in an instance. Kinds keep what they need as parts of the run; two of them are here:

- `SourceFates`: while a source is updated in place, a preview hands its dependents an unknown for its outputs. All
  diffs of a preview run in one process, sources first, so the dependents can be told what becomes of their source.
- `Held`: a replacement and a renamed resource are created before the old one is deleted. Where both mean the very same
  thing at Google, the old one's delete must leave it to the new one, and no two resources have the same.
"""

import threading
from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast

from pulumi_ctune.core.kind import Made, Values
from pulumi_ctune.core.outcomes import Fate, Plan, Unfinished
from pulumi_ctune.core.program_facts import REPLACE_WITH

_Part = TypeVar("_Part")


class SourceFates:
    """What checks and diffs have told: fates by the name of the model version, the rest by URN. Safe for threads."""

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
        partners = program.get(REPLACE_WITH) if isinstance(program, Mapping) else None
        with self._lock:
            self._partners[urn] = (
                [each for each in partners if isinstance(each, str)] if isinstance(partners, list) else []
            )

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


class Held:
    """What resources have after this run, as far as the run has come; by id. Safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._id_of: dict[str, str] = {}  # by URN
        self._made: dict[str, str] = {}  # of these, what this run has made

    def note(self, urn: str, id_: str) -> None:
        """Note what the entry of a resource holds."""
        with self._lock:
            self._id_of[urn] = id_

    def note_made(self, urn: str, id_: str) -> None:
        """Note what a create has made, or taken over."""
        with self._lock:
            self._id_of[urn] = self._made[urn] = id_

    def has_successor(self, urn: str, id_: str) -> bool:
        """Whether an entry that is deleted has the very thing that another one holds: of another resource, or the one
        that replaces it.
        """
        with self._lock:
            others = {other: held for other, held in self._id_of.items() if other != urn}
            return id_ in others.values() or self._made.get(urn) == id_

    def has_made(self, urn: str) -> bool:
        """Whether this run has made something for the resource: what is deleted then has been replaced."""
        with self._lock:
            return urn in self._made

    def by_others(self, urn: str) -> set[str]:
        """What other resources than this one have."""
        with self._lock:
            return {id_ for other, id_ in self._id_of.items() if other != urn}


class Run:
    """The parts of a run, each made when it is first asked for. Safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._parts: dict[object, object] = {}

    def part(self, make: Callable[[], _Part], name: str = "") -> _Part:
        """The one part of this class, or that of it with this name."""
        with self._lock:
            if (make, name) not in self._parts:
                self._parts[make, name] = make()
            return cast("_Part", self._parts[make, name])


_current = Run()


def current_run() -> Run:
    """The run that this process serves."""
    return _current


def held(type_: str) -> Held:
    """What the resources of this type have in this run."""
    return current_run().part(Held, type_)


def recorded(type_: str, urn: str, create: Callable[[], Values], id_of: Callable[[Values], str]) -> Made:
    """Create, and note what is there then, finished or not, so that the delete of what it replaces leaves it alone."""
    try:
        state = create()
    except Unfinished as unfinished:
        held(type_).note_made(urn, unfinished.resource_id)
        raise
    made = Made(id_of(state), state)
    held(type_).note_made(urn, made.id)
    return made


def holds_on(type_: str, urn: str, id_: str, plan: Plan) -> Plan:
    """Note what an entry holds where the diff has found that it stays; return the plan of that diff."""
    if not plan.replaces:
        held(type_).note(urn, id_)
    return plan


def begin_run() -> None:
    """Begin another run in the same process, as tests do."""
    global _current
    _current = Run()
