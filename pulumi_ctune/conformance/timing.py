"""How long things took, as the polls of a recording show it: the emulator is told, so that it answers as late.

What came about between two polls came when the answers say, as far as the polls allow that. Where they say nothing, it
is taken to have come just before the second poll: `replay` can wait for an emulator that is late, not for one that is
early.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

Exchange = dict[str, Any]

_PENDING = frozenset({"JOB_STATE_PENDING", "JOB_STATE_QUEUED"})
_SUCCEEDED = "JOB_STATE_SUCCEEDED"
_FINAL = ("SUCCEEDED", "FAILED", "CANCELLED", "EXPIRED")
_LEAST_S, _NEVER_S = 0.001, 10 * 86400.0


def at(exchange: Mapping[str, Any]) -> float:
    """When it was answered, in seconds since the epoch."""
    return _moment_of(exchange["at"])


def usual_duration_s(exchanges: Sequence[Exchange]) -> float:
    """How long a job of the recording trains: what one that was cancelled would have taken, too."""
    for exchange in exchanges:
        answer = exchange["response"]
        if answer.get("state") == _SUCCEEDED:
            return max(_LEAST_S, _seconds_between(answer.get("startTime"), answer.get("endTime")) or _LEAST_S)
    return _NEVER_S


def settings_for(exchange: Exchange, later: Sequence[Exchange], usual_s: float) -> dict[str, float]:
    """The emulator's settings with which the request of `exchange` takes as long as it took. `later` come after it,
    `usual_s` is what jobs take.
    """
    path, response = exchange["path"].partition("?")[0], exchange["response"]
    name = str(response.get("name") or "")
    began = at(exchange)
    if exchange["method"] == "GET":
        return {}
    if path.endswith("/tuningJobs"):
        return _of_job(began, _polls(name, later), usual_s)
    if path.endswith("/evaluationRuns"):
        return _of_run(began, _polls(name, later))
    if path.endswith(":cancel"):
        job = path.partition("/projects/")[2].removesuffix(":cancel")
        return {"cancel_duration_s": _moment(began, _polls(f"projects/{job}", later), _has_ended) or _LEAST_S}
    if "/operations/" in name:
        done = _moment(began, _polls(name, later), lambda answer: bool(answer.get("done")))
        return {"operation_duration_s": 0.0 if response.get("done") else done or _LEAST_S}
    return {}


def _of_job(began: float, polls: Sequence[Exchange], usual_s: float) -> dict[str, float]:
    running = _moment(began, polls, lambda answer: answer.get("state") not in _PENDING, "startTime") or _LEAST_S
    ended = _moment(began, polls, lambda answer: answer.get("state") == _SUCCEEDED, "endTime")
    duration = max(_LEAST_S, ended - running) if ended else usual_s
    late = _moment(began, polls, lambda answer: bool(answer.get("experiment")))
    share = min(1.0, max(0.0, (late - running) / duration)) if late else 1.0
    return {"job_start_delay_s": running, "job_duration_s": duration, "late_fields_share": share}


def _of_run(began: float, polls: Sequence[Exchange]) -> dict[str, float]:
    left = _moment(began, polls, lambda answer: answer.get("state") not in ("PENDING", None)) or _LEAST_S
    ended = _moment(began, polls, _has_ended) or left + _LEAST_S
    return {"evaluation_start_delay_s": left, "evaluation_duration_s": max(_LEAST_S, ended - left)}


def _has_ended(answer: Mapping[str, Any]) -> bool:
    return str(answer.get("state", "")).removeprefix("JOB_STATE_") in _FINAL


def _polls(name: str, later: Sequence[Exchange]) -> list[Exchange]:
    """What reads and lists tell of a resource, by its id alone: a project has two spellings."""
    end = f"/{name.rpartition('/')[2]}"
    found: list[Exchange] = []
    for exchange in later:
        if exchange["method"] != "GET" or end == "/":
            continue
        response = exchange["response"]
        if exchange["path"].partition("?")[0].endswith(end):
            found.append(exchange)
        for items in response.values():
            for item in items if isinstance(items, list) else ():
                if isinstance(item, dict) and str(item.get("name", "")).endswith(end):
                    found.append({**exchange, "response": item})
    return found


def _moment(
    began: float, polls: Sequence[Exchange], has_come: Callable[[Mapping[str, Any]], bool], stated_in: str = ""
) -> float | None:
    """Seconds after `began`; None where no poll has seen it. `stated_in` is the field that says when."""
    before = began
    for poll in polls:
        answer = poll["response"]
        if has_come(answer):
            latest = max(_LEAST_S, at(poll) - began - _LEAST_S)
            stated = _seconds_between(answer.get("createTime"), answer.get(stated_in))
            return latest if stated is None else min(latest, max(stated, before - began + _LEAST_S))
        before = _moment_of(poll.get("until", poll["at"]))
    return None


def _seconds_between(one: Any, other: Any) -> float | None:
    try:
        return _moment_of(other) - _moment_of(one)
    except ValueError:
        return None


def _moment_of(text: Any) -> float:
    return datetime.fromisoformat(str(text)).timestamp()
