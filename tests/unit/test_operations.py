"""The wait for a long-running operation: its pauses, its patience, and what ends it early."""

from datetime import timedelta

import httpx2
import pytest
from google.auth.exceptions import RefreshError

from pulumi_ctune.core import operations
from pulumi_ctune.core.api import Operation
from pulumi_ctune.core.errors import BadRequestError, CtuneError, PermissionDeniedError, WaitInterruptedError
from tests.unit.clock import Clock, RecordedReport
from tests.unit.vertex_wire import PARENT, Answer, Wire, client, error

OPERATION = f"{PARENT}/models/4711/operations/9"
GOING_ON, DONE = {"name": OPERATION}, {"name": OPERATION, "done": True}


def test_wait_ends_with_the_operation() -> None:
    """The pauses grow up to ten seconds, and the status line says what goes on, and since when."""
    wire, clock, report = Wire(*[GOING_ON] * 8, DONE), Clock(), RecordedReport()

    ended = operations.finish(client(wire), clock.wait_context(report), Operation(OPERATION), "deleting it")

    assert ended.done
    assert clock.pauses[:4] == [1.0, 1.5, 2.25, 3.375]
    assert clock.pauses[6:] == [10.0, 10.0, 10.0]
    assert report.statuses[:3] == ["deleting it after 0s", "deleting it after 1s", "deleting it after 2s"]


def test_operation_done_at_once_is_not_looked_at() -> None:
    """An operation may be over in the answer that names it."""
    wire, clock = Wire(DONE), Clock()

    operations.run(client(wire), clock.wait_context(RecordedReport()), lambda: Operation(OPERATION, done=True), "")

    assert (wire.lines, clock.pauses) == ([], [])


def test_failed_operation_raises_its_error() -> None:
    """What the operation says of itself is what the user reads."""
    failed = {**DONE, "error": {"code": 9, "message": "The model is deployed."}}
    vertex, context = client(Wire(failed)), Clock().wait_context(RecordedReport())

    with pytest.raises(BadRequestError) as raised:
        operations.run(vertex, context, lambda: Operation(OPERATION), "deleting it")

    assert raised.value.why == "gRPC 9 FAILED_PRECONDITION: The model is deployed."


def test_forgotten_operation_counts_as_done() -> None:
    """Google forgets operations after a while; what has come of one shows on the resource."""
    vertex, context = client(Wire(error(404, "gone", "NOT_FOUND"))), Clock().wait_context(RecordedReport())

    ended = operations.finish(vertex, context, Operation(OPERATION), "deleting it")

    assert ended == Operation(OPERATION, done=True)


def test_trouble_while_looking_is_ridden_out() -> None:
    """The operation goes on whether we see it or not."""
    wire = Wire(*[error(503, "m")] * 4, httpx2.ReadError("reset"), DONE)

    ended = operations.finish(client(wire), Clock().wait_context(RecordedReport()), Operation(OPERATION), "deleting it")

    assert ended.done
    assert len(wire.requests) == 6


def test_operation_that_goes_on_too_long_is_left_alone() -> None:
    """With the verb's timeout the wait ends, and says that the operation does not."""
    clock = Clock()
    vertex, context = client(Wire(GOING_ON)), clock.wait_context(RecordedReport(), timeout=timedelta(minutes=2))

    with pytest.raises(CtuneError) as left:
        operations.finish(vertex, context, Operation(OPERATION), "deleting it")

    assert str(left.value) == (
        f"the timeout of 2m passed: {OPERATION} goes on at Google. Run the same command again to resume it."
    )
    assert clock.now_s <= 120


def test_interrupted_wait_ends_at_once() -> None:
    """Ctrl-C ends the wait, and the line says that the operation goes on."""
    clock = Clock(interrupt_at_s=3.0)

    with pytest.raises(WaitInterruptedError) as left:
        operations.finish(
            client(Wire(GOING_ON)), clock.wait_context(RecordedReport()), Operation(OPERATION), "deleting it"
        )

    assert str(left.value) == f"interrupted: {OPERATION} goes on at Google. Run the same command again to resume it."
    assert clock.now_s == 3.0


@pytest.mark.parametrize("trouble", [error(401, "The token has expired.", "UNAUTHENTICATED"), RefreshError("revoked")])
def test_credentials_that_run_out_do_not_end_the_wait(trouble: Answer) -> None:
    """The operation goes on, and so does the wait once somebody has signed in again; a warning says what to do."""
    wire, report = Wire(GOING_ON, *[trouble] * 12, DONE), RecordedReport()

    ended = operations.finish(client(wire), Clock().wait_context(report), Operation(OPERATION), "deleting it")

    (warning,) = report.warnings
    assert ended.done
    assert warning.startswith("waiting for credentials: ")
    assert "gcloud auth application-default login" in warning


def test_credentials_that_run_out_are_waited_for_until_the_timeout() -> None:
    """Then the line is Google's, and says how to sign in."""
    wire = Wire(GOING_ON, error(401, "The token has expired.", "UNAUTHENTICATED"))
    clock = Clock()
    context = clock.wait_context(RecordedReport(), timeout=timedelta(minutes=10))

    with pytest.raises(PermissionDeniedError, match=r"The token has expired.*gcloud auth application-default login"):
        operations.finish(client(wire), context, Operation(OPERATION), "deleting it")

    assert 480 < clock.now_s <= 600


def test_credentials_that_never_worked_end_the_wait_at_once() -> None:
    """An operation of an earlier run is looked at first of all: whoever is not signed in is told so."""
    clock = Clock()
    vertex = client(Wire(error(401, "Not signed in.", "UNAUTHENTICATED")))

    with pytest.raises(PermissionDeniedError, match="Not signed in"):
        operations.finish(vertex, clock.wait_context(RecordedReport()), Operation(OPERATION), "deleting it")

    assert clock.now_s <= 1.0


def test_operation_that_was_begun_here_is_looked_at_with_credentials_that_worked() -> None:
    """Who has started it was signed in."""
    wire = Wire(error(401, "The token has expired.", "UNAUTHENTICATED"), error(401, "m"), error(401, "m"), DONE)

    operations.run(client(wire), Clock().wait_context(RecordedReport()), lambda: Operation(OPERATION), "deleting it")

    assert len(wire.requests) == 4
