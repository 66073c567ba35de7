"""What a verb brings back besides a state, of whichever resource: what Read finds, and what a failure must keep.

Knows no resource, so that whoever answers the engine can tell these without loading the verbs.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from pulumi_ctune.errors import CtuneError


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
