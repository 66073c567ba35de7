"""Faults on order: which requests fail, and how. Counted and seeded, so that a test meets the same ones each time.

Owns the plan (kept in the store, so that it holds for all processes) and the choice of what a request meets; `app`
carries it out. A fault that changes the course of a job (`job`) or of an evaluation run (`run`) is read where that is
made.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from vertex_emulator import json_orders
from vertex_emulator.evaluation_course import EvaluationCourse
from vertex_emulator.job_course import JobCourse
from vertex_emulator.store import Transaction
from vertex_emulator.wsgi import ApiProblem, Request

_KIND = "fault"
_COURSES = {"job": "/tuningJobs", "run": "/evaluationRuns"}  # whose create a course belongs to
_MESSAGES = {
    429: "Resource has been exhausted (e.g. check quota).",
    500: "Internal error encountered.",
    503: "The service is currently unavailable.",
    504: "Deadline expired before operation could complete.",
}


class ConnectionDropped(Exception):
    """The connection ends without (the rest of) an answer; server and transport show that to the client."""


@dataclass(frozen=True)
class Fault:
    """Which requests are hit, and what they meet. Several effects of one fault, or of several, add up."""

    method: str = ""
    """HTTP method, any if empty."""
    path: str = ""
    """Regular expression, searched in the path; any if empty."""
    skip: int = 0
    """Matching requests that pass before the first is hit."""
    times: int = 1
    """Requests that are hit; 0 is no limit."""
    probability: float = 1.0
    """Share of matching requests that are hit, chosen by `seed`."""
    seed: int = 0

    status: int = 0
    """Answer with this HTTP status and Google's error body; the request is not carried out."""
    message: str = ""
    reason: str = ""
    """Google's word for the status (`FAILED_PRECONDITION`), by default the usual one."""
    retry_after_s: float | None = None
    drop: Literal["", "before", "after"] = ""
    """End the connection before the request is carried out, or after (the answer is lost)."""
    delay_s: float = 0.0
    """Real seconds before anything else happens."""
    cut_after_bytes: int | None = None
    """Carry out the request, send only so many bytes of the answer, end the connection."""
    stale_s: float = 0.0
    """Lists of jobs and of evaluation runs leave out those younger than this."""
    operation_code: int = 0
    """gRPC code with which the operation that the request starts fails (with `message`); 0 is no failure."""
    job: JobCourse | None = None
    """The course of the job that the request makes."""
    run: EvaluationCourse | None = None
    """The course of the evaluation run that the request makes."""

    @staticmethod
    def of(document: Mapping[str, Any]) -> "Fault":
        """A fault from JSON with the names of the fields above. Raises `ApiProblem` 400 for what is not one."""
        job, run = document.get("job"), document.get("run")
        given = json_orders.checked(
            Fault, {name: value for name, value in document.items() if name not in _COURSES}, "a fault"
        )
        try:
            re.compile(given.get("path", ""))
        except re.error as error:
            raise ApiProblem(400, f"The path of a fault is no regular expression: {error}.") from None
        if given.get("drop", "") not in ("", "before", "after"):
            raise ApiProblem(400, "The value of 'drop' in a fault is 'before' or 'after'.")
        if given.get("status", 0) and not 300 <= given["status"] <= 599:
            raise ApiProblem(400, "The value of 'status' in a fault is from 300 to 599.")
        return Fault(
            **given,
            job=None if job is None else JobCourse.of(job),
            run=None if run is None else EvaluationCourse.of(run),
        )


@dataclass(frozen=True)
class Effects:
    """What one request meets; nothing by default. The fields are those of `Fault`."""

    problem: ApiProblem | None = None
    retry_after_s: float | None = None
    drop: str = ""
    delay_s: float = 0.0
    cut_after_bytes: int | None = None
    stale_s: float = 0.0
    operation_error: Mapping[str, Any] | None = None
    """`{"code", "message"}` as in `google.rpc.Status`."""
    job: JobCourse | None = None
    run: EvaluationCourse | None = None


NO_EFFECTS = Effects()


def add(tx: Transaction, fault: Fault) -> str:
    """The new fault's id."""
    fault_id = str(tx.next_number("fault"))
    tx.put(_KIND, fault_id, {"id": fault_id, "matched": 0, "hit": 0, "fault": asdict(fault)})
    return fault_id


def remove(tx: Transaction, fault_id: str = "") -> None:
    """Remove one fault, or all of them."""
    for name, _ in tx.list(_KIND):
        if fault_id in ("", name):
            tx.delete(_KIND, name)


def listed(tx: Transaction) -> list[dict[str, Any]]:
    """All faults in order: `{"id", "matched", "hit", "fault": {...}}`."""
    return [body for _, body in tx.list(_KIND)]


def meet(tx: Transaction, request: Request) -> Effects:
    """Count this request against the plan and say what it meets."""
    found = [fault for body in listed(tx) if (fault := _hit(tx, body, request))]
    if not found:
        return NO_EFFECTS
    failing = next((fault for fault in found if fault.status), None)
    failed_later = next((fault for fault in found if fault.operation_code), None)
    return Effects(
        problem=_problem(failing) if failing else None,
        retry_after_s=failing.retry_after_s if failing else None,
        drop=next((fault.drop for fault in found if fault.drop), ""),
        delay_s=sum(fault.delay_s for fault in found),
        cut_after_bytes=next((fault.cut_after_bytes for fault in found if fault.cut_after_bytes is not None), None),
        stale_s=max(fault.stale_s for fault in found),
        operation_error=_operation_error(failed_later) if failed_later else None,
        job=next((fault.job for fault in found if fault.job), None),
        run=next((fault.run for fault in found if fault.run), None),
    )


def _hit(tx: Transaction, body: dict[str, Any], request: Request) -> Fault | None:
    fault = Fault.of(body["fault"])
    if fault.method not in ("", request.method) or not re.search(fault.path, request.path):
        return None
    for course, collection in _COURSES.items():
        if getattr(fault, course) and not (request.method == "POST" and request.path.endswith(collection)):
            return None
    body["matched"] += 1
    chosen = body["matched"] > fault.skip and fault.times in (0, *range(body["hit"] + 1, fault.times + 1))
    chosen = chosen and _share(fault.seed, body["matched"]) < fault.probability
    body["hit"] += chosen
    tx.put(_KIND, body["id"], body)
    return fault if chosen else None


def _share(seed: int, count: int) -> float:
    digest = hashlib.sha256(f"{seed}:{count}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def _operation_error(fault: Fault) -> dict[str, Any]:
    return {"code": fault.operation_code, "message": fault.message or "The operation failed."}


def _problem(fault: Fault) -> ApiProblem:
    message = fault.message or _MESSAGES.get(fault.status, f"The request failed with status {fault.status}.")
    details = []
    if fault.retry_after_s is not None:
        details = [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": f"{fault.retry_after_s:g}s"}]
    return ApiProblem(fault.status, message, status=fault.reason, details=details)
