"""Errors as the user should see them: one line, and, where there is something to keep, the resource's state with it.

Pulumi's host answers any exception with the whole traceback. But it leaves trailing metadata alone, and the engine's
gRPC (Go) takes the error from the trailer `grpc-status-details-bin`, a google.rpc.Status, if that is there and its code
is the answer's own (2, UNKNOWN). So the Status goes into the trailer before the exception is raised. Packed into its
details, an `ErrorResourceInitFailed` makes the engine save id and properties and fail the step: the next `pulumi up`
calls update with them. There is no other way to keep the state of an operation that failed.

Without gRPC's context (see `calls`) only the exception is left: the line is then the last one of a traceback or, in
older versions (3.259, say), stands behind "Exception calling application: "; and there is no partial state, so the next
`pulumi up` calls create again.

How the Status is encoded, and what is too large for it, is `error_status`'s.
"""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pulumi.runtime.proto import provider_pb2

from pulumi_ctune.core.printable import one_line
from pulumi_ctune.dynamic import calls, secret_marks, values
from pulumi_ctune.verbs import error_status


class OperationFailed(Exception):
    """What the host is to report. Raise it where the provider's method ends: less traceback for who sees one."""


# A traceback's last line is then "error: TEXT" instead of a dotted path; nobody catches this class by name.
OperationFailed.__module__, OperationFailed.__qualname__ = "builtins", "error"


@dataclass(frozen=True)
class PartialState:
    """What is to be saved of a resource though its operation failed.

    `outputs` are all of its outputs, plain values, without the pickled provider. `inputs` count for `read` only: there
    they replace the inputs in the state.
    """

    id: str
    outputs: Mapping[str, Any]
    inputs: Mapping[str, Any] | None = None


def clean_error(text: str, *, call: calls.Call | None = None, partial: PartialState | None = None) -> OperationFailed:
    """The exception to raise so that the user reads `text` as one line and, with `partial`, the state is kept.

    `call` is the operation's; by default that of this thread. Line breaks in `text` become spaces.
    """
    line = one_line(text, error_status.LONGEST_TEXT)
    call = call if call is not None else calls.current()
    error = OperationFailed(line)
    error.__suppress_context__ = True
    if call.context is not None:
        with contextlib.suppress(Exception):  # the exception itself is the fallback
            call.context.set_trailing_metadata(((error_status.TRAILER, _status(line, partial, call)),))
    return error


def _status(line: str, partial: PartialState | None, call: calls.Call) -> bytes:
    return error_status.encoded(line, _init_failed(line, partial, call) if partial is not None else None)


def _init_failed(line: str, partial: PartialState, call: calls.Call) -> provider_pb2.ErrorResourceInitFailed:
    failed = provider_pb2.ErrorResourceInitFailed(id=partial.id, reasons=[line])
    # The host adds this key to what a method returns; here nobody does, and without it no later call finds the
    # provider.
    reference = {calls.PROVIDER_KEY: call.provider} if call.provider else {}
    failed.properties.update(secret_marks.outgoing(call.urn, values.outgoing({**partial.outputs, **reference})))
    if partial.inputs is not None:
        failed.inputs.update(values.outgoing({**partial.inputs, **reference}))
    return failed
