"""Look at one job until it has ended: what a person sees of it, each time that something has changed.

The wait is that of `up` (`tuning_job.wait`): the same pauses, the same patience with trouble, and no end that the job
does not have. Series are read seldom, since each is a request: after a step that is new, and never more often than the
poll interval. Leaving a watch leaves the job alone.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from pulumi_ctune.core import job_states
from pulumi_ctune.core.api import TuningJob
from pulumi_ctune.core.errors import ApiError
from pulumi_ctune.core.forecast import Forecast, Forecaster
from pulumi_ctune.core.retry import Report, WaitContext
from pulumi_ctune.insight import hints as rules
from pulumi_ctune.insight import series as known
from pulumi_ctune.insight.hints import Hint
from pulumi_ctune.insight.jobs import Row, row_of
from pulumi_ctune.insight.scope import Scope
from pulumi_ctune.insight.series import JobSeries
from pulumi_ctune.tuning_job.course import READ_SHARE, ReadingTurns
from pulumi_ctune.tuning_job.progress import share_done
from pulumi_ctune.tuning_job.wait import wait_for_job

NO_TIMEOUT = timedelta(days=365)


@dataclass(frozen=True)
class View:
    """What is known of the job now. `expected` rests on all steps that were seen, the row's own on one look alone.

    `notes` are the lines that the wait had to tell: trouble, a state that is new.
    """

    row: Row
    series: JobSeries = field(default_factory=JobSeries)
    hints: Sequence[Hint] = ()
    expected: Forecast | None = None
    notes: Sequence[str] = ()

    @property
    def job(self) -> TuningJob:
        return self.row.job

    @property
    def has_succeeded(self) -> bool:
        """Whether the job has ended with a tuned model."""
        return job_states.meaning(self.job.state) is job_states.Meaning.SUCCEEDED and bool(self.job.tuned_model_name)


def watch(
    scope: Scope, row: Row, context: WaitContext, show: Callable[[View], None], turns: ReadingTurns | None = None
) -> View:
    """Show the job until it has ended, and give the last view. `context.report` is not told anything: `show` is.

    Who watches many jobs gives all of them the same `scope`, whose client looks at them together, and the same `turns`
    for reading series.

    `show` is called with what is new, and at least once in `context.heartbeat` with what is not.

    Raises `WaitInterruptedError` once `context` is interrupted, and `ApiError` for what waiting cannot mend.
    """
    watching = _Watching(scope, row, context, show, turns)
    with scope.vertex.watched_job(row.job.name) as look:
        job = wait_for_job(row.job, lambda: watching.seen(look()), replace(context, report=watching))
    return watching.ended(job)


class _Watching(Report):
    """The eye of a wait, and its report."""

    def __init__(
        self, scope: Scope, row: Row, context: WaitContext, show: Callable[[View], None], turns: ReadingTurns | None
    ) -> None:
        self._scope = scope
        self._turns = turns
        self._context = context
        self._show = show
        self._forecaster = Forecaster(row.job.start_time)
        self._read_at: float | None = None
        self._read_for: object = None
        self._view = View(row)
        self.seen(row.job)

    def seen(self, job: TuningJob) -> TuningJob:
        """Take in what a look has found."""
        now = self._context.utc_now()
        if job.start_time and not self._view.job.start_time:
            self._forecaster = Forecaster(job.start_time)
        share = share_done(job)
        if share is not None:
            self._forecaster.look(now - timedelta(seconds=job.seen_s_ago), *share)
        self._view = replace(self._view, row=row_of(self._scope, job, now), expected=self._expected(job))
        if not job_states.is_final(job.state):
            self._read_series(job)
        return job

    def ended(self, job: TuningJob) -> View:
        """The last view, with all points that there are."""
        self._read_at = None
        self._read_series(job)
        self._view = replace(self._view, row=row_of(self._scope, job, self._context.utc_now()), expected=None)
        self._show(self._view)
        return self._view

    def status(self, text: str, *, detail: str = "") -> None:
        if not self._view.row.is_going:  # the last view is that of `ended`, with all points
            return
        self._show(replace(self._view, row=replace(self._view.row, now=self._context.utc_now())))

    def info(self, text: str) -> None:
        self._view = replace(self._view, notes=(*self._view.notes, text))

    def warn(self, text: str) -> None:
        self.info(text)

    def _expected(self, job: TuningJob) -> Forecast | None:
        return None if job_states.is_final(job.state) else self._forecaster.forecast()

    def _read_series(self, job: TuningJob) -> None:
        """Read them where there may be new points; what cannot be read is left as it was."""
        how_far = (job.completed_step_count, job.completed_epoch_count, bool(job.experiment))
        if not job.experiment or (self._read_at is not None and not self._is_due(how_far)):
            return
        if self._turns is not None and not job_states.is_final(job.state) and not self._turns.take(self._context.now()):
            return
        self._read_at, self._read_for = self._context.now(), how_far
        try:
            found = known.read(self._scope.vertex, job)
        except ApiError:
            return
        self._view = replace(self._view, series=found, hints=rules.hints(job, found))

    def _is_due(self, how_far: object) -> bool:
        age_s = self._view.row.elapsed_s or 0.0
        pause_s = max(self._context.poll_interval.total_seconds(), READ_SHARE * age_s)
        return how_far != self._read_for and self._context.now() - (self._read_at or 0.0) >= pause_s


def has_news(view: View, before: View | None) -> bool:
    """Whether something has changed that is worth a line: state, epoch or step, a hint, a note."""
    if before is None:
        return True
    return _reported(view) != _reported(before)


def _reported(view: View) -> tuple[object, ...]:
    job = view.job
    counted = view.row.counted
    return job.state, job.detail, counted, tuple(hint.key for hint in view.hints), len(view.notes)
