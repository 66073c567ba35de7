"""What can go wrong in a sequence: where a process is killed, what requests meet, how jobs end."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tests.property.coverage import OUTCOMES
from tests.property.world import Kill

_LIST: dict[str, Any] = {"method": "GET", "path": "/tuningJobs$"}
_SUBMIT: dict[str, Any] = {"method": "POST", "path": "/tuningJobs$"}
_LOOK: dict[str, Any] = {"method": "GET", "path": "/tuningJobs/[0-9]+$"}
_MARK: dict[str, Any] = {"method": "PATCH", "path": "/models/"}
_DELETE: dict[str, Any] = {
    "method": "DELETE|POST|PATCH",
    "path": ":cancel$|:undeployModel$|/endpoints/[^/:]+$|/models/",
}


def kill_at(point: str, *, nth: int, at_s: float) -> Kill:
    """The kill at a point of `KILL_POINTS`; `nth` counts the requests of a delete, `at_s` is for kills in a pause."""
    kills = {
        "before looking for own jobs": Kill(point, **_LIST),
        "before the submission": Kill(point, **_SUBMIT),
        "submission in flight": Kill(point, **_SUBMIT, when="in flight"),
        "after the commit": Kill(point, **_SUBMIT, when="after"),
        "after the answer": Kill(point, **_SUBMIT, when="next"),
        "while waiting": Kill(point, at_s=at_s),
        "before the mark": Kill(point, **_MARK),
        "after the mark": Kill(point, **_MARK, when="after"),
        "before the state is written": Kill(point, when="end"),
        "before a write of delete": Kill(point, **_DELETE, nth=nth),
        "after a write of delete": Kill(point, **_DELETE, nth=nth, when="after"),
    }
    return kills[point]


FAULTS: Mapping[str, Mapping[str, Any]] = {
    **{f"{status} to the submission": {**_SUBMIT, "status": status} for status in (408, 429, 500, 503, 504)},
    "429 with Retry-After to the submission": {**_SUBMIT, "status": 429, "retry_after_s": 30.0},
    "503 with Retry-After to the submission": {**_SUBMIT, "status": 503, "retry_after_s": 30.0},
    "400 to the submission": {**_SUBMIT, "status": 400, "message": "The dataset is too small."},
    "403 to the submission": {**_SUBMIT, "status": 403},
    "submission lost": {**_SUBMIT, "drop": "before"},
    "answer to the submission lost": {**_SUBMIT, "drop": "after"},
    "answer to the submission cut": {**_SUBMIT, "cut_after_bytes": 20},
    "503 to the list": {**_LIST, "status": 503},
    "429 with Retry-After to the list": {**_LIST, "status": 429, "retry_after_s": 20.0},
    "list lost": {**_LIST, "drop": "after"},
    "403 to the list": {**_LIST, "status": 403},
    "503 to a look": {**_LOOK, "status": 503},
    "401 to a look": {**_LOOK, "status": 401},
    "look lost": {**_LOOK, "drop": "before"},
    "look cut": {**_LOOK, "cut_after_bytes": 30},
    "429 with Retry-After to a look": {**_LOOK, "status": 429, "retry_after_s": 15.0},
    "503 to the mark": {**_MARK, "status": 503},
    "403 to the mark": {**_MARK, "status": 403},
    "answer to the mark lost": {**_MARK, "drop": "after"},
    "500 to a read of the registry": {"method": "GET", "path": "/models/", "status": 500},
    "403 to a read of the registry": {"method": "GET", "path": "/models/", "status": 403},
    "500 to a delete": {"method": "DELETE", "path": "", "status": 500},
    "answer to a delete lost": {"method": "DELETE", "path": "", "drop": "after"},
    "503 to a cancel": {"method": "POST", "path": ":cancel$", "status": 503},
    "500 to anything": {"path": "", "status": 500},
    "anything lost": {"path": "", "drop": "before"},
    "any answer lost": {"path": "", "drop": "after"},
}
"""Faults by what a reader of the coverage report calls them, in the terms of the emulator's `Fault`."""

COURSES: Mapping[str, Mapping[str, Any]] = dict(
    zip(
        OUTCOMES,
        (
            {},
            {"state": "JOB_STATE_FAILED", "at": 0.2},
            {"state": "JOB_STATE_FAILED", "at": 1.0},
            {"state": "JOB_STATE_CANCELLED", "at": 0.2},
            {"state": "JOB_STATE_EXPIRED", "at": 0.2},
            {"state": "JOB_STATE_PARTIALLY_SUCCEEDED"},
            {"state": "JOB_STATE_PARTIALLY_SUCCEEDED", "with_model": False, "at": 0.2},
            {"paused_s": 30.0},
            {"running_state": "JOB_STATE_REBALANCING", "duration_s": 20.0},
            {"never_ends": True},
        ),
        strict=True,
    )
)
"""The course that leads to each of `OUTCOMES`, in the terms of the emulator's `JobCourse`."""


def outcome_of(job: Mapping[str, Any]) -> str:
    """Which of `OUTCOMES` a job had, told by what the API shows of it; "other" for one that was cancelled from
    outside.
    """
    state = str(job["state"]).removeprefix("JOB_STATE_")
    has_model = bool(job.get("tunedModel", {}).get("model"))
    match state:
        case "FAILED":
            return "FAILED with a model" if has_model else state
        case "PARTIALLY_SUCCEEDED":
            return state if has_model else f"{state} without a model"
        case "EXPIRED":
            return state
        case "CANCELLED" if job["error"]["message"] == state:
            return state
        case "SUCCEEDED":
            ran = datetime.fromisoformat(job["endTime"]) - datetime.fromisoformat(job["startTime"])
            if ran.total_seconds() < 15.0:
                return state
            return f"{state} after {'a pause' if ran.total_seconds() > 30.0 else 'an unknown state'}"
    return "other"
