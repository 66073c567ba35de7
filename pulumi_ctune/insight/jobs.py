"""The jobs of a scope, one row each: what each was asked for, how far it is, who holds it.

One list for each place, and nothing else is asked. Forecasts of rows rest on one look, so their doubt is large; who
watches a job keeps a `Forecaster`.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pulumi_ctune.core import job_states, ownership
from pulumi_ctune.core.api import TuningJob
from pulumi_ctune.core.errors import InvalidInputError, NotFoundError
from pulumi_ctune.core.forecast import Forecast, Forecaster
from pulumi_ctune.core.names import JobName, parent
from pulumi_ctune.core.printable import some_of
from pulumi_ctune.insight.scope import Scope
from pulumi_ctune.tuning_job.progress import Counted, counted, share_done, tokens_so_far
from pulumi_ctune.tuning_job.request import Submitted

_NOT_FOUND = "there is no such job"
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Row:
    """A job, and who it belongs to. Absent texts are empty.

    `held`: whether the saved state of the scope's stack has the job; None where no stack is meant, so nobody knows.
    """

    job: TuningJob
    resource: str
    stack: str
    held: bool | None
    now: datetime

    @property
    def method(self) -> str:
        """`sft`, `rft` or `dpo`; empty for another kind of tuning."""
        return Submitted.of(self.job).method or ""

    @property
    def source(self) -> str:
        """The model version that it continues from, with the checkpoint after a `#`, else the base model."""
        asked = Submitted.of(self.job)
        source = asked.source
        if source is None or not source.tuned_model_name:
            return asked.base_model
        return f"{source.tuned_model_name}#{source.checkpoint_id}" if source.checkpoint_id else source.tuned_model_name

    @property
    def is_going(self) -> bool:
        return not job_states.is_final(self.job.state)

    @property
    def has_failed(self) -> bool:
        """Whether it ended in vain: failed, cancelled, expired."""
        return job_states.meaning(self.job.state) is job_states.Meaning.FAILED

    @property
    def progress(self) -> float | None:
        share = share_done(self.job)
        return share[0] if share else None

    @property
    def counted(self) -> Counted | None:
        """`epoch 2 of 4`."""
        return counted(self.job)

    @property
    def elapsed_s(self) -> float | None:
        """From its making to its end, or until now; None where its record does not say when it was made."""
        if self.job.create_time is None:
            return None
        return max(0.0, ((self.job.end_time or self.now) - self.job.create_time).total_seconds())

    @property
    def expected(self) -> Forecast | None:
        """When its training will be through; None for one that has ended, or of which nothing can be said."""
        share = share_done(self.job)
        if not self.is_going or share is None:
            return None
        seen = Forecaster(self.job.start_time)
        seen.look(self.now, *share)
        return seen.forecast()

    @property
    def tokens(self) -> int | None:
        return tokens_so_far(self.job)

    def as_dict(self) -> dict[str, Any]:
        """The keys of `ctune jobs --format json`: what is not known is None."""
        expected = self.expected
        return {
            "resource": self.resource or None,
            "stack": self.stack or None,
            "job": self.job.name,
            "method": self.method or None,
            "source": self.source or None,
            "state": self.job.state,
            "detail": self.job.detail or None,
            "progress": self.progress,
            "epoch": self.job.completed_epoch_count,
            "step": self.job.completed_step_count,
            "create_time": self.job.create_time.isoformat() if self.job.create_time else None,
            "elapsed_s": self.elapsed_s,
            "expected_end": expected.end.isoformat(timespec="seconds") if expected else None,
            "tokens": self.tokens,
            "tuned_model_name": self.job.tuned_model_name or None,
            "held": self.held,
        }


def rows(scope: Scope, now: datetime) -> list[Row]:
    """All jobs of the scope, the newest first: those that its stack made or holds, or, without a stack, all there are.

    Raises `ApiError` and `CredentialsError`.
    """
    found: dict[str, TuningJob] = {}
    for place in scope.places:
        found |= {job.name: job for job in scope.vertex.list_jobs(*place)}  # two names of one project: once
    made = [row_of(scope, job, now) for job in found.values() if _is_of(scope, job)]
    return sorted(made, key=lambda row: row.job.create_time or _LONG_AGO, reverse=True)


def row_of(scope: Scope, job: TuningJob, now: datetime) -> Row:
    """The row of one job, whoever made it."""
    holder = scope.held_jobs.get(job.name)
    labels = job.labels
    return Row(
        job=job,
        resource=holder.name if holder else labels.get(ownership.NAME, ""),
        stack=scope.stack if holder else labels.get(ownership.STACK, ""),
        held=(holder is not None) if scope.owner else None,
        now=now,
    )


def find(scope: Scope, text: str, now: datetime) -> Row:
    """The job that a person means: its full name, its id, or the name of its resource.

    Of several jobs of one resource the newest that still runs is meant, else the one that the state holds, else the
    newest.

    Raises:
        InvalidInputError: nothing in the scope is called that.
        ApiError: the service could not be asked.
    """
    if "/" in text:
        try:
            return row_of(scope, scope.vertex.get_job(str(JobName.parse(text))), now)
        except ValueError as error:
            raise InvalidInputError(_NOT_FOUND, where=text, why=str(error)) from None
        except NotFoundError as error:
            raise InvalidInputError(_NOT_FOUND, where=text, why=error.why) from error
    there_are = rows(scope, now)
    meant = [
        row for row in there_are if row.resource == text or (row.resource and row.resource == ownership.as_label(text))
    ]
    if not meant and re.fullmatch(r"[0-9]+", text):
        return _by_id(scope, text, now)
    if not meant:
        names = sorted({row.resource for row in there_are if row.resource})
        where = f"stack {scope.stack}" if scope.owner else ", ".join(f"{p.project}/{p.location}" for p in scope.places)
        raise InvalidInputError(
            _NOT_FOUND,
            where=text,
            why=f"{where} has no job of a resource of this name; it has {some_of(names)}",
            next_step="`ctune jobs` lists them.",
        )
    stacks = sorted({row.stack for row in meant})
    if len(stacks) > 1:
        raise InvalidInputError(
            "it is not clear which job is meant",
            where=text,
            why=f"stacks {some_of(stacks)} have a resource of this name",
            next_step="Name the stack with --stack, or the job by its id.",
        )
    return min(meant, key=_preference)


def select(all_rows: Iterable[Row], state: str = "") -> list[Row]:
    """Those that are `running` (not over yet), `ended` (in any final state) or `failed` (in vain); all for none."""
    return [row for row in all_rows if _WANTED[state](row)]


_WANTED: Mapping[str, Callable[[Row], bool]] = {
    "": lambda row: True,
    "running": lambda row: row.is_going,
    "ended": lambda row: not row.is_going,
    "failed": lambda row: row.has_failed,
}


def _preference(row: Row) -> tuple[bool, bool, float]:
    made = row.job.create_time or _LONG_AGO
    return not row.is_going, not row.held and not row.is_going, -made.timestamp()


def _by_id(scope: Scope, job_id: str, now: datetime) -> Row:
    missing: NotFoundError | None = None
    for place in scope.places:
        try:
            return row_of(scope, scope.vertex.get_job(f"{parent(*place)}/tuningJobs/{job_id}"), now)
        except NotFoundError as error:
            missing = missing or error
    raise InvalidInputError(_NOT_FOUND, where=job_id, why=missing.why if missing else "") from missing


def _is_of(scope: Scope, job: TuningJob) -> bool:
    return scope.owner is None or job.name in scope.held_jobs or ownership.is_of_stack(job.labels, scope.owner)
