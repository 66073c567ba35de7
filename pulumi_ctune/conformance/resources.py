"""The verbs of the product's resources as a stack's engine would ask for them, with the journal as the saved state."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pulumi_ctune.conformance.journal import Entry, Journal, Status
from pulumi_ctune.conformance.service import Service
from pulumi_ctune.core import job_states
from pulumi_ctune.core.errors import InvalidInputError, TuningJobFailedError, WaitInterruptedError
from pulumi_ctune.core.hidden import OWNER
from pulumi_ctune.core.kind import Call, CheckRun, Kind, VerbRun
from pulumi_ctune.core.outcomes import Unfinished
from pulumi_ctune.core.ownership import RESOURCE, Owner
from pulumi_ctune.evaluation_run.attributes import TYPE as EVALUATION
from pulumi_ctune.tuning_job.attributes import TYPE as JOB


class Resources:
    """Every resource is called as its step is."""

    def __init__(self, service: Service, journal: Journal) -> None:
        self._service = service
        self._journal = journal

    def keep(self, step: str, id_: str, state: Mapping[str, Any], status: Status = "done") -> None:
        before = self._journal.entries.get(step)
        self._journal.note(step, Entry(status, id_, dict(state), points=before.points if before else {}))

    def make(self, step: str, kind: Kind, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Create it, or go on where an attempt was cut short; the state. Never a second job: see `_refuse_another`."""
        run = self._run(kind, step, "Create")
        entry = self._journal.entries.get(step)
        settled = self._checked(kind, step, inputs)
        try:
            if entry and entry.state:
                id_, state = entry.id, kind.update(run, entry.id, entry.state, settled)
            else:
                if entry and kind.type == JOB:
                    self._refuse_another(kind, step, str(settled["location"]))
                id_, state = kind.create(run, settled)
        except Unfinished as unfinished:
            self.keep(step, unfinished.resource_id, unfinished.state, "begun")
            raise unfinished.cause from unfinished
        self.keep(step, id_, state)
        return dict(state)

    def change(self, step: str, kind: Kind, inputs: Mapping[str, Any]) -> None:
        """Change what is there in place."""
        entry = self._journal.entries[step]
        settled = {**self._checked(kind, step, inputs), OWNER: entry.state[OWNER]}
        try:
            entry.state = dict(kind.update(self._run(kind, step, "Update"), entry.id, entry.state, settled))
        except Unfinished as unfinished:
            entry.state = unfinished.state
            raise unfinished.cause from unfinished
        finally:
            self._journal.save()

    def submit(self, step: str, kind: Kind, inputs: Mapping[str, Any]) -> str:
        """Have a job there and leave it alone at once; its name."""
        entry = self._journal.entries.get(step)
        if entry and entry.id:
            return entry.id
        if entry:
            self._refuse_another(kind, step, str(inputs["location"]))
        has_job = self._journal_has_submission(step)
        try:
            made = kind.create(self._run(kind, step, "Create", until=has_job), self._checked(kind, step, inputs))
        except Unfinished as unfinished:
            if not isinstance(unfinished.cause, WaitInterruptedError) or not has_job():
                self.keep(step, unfinished.resource_id, unfinished.state, "begun")
                raise unfinished.cause from unfinished
            made_id, state = unfinished.resource_id, unfinished.state
        else:
            made_id, state = made.id, dict(made.state)
        self.keep(step, made_id, state, "begun")
        return made_id

    def remove(self, step: str, kind: Kind, inputs: Callable[[], Mapping[str, Any]] | None = None) -> None:
        """Delete it. What was begun and never saved is looked for first; nothing is made for that."""
        entry = self._journal.entries[step]
        if not entry.state and inputs is not None and self._is_there(kind, step, inputs):
            if kind.type == JOB:
                self.submit(step, kind, inputs())
            else:
                self.make(step, kind, inputs())
            entry = self._journal.entries[step]
        if entry.state:
            kind.delete(self._run(kind, step, "Delete"), entry.id, entry.state)

    def _run(self, kind: Kind, step: str, verb: str, until: Callable[[], bool] | None = None) -> VerbRun:
        return self._service.verb(kind, step, verb, saved=self._saved, until=until)

    def _checked(self, kind: Kind, step: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """The inputs as the engine would hand them over. Raises `InvalidInputError` for what a check refuses."""
        owned = {**inputs, OWNER: self._service.owner_entry(kind, step)}
        call = Call("Check", self._service.owner(kind, step).urn)
        entry = self._journal.entries.get(step)
        checked = kind.check(CheckRun(call, {}), entry.state if entry else {}, owned)
        for failure in checked.failures:
            raise InvalidInputError("the step was not begun", where=f"{step}: {failure.property}", why=failure.reason)
        return {**owned, **checked.settled}

    def _saved(self, _: Owner) -> Sequence[Mapping[str, Any]]:
        """What a stack's saved state would have of jobs."""
        return [
            {
                "urn": f"urn:pulumi:{owner['stack']}::{owner['project']}::{JOB}::{owner['name']}",
                "type": JOB,
                "id": entry.id,
                "outputs": entry.state,
            }
            for entry in self._journal.entries.values()
            if entry.state.get("supervised_tuning_spec") and (owner := entry.state[OWNER])
        ]

    def _own_jobs(self, kind: Kind, step: str, location: str) -> list[Any]:
        key = self._service.owner(kind, step).key
        jobs = self._service.vertex.list_jobs(self._service.plan.project, location)
        return [job for job in jobs if job.labels.get(RESOURCE) == key]

    def _refuse_another(self, kind: Kind, step: str, location: str) -> None:
        """A job that failed, or was cancelled, before its end was saved: a create would submit another one."""
        for job in self._own_jobs(kind, step, location):
            if job_states.is_final(job.state) and job.state != "JOB_STATE_SUCCEEDED":
                why = job.error.message if job.error else job.state
                raise TuningJobFailedError("the tuning job did not succeed", where=job.name, why=why)

    def _is_there(self, kind: Kind, step: str, inputs: Callable[[], Mapping[str, Any]]) -> bool:
        try:
            given = inputs()
        except (KeyError, IndexError):  # what it would rest on was never made
            return False
        if kind.type == JOB:
            jobs = self._own_jobs(kind, step, str(given["location"]))
            return any(not job_states.is_final(job.state) or job.state == "JOB_STATE_SUCCEEDED" for job in jobs)
        if kind.type == EVALUATION:
            from pulumi_ctune.core.ownership import token_of
            from pulumi_ctune.evaluation_run.own_runs import find_own_runs
            from pulumi_ctune.evaluation_run.request import Request

            settled = self._checked(kind, step, given)
            found = find_own_runs(self._service.vertex, Request.parse(settled), token_of(settled), dict)
            return found.adoptable is not None
        return True

    def _journal_has_submission(self, step: str) -> Callable[[], bool]:
        """Whether the answer to the step's submission has been recorded."""

        def has() -> bool:
            return any(
                exchange["step"].endswith(step)
                and exchange["method"] == "POST"
                and exchange["path"].endswith("/tuningJobs")
                and exchange["status"] == 200
                for exchange in self._journal.exchanges()
            )

        return has
