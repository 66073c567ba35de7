"""Create and update: from inputs to a tuned model, across interruptions.

Reads like the promise it keeps: resolve the source, look for this resource's own job, else submit exactly once, wait,
record. The engine may call either verb again after any interruption, so each step can be repeated. Knows neither HTTP
(`Vertex` is the seam) nor Pulumi (`Unfinished` carries what the state must hold when a verb has to fail).
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from pulumi_ctune.core import job_states, ownership
from pulumi_ctune.core.api import TuningJob, Vertex
from pulumi_ctune.core.errors import (
    NOT_SUBMITTED,
    CtuneError,
    NotFoundError,
    TuningJobFailedError,
)
from pulumi_ctune.core.hidden import RECORDED
from pulumi_ctune.core.outcomes import Unfinished
from pulumi_ctune.core.ownership import Owner
from pulumi_ctune.core.retry import (
    AGAIN,
    WaitContext,
    explaining,
    go_on_or_raise,
)
from pulumi_ctune.core.run import current_run
from pulumi_ctune.core.source import Source
from pulumi_ctune.core.spending import AS_USUAL, Spending
from pulumi_ctune.core.submission import Submission, submit_once
from pulumi_ctune.tuning_job.budget_watch import budget_exceeded, hold_to_budget, tell_of_budget
from pulumi_ctune.tuning_job.course import Course, ReadingTurns
from pulumi_ctune.tuning_job.failures import failure_of
from pulumi_ctune.tuning_job.losses import Losses
from pulumi_ctune.tuning_job.named_job import adopt_named_job
from pulumi_ctune.tuning_job.other_spellings import refuse_another_project, refuse_another_source
from pulumi_ctune.tuning_job.outputs import inputs_in_state, state_of
from pulumi_ctune.tuning_job.preflight import look_before_submitting
from pulumi_ctune.tuning_job.recorded_job import find_job
from pulumi_ctune.tuning_job.recording import Hold, Recorder
from pulumi_ctune.tuning_job.request import Request, Submitted
from pulumi_ctune.tuning_job.state import PutBefore, State
from pulumi_ctune.tuning_job.state_entries import KnownEntries
from pulumi_ctune.tuning_job.take_over import Claim, Existing, TakeOver
from pulumi_ctune.tuning_job.wait import wait_for_job

_NOTHING_KNOWN = KnownEntries()


@dataclass(frozen=True)
class Verbs:
    """What every verb works with: the API, the wait_context of the wait, and the resource that it works for."""

    vertex: Vertex
    context: WaitContext
    owner: Owner
    spending: Spending = AS_USUAL

    def create(self, inputs: Mapping[str, Any], known: KnownEntries = _NOTHING_KNOWN) -> dict[str, Any]:
        """Return the state of a finished job that fulfils `inputs`; its `name` is the id.

        `known` is what is known of the state entries (see `own_jobs`). Raises `Unfinished` once there is a job that
        goes on, and `CtuneError` where there is none, or only one that failed: a failed job needs no state entry, and
        must not displace the entry that it was to replace.
        """
        request = Request.parse(inputs)
        claim = self._claim(request, known)
        take_over = TakeOver(self.vertex, self.context, self.owner, request, claim)
        with _nothing_submitted_yet():
            go_on_or_raise(self.context)
            if request.adopt_job:
                there = Existing(*adopt_named_job(self.vertex, self.context, self.owner, request))
            else:
                there = take_over.existing()
            if there.job is None:
                look_before_submitting(self.vertex, request, there.source, self.context, self.spending, self.owner.urn)
                go_on_or_raise(self.context)
        job = there.job or self._submit(request, there.source, take_over)
        try:
            hold = Hold(claim.mark, there.is_shared, claims=True, mark_is_judged=there.mark_is_judged)
            return self._finish(
                request,
                job,
                there.source,
                hold,
                adopted=bool(request.adopt_job),
                was_over=job_states.is_final(job.state),
            )
        except Unfinished as unfinished:
            if isinstance(unfinished.cause, TuningJobFailedError):
                raise unfinished.cause from unfinished
            raise

    def update(
        self,
        job_name: str,
        old_state: Mapping[str, Any],
        inputs: Mapping[str, Any],
        *,
        accepted_source: Source | None = None,
    ) -> dict[str, Any]:
        """Return the new state: wait on where a wait was cut short, then change what can be changed in place.

        `accepted_source` is the `pre_tuned_model` of the last update (see `diff.plan`).
        """
        request, saved = Request.parse(inputs), State.parse(old_state)
        try:
            with explaining("the tuning job cannot be read", where=job_name):
                job = find_job(self.vertex, self.context, job_name, saved)
        except NotFoundError as error:
            step = "`pulumi up --refresh` takes what is gone out of the state, and trains anew."
            raise error.but(next_step=step) from error
        refuse_another_project(self.vertex, self.context, self.owner.urn, job_name, saved, request)
        refuse_another_source(self.vertex, self.context, self.owner.urn, saved, request, accepted_source)
        return self._finish(
            request,
            job,
            saved.source or Submitted.of(job).source,
            Hold(saved.hold, saved.is_shared, claims=not saved.is_recorded),
            adopted=saved.is_recorded or bool(request.adopt_job),
            put_before=saved.remembering(),
        )

    def _claim(self, request: Request, known: KnownEntries) -> Claim:
        token = request.token or ownership.first_token(self.owner.organization, self.owner.urn)
        return Claim(token, ownership.new_hold(token), known)

    def _submit(self, request: Request, source: Source | None, take_over: TakeOver) -> TuningJob:
        self.context.report.status("submitting the tuning job")
        body = request.body(self.owner, take_over.claim.token, source)
        job = submit_once(
            Submission(
                "tuning job",
                NOT_SUBMITTED,
                "it is not known whether a tuning job was submitted",
                lambda: self.vertex.submit(request.project, request.location, body),
                lambda: take_over.submitted(source),
                needs_grants=bool(request.service_account),
            ),
            self.context,
        )
        page = f" ({job.console_url})" if job.console_url else ""
        self.context.report.info(f"submitted tuning job {job.name}{page}")
        return job

    def _finish(
        self,
        request: Request,
        job: TuningJob,
        source: Source | None,
        hold: Hold,
        *,
        adopted: bool,
        was_over: bool = False,
        put_before: PutBefore | None = None,
    ) -> dict[str, Any]:
        """Wait for the job and record what it made. `adopted`: one that failed, but left a model version, will do, but
        for one that was cancelled for its budget. `was_over`: it had ended before it was taken over.

        The job exists: whatever breaks from here on, it has to reach the state.
        """
        latest, losses = job, Losses(self.context.report)
        try:
            with self.vertex.watched_job(job.name) as watched:

                def seen(now: TuningJob) -> TuningJob:
                    nonlocal latest
                    latest = now
                    if not hold.is_shared:
                        hold_to_budget(self.vertex, self.context, now, request, self.spending)
                    if hold.claims:
                        losses.tell(now)
                    return now

                course = Course(self.context, self.vertex, current_run().part(ReadingTurns))
                latest = wait_for_job(seen(job), lambda: seen(watched()), self.context, course)
            if hold.claims and not hold.is_shared and job_states.meaning(latest.state) is job_states.Meaning.SUCCEEDED:
                tell_of_budget(self.context, latest, request, self.spending)
            in_vain = job_states.meaning(latest.state) is job_states.Meaning.FAILED and not adopted
            is_cancelled = latest.state == "JOB_STATE_CANCELLED"
            exceeded = budget_exceeded(latest, request, self.spending) if is_cancelled else None
            if exceeded and hold.claims and not hold.is_shared and not was_over:
                raise exceeded
            if in_vain or not latest.tuned_model_name:
                raise exceeded or failure_of(latest)
            if exceeded and hold.claims:
                what = f"tuning job {latest.name} had been cancelled, and is taken with what it has left"
                self.context.report.warn(f"{what}: {exceeded.why}")
            recorder = Recorder(self.vertex, self.context, self.owner)
            return recorder.record(request, latest, source, hold, put_before or PutBefore())
        except CtuneError as error:
            cause = error if error.where else error.but(where=job.name)
            raise Unfinished(job.name, _known(request, latest, source, hold, put_before), cause) from error
        except Exception as error:
            cause = CtuneError(
                "the tuning job could not be followed to its end",
                where=job.name,
                why=f"{type(error).__name__}: {error}",
                next_step=f"The job is kept in the state. {AGAIN}",
            )
            raise Unfinished(job.name, _known(request, latest, source, hold, put_before), cause) from error


def _known(
    request: Request, job: TuningJob, source: Source | None, hold: Hold, put_before: PutBefore | None
) -> dict[str, Any]:
    """What a state can say of a job that is not recorded; the least of it where the job's record is odd."""
    try:
        return state_of(request.written, job, source=source, put_before=put_before) | hold.entry
    except Exception:
        known = {"name": job.name, "state": job.state, RECORDED: False}
        return inputs_in_state(request.written) | known | hold.entry


@contextmanager
def _nothing_submitted_yet() -> Iterator[None]:
    """Let every error in the block say what it means for the user's money: no job was made."""
    try:
        yield
    except CtuneError as error:
        if error.what == NOT_SUBMITTED:
            raise
        why = f"{error.what}: {error.why}" if error.why else error.what
        raise error.but(what=NOT_SUBMITTED, why=why) from error
