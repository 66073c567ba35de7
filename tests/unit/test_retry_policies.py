"""The pauses between the tries of a policy, on a clock of its own."""

from datetime import timedelta
from math import inf

import pytest

from pulumi_ctune.core.errors import BadRequestError, CtuneError
from pulumi_ctune.core.retry import Retries
from pulumi_ctune.core.retry_policies import CONFLICTING_EDIT, LATE_FIELDS, LATE_LIST, OPERATION

from .clock import Clock, RecordedReport


def test_pauses_grow_up_to_the_longest() -> None:
    pauses = [LATE_LIST.pause_s(failures) for failures in (1, 2, 3, 4, 5, 6, 10_000)]

    assert pauses == [1, 2, 4, 8, 16, 16, 16]


@pytest.mark.parametrize(
    ("poll_interval_s", "expected"), [(inf, [1, 1.5, 2.25]), (1.2, [1, 1.2, 1.2]), (0.5, [0.5] * 3)]
)
def test_no_look_waits_longer_than_the_poll_interval(poll_interval_s: float, expected: list[float]) -> None:
    """Where the policy is one of looks; a conflict has its pause whatever the interval."""
    pauses = [OPERATION.pause_s(failures, poll_interval_s=poll_interval_s) for failures in (1, 2, 3)]

    assert pauses == expected
    assert CONFLICTING_EDIT.pause_s(1, poll_interval_s=poll_interval_s) == 1


def test_tries_end_by_number() -> None:
    """Four calls, the first one included."""
    tries, made = Retries(CONFLICTING_EDIT, Clock().wait_context(RecordedReport())), 1

    while not tries.is_last:
        tries.pause(CtuneError("conflict"))
        made += 1

    assert made == 4


def test_tries_end_by_time() -> None:
    clock = Clock()
    tries = Retries(LATE_FIELDS, clock.wait_context(RecordedReport()))

    while not tries.is_last:
        tries.pause(CtuneError("not there yet"))

    assert clock.now_s == 60


def test_server_that_asks_for_a_longer_pause_gets_it() -> None:
    clock = Clock()
    tries = Retries(CONFLICTING_EDIT, clock.wait_context(RecordedReport(), poll_interval=timedelta(seconds=1)))

    tries.pause(BadRequestError("conflict", code=409, status="ABORTED", retry_after_s=7))
    tries.pause(BadRequestError("conflict", code=409, status="ABORTED"))

    assert clock.pauses == [7, 1]
