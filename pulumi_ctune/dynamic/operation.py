"""What a verb of a provider starts with in the dynamic host: the operation that it is, and its way to fail.

Puts the other modules together for those that serve Create, Update, Delete and Read; Check and Diff need none of it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from pulumi_ctune.dynamic import calls, failure, host
from pulumi_ctune.verbs import operation, status
from pulumi_ctune.verbs.interruption import Watch


@dataclass(frozen=True)
class Operation(operation.Operation):
    """One Create, Update, Delete or Read under way."""

    call: calls.Call

    def failure(self, text: str, partial: failure.PartialState | None = None) -> failure.OperationFailed:
        """The exception to raise (`from None`) so that the user reads `text` and the state keeps `partial`."""
        return failure.clean_error(text, call=self.call, partial=partial)


@contextmanager
def begin() -> Iterator[Operation]:
    """Everything that a long operation needs; the body is the whole verb, in the thread that the host called it in."""
    call = calls.current()
    with host.settled():
        if warning := host.take_warning():
            status.log(warning, severity=status.Severity.WARNING)
        yield Operation(call, Watch(call), status.StatusLine(call.urn))
