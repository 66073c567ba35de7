"""Wait until a tuning job reaches a final state.

Owns the pauses between two looks and the deadline; what of a look's trouble passes by itself is for `core.retry`.
Leaving early never cancels: the job goes on at Google and the next `pulumi up` waits again.
"""

from collections.abc import Callable
from datetime import timedelta

from pulumi_ctune.core import durations, job_states, names
from pulumi_ctune.core.api import TuningJob
from pulumi_ctune.core.errors import (
    ApiError,
    CredentialsError,
    NotFoundError,
    TuningJobTimeoutError,
    WaitInterruptedError,
)
from pulumi_ctune.core.printable import shown
from pulumi_ctune.core.retry import (
    PATIENCE_FOR_STRAYS_S,
    TROUBLES_UNTIL_TOLD,
    WaitContext,
    is_stray,
    may_pass,
    pause_after,
)
from pulumi_ctune.core.retry_policies import jittered
from pulumi_ctune.tuning_job.course import Course
from pulumi_ctune.tuning_job.progress import progress_line

DEFAULT_TIMEOUT = timedelta(hours=24)
"""How long create and update wait where `custom_timeouts` says nothing: large sets tune for many hours."""

_FIRST_PAUSE_S = 0.25  # short at first: an early failure shows while somebody still looks
_NOTICE_S = 5.0  # the end of a job is noticed within this time,
_NOTICE_SHARE = 0.02  # or within this share of the job's age, whichever is more
_PATIENCE_FOR_404_S = 300.0  # a job that was just made may not be readable everywhere yet
_LONGEST_AGE_S = 30 * 86400.0  # what a clock far ahead makes of a new job must not stretch the pauses without limit


def wait_for_job(
    job: TuningJob, look: Callable[[], TuningJob], context: WaitContext, course: Course | None = None
) -> TuningJob:
    """Return the job in its final state, whichever that is.

    `look` reads the job anew, or tells how it was a little before (`seen_s_ago`). A job that was made long ago is
    looked at less often from the start. `course` is shown each look, and gives the line its detail.
    Raises `WaitInterruptedError`, `TuningJobTimeoutError`, or what `look` raised and waiting cannot mend
    (403, 404 of a job that is no longer new, 400); all leave the job running.
    """
    return _Wait(job, look, context, course or Course(context)).run()


class _Wait:
    def __init__(self, job: TuningJob, look: Callable[[], TuningJob], context: WaitContext, course: Course) -> None:
        self._job = job
        self._look = look
        self._context = context
        self._course = course
        self._began = context.now()
        self._age_at_begin_s = _age_s(job, context)
        self._troubles = 0
        self._troubled_since = self._began
        self._unknown_state = ""

    def run(self) -> TuningJob:
        self._course.see(self._job)
        while True:
            self._tell()
            if job_states.is_final(self._job.state):
                return self._job
            self._sleep(max(0.0, self._next_pause_s() - self._job.seen_s_ago))
            try:
                self._job = self._look()
                self._course.see(self._job)
            except WaitInterruptedError:
                raise self._left_alone(WaitInterruptedError, "the wait was interrupted") from None
            except (ApiError, CredentialsError) as error:
                self._ride_out(error)
            else:
                self._troubles = 0

    def _age_s(self) -> float:
        return self._age_at_begin_s + self._context.now() - self._began

    def _next_pause_s(self) -> float:
        age_s = self._age_s()
        shortest = min(_NOTICE_S, _FIRST_PAUSE_S + age_s / 4)
        pause_s = min(max(shortest, age_s * _NOTICE_SHARE), self._context.poll_interval.total_seconds())
        return jittered(pause_s)

    def _sleep(self, seconds: float) -> None:
        """Sleep in pieces no longer than the heartbeat, so that the status line never falls silent."""
        left_s = self._context.left_s()
        if left_s <= 0:
            raise self._left_alone(
                TuningJobTimeoutError, f"the timeout of {durations.format(self._context.timeout)} passed"
            )
        until = self._context.now() + min(seconds, left_s)
        while (rest := until - self._context.now()) > 0:
            if self._context.pause(min(rest, self._context.heartbeat.total_seconds())):
                raise self._left_alone(WaitInterruptedError, "the wait was interrupted")
            self._tell()

    def _tell(self) -> None:
        """Show the status; warn once of a state that is not known."""
        state = self._job.state
        if not job_states.is_known(state) and state != self._unknown_state:
            self._unknown_state = state
            self._context.report.warn(
                f"tuning job {self._job.name} is in the state {shown(state)}, which is new; still waiting"
            )
        self._context.report.status(progress_line(self._job), detail=self._course.detail(self._job, self._age_s()))

    def _ride_out(self, error: ApiError | CredentialsError) -> None:
        """Pause after a look that failed and may work later; else raise `error`."""
        now = self._context.now()
        if self._troubles == 0:
            self._troubled_since = now
        # By this machine's monotonic clock: when the server says the job was made is another clock's word.
        too_new = isinstance(error, NotFoundError) and now - self._began < _PATIENCE_FOR_404_S
        stray = is_stray(error) and now - self._troubled_since < PATIENCE_FOR_STRAYS_S
        if not (may_pass(error, signed_in=True) or too_new or stray):  # signed in: somebody has read the job before
            raise error
        self._troubles += 1
        if self._troubles == TROUBLES_UNTIL_TOLD:
            self._context.report.warn(
                f"tuning job {self._job.name} cannot be read at the moment, still trying: {error}"
            )
        self._sleep(pause_after(error, self._troubles, self._context))

    def _left_alone(self, kind: type[TuningJobTimeoutError | WaitInterruptedError], what: str) -> Exception:
        page = f"; its page: {self._job.console_url}" if self._job.console_url else ""
        return kind(
            what,
            where=self._job.name,
            why=f"the job goes on at Google ({job_states.words(self._job.state)})",
            next_step=f"`pulumi up` waits for it again; to cancel it: {names.cancel_command(self._job.name)}{page}",
        )


def _age_s(job: TuningJob, context: WaitContext) -> float:
    """How long ago a job was made, by this machine's clock: only for pauses and for the status line, since that clock
    and the server's differ. Never negative.
    """
    if job.create_time is None:
        return 0.0
    return min(max(0.0, (context.utc_now() - job.create_time).total_seconds()), _LONGEST_AGE_S)
