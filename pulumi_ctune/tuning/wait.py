"""Wait until a tuning job reaches a final state.

Owns the pauses, the patience with a troubled network and the deadline; knows neither HTTP nor Pulumi. Clock, sleep and
the ear for Ctrl-C are arguments (`Surroundings`). Leaving early never cancels: the job goes on at Google and the next
`pulumi up` waits again.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol, TypeVar

from pulumi_ctune import durations
from pulumi_ctune.errors import (
    ApiError,
    CredentialsError,
    NotFoundError,
    PermissionDeniedError,
    QuotaExceededError,
    TuningJobTimeoutError,
    UnavailableError,
    WaitInterruptedError,
)
from pulumi_ctune.tuning import names, states
from pulumi_ctune.tuning.progress import progress_line
from pulumi_ctune.tuning.resources import TuningJob

DEFAULT_TIMEOUT = timedelta(hours=24)
"""How long create and update wait where `custom_timeouts` says nothing: large sets tune for many hours."""

_FIRST_PAUSE_S = 1.0  # short at first: an early failure shows while somebody still looks
_NOTICE_S = 5.0  # the end of a job is noticed within this time,
_NOTICE_SHARE = 0.02  # or within this share of the job's age, whichever is more
_JITTER = 0.05  # pauses are up to this share shorter, so that many jobs do not look in step
_PATIENCE_FOR_404_S = 300.0  # a job that was just made may not be readable everywhere yet

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


@dataclass(frozen=True)
class Surroundings:
    """What a wait needs of the world.

    One instance serves one verb: the timeout counts from its making. `now` is a monotonic clock in seconds.
    `pause(seconds)` sleeps and returns whether the wait was interrupted meanwhile (at once when it already was).
    `heartbeat` is the longest time between two calls of `report.status` during a wait.
    """

    now: Callable[[], float]
    pause: Callable[[float], bool]
    report: Report
    poll_interval: timedelta = timedelta(seconds=60)
    timeout: timedelta = DEFAULT_TIMEOUT
    heartbeat: timedelta = timedelta(seconds=30)
    utc_now: Callable[[], datetime] = lambda: datetime.now(UTC)
    began: float = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "began", self.now())  # the documented way for a frozen dataclass

    def left_s(self) -> float:
        """Seconds until the timeout; negative once it has passed."""
        return self.timeout.total_seconds() - (self.now() - self.began)

    def age_s(self, job: TuningJob) -> float:
        """How long ago a job was made, by this machine's clock; never negative, though clocks differ."""
        if job.create_time is None:
            return 0.0
        return max(0.0, (self.utc_now() - job.create_time).total_seconds())


def wait_for_job(job: TuningJob, look: Callable[[], TuningJob], world: Surroundings) -> TuningJob:
    """Return the job in its final state, whichever that is.

    `look` reads the job anew. A job that was made long ago is looked at less often from the start.
    Raises `WaitInterruptedError`, `TuningJobTimeoutError`, or what `look` raised and waiting cannot mend
    (403, 404 of a job that is no longer new, 400); all leave the job running.
    """
    return _Wait(job, look, world).run()


def patiently(call: Callable[[], _Result], world: Surroundings) -> _Result:
    """Make a call that may be repeated, again and again while the API is out of reach or asks for patience.

    Raises what the call raised when waiting cannot mend it or the timeout has passed, and `WaitInterruptedError`.
    """
    attempt = 0
    while True:
        try:
            return call()
        except (UnavailableError, QuotaExceededError) as error:
            attempt += 1
            pause_s = max(backoff_s(attempt, world), error.retry_after_s or 0)
            if pause_s >= world.left_s():
                raise
            world.report.status(f"Vertex AI is out of reach, still trying: {error.why}")
            if world.pause(pause_s):
                raise WaitInterruptedError("interrupted", why=error.why, next_step="Run it again.") from error


def backoff_s(attempt: int, world: Surroundings) -> float:
    """The pause before attempt 1, 2, 3, ...: 2 s, doubled each time, up to the poll interval, a little shorter by
    chance.
    """
    longest_s = world.poll_interval.total_seconds()
    return min(2.0 ** min(attempt, 10), longest_s) * random.uniform(1 - _JITTER, 1)


class _Wait:
    def __init__(self, job: TuningJob, look: Callable[[], TuningJob], world: Surroundings) -> None:
        self._job = job
        self._look = look
        self._world = world
        self._began = world.now()
        self._age_at_begin_s = world.age_s(job)
        self._troubles = 0
        self._unknown_state = ""

    def run(self) -> TuningJob:
        while True:
            self._tell()
            if states.is_final(self._job.state):
                return self._job
            self._sleep(self._next_pause_s())
            try:
                self._job = self._look()
            except (ApiError, CredentialsError) as error:
                self._ride_out(error)
            else:
                self._troubles = 0

    def _age_s(self) -> float:
        return self._age_at_begin_s + self._world.now() - self._began

    def _next_pause_s(self) -> float:
        age_s = self._age_s()
        shortest = min(_NOTICE_S, _FIRST_PAUSE_S + age_s / 4)
        pause_s = min(max(shortest, age_s * _NOTICE_SHARE), self._world.poll_interval.total_seconds())
        return pause_s * random.uniform(1 - _JITTER, 1)

    def _sleep(self, seconds: float) -> None:
        """Sleep in pieces no longer than the heartbeat, so that the status line never falls silent."""
        left_s = self._world.left_s()
        if left_s <= 0:
            raise self._left_alone(
                TuningJobTimeoutError, f"the timeout of {durations.format(self._world.timeout)} passed"
            )
        until = self._world.now() + min(seconds, left_s)
        while (rest := until - self._world.now()) > 0:
            if self._world.pause(min(rest, self._world.heartbeat.total_seconds())):
                raise self._left_alone(WaitInterruptedError, "the wait was interrupted")
            self._tell()

    def _tell(self) -> None:
        """Show the status; warn once of a state that is not known."""
        state = self._job.state
        if not states.is_known(state) and state != self._unknown_state:
            self._unknown_state = state
            self._world.report.warn(
                f"tuning job {self._job.name} is in the state {state!r}, which is new; still waiting"
            )
        elapsed = timedelta(seconds=round(self._age_s()))
        self._world.report.status(progress_line(self._job), detail=f"after {durations.format(elapsed)}")

    def _ride_out(self, error: ApiError | CredentialsError) -> None:
        """Pause after a look that failed and may work later; else raise `error`.

        Credentials that worked once may work again: tokens are renewed, and people sign in anew.
        """
        expired_token = isinstance(error, PermissionDeniedError) and error.code == 401
        too_new = isinstance(error, NotFoundError) and self._age_s() < _PATIENCE_FOR_404_S
        if not (
            isinstance(error, UnavailableError | QuotaExceededError | CredentialsError) or expired_token or too_new
        ):
            raise error
        self._troubles += 1
        if self._troubles == 3:  # two in a row pass by often enough not to alarm anybody
            self._world.report.warn(f"tuning job {self._job.name} cannot be read at the moment, still trying: {error}")
        self._sleep(max(backoff_s(self._troubles, self._world), getattr(error, "retry_after_s", None) or 0))

    def _left_alone(self, kind: type[TuningJobTimeoutError | WaitInterruptedError], what: str) -> Exception:
        return kind(
            what,
            where=self._job.name,
            why=f"the job goes on at Google ({states.words(self._job.state)})",
            next_step=f"`pulumi up` waits for it again; to cancel it: {names.cancel_command(self._job.name)}; "
            f"its page: {names.console_url(self._job.name)}",
        )
