"""The course of one job that is waited for, in the words of its row: when it will be through, and how it learns.

Owns what is remembered from look to look, and how seldom a loss or a reward is read: each time takes a few requests,
and hundreds of waits share one quota. What cannot be read is left out; a wait must not fail over its numbers.
"""

import math
import threading
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from pulumi_ctune.core import amounts, durations, job_states
from pulumi_ctune.core.api import SeriesPoint, TuningJob, Vertex
from pulumi_ctune.core.errors import CtuneError, WaitInterruptedError
from pulumi_ctune.core.forecast import Forecaster
from pulumi_ctune.core.retry import WaitContext
from pulumi_ctune.tuning_job.progress import seconds_taken, share_done, tokens_so_far

READ_AT_ONCE = 3
"""So many series can be read in a row by all waits of a run together,"""
READ_EVERY_S = 30.0
"""and after that one in this time: ten requests a minute, whatever the number of waits."""

_FIRST_READ_S = 10.0
READ_SHARE = 0.02
"""Series are read once in this share of the job's age: the values of a day do not change within a minute."""

_TOLD = {
    "/eval_total_loss": "eval loss",
    "/train_total_loss": "loss",
    "/preference_optimization_train_loss": "loss",
    "/train_mean_reward": "reward",
}
"""The series that a row can show, the most telling first."""


class ReadingTurns:
    """Lets the waits of a run read series, so often and no more. Safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._left = float(READ_AT_ONCE)
        self._at: float | None = None

    def take(self, now: float) -> bool:
        """Whether somebody may read now; who may, has to."""
        with self._lock:
            if self._at is not None:
                self._left = min(READ_AT_ONCE, self._left + max(0.0, now - self._at) / READ_EVERY_S)
            self._at = now
            if self._left < 1.0:
                return False
            self._left -= 1.0
            return True


class Course:
    """What was seen of a job. `vertex` None: its series are not read."""

    def __init__(self, context: WaitContext, vertex: Vertex | None = None, turns: ReadingTurns | None = None) -> None:
        self._context = context
        self._vertex = vertex
        self._turns = turns or ReadingTurns()
        self._began = context.now()
        self._forecaster = Forecaster()
        self._started: datetime | None = None
        self._read_at: float | None = None
        self._read_for: float = 0.0
        self._value = ""

    def see(self, job: TuningJob) -> None:
        """Take in a look at the job, and read its series where that is due. Raises `WaitInterruptedError`."""
        if job.start_time is not None and self._started is None:
            self._started, self._forecaster = job.start_time, Forecaster(job.start_time)
        share = share_done(job)
        if share is None or job_states.is_final(job.state):
            return
        self._forecaster.look(self._context.utc_now() - timedelta(seconds=job.seen_s_ago), *share)
        if share[0] > self._read_for and self._may_read(job):
            self._read_at, self._read_for = self._context.now(), share[0]
            self._value = self._read(job) or self._value

    def detail(self, job: TuningJob, age_s: float) -> str:
        """What changes all the time: `(~12m left ±3m, eval loss 0.812, 17.7k tokens) after 5m`.

        While nothing is counted yet the line has room, and it names the job's page.
        """
        # The age of a job that has ended would be taken for its duration.
        is_final = job_states.is_final(job.state)
        seconds = seconds_taken(job) if is_final else age_s
        after = "" if seconds is None else f"after {durations.format(timedelta(seconds=round(seconds)))}"
        if is_final:
            return after
        tokens = tokens_so_far(job)
        parts = [self._left(), self._value, f"{amounts.count(tokens)} tokens" if tokens else ""]
        if extras := ", ".join(filter(None, parts)):
            return f"({extras}) {after}"
        return f"{after}, {job.console_url}" if job.console_url else after

    def _left(self) -> str:
        forecast = self._forecaster.forecast()
        left = forecast.left(self._context.utc_now()) if forecast else timedelta()
        return f"~{amounts.duration(left)} left ±{amounts.duration(forecast.doubt)}" if forecast and left else ""

    def _may_read(self, job: TuningJob) -> bool:
        if self._vertex is None or not job.experiment:
            return False
        now = self._context.now()
        age_s = now - self._began
        since_s = age_s if self._read_at is None else now - self._read_at
        pause_s = max(_FIRST_READ_S, self._context.poll_interval.total_seconds(), READ_SHARE * age_s)
        return since_s >= (_FIRST_READ_S if self._read_at is None else pause_s) and self._turns.take(now)

    def _read(self, job: TuningJob) -> str:
        assert self._vertex is not None
        try:
            return _headline(self._vertex.read_metrics(job.experiment, _TOLD))
        except WaitInterruptedError:
            raise
        except CtuneError:
            return ""


def _headline(series: Mapping[str, Sequence[SeriesPoint]]) -> str:
    for name, words in _TOLD.items():
        if points := series.get(name):
            value = points[-1].value
            return f"{words} {value:.3g}" if math.isfinite(value) else f"{words} NaN"
    return ""
