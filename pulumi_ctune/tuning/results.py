"""What a verb brings back besides a state: what a diff decides, what a read finds, and what a failure must keep.

The same for every resource, so that whoever answers the engine can tell these without loading the verbs.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from pulumi_ctune.errors import CtuneError

SourceFate = Callable[[str], bool | None]
"""Whether the model version of this name is about to be replaced: True, False, or None where that is not known."""


@dataclass(frozen=True)
class Plan:
    """What a change of inputs means: `replaces` are the inputs (or `state`) for which the resource has to be made anew,
    `updates` those that are changed in place.
    """

    replaces: tuple[str, ...] = ()
    updates: tuple[str, ...] = ()

    @property
    def changes(self) -> bool:
        return bool(self.replaces or self.updates)


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
