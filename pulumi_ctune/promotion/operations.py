"""Wait for a long-running operation with the patience, the status line and the ear for Ctrl-C of a verb.

Source: https://google.aip.dev/151
"""

from datetime import timedelta

from pulumi_ctune import durations
from pulumi_ctune.errors import CtuneError, NotFoundError, WaitInterruptedError
from pulumi_ctune.tuning.resources import Operation, Vertex
from pulumi_ctune.tuning.wait import Surroundings, patiently

_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 10.0  # a deployment takes minutes, and somebody may be watching


def finish(vertex: Vertex, world: Surroundings, operation: Operation, text: str) -> Operation:
    """Return the operation once it is done; one that is no longer known counts as done. `text` says what goes on.

    Raises:
        ApiError: it cannot be read.
        WaitInterruptedError: the wait was cut short.
        CtuneError: the verb's timeout passed. In both cases the operation goes on at Google.
    """
    began = world.now()
    longest_s = min(_LONGEST_PAUSE_S, world.poll_interval.total_seconds())
    pause_s = min(_FIRST_PAUSE_S, longest_s)
    while not operation.done:
        elapsed = timedelta(seconds=round(world.now() - began))
        world.report.status(text, detail=f"after {durations.format(elapsed)}")
        pause(world, pause_s, goes_on=operation.name)
        pause_s = min(pause_s * 1.5, longest_s)
        try:
            operation = _look(vertex, world, operation.name)
        except NotFoundError:  # forgotten: the caller sees on the endpoint what has come of it
            return Operation(operation.name, done=True)
    return operation


def pause(world: Surroundings, seconds: float, *, goes_on: str) -> None:
    """Pause, unless the verb has to end: `goes_on` is what then goes on without it, and is taken up by the next run."""
    if seconds >= world.left_s():
        raise CtuneError(
            f"the timeout of {durations.format(world.timeout)} passed",
            why=f"{goes_on} goes on at Google",
            next_step="`pulumi up` takes it up again.",
        )
    if world.pause(seconds):
        raise WaitInterruptedError(
            "interrupted", why=f"{goes_on} goes on at Google", next_step="`pulumi up` takes it up again."
        )


def _look(vertex: Vertex, world: Surroundings, name: str) -> Operation:
    return patiently(lambda: vertex.get_operation(name), world)
