"""What a create is told of the states of its run: the entry that it replaces, and what other resources hold.

`adoption` decides by it; whoever talks to the engine gathers it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class SavedJob:
    """A job that a state entry holds. `job` is its full name, `urn` the resource's.

    `recorded` is whether the entry holds a finished job, `create_time` when that was made, `leaving` whether the entry
    only waits for its deletion, as it has been replaced.
    """

    urn: str
    job: str
    token: str = ""
    recorded: bool = False
    create_time: datetime | None = None
    leaving: bool = False


def _nobody_knows() -> None:
    return None


@dataclass(frozen=True)
class RunKnowledge:
    """What this run knows of the states.

    `predecessor` is the entry that a create replaces, as a diff has told, and `others` are jobs that other resources
    have now. `saved` asks for all that the saved state of the stack holds; it takes its time, and answers None where
    that cannot be had.
    """

    predecessor: SavedJob | None = None
    others: Sequence[SavedJob] = ()
    saved: Callable[[], Sequence[SavedJob] | None] = _nobody_knows
