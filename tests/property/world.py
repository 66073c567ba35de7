"""The world of the random sequences: simulated time, a wire that can be cut or the process killed at, the emulator.

One world serves a whole test module: making an SDK client costs more than a sequence. A process that is killed is a
`Killed`, a `BaseException` that no code of ours catches, raised where it dies: on the wire or in a pause.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Self

import httpx2

from pulumi_ctune.config import ApiEndpoint, Settings
from pulumi_ctune.core.hidden import OWNER
from pulumi_ctune.core.ownership import Owner
from pulumi_ctune.tuning_job.creation import Verbs
from pulumi_ctune.vertex.client import VertexClient
from tests.core.rig import owner_in, supervised_examples
from tests.unit.clock import START, Clock, RecordedReport
from vertex_emulator.app import Emulator
from vertex_emulator.transport import EmbeddedTransport

REQUEST_S = 0.1
"""What every request takes; so no two jobs have the same create time."""

LIST_LAG_S = 4.0
"""How long the list of jobs may lag behind; a run that follows one that was cut short starts no sooner."""

JOB_S = 12.0
"""How long a job takes where no other course is ordered."""

STRANGERS = "strangers"
"""The value of a label on what other people made."""

FINAL = ("SUCCEEDED", "FAILED", "CANCELLED", "EXPIRED")


class Killed(BaseException):
    """The process died here, as by kill -9."""


@dataclass(frozen=True)
class Kill:
    """Where the process is to die: at the `nth` request with this method and path, or in a pause at `at_s`."""

    point: str
    method: str = ""
    path: str = ""
    nth: int = 1
    when: str = "before"
    at_s: float = float("inf")


@dataclass
class ListTrouble:
    """What every page of the list of jobs but the first meets, so many times; 0 is no limit."""

    kind: str
    """One of `CUTS`."""
    times: int
    hits: int = 0


@dataclass
class MortalClock(Clock):
    """A clock that moves only when somebody waits, and in whose pauses a process may die."""

    kill_at_s: float = float("inf")

    def pause(self, seconds: float) -> bool:
        if self.now_s + seconds >= self.kill_at_s:
            self.now_s = max(self.now_s, self.kill_at_s)
            raise Killed
        return super().pause(seconds)

    def sleep(self, seconds: float) -> None:
        """A sleep that no Ctrl-C cuts short."""
        if self.now_s + seconds >= self.kill_at_s:
            raise Killed
        self.now_s += seconds


class Wire(httpx2.BaseTransport):
    """The way of the provider's requests to the emulator; counts writes, and kills at the moment that `kill` names.

    `on_job_made` is called with the server's jobs as they were before, whenever a request has made one, and
    `on_cancel` with a job's name when its cancellation is asked for. Lists of jobs come in pages of `page_size`, and
    further pages may meet `list_trouble`; `list_is_whole` tells of the last list.
    """

    def __init__(self, emulator: Emulator, clock: MortalClock) -> None:
        self._embedded = EmbeddedTransport(emulator)
        self._emulator = emulator
        self._clock = clock
        self._seen = 0
        self._in_flight: httpx2.Request | None = None
        self.kill: Kill | None = None
        self.writes: list[str] = []
        self.on_job_made: Callable[[list[dict[str, Any]]], None] = lambda _: None
        self.on_cancel: Callable[[str], None] = lambda _: None
        self.page_size = 0
        self.list_trouble: ListTrouble | None = None
        self.list_is_whole = True

    def arm(self, kill: Kill | None) -> None:
        self.kill, self._seen = kill, 0
        self._clock.kill_at_s = kill.at_s if kill else float("inf")

    def forget(self) -> None:
        self.arm(None)
        self._in_flight = None
        self.writes.clear()
        self.on_job_made = lambda _: None
        self.on_cancel = lambda _: None
        self.page_size, self.list_trouble, self.list_is_whole = 0, None, True

    def deliver(self) -> None:
        """What was on its way when its sender died arrives now."""
        request, self._in_flight = self._in_flight, None
        if request is not None:
            with suppress(httpx2.TransportError):  # an answer that is lost as well
                self._carry_out(request)

    def die_at_the_end(self) -> None:
        """Raise `Killed` if the process was to die when its work was done and nobody had been told yet."""
        if self.kill and self.kill.when == "end":
            raise Killed

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        self._clock.now_s += REQUEST_S
        if self._clock.now_s >= self._clock.kill_at_s:
            raise Killed
        if request.method != "GET":
            self.writes.append(f"{request.method} {request.url.path}")
        when = self._death(request)
        if when == "before":
            raise Killed
        if when == "in flight":
            self._in_flight = request
            raise Killed
        try:
            response = self._carry_out(request)
        finally:
            if when == "after":
                raise Killed
        if when == "next":
            self._clock.kill_at_s = self._clock.now_s
        return response

    def _carry_out(self, request: httpx2.Request) -> httpx2.Response:
        if request.url.path.endswith("/tuningJobs") and request.method == "GET":
            return self._page(request)
        if request.url.path.endswith(":cancel"):
            self.on_cancel(request.url.path.removesuffix(":cancel").partition("/v1beta1/")[2])
        if not (request.method == "POST" and request.url.path.endswith("/tuningJobs")):
            return self._embedded.handle_request(request)
        before = self._emulator.jobs()
        try:
            return self._embedded.handle_request(request)
        finally:
            if len(self._emulator.jobs()) > len(before):
                self.on_job_made(before)

    def _page(self, request: httpx2.Request) -> httpx2.Response:
        """A page of the list of jobs, or what comes instead of it."""
        is_first = "pageToken" not in request.url.params
        self.list_is_whole = False
        trouble = self.list_trouble
        if not is_first and trouble and (trouble.hits < trouble.times or not trouble.times):
            trouble.hits += 1
            return self._spoilt(request, trouble.kind)
        if self.page_size:
            url = request.url.copy_merge_params({"pageSize": str(self.page_size)})
            request = httpx2.Request("GET", url, headers=request.headers)
        response = self._embedded.handle_request(request)
        response.read()
        self.list_is_whole = response.is_success and not response.json().get("nextPageToken")
        return response

    def _spoilt(self, request: httpx2.Request, kind: str) -> httpx2.Response:
        match kind:
            case "lost":
                raise httpx2.ReadError("[Errno 104] Connection reset by peer", request=request)
            case "never sent":
                raise httpx2.ConnectError("[Errno 111] Connection refused", request=request)
            case "cut":
                return httpx2.Response(200, text='{"tuningJobs": [{"name": "proj', request=request)
            case "empty":
                return httpx2.Response(200, request=request)
            case "a proxy's page":
                return httpx2.Response(200, html="<html>Sign in</html>", request=request)
            case "the same token again":
                token = request.url.params["pageToken"]
                return httpx2.Response(200, json={"tuningJobs": [], "nextPageToken": token}, request=request)
        return httpx2.Response(int(kind), json={"error": {"code": int(kind)}}, request=request)

    def _death(self, request: httpx2.Request) -> str:
        kill = self.kill
        if kill is None or not kill.method or not re.fullmatch(kill.method, request.method):
            return ""
        if not re.search(kill.path, request.url.path):
            return ""
        self._seen += 1
        return kill.when if self._seen == kill.nth else ""


@dataclass
class World:
    """Clock, emulator and client; `console` is somebody else's client, which no ordered fault hits."""

    clock: MortalClock
    emulator: Emulator
    wire: Wire
    client: VertexClient
    console: httpx2.Client
    report: RecordedReport = field(default_factory=RecordedReport)

    @classmethod
    @contextmanager
    def start(cls, folder: Path) -> Iterator[Self]:
        clock = MortalClock()
        with Emulator(folder, clock=lambda: START.timestamp() + clock.now_s) as emulator:
            wire = Wire(emulator, clock)
            settings = Settings(project="acme", api_endpoint=ApiEndpoint("embedded"))
            client = VertexClient(settings, transport=wire, sleep=clock.sleep)
            # Faults are ordered for v1beta1, which the provider speaks.
            base_url = "http://embedded.localhost/v1/"
            with httpx2.Client(transport=EmbeddedTransport(emulator), base_url=base_url) as console:
                yield cls(clock, emulator, wire, client, console)

    def begin(self) -> None:
        """Start a new sequence from nothing."""
        self.emulator.reset()
        self.clock.now_s, self.clock.interrupt_at_s = 0.0, float("inf")
        self.clock.pauses.clear()
        self.wire.forget()
        self.report = RecordedReport()
        for name, count in (("train.jsonl", 8), ("other.jsonl", 9)):
            self.emulator.put_object("data", name, supervised_examples(count))
        self.emulator.configure(job_duration_s=JOB_S)

    def verbs(self, timeout: timedelta) -> Verbs:
        """Verbs for one call of the engine, whose owner the call tells."""
        return Verbs(self.client, self.clock.wait_context(self.report, timeout=timeout), Owner("", "", "", "", ""))

    def make_source(self) -> str:
        """The name of a model version that somebody else has tuned."""
        inputs = {
            "project": "acme",
            "location": "us-central1",
            "base_model": "gemini-3.5-flash",
            "supervised_tuning_spec": {
                "training_dataset_uri": "gs://data/train.jsonl",
                "hyper_parameters": {"epoch_count": 1},
            },
            "tuned_model_display_name": "source",
            OWNER: {"token": "source"},
        }
        verbs = Verbs(self.client, self.clock.wait_context(self.report), owner_in("source"))
        return str(verbs.create(inputs)["tuned_model_name"])

    def jobs(self) -> list[dict[str, Any]]:
        """This stack's jobs as they really are, the newest first."""
        return [job for job in self.emulator.jobs() if job.get("labels", {}).get("ctune-stack") == "dev"][::-1]

    def strangers_jobs(self) -> list[dict[str, Any]]:
        """Other people's jobs as they really are, the newest first."""
        return [job for job in self.emulator.jobs() if job.get("labels", {}).get("team") == STRANGERS][::-1]

    def submit_strangers_job(self) -> None:
        """Other people train in the same place, with labels of their own."""
        body = {
            "baseModel": "gemini-3.5-flash",
            "supervisedTuningSpec": {"trainingDatasetUri": "gs://data/train.jsonl"},
            "labels": {"team": STRANGERS},
        }
        self.console.post("projects/acme/locations/us-central1/tuningJobs", json=body).raise_for_status()

    def label(self, name: str, labels: dict[str, str]) -> None:
        """Other people label a model version or an endpoint."""
        found = self.console.get(name).json().get("labels", {})
        body = {"labels": {**found, **labels}}
        self.console.patch(name, params={"updateMask": "labels"}, json=body).raise_for_status()

    def version(self, name: str) -> dict[str, Any] | None:
        """A model version as it really is."""
        answer = self.console.get(name)
        return answer.json() if answer.is_success else None

    def cancel(self, job_name: str) -> None:
        self.console.post(f"{job_name}:cancel", json={}).raise_for_status()

    def delete_version(self, job: dict[str, Any]) -> None:
        """Delete what a job made, in the console: endpoints first, then the version or its model."""
        tuned = job["tunedModel"]
        for endpoint in {point["endpoint"] for point in tuned.get("checkpoints", [])} | {tuned["endpoint"]}:
            for deployed in self.console.get(endpoint).json().get("deployedModels", []):
                self.console.post(f"{endpoint}:undeployModel", json={"deployedModelId": deployed["id"]})
            self.clock.now_s += 1.0
            self.console.delete(endpoint)
        model = tuned["model"].partition("@")[0]
        self.clock.now_s += 1.0
        siblings = self.console.get(f"{model}:listVersions").json().get("models", [])
        if len(siblings) > 1:
            self.console.delete(f"{tuned['model']}:deleteVersion")
        else:
            self.console.delete(model)
        self.clock.now_s += 1.0

    def endpoints_of(self, job_name: str) -> list[str]:
        """Endpoints that a job made and that are still there."""
        job_id = job_name.rpartition("/")[2]
        return [
            endpoint["name"]
            for location in ("us-central1", "us")
            for endpoint in self._listed(f"projects/acme/locations/{location}/endpoints", "endpoints")
            if job_id in endpoint.get("labels", {}).values()
        ]

    def _listed(self, path: str, items: str) -> list[dict[str, Any]]:
        return list(self.console.get(path).json().get(items, []))


def is_live(job: dict[str, Any]) -> bool:
    """Whether a job costs money and nobody has asked it to end."""
    return not job["state"].endswith((*FINAL, "CANCELLING"))
