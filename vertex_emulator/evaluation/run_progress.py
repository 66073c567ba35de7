"""What becomes of evaluation runs as time goes on: rows read and answered, scores computed, results written.

Nothing runs in between: all of it happens at a run's end, at the first request after that moment. When that is, and
which states come before, is known to `run_records`.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from vertex_emulator.evaluation import inference, metric_specs, run_records, scoring, summary
from vertex_emulator.evaluation.collection import ITEMS, SETS
from vertex_emulator.evaluation.items import RESULT
from vertex_emulator.evaluation.metric_specs import Metric
from vertex_emulator.evaluation.rows import Row, rows_of
from vertex_emulator.evaluation.run_records import CANCELLED, FAILED, SUCCEEDED, RunRecord
from vertex_emulator.evaluation.scoring import Score
from vertex_emulator.names import last_segment, location_of, parent
from vertex_emulator.registry import operations
from vertex_emulator.service import Call
from vertex_emulator.wsgi import ApiProblem

Scores = dict[tuple[str, str], list[Score]]
"""By candidate and metric, one for each row."""

# google.rpc.Code
_CANCELLED, _INVALID_ARGUMENT, _FAILED_PRECONDITION = 1, 3, 9
_NO_SCORES = "No metric scores to aggregate. Please check the result evaluation items for errors."  # recorded
_ORDERED_FAILURE = "Internal error encountered."


def settle(call: Call) -> None:
    """Let happen what is due, over all runs in the order of the moments."""
    while (record := run_records.next_due(call.tx, call.now)) is not None:
        moment = replace(call, now=record.due or call.now)
        operations.settle(moment)
        _end(moment, record)
        run_records.save(call.tx, record)


def _end(call: Call, record: RunRecord) -> None:
    if record.cancelled_by:
        _finish(call, record, CANCELLED, _CANCELLED, "The evaluation run was cancelled.")
    elif not record.course.succeeds:
        _finish(call, record, record.course.state, record.course.code, record.course.message)
    elif rows := rows_of(call, record.request["dataSource"]["evaluationSet"]):
        _judge(call, record, rows)
    else:
        # Recorded, with the number of the run.
        _finish(call, record, FAILED, _INVALID_ARGUMENT, f"EvaluationRun {last_segment(record.name)} has no items")


def _finish(call: Call, record: RunRecord, state: str, code: int = 0, message: str = "") -> None:
    record.final = {"state": state, "at": call.now} | ({"error": {"code": code, "message": message}} if code else {})


def _judge(call: Call, record: RunRecord, rows: list[Row]) -> None:
    try:
        metrics = metric_specs.metrics_of(call.tx, record.request["evaluationConfig"])
    except ApiProblem as problem:  # a registered metric was deleted meanwhile
        _finish(call, record, FAILED, _INVALID_ARGUMENT, problem.message)
        return
    broken = record.course.failed_items
    rows = [replace(row, problem=_ORDERED_FAILURE) if place < broken else row for place, row in enumerate(rows)]
    rows = inference.answered(call, record.request, rows)
    candidates = list(dict.fromkeys(candidate for row in rows for candidate in row.candidates))
    scores = {
        (candidate, metric.name): _ordered(
            record.course.scores.get(f"{candidate}/{metric.name}"), scoring.scores(call, metric, candidate, rows)
        )
        for candidate in candidates
        for metric in metrics
    }
    record.results = {"evaluationSet": _write_results(call, record, rows, metrics, candidates, scores)}
    values = {key: [score.value for score in found if score.value is not None] for key, found in scores.items()}
    if not any(values.values()):
        _finish(call, record, FAILED, _FAILED_PRECONDITION, _NO_SCORES)
        return
    failed = sum(any(found[place].problem for found in scores.values()) for place in range(len(rows)))
    record.results = {
        "summaryMetrics": {"metrics": summary.metrics(values), "totalItems": len(rows)}
        | ({"failedItems": failed} if failed else {}),
        **record.results,
    }
    _finish(call, record, SUCCEEDED)


def _ordered(score: float | str | None, computed: list[Score]) -> list[Score]:
    """The scores, with the value that a test has ordered for those that there are."""
    return computed if score is None else [item if item.problem else Score(float(score)) for item in computed]


def _write_results(
    call: Call, record: RunRecord, rows: list[Row], metrics: Sequence[Metric], candidates: list[str], scores: Scores
) -> str:
    """A set with one item of type RESULT for each row and metric. Returns its name."""
    project, location = record.name.split("/")[1], location_of(record.name)
    display_name = record.request["displayName"]
    written = []
    for place, row in enumerate(rows):
        for metric in metrics:
            results = [_result(candidate, metric, scores[candidate, metric.name][place]) for candidate in candidates]
            response: dict[str, Any] = {
                "evaluationRequest": row.item,
                "evaluationRun": record.name,
                "request": row.request,
                "metric": metric.name,
                "candidateResults": results,
            }
            fields = {"displayName": display_name, "evaluationItemType": RESULT, "evaluationResponse": response}
            written.append(ITEMS.add(call, parent(project, location), fields)["name"])
    fields = {"displayName": display_name, "evaluationItems": written}
    name: str = SETS.add(call, parent(project, location), fields)["name"]
    return name


def _result(candidate: str, metric: Metric, score: Score) -> dict[str, Any]:
    found: dict[str, Any] = {"candidate": candidate, "metric": metric.name}
    if score.value is None:
        return found | {"error": {"code": _INVALID_ARGUMENT, "message": score.problem}}
    found["score"] = summary.as_json(score.value)
    return found | ({"explanation": score.explanation} if score.explanation else {})
