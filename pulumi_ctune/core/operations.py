"""Wait for a long-running operation with the patience, the status line and the ear for Ctrl-C of a verb.

Knows not what an operation does. Leaving early never cancels one: it goes on at Google, and the next run finds what has
come of it.

Source: https://google.aip.dev/151
"""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from pulumi_ctune.core import durations
from pulumi_ctune.core.api import Operation, Vertex
from pulumi_ctune.core.errors import CtuneError, NotFoundError, WaitInterruptedError
from pulumi_ctune.core.retry import (
    AGAIN,
    Retries,
    WaitContext,
    is_stray,
    patiently,
)
from pulumi_ctune.core.retry_policies import OPERATION


def run(vertex: Vertex, context: WaitContext, start: Callable[[], Operation], text: str) -> None:
    """Start an operation and return once it has succeeded. `text` says what goes on.

    Raises:
        ApiError: it was refused, or has failed.
        CtuneError: as `finish` does.
    """
    context.report.status(text)
    ended = finish(vertex, context, start(), text, signed_in=True)
    if ended.error is not None:
        raise ended.error


def finish(
    vertex: Vertex, context: WaitContext, operation: Operation, text: str, *, signed_in: bool = False
) -> Operation:
    """Return the operation once it is done; one that is no longer known counts as done. `text` says what goes on.

    `signed_in`: credentials have worked in this verb. Where they run out afterwards the wait goes on, until somebody
    signs in again.

    Raises:
        ApiError: it cannot be read.
        WaitInterruptedError: the wait was cut short.
        CtuneError: the verb's timeout passed. In both cases the operation goes on at Google.
    """
    looks = Retries(OPERATION, context)
    while not operation.done:
        elapsed = timedelta(seconds=round(looks.elapsed_s()))
        context.report.status(text, detail=f"after {durations.format(elapsed)}")
        looks.pause(_out_of_time(context, operation))
        try:
            operation = patiently(
                partial(vertex.get_operation, operation.name), context, signed_in=signed_in, strays=True
            )
        except NotFoundError as error:
            if is_stray(error):
                raise
            # Forgotten: the caller sees on the resource what has come of it.
            return Operation(operation.name, done=True)
        except WaitInterruptedError as error:
            raise error.but(why=_out_of_time(context, operation).why, never_sent=False) from error
        signed_in = True
    return operation


def _out_of_time(context: WaitContext, operation: Operation) -> CtuneError:
    what = f"the timeout of {durations.format(context.timeout)} passed"
    return CtuneError(what, why=f"{operation.name} goes on at Google", next_step=AGAIN)
