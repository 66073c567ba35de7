"""A run against an emulator that stands for Google, in simulated time: answers can be altered, and a process killed."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import httpx2

from pulumi_ctune.config import ApiEndpoint, Settings
from pulumi_ctune.conformance import page, workload
from pulumi_ctune.conformance.journal import Journal
from pulumi_ctune.conformance.run import run
from pulumi_ctune.data.prices import Prices
from tests.unit.clock import START, Clock, RecordedReport
from vertex_emulator.app import Emulator
from vertex_emulator.transport import EmbeddedTransport

PROJECT, LOCATION = "maja-tuning-lab", "us-central1"
Answer = tuple[int, dict[str, Any]]
Alter = Callable[[str, int, dict[str, Any]], Answer | None]
"""Request line, status and document -> what Google is to answer instead; None leaves it."""


class Killed(BaseException):
    """The process is gone: nobody catches this."""


@dataclass
class Google(httpx2.BaseTransport):
    """The emulator with altered answers, and with requests that are `refused`: by method, and by what path and body
    have in them. `dies` is asked at each write whether the process dies there; `loses_answer`
    says whether it is carried out before.
    """

    emulator: Emulator
    alter: list[Alter] = field(default_factory=list)
    refused: list[tuple[str, re.Pattern[str], Answer]] = field(default_factory=list)
    dies: Callable[[], bool] = lambda: False
    loses_answer: bool = True

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        text = f"{request.url.raw_path.decode()}\n{request.read().decode(errors='replace')}"
        for method, pattern, (status, document) in self.refused:
            if request.method == method and pattern.search(text):
                return httpx2.Response(status, json=document, request=request)
        is_last = request.method != "GET" and self.dies()
        if is_last and not self.loses_answer:
            raise Killed
        response = EmbeddedTransport(self.emulator).handle_request(request)
        if is_last:
            raise Killed
        return self._altered(request, response) if self.alter else response

    def _altered(self, request: httpx2.Request, response: httpx2.Response) -> httpx2.Response:
        content = b"".join(response.stream)  # type: ignore[arg-type]
        line = f"{request.method} {request.url.path}"
        status = response.status_code
        if b'"' in content and "alt=media" not in str(request.url):
            document = json.loads(content)
            for alter in self.alter:
                status, document = alter(line, status, document) or (status, document)
            content = json.dumps(document).encode()
        headers = {"content-type": response.headers.get("content-type", "application/json")}
        return httpx2.Response(status, headers=headers, content=content, request=request)


@dataclass
class Rig:
    """One folder of a run. Each `run` is a process of its own."""

    folder: Path
    clock: Clock
    google: Google
    report: RecordedReport = field(default_factory=RecordedReport)
    reported: list[str] = field(default_factory=list)
    plan: workload.Plan = field(default_factory=lambda: workload.Plan(PROJECT, LOCATION))

    @classmethod
    @contextmanager
    def start(cls, folder: Path, *alter: Alter, job_duration_s: float = 30, budget_usd: float = 5) -> Iterator[Self]:
        clock = Clock()
        with Emulator(folder / "google", clock=lambda: START.timestamp() + clock.now_s) as emulator:
            emulator.configure(job_duration_s=job_duration_s, job_start_delay_s=3, evaluation_duration_s=20)
            plan = workload.Plan(PROJECT, LOCATION, budget_usd=budget_usd)
            yield cls(folder / "run", clock, Google(emulator, [*alter]), plan=plan)

    @property
    def journal(self) -> Journal:
        found = Journal.open(self.folder)
        return found or Journal.begin(self.folder, self.plan.as_dict(), "0badcafe01")

    def run(self, *, only_clean: bool = False) -> tuple[page.Summary, list[str]]:
        """As far as it comes: raises what ends it."""
        cost = workload.cost(self.plan, Prices())
        assert cost is not None
        settings = Settings(project=PROJECT, region=LOCATION, api_endpoint=ApiEndpoint("embedded"))
        return run(
            self.journal,
            settings,
            self.plan,
            cost,
            self.report,
            self.reported.append,
            only_clean=only_clean,
            pause=self.clock.pause,
            interrupted=self.clock.interrupted,
            now=self.clock.now,
            utc_now=self.clock.utc_now,
            transport=self.google,
        )

    def step_in_progress(self) -> str:
        """What the process is at, as the state file tells."""
        entries = self.journal.entries
        begun = [step for step, entry in entries.items() if entry.status == "begun"]
        removed = sum(entry.removed for entry in entries.values())
        return begun[0] if begun else f"removal {removed + 1}"

    def document(self) -> dict[str, Any]:
        """The page as programs read it."""
        found: dict[str, Any] = json.loads((self.folder / page.DOCUMENT).read_text(encoding="utf-8"))
        return found

    def answers(self) -> dict[str, str]:
        return {point["id"]: point["answer"] for point in self.document()["points"]}

    def submissions(self) -> list[Mapping[str, Any]]:
        """The requests that made a job."""
        return [
            entry
            for entry in self.google.emulator.requests()
            if entry["method"] == "POST" and entry["path"].endswith("/tuningJobs") and entry["status"] in (0, 200)
        ]

    def left(self) -> dict[str, int]:
        """What is still there, in any location."""
        places = ("us-central1", "us", "eu", "europe-west4")
        kinds = ("models", "endpoints", "evaluationRuns", "evaluationSets", "evaluationItems")
        url = "http://embedded.localhost/v1beta1"
        found = dict.fromkeys((*kinds, "buckets"), 0)
        with httpx2.Client(transport=EmbeddedTransport(self.google.emulator)) as http:
            for kind in kinds:
                for place in places:
                    answer = http.get(f"{url}/projects/{PROJECT}/locations/{place}/{kind}").json()
                    found[kind] += len(answer.get(kind, []))
            buckets = http.get(f"http://embedded.localhost/storage/v1/b?project={PROJECT}&prefix=ctune-").json()
            found["buckets"] = len(buckets.get("items", []))
        return found


NOTHING_LEFT = dict.fromkeys(
    ("models", "endpoints", "evaluationRuns", "evaluationSets", "evaluationItems", "buckets"), 0
)
