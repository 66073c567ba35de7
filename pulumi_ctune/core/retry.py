"""What every verb waits with: the wait_context of a wait, and how long a call that fails is tried again.

Owns the rules by which trouble passes by itself: an API that is out of reach, credentials that have run out, a service
that is still busy with what was asked before. Knows neither HTTP nor Pulumi: clock, sleep and the ear for Ctrl-C are
arguments (`WaitContext`).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol, TypeVar

from pulumi_ctune.core.defaults import HEARTBEAT, POLL_INTERVAL
from pulumi_ctune.core.errors import (
    ApiError,
    BadRequestError,
    CredentialsError,
    CtuneError,
    QuotaExceededError,
    UnavailableError,
    WaitInterruptedError,
)
from pulumi_ctune.core.retry_policies import BUSY, OUT_OF_REACH, RetryPolicy

AGAIN = "Run the same command again to resume it."

TROUBLES_UNTIL_TOLD = 3
"""So many in a row are worth a warning; two pass by often enough not to alarm anybody."""

PATIENCE_FOR_STRAYS_S = 1800.0
"""A portal or proxy that answers in Google's place for so long must not cost a wait of hours."""

_LONGEST_ASKED_FOR_S = 600.0  # a server that asks for years must not freeze a wait, nor end it


_Result = TypeVar("_Result")


class Report(Protocol):
    """Where a verb tells the user what goes on. Every text is one line."""

    def status(self, text: str, *, detail: str = "") -> None:
        """What goes on right now: shown on the resource's row, forgotten afterwards.

        Told again and again: the one who shows it leaves out what did not change. A new `detail` alone is no change.
        """

    def info(self, text: str) -> None:
        """Worth keeping in the run's diagnostics."""

    def warn(self, text: str) -> None:
        """Worth acting on."""


class _Silent:
    def status(self, text: str, *, detail: str = "") -> None:
        pass

    def info(self, text: str) -> None:
        pass

    def warn(self, text: str) -> None:
        pass


SILENT: Report = _Silent()
"""Tells nobody: for what shows its course in another way."""


@dataclass(frozen=True)
class WaitContext:
    """What a wait needs from outside: a clock, pauses, limits, and somebody to report to.

    One instance serves one verb: the timeout counts from its making. `now` is a monotonic clock in seconds.
    `pause(seconds)` sleeps and returns whether the wait was interrupted meanwhile (at once when it already was).
    `interrupted()` tells the same without a pause: what is not sent yet is not sent any more (`go_on_or_raise`).
    `heartbeat` is the longest time between two calls of `report.status` during a wait.
    """

    now: Callable[[], float]
    pause: Callable[[float], bool]
    report: Report
    timeout: timedelta
    interrupted: Callable[[], bool] = lambda: False
    poll_interval: timedelta = POLL_INTERVAL
    heartbeat: timedelta = HEARTBEAT
    utc_now: Callable[[], datetime] = lambda: datetime.now(UTC)
    began: float = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "began", self.now())  # the documented way for a frozen dataclass

    def left_s(self) -> float:
        """Seconds until the timeout; negative once it has passed."""
        return self.timeout.total_seconds() - (self.now() - self.began)


def patiently(
    call: Callable[[], _Result], context: WaitContext, *, signed_in: bool = False, strays: bool = False
) -> _Result:
    """Make a call that may be repeated, again and again while the trouble may pass (see `may_pass`).

    `strays`: what somebody on the way answers instead of Google (see `is_stray`) is ridden out as well, for a while:
    a wait of hours is at stake.
    Raises what the call raised when waiting cannot mend it or the timeout has passed, and `WaitInterruptedError`.
    """
    retries = Retries(OUT_OF_REACH, context)
    while True:
        go_on_or_raise(context)
        try:
            return call()
        except (ApiError, CredentialsError) as error:
            is_stray_now = strays and is_stray(error) and retries.elapsed_s() < PATIENCE_FOR_STRAYS_S
            if not (may_pass(error, signed_in=signed_in) or is_stray_now):
                raise
            if _is_about_credentials(error):
                context.report.status(f"waiting for credentials: {error.why}")
                if retries.failures + 1 == TROUBLES_UNTIL_TOLD:  # somebody has to do something
                    context.report.warn(f"waiting for credentials: {error}")
            else:
                context.report.status(f"Vertex AI is out of reach, still trying: {error.why}")
            retries.pause(error)


def may_pass(error: CtuneError, *, signed_in: bool) -> bool:
    """Whether a call that failed may work later without anybody changing it: 429, 5xx, network trouble.

    `signed_in`: credentials have worked before in this wait. Then they may work again: tokens are renewed, and people
    sign in anew. Credentials that never worked are a mistake, to be told at once.
    """
    return isinstance(error, UnavailableError | QuotaExceededError) or (signed_in and _is_about_credentials(error))


def is_stray(error: CtuneError) -> bool:
    """Whether somebody on the way answered instead of Google: a redirect, a page, a text of its own."""
    return isinstance(error, ApiError) and 300 <= error.code < 500 and not error.from_google


def pause_after(error: CtuneError, attempt: int, context: WaitContext) -> float:
    """Seconds to wait after attempt 1, 2, 3, ... has failed on an API that is out of reach."""
    return _pause_s(OUT_OF_REACH, attempt, error, context)


class Retries:
    """One loop that goes by a policy; it begins when it is made."""

    def __init__(self, policy: RetryPolicy, context: WaitContext) -> None:
        self._policy = policy
        self._context = context
        self._began = context.now()
        self.failures = 0
        """How many calls have failed and were paused after."""

    @property
    def is_last(self) -> bool:
        """Whether the call that is about to be made, or was just made, is the last one."""
        return self.failures + 1 >= self._policy.tries or self.elapsed_s() >= self._policy.within_s

    def elapsed_s(self) -> float:
        return self._context.now() - self._began

    def pause(self, trouble: CtuneError) -> None:
        """Pause after a call. Raises `trouble` where the timeout leaves no room, `WaitInterruptedError` by a Ctrl-C."""
        self.failures += 1
        pause_or_raise(self._context, _pause_s(self._policy, self.failures, trouble, self._context), trouble)


def _pause_s(policy: RetryPolicy, failures: int, error: CtuneError, context: WaitContext) -> float:
    """As the policy says, and no less than the server asked for, within reason."""
    pause_s = policy.pause_s(failures, poll_interval_s=context.poll_interval.total_seconds())
    return max(pause_s, _asked_for_s(error))


def _asked_for_s(error: CtuneError) -> float:
    return min(getattr(error, "retry_after_s", None) or 0.0, _LONGEST_ASKED_FOR_S)


def pause_or_raise(context: WaitContext, seconds: float, out_of_time: CtuneError) -> None:
    """Pause; raise `out_of_time` where the timeout leaves no room for that, `WaitInterruptedError` after a Ctrl-C."""
    if seconds >= context.left_s():
        raise out_of_time
    if context.pause(seconds):
        raise WaitInterruptedError("interrupted", why=out_of_time.why, next_step=AGAIN) from out_of_time


def go_on_or_raise(context: WaitContext) -> None:
    """Raise `WaitInterruptedError` after a Ctrl-C: the last look before something is sent."""
    if context.interrupted():
        raise WaitInterruptedError("interrupted", why="nothing more is sent", next_step=AGAIN).but(never_sent=True)


def while_busy(call: Callable[[], _Result], context: WaitContext) -> _Result:
    """Make a call that may be repeated, patient for two minutes with a service that has not taken in yet what was done
    before: by us, by an earlier run whose operation goes on, or by somebody else.
    """
    retries = Retries(BUSY, context)
    while True:
        go_on_or_raise(context)
        try:
            return call()
        except BadRequestError as error:
            if not error.is_conflict or retries.is_last:
                raise
            retries.pause(error)


@contextmanager
def explaining(what: str, *, where: str = "") -> Iterator[None]:
    """Let what the API answers in the block, and an interruption, say `what` did not happen, and `where`."""
    try:
        yield
    except (ApiError, WaitInterruptedError) as error:
        raise error.explaining(what, where=error.where or where) from error


def _is_about_credentials(error: CtuneError) -> bool:
    return isinstance(error, CredentialsError) or (isinstance(error, ApiError) and error.is_unauthenticated)


LONGEST_REFRESH = timedelta(minutes=20)
"""How long a refresh rides out an API that is out of reach, however long a verb that trains may take."""
