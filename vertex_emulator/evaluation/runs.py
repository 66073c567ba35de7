"""The `evaluationRuns` collection of the API: create, get, list, cancel, delete.

There is no patch, no client id and no request id, as at Google. `create_rules` says what a new run must fulfil,
`run_progress` what becomes of it.
"""

import re
from typing import Any

from vertex_emulator.evaluation import create_rules, metric_specs, run_records
from vertex_emulator.evaluation.collection import RUNS
from vertex_emulator.evaluation.run_records import INFERENCE, RUBRICS, RUNNING, RunRecord
from vertex_emulator.evaluation_course import EvaluationCourse
from vertex_emulator.registry import operations
from vertex_emulator.service import Call, Route
from vertex_emulator.wsgi import ApiProblem

_LABELS = re.compile(r"\blabels\b")


def create(call: Call) -> dict[str, Any]:
    """Answers at once with a run that is PENDING; the answer has no times (recorded)."""
    parent, location = RUNS.parent_of(call), call.param("location")
    run = call.schema.read("EvaluationRun", call.request.json(), path="evaluation_run")
    create_rules.check_run(call.tx, run, location)
    metrics = metric_specs.metrics_of(call.tx, run.get("evaluationConfig") or {})
    _check_quota(call, parent)
    course = call.effects.run or EvaluationCourse()
    delay, duration = course.start_delay_s, course.duration_s
    record = RunRecord(
        name=f"{parent}/{RUNS.segment}/{operations.new_id()}",
        request={key: value for key, value in run.items() if key not in ("name", "metadata")},
        course=course,
        created=call.now,
        starts=call.now + (call.settings.evaluation_start_delay_s if delay is None else delay),
        running_s=call.settings.evaluation_duration_s if duration is None else duration,
        phases=[
            *([INFERENCE] if run.get("inferenceConfigs") else []),
            *([RUBRICS] if any(metric.makes_rubrics for metric in metrics) else []),
            RUNNING,
        ],
        pipeline_id=operations.new_id(),
    )
    run_records.save(call.tx, record)
    return RUNS.new_one(call, run_records.shown(record, call.now))


def get(call: Call) -> dict[str, Any]:
    return RUNS.shown(call, run_records.shown(_find(call), call.now))


def list_runs(call: Call) -> dict[str, Any]:
    """A reduced view, the newest first: no completion times, no snapshots (recorded); labels only by a setting."""
    shows_labels = bool(call.settings.evaluation_lists_show_labels)
    hidden = {*run_records.NOT_IN_LISTS, *(() if shows_labels else ("labels",))}
    for text in call.request.query.get("filter", []):
        if not shows_labels and _LABELS.search(text):
            raise ApiProblem(400, f"Invalid filter: {text!r}.")
    fresh = call.now - call.effects.stale_s
    found = (
        run_records.shown(record, call.now)
        for record in run_records.listed(call.tx, RUNS.parent_of(call), newest_first=True)
        if not (call.effects.stale_s and record.created > fresh)
    )
    return RUNS.page(call, [{key: value for key, value in run.items() if key not in hidden} for run in found])


def cancel(call: Call) -> dict[str, Any]:
    """Asynchronous: the run goes on for a moment. Raises 400 for one that has ended."""
    record = _find(call)
    if record.final:
        message = f'The EvaluationRun "{record.name}" is in state {record.final["state"]} and cannot be canceled.'
        raise ApiProblem(400, message, status="FAILED_PRECONDITION")
    if not record.cancelled_by:
        record.cancelled_by = call.now + call.settings.cancel_duration_s
        run_records.save(call.tx, record)
    return {}


def delete(call: Call) -> dict[str, Any]:
    """Done in the answer; the set of the results stays. That a run has to end first is the stricter guess."""
    record = _find(call)
    if not record.final:
        message = f'The EvaluationRun "{record.name}" is in state {record.state(call.now)}. Cancel it first.'
        raise ApiProblem(400, message, status="FAILED_PRECONDITION")
    return RUNS.start_deletion(call, record.name)


def all_runs(call: Call) -> list[dict[str, Any]]:
    """Every run of every project, from old to new."""
    return [run_records.shown(record, call.now) for record in run_records.listed(call.tx)]


def _find(call: Call) -> RunRecord:
    record = run_records.find(call.tx, RUNS.name_of(call))
    if record is None:
        raise ApiProblem(404, "The EvaluationRun does not exist.")
    return record


def _check_quota(call: Call, parent: str) -> None:
    limit = call.settings.max_concurrent_evaluation_runs
    if limit and sum(not record.final for record in run_records.listed(call.tx, parent)) >= limit:
        raise ApiProblem(429, f"Quota exceeded: {limit} concurrent evaluation runs per project and location.")


ROUTES: list[Route] = [
    (method, pattern, operations.settled(handler))
    for method, pattern, handler in (
        ("POST", RUNS.pattern, create),
        ("GET", RUNS.pattern, list_runs),
        ("GET", RUNS.one, get),
        ("POST", f"{RUNS.one}:cancel", cancel),
        ("DELETE", RUNS.one, delete),
    )
]
