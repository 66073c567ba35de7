"""Many waits of one place at once: one list serves them, and each end is noticed as promptly as by reads of one job."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest

from pulumi_ctune.config import ApiEndpoint, Settings
from pulumi_ctune.core.api import TuningJob
from pulumi_ctune.core.canonical import request_body
from pulumi_ctune.core.retry import WaitContext
from pulumi_ctune.tuning_job.wait import wait_for_job
from pulumi_ctune.vertex.client import VertexClient
from tests.core.rig import SFT, supervised_examples
from tests.unit.clock import START, RecordedReport
from vertex_emulator.app import Emulator
from vertex_emulator.transport import EmbeddedTransport

JOBS = 16
LAG_S = 20.0
LIMIT_S = 60  # of real time: ends a test that hangs


class CommonClock:
    """Moves on when all who go by it pause, to the first of them that is due."""

    def __init__(self, threads: int) -> None:
        self.now_s = 0.0
        self._changed = threading.Condition()
        self._active = threads
        self._due: dict[int, float] = {}

    def now(self) -> float:
        return self.now_s

    def utc_now(self) -> datetime:
        return START + timedelta(seconds=self.now_s)

    def pause(self, seconds: float) -> bool:
        me = threading.get_ident()
        with self._changed:
            due = self._due[me] = self.now_s + seconds
            self._active -= 1
            self._move_on()
            assert self._changed.wait_for(lambda: me not in self._due or self._due[me] != due, LIMIT_S)
        return False

    def leave(self) -> None:
        with self._changed:
            self._active -= 1
            self._move_on()

    def _move_on(self) -> None:
        if self._active == 0 and self._due:
            self.now_s = min(self._due.values())
            woken = [each for each, due in self._due.items() if due <= self.now_s]
            for each in woken[:1]:  # one after the other, as jitter has it
                del self._due[each]
                self._active += 1
            self._changed.notify_all()


Spoil = Callable[["Wire", httpx2.Request], httpx2.Response]


@dataclass
class Wire(httpx2.BaseTransport):
    """To the emulator; lists are answered as the test says."""

    emulator: Emulator
    clock: CommonClock
    spoil: Spoil
    lists: int = 0
    reads: int = 0
    answers: list[tuple[float, bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._embedded = EmbeddedTransport(self.emulator)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        if request.method == "GET" and request.url.path.endswith("/tuningJobs"):
            self.lists += 1
            return self.spoil(self, request)
        self.reads += request.method == "GET"
        return self.answer(request)

    def answer(self, request: httpx2.Request) -> httpx2.Response:
        return self._embedded.handle_request(request)

    def listed(self, request: httpx2.Request) -> dict[str, Any]:
        found: dict[str, Any] = self.answer(request).json()
        return found


def as_it_is(wire: Wire, request: httpx2.Request) -> httpx2.Response:
    return wire.answer(request)


def cut_short(wire: Wire, request: httpx2.Request) -> httpx2.Response:
    return httpx2.Response(200, json={"tuningJobs": wire.listed(request)["tuningJobs"][:10]}, request=request)


def empty(_: Wire, request: httpx2.Request) -> httpx2.Response:
    return httpx2.Response(200, json={}, request=request)


def with_names_and_states_alone(wire: Wire, request: httpx2.Request) -> httpx2.Response:
    jobs = [{"name": job["name"], "state": job["state"]} for job in wire.listed(request)["tuningJobs"]]
    return httpx2.Response(200, json={"tuningJobs": jobs}, request=request)


def without_what_was_made(wire: Wire, request: httpx2.Request) -> httpx2.Response:
    made = ("tunedModel", "endTime", "experiment")
    jobs = [{key: job[key] for key in job if key not in made} for job in wire.listed(request)["tuningJobs"]]
    return httpx2.Response(200, json={"tuningJobs": jobs}, request=request)


def without_states(wire: Wire, request: httpx2.Request) -> httpx2.Response:
    jobs = [{**job, "state": ""} for job in wire.listed(request)["tuningJobs"]]
    return httpx2.Response(200, json={"tuningJobs": jobs}, request=request)


def as_it_was_before(wire: Wire, request: httpx2.Request) -> httpx2.Response:
    """As it was `LAG_S` before, in the beginning as it was at first."""
    wire.answers.append((wire.clock.now_s, json.dumps(wire.listed(request)).encode()))
    old = [answer for at, answer in wire.answers if at <= wire.clock.now_s - LAG_S]
    return httpx2.Response(200, content=old[-1] if old else wire.answers[0][1], request=request)


def refused(_: Wire, request: httpx2.Request) -> httpx2.Response:
    return httpx2.Response(403, json={"error": {"code": 403, "message": "No list for you."}}, request=request)


def out_of_order(_: Wire, request: httpx2.Request) -> httpx2.Response:
    return httpx2.Response(503, request=request)


def lost(_: Wire, request: httpx2.Request) -> httpx2.Response:
    raise httpx2.ReadError("[Errno 104] Connection reset by peer", request=request)


def a_page_of_somebody_else(_: Wire, request: httpx2.Request) -> httpx2.Response:
    return httpx2.Response(200, html="<html>Sign in</html>", request=request)


@contextmanager
def waits(folder: Path, spoil: Spoil = as_it_is) -> Iterator[tuple[Wire, list[tuple[TuningJob, float]]]]:
    """Wait for `JOBS` jobs, of half a minute to five minutes; what each wait came back with, and when."""
    clock = CommonClock(JOBS)
    with Emulator(folder, clock=lambda: START.timestamp() + clock.now_s) as emulator:
        emulator.put_object("data", "train.jsonl", supervised_examples(400))
        wire = Wire(emulator, clock, spoil)
        settings = Settings(project="acme", api_endpoint=ApiEndpoint("embedded"))
        client = VertexClient(settings, transport=wire, clock=clock.now)
        jobs = []
        for number in range(JOBS):
            emulator.configure(job_duration_s=30.0 + 15.0 * number)
            jobs.append(client.submit("acme", "us-central1", request_body({**SFT, "project": "acme"})))
        ended: list[tuple[TuningJob, float]] = []

        def wait(job: TuningJob) -> None:
            try:
                context = WaitContext(
                    now=clock.now,
                    pause=clock.pause,
                    report=RecordedReport(),
                    timeout=timedelta(hours=1),
                    utc_now=clock.utc_now,
                )
                with client.watched_job(job.name) as look:
                    ended.append((wait_for_job(job, look, context), clock.now_s))
            finally:
                clock.leave()

        threads = [threading.Thread(target=wait, args=(job,), daemon=True) for job in jobs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(LIMIT_S)
        yield wire, ended
        client.close()


def late_s(job: TuningJob, noticed_s: float) -> float:
    """How much later than the schedule allows the end of a job was noticed."""
    assert job.end_time is not None
    ended_s = (job.end_time - START).total_seconds()
    return noticed_s - ended_s - max(5.0, 0.02 * noticed_s)


def test_one_list_serves_many_waits(tmp_path: Path) -> None:
    """Reads of one job would be five hundred."""
    with waits(tmp_path) as (wire, ended):
        assert len(ended) == JOBS
        assert wire.reads + wire.lists < 200


@pytest.mark.parametrize(
    "spoil",
    [
        as_it_is,
        cut_short,
        empty,
        with_names_and_states_alone,
        without_what_was_made,
        without_states,
        refused,
        out_of_order,
        lost,
        a_page_of_somebody_else,
    ],
)
def test_each_end_is_noticed_as_promptly_as_by_reads(tmp_path: Path, spoil: Spoil) -> None:
    """Whatever the list is like, and with all that the job's own record has."""
    with waits(tmp_path, spoil) as (_, ended):
        assert len(ended) == JOBS
        assert max(late_s(job, noticed_s) for job, noticed_s in ended) <= 0.01
        assert all(job.tuned_model_name for job, _ in ended)


def test_list_that_lags_behind_is_left_alone(tmp_path: Path) -> None:
    """Until a read shows it, an end may be noticed later by as much as the list lags."""
    with waits(tmp_path, as_it_was_before) as (wire, ended):
        late = sorted((late_s(job, noticed_s) for job, noticed_s in ended), reverse=True)

        assert len(late) == JOBS
        assert late[0] <= LAG_S
        assert late[JOBS // 4] <= 0.01
        assert wire.lists < 30
