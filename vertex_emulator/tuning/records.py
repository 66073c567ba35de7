"""Tuning jobs as they are stored, and how the API shows one at a moment.

A record has what was asked, when things happened and what was made; the state is computed from it and the clock. Knows
no request and changes nothing else: `job_progress` moves records on.

Source: https://docs.cloud.google.com/gemini-enterprise-agent-platform/reference/rest/v1beta1/projects.locations.tuningJobs
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from vertex_emulator.job_course import JobCourse
from vertex_emulator.service import timestamp
from vertex_emulator.store import Transaction
from vertex_emulator.tuning.series import Curve
from vertex_emulator.tuning.timeline import Timeline
from vertex_emulator.tuning.training_steps import Checkpoint, TrainingPlan

_KIND = "tuning_job"


@dataclass
class JobRecord:
    """One tuning job. Moments are seconds of the emulator's clock, 0 where they have not come."""

    name: str
    request: dict[str, Any]
    """The `TuningJob` message as sent, in its stored form, with defaults of the service filled in."""
    method: str
    """The name of the tuning spec in `request`."""
    base_model: str
    parent_model: str
    """The model that gets a new version; empty for a new model."""
    course: JobCourse
    experiment: str
    created: float
    starts: float = 0.0
    """First RUNNING, also while that lies ahead; 0 for a job that waits in the queue."""
    running_s: float = 0.0
    late_s: float = 0.0
    """How long after its start the service account, the experiment and counts of the data are in no answer."""
    chosen: dict[str, Any] = field(default_factory=dict)
    """Hyperparameters that the service chooses where the request has none."""
    started: bool = False
    cancelled: float = 0.0
    """When cancel was called."""
    cancelled_by: float = 0.0
    """When a cancelled job will have ended."""
    problem: dict[str, Any] = field(default_factory=dict)
    """`google.rpc.Status` of a dataset that ends the job early."""
    plan: TrainingPlan | None = None
    stats: dict[str, Any] = field(default_factory=dict)
    curve: Curve | None = None
    lessons: list[dict[str, Any]] = field(default_factory=list)
    """What its version will have learnt, of the whole chain: see `registry.lessons`."""
    tuned_model: str = ""
    made: list[dict[str, Any]] = field(default_factory=list)
    """Checkpoints made so far: `{checkpointId, epoch, step, endpoint?}`, numbers as strings."""
    metrics_uri: str = ""
    final: dict[str, Any] = field(default_factory=dict)
    """`{state, at, error?}` of a job that has ended."""

    @property
    def job_id(self) -> str:
        return self.name.rsplit("/", 1)[-1]

    @property
    def spec(self) -> dict[str, Any]:
        found: dict[str, Any] = self.request[self.method]
        return found

    @property
    def resolved_spec(self) -> dict[str, Any]:
        """The tuning spec with what the service has chosen."""
        if not self.chosen:
            return self.spec
        return {**self.spec, "hyperParameters": self.chosen | self.spec.get("hyperParameters", {})}

    @property
    def timeline(self) -> Timeline:
        return Timeline(self.starts, self.running_s, self.course.paused_s, self.course.never_ends)

    @property
    def ends(self) -> float:
        """When the job ends if nothing else happens; infinity if it never does."""
        if self.problem:
            return self.timeline.dataset_read
        if self.course.never_ends:
            return float("inf")
        return self.timeline.moment(1.0 if self.course.succeeds else self.course.at)

    @property
    def next_checkpoint(self) -> Checkpoint | None:
        """The next checkpoint that is to be made."""
        if self.plan is None or self.problem or not self.course.makes_checkpoints:
            return None
        if len(self.made) == len(self.plan.checkpoints):
            return None
        return self.plan.checkpoints[len(self.made)]

    @property
    def due(self) -> float | None:
        """The next moment at which something happens."""
        if self.final:
            return None
        if self.cancelled:
            return self.cancelled_by
        if not self.started:
            return self.starts or None
        moments = [self.ends]
        if self.plan and (checkpoint := self.next_checkpoint):
            moments.append(self.timeline.step_moment(checkpoint.step, self.plan.steps))
        due = min(moments)
        return None if due == float("inf") else due

    def steps_done(self, now: float) -> int:
        """Training steps done by then; a job that has ended stands still."""
        if not (self.started and self.plan):
            return 0
        return self.timeline.steps_done(min(now, self.final.get("at", now), self.cancelled or now), self.plan.steps)


def save(tx: Transaction, record: JobRecord) -> None:
    body = {**vars(record), "course": vars(record.course), "plan": None, "curve": record.curve and vars(record.curve)}
    if record.plan:
        body["plan"] = {**vars(record.plan), "checkpoints": [vars(item) for item in record.plan.checkpoints]}
    tx.put(_KIND, record.name, body, due=record.due)


def find(tx: Transaction, name: str) -> JobRecord | None:
    """A job by its canonical name."""
    body = tx.get(_KIND, name)
    return None if body is None else _record(body)


def listed(tx: Transaction, parent: str = "", *, newest_first: bool = False, after: str = "") -> Iterator[JobRecord]:
    """The jobs of a location (of all without `parent`), those after a job where it is named; read one by one."""
    prefix = f"{parent}/tuningJobs/" if parent else ""
    return (_record(body) for _, body in tx.each(_KIND, prefix, newest_first=newest_first, after=after))


def next_due(tx: Transaction, now: float) -> JobRecord | None:
    """The job to which something has happened first since it was last looked at."""
    found = tx.first_due(_KIND, now)
    return None if found is None else _record(found[1])


def state_of(record: JobRecord, now: float) -> str:
    """The `state` that the API shows."""
    if record.final:
        return str(record.final["state"])
    if record.cancelled:
        return "JOB_STATE_CANCELLING"
    if not record.starts:
        return "JOB_STATE_QUEUED"
    if now < record.starts or not record.started:
        return "JOB_STATE_PENDING"
    return "JOB_STATE_PAUSED" if record.timeline.is_paused(now) else record.course.running_state


def shown(record: JobRecord, now: float) -> dict[str, Any]:
    """The `TuningJob` message as of v1beta1."""
    state = state_of(record, now)
    job = {
        "name": record.name,
        **record.request,
        "createTime": timestamp(record.created),
        "updateTime": timestamp(_updated(record, now)),
        "state": state,
    }
    if state == "JOB_STATE_QUEUED":
        job["tuningJobState"] = "TUNING_JOB_STATE_WAITING_FOR_QUOTA"
    settled_s = record.starts + record.late_s
    reached = min(now, record.final.get("at", now), record.cancelled or now)
    if not (record.started and now >= settled_s):
        job.pop("serviceAccount", None)
    if record.started and reached >= settled_s and not record.problem:
        job["experiment"] = record.experiment
    if record.final.get("state") == "JOB_STATE_SUCCEEDED":
        job[record.method] = record.resolved_spec
    if record.started:
        job["startTime"] = timestamp(record.starts)
        job["tuningJobMetadata"] = _metadata(record, now)
        if not record.final:
            job["tuningJobState"] = record.timeline.phase(now)
        if record.stats and reached >= max(record.timeline.dataset_read, settled_s):
            job["tuningDataStats"] = record.stats
    if tuned_model := _tuned_model(record):
        job["tunedModel"] = tuned_model
    if record.final:
        job["endTime"] = timestamp(record.final["at"])
        if "error" in record.final:
            job["error"] = record.final["error"]
    if record.metrics_uri:
        job["gcsMetricsUri"] = record.metrics_uri
    return job


def _metadata(record: JobRecord, now: float) -> dict[str, str]:
    steps = record.steps_done(now)
    epochs = steps // record.plan.steps_per_epoch if record.plan else 0
    if record.plan and steps == record.plan.steps:
        epochs = record.plan.epochs
    return {"completedEpochCount": str(epochs), "completedStepCount": str(steps)}


def _tuned_model(record: JobRecord) -> dict[str, Any]:
    if not record.made:
        return {}
    # The default checkpoint is the last one, so model and endpoint have no meaning before the end.
    if not record.course.makes_endpoints:
        return {"model": record.tuned_model} if record.final else {}
    tuned_model = {"model": record.tuned_model, "endpoint": record.made[-1]["endpoint"]} if record.final else {}
    return tuned_model | ({} if record.spec.get("exportLastCheckpointOnly") else {"checkpoints": record.made})


def _updated(record: JobRecord, now: float) -> float:
    if record.final:
        return float(record.final["at"])
    if not record.started:
        return record.created
    reached = min(now, record.cancelled or now)  # a cancellation changes nothing until it is carried out
    settled_s = record.starts + record.late_s
    return max(record.starts, record.timeline.phase_began(reached), settled_s if reached >= settled_s else 0.0)


def _record(body: dict[str, Any]) -> JobRecord:
    plan, curve = body.pop("plan"), body.pop("curve")
    if plan:
        plan["checkpoints"] = tuple(Checkpoint(**checkpoint) for checkpoint in plan["checkpoints"])
    return JobRecord(
        **{**body, "course": JobCourse(**body["course"])},
        plan=TrainingPlan(**plan) if plan else None,
        curve=Curve(**curve) if curve else None,
    )
