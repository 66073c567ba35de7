"""Create and update: from inputs to a tuned model, across interruptions.

Reads like the promise it keeps: resolve the source, look for this resource's own job, else submit exactly once, wait,
record. The engine may call either verb again after any interruption, so each step can be repeated. Knows neither HTTP
(`Vertex` is the seam) nor Pulumi (`Unfinished` carries what the state must hold when a verb has to fail).
"""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from pulumi_ctune.errors import (
    NOT_SUBMITTED,
    CtuneError,
    InvalidInputError,
    NotFoundError,
    QuotaExceededError,
    UnavailableError,
)
from pulumi_ctune.tuning import differences, identity, names, states
from pulumi_ctune.tuning.adoption import find_own_jobs
from pulumi_ctune.tuning.attributes import MADE_MODEL, OWNER
from pulumi_ctune.tuning.cancellation import cancel
from pulumi_ctune.tuning.canonical import canonical_inputs, inputs_of_wire, request_body
from pulumi_ctune.tuning.failures import failure_of
from pulumi_ctune.tuning.identity import Owner
from pulumi_ctune.tuning.job_records import find_job
from pulumi_ctune.tuning.metadata import bring_in_line, remembering
from pulumi_ctune.tuning.metrics import read_metrics
from pulumi_ctune.tuning.outputs import source_of, state_of
from pulumi_ctune.tuning.patience import Surroundings, explaining, patiently
from pulumi_ctune.tuning.pinned import Source
from pulumi_ctune.tuning.preflight import look_before_submitting
from pulumi_ctune.tuning.resources import TuningJob, Vertex
from pulumi_ctune.tuning.results import Unfinished
from pulumi_ctune.tuning.source import resolve_source
from pulumi_ctune.tuning.submission import submit_once
from pulumi_ctune.tuning.wait import wait_for_job


@dataclass(frozen=True)
class Verbs:
    """What every verb works with: the API, the surroundings of the wait, and the resource that it works for."""

    vertex: Vertex
    world: Surroundings
    owner: Owner

    def create(self, inputs: Mapping[str, Any], *, held: Collection[str] = ()) -> dict[str, Any]:
        """Return the state of a finished job that fulfils `inputs`; its `name` is the id.

        `held` are the jobs that a state is known to hold: they are not adopted. Call `confirm` once the engine has
        saved the state. Raises `Unfinished` once there is a job (interrupted, timeout, failed), and `CtuneError`
        while there is none.
        """
        with _nothing_submitted_yet():
            job, source = self._job_at_hand(inputs, held)
            if job is None:
                source = self._resolve(inputs)
                look_before_submitting(self.vertex, inputs, source, self.world)
        return self._finish(inputs, job or self._submit(inputs, source, held), source)

    def _job_at_hand(self, inputs: Mapping[str, Any], held: Collection[str]) -> tuple[TuningJob | None, Source | None]:
        """A job that exists already and fulfils the inputs, with its source."""
        adopt_job = inputs.get("adopt_job")
        job = self._take_over(str(adopt_job), inputs) if adopt_job else self._own_job(inputs, held)
        return job, source_of(job) if job else None

    def update(self, job_name: str, old_state: Mapping[str, Any], inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Return the new state: wait on where a wait was cut short, then change what can be changed in place."""
        with explaining("the tuning job cannot be read", where=job_name):
            job = find_job(self.vertex, self.world, job_name, old_state)
        recorded = old_state.get("source_model_name")
        source = Source(recorded, str(old_state.get("source_checkpoint_id") or "")) if recorded else source_of(job)
        state = self._finish(remembering(inputs, old_state), job, source)
        self.confirm(state)  # the state has held the job since before
        return state

    def confirm(self, state: Mapping[str, Any]) -> None:
        """Mark the model version as held by a saved state: from now on no create adopts its job.

        Not before the state is saved: a crash in between would leave a finished job that nobody takes up. Without
        permission, or while the API is out of reach, a warning says so.
        """
        try:
            try:
                self._mark(state)
            except (UnavailableError, QuotaExceededError):
                self._mark(state)  # once more: the host may have to leave within seconds
        except CtuneError as error:
            self.world.report.warn(
                f"{state['tuned_model_name']} could not be marked as recorded, so `pulumi up --replace` would take its "
                f"job over instead of training anew: {error.why}"
            )

    def _mark(self, state: Mapping[str, Any]) -> None:
        version = self.vertex.get_model_version(state["tuned_model_name"])
        labels = {**version.labels, identity.RECORDED: state[OWNER]["token"]}
        if labels != dict(version.labels):
            self.vertex.update_model_version(version.name, changes={"labels": labels})

    def _resolve(self, inputs: Mapping[str, Any]) -> Source | None:
        pre_tuned_model = inputs.get("pre_tuned_model")
        if not pre_tuned_model:
            return None
        return patiently(lambda: resolve_source(self.vertex, pre_tuned_model, self.world.report), self.world)

    def _own_job(self, inputs: Mapping[str, Any], held: Collection[str]) -> TuningJob | None:
        report = self.world.report
        found = patiently(lambda: find_own_jobs(self.vertex, self.owner, inputs, held), self.world)
        for job in found.stale:
            report.warn(f"tuning job {job.name} was left running for other inputs: it is cancelled")
            cancel(self.vertex, self.world, job.name)
        for job in found.orphaned:
            report.warn(f"{job.tuned_model_name} was made for other inputs in a run that died, and no stack holds it")
        if found.adoptable:
            report.info(
                f"took over tuning job {found.adoptable.name} ({states.words(found.adoptable.state)}), which this "
                "resource's inputs made before; to train anew instead, change `triggers`"
            )
        return found.adoptable

    def _submit(self, inputs: Mapping[str, Any], source: Source | None, held: Collection[str]) -> TuningJob:
        labels = identity.labels_of(self.owner, inputs)
        wanted = {**inputs, "labels": {**(inputs.get("labels") or {}), **labels}}
        if source:
            wanted["pre_tuned_model"] = source.pre_tuned_model

        def look_up() -> TuningJob | None:
            return find_own_jobs(self.vertex, self.owner, inputs, held).adoptable

        self.world.report.status("submitting the tuning job")
        place = inputs["project"], inputs["location"]
        job = submit_once(self.vertex, *place, request_body(wanted), look_up, self.world)
        self.world.report.info(f"submitted tuning job {job.name} ({names.console_url(job.name)})")
        return job

    def _take_over(self, adopt_job: str, inputs: Mapping[str, Any]) -> TuningJob:
        """The job named by the input `adopt_job`, if it is what the inputs ask for."""
        name = adopt_job
        if "/" not in name:
            name = f"{names.parent(inputs['project'], inputs['location'])}/tuningJobs/{name}"
        try:
            job = patiently(lambda: self.vertex.get_job(name), self.world)
        except NotFoundError as error:
            raise error.but(
                what="there is no such tuning job to adopt",
                where="adopt_job",
                next_step="Check id, project and location.",
            ) from error
        found = inputs_of_wire(job.request)
        different = differences.from_job(canonical_inputs(inputs), found, recorded_source=source_of(job))
        if different:
            raise InvalidInputError(
                f"tuning job {name} is not what the inputs ask for",
                where="adopt_job",
                why="; ".join(different),
                next_step="Make the inputs match the job, or leave adopt_job out to train anew.",
            )
        return job

    def _finish(self, inputs: Mapping[str, Any], job: TuningJob, source: Source | None) -> dict[str, Any]:
        """Wait for the job and record what it made."""
        latest = job

        def look() -> TuningJob:
            nonlocal latest
            latest = self.vertex.get_job(job.name)
            return latest

        try:
            latest = wait_for_job(job, look, self.world)
            if states.meaning(latest.state) is states.Meaning.FAILED or not latest.tuned_model_name:
                raise failure_of(latest)
            return self._recorded(inputs, latest, source)
        except CtuneError as error:
            cause = error if error.where else error.but(where=job.name)
            raise Unfinished(job.name, state_of(inputs, latest, source=source), cause) from error

    def _recorded(self, inputs: Mapping[str, Any], job: TuningJob, source: Source | None) -> dict[str, Any]:
        self._warn_of_losses(job)
        version = patiently(lambda: self.vertex.get_model_version(job.tuned_model_name), self.world)
        metrics = read_metrics(self.vertex, job, self.world)
        state = state_of(inputs, job, source=source, version=version, metrics=metrics)
        made_model = bool(state.get(MADE_MODEL))
        bring_in_line(self.vertex, self.world, inputs, job, version, made_model=made_model)
        return state

    def _warn_of_losses(self, job: TuningJob) -> None:
        if job.state == "JOB_STATE_PARTIALLY_SUCCEEDED":
            self.world.report.warn(f"tuning job {job.name} succeeded only in part: its model may be incomplete")
        if job.truncated_example_count:
            self.world.report.warn(f"{job.truncated_example_count} training examples were too long and were truncated")
        if job.dropped_example_reasons:
            reasons = "; ".join(sorted(set(job.dropped_example_reasons)))
            count = len(job.dropped_example_reasons)
            self.world.report.warn(f"{count} training examples were dropped: {reasons}")


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
