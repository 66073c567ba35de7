"""What a verb brings back besides a state: what a diff decides, what a read finds, and what a failure must keep.

The same for every resource, so that whoever answers the engine can tell these without loading the verbs.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, NamedTuple

from pulumi_ctune.core.errors import CtuneError


class Fate(Enum):
    """What becomes of a model version in this run."""

    SAME = "same"
    """Nothing: what its job hands on is known."""
    UPDATED = "updated in place"
    """It stays, but in a preview what its job hands on is not known."""
    POSSIBLE = "possibly replaced"
    REPLACED = "replaced"


SourceFate = Callable[[str], Fate | None]
"""What becomes of the model version of this name; None where that is not known."""


def fate_of(plan: "Plan") -> Fate:
    """What a plan means for the version that the resource has made."""
    if plan.replaces:
        return Fate.REPLACED
    if plan.possible:
        return Fate.POSSIBLE
    return Fate.UPDATED if plan.updates else Fate.SAME


@dataclass(frozen=True)
class Plan:
    """What a change of inputs means: `replaces` are the inputs (or `state`) for which the resource has to be made anew,
    `updates` those that are changed in place. `possible` are the inputs that may turn out to be a reason to replace it,
    with why that is not known yet. `notes` and `warnings` are what there is to tell of it, one line each.
    """

    replaces: tuple[str, ...] = ()
    updates: tuple[str, ...] = ()
    possible: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def possibly(self, reason: str) -> "Plan":
        """This plan, with one more reason that may turn out to be one; nothing that is certain changes."""
        return self if self.replaces else replace(self, possible=(*self.possible, reason))

    @property
    def changes(self) -> bool:
        return bool(self.replaces or self.updates or self.possible)


class Found(NamedTuple):
    """The state as it is now, and the inputs that would describe it: where they differ from the program's, that is
    drift.
    """

    state: Mapping[str, Any]
    inputs: Mapping[str, Any]


class Unfinished(Exception):
    """A verb failed once there was something: `resource_id` and `state` must be kept. `cause` is what the user reads.

    `resource_id` is what Pulumi calls the resource's id: a job's name, or what a deployment is known by.
    """

    def __init__(self, resource_id: str, state: Mapping[str, Any], cause: CtuneError) -> None:
        super().__init__(str(cause))
        self.resource_id = resource_id
        self.state = dict(state)
        self.cause = cause
