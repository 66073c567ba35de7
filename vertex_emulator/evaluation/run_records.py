"""Evaluation runs as they are stored, and how the API shows one at a moment.

A record has what was asked, when things happen and what came of it; the state is computed from it and the clock. Knows
no request and changes nothing else: `run_progress` moves records on.

Source: recorded answers of the service, August 2026
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from vertex_emulator.evaluation.collection import RUNS
from vertex_emulator.evaluation_course import EvaluationCourse
from vertex_emulator.service import timestamp
from vertex_emulator.store import Transaction

PENDING, INFERENCE, RUBRICS, RUNNING = "PENDING", "INFERENCE", "GENERATING_RUBRICS", "RUNNING"
SUCCEEDED, FAILED, CANCELLED = "SUCCEEDED", "FAILED", "CANCELLED"
NOT_IN_LISTS = ("completionTime", "evaluationSetSnapshot")  # recorded
_NEVER = "1970-01-01T00:00:00Z"  # recorded: what `completionTime` is until there is one


@dataclass
class RunRecord:
    """One evaluation run. Moments are seconds of the emulator's clock, 0 where they have not come."""

    name: str
    request: dict[str, Any]
    """The `EvaluationRun` message as sent, in its stored form."""
    course: EvaluationCourse
    created: float
    starts: float
    running_s: float
    phases: list[str]
    """The states of a run that is under way, in order; each takes the same time."""
    pipeline_id: str
    cancelled_by: float = 0.0
    """When a run that is being cancelled will have ended."""
    results: dict[str, Any] = field(default_factory=dict)
    """`EvaluationResults`."""
    final: dict[str, Any] = field(default_factory=dict)
    """`{state, at, error?}` of a run that has ended."""

    @property
    def due(self) -> float | None:
        """The next moment at which something happens."""
        if self.final:
            return None
        if self.cancelled_by:
            return self.cancelled_by
        if self.course.stays_in:
            return None
        return self.starts + self.running_s * (1.0 if self.course.succeeds else self.course.at)

    def state(self, now: float) -> str:
        """The `state` that the API shows."""
        if self.final:
            return str(self.final["state"])
        if now < self.starts:
            return PENDING
        phases = self.phases
        if stays_in := self.course.stays_in:
            if stays_in == PENDING:
                return PENDING
            phases = [*phases[: phases.index(stays_in)], stays_in] if stays_in in phases else [*phases, stays_in]
        share = (now - self.starts) / self.running_s if self.running_s else 1.0
        return phases[min(int(share * len(self.phases)), len(phases) - 1)]


def save(tx: Transaction, record: RunRecord) -> None:
    tx.put(RUNS.segment, record.name, {**vars(record), "course": vars(record.course)}, due=record.due)


def find(tx: Transaction, name: str) -> RunRecord | None:
    """A run by its canonical name."""
    body = tx.get(RUNS.segment, name)
    return None if body is None else _record(body)


def listed(tx: Transaction, parent: str = "", *, newest_first: bool = False) -> Iterator[RunRecord]:
    """The runs of a location, of all without `parent`."""
    prefix = f"{parent}/{RUNS.segment}/" if parent else ""
    return (_record(body) for _, body in tx.list(RUNS.segment, prefix, newest_first=newest_first))


def next_due(tx: Transaction, now: float) -> RunRecord | None:
    """The run to which something has happened first since it was last looked at."""
    found = tx.first_due(RUNS.segment, now)
    return None if found is None else _record(found[1])


def shown(record: RunRecord, now: float) -> dict[str, Any]:
    """The `EvaluationRun` message as of v1beta1."""
    run = {
        **record.request,
        "name": record.name,
        "metadata": {"pipeline_id": record.pipeline_id},  # recorded; whether one that was sent survives is not known
        "state": record.state(now),
        "createTime": timestamp(record.created),
        "completionTime": timestamp(record.final["at"]) if record.final else _NEVER,
    }
    if record.results:
        run["evaluationResults"] = record.results
        run["evaluationSetSnapshot"] = record.results["evaluationSet"]  # recorded: the set of the results
    if "error" in record.final:
        run["error"] = record.final["error"]
    return run


def _record(body: dict[str, Any]) -> RunRecord:
    return RunRecord(**{**body, "course": EvaluationCourse(**body["course"])})
