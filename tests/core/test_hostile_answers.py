"""Answers that no server should give, to every look of every verb: ridden out, or one plain line, never a hang."""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta

import httpx2
import pytest

from pulumi_ctune.alias import creation, outputs
from pulumi_ctune.alias import deletion as alias_deletion
from pulumi_ctune.alias import reading as alias_reading
from pulumi_ctune.config import ApiEndpoint, Settings
from pulumi_ctune.core.errors import CtuneError
from pulumi_ctune.tuned_model import lookup
from pulumi_ctune.tuning_job import deletion, reading
from pulumi_ctune.tuning_job.creation import Verbs as JobVerbs
from pulumi_ctune.tuning_job.state_entries import KnownEntries
from pulumi_ctune.vertex.client import VertexClient
from tests.core.rig import Rig
from tests.core.serving import Serving
from vertex_emulator.transport import EmbeddedTransport

Answer = Callable[[httpx2.Request], httpx2.Response]

GATE = [{"metric": "/train_total_loss", "at_most": 100}]
A_DAY_S = 86_400.0
PATIENCE = timedelta(minutes=20)
NINES = "9" * 300
KEYS = (
    *("name", "state", "labels", "tunedModel", "error", "deployedModels", "trafficSplit", "versionAliases", "models"),
    *("checkpoints", "createTime", "operations", "tuningJobs", "metadata", "nextPageToken"),
)


class Hostile(httpx2.BaseTransport):
    """The embedded emulator; while `answer` is set, reads are answered by that."""

    def __init__(self, rig: Rig) -> None:
        self._embedded = EmbeddedTransport(rig.emulator)
        self.answer: Answer | None = None
        self.times = 0  # of the first reads alone; 0 is no limit
        self.hosts: set[str] = set()
        self.seen = 0

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        self.hosts.add(request.url.host)
        self.seen += 1
        is_hit = self.answer is not None and request.method == "GET" and not 0 < self.times < self.seen
        if self.answer is None or not is_hit:
            return self._embedded.handle_request(request)
        response = self.answer(request)
        response.request = request
        return response


def says(code: int, body: object = b"", **headers: str) -> Answer:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {key.replace("_", "-"): value for key, value in headers.items()}
    return lambda _: httpx2.Response(code, content=content, headers=named)


PASSING: Mapping[str, Answer] = {
    "a year of patience": says(429, retry_after=NINES),
    "retry in the year 9999": says(503, retry_after="Fri, 31 Dec 9999 23:59:59 GMT"),
    "retry in the past": says(503, retry_after="Thu, 01 Jan 1970 00:00:00 -1200"),
    "retry soon": says(503, retry_after="soon"),
    "a delay of ages": says(
        503, {"error": {"code": 503, "message": "no", "details": [{"retryDelay": f"{NINES}s"}, 7, None]}}
    ),
    "a page of a portal": says(200, b"<html><title>Sign in</title></html>", content_type="text/html"),
    "half a document": says(200, b'{"name": "projects/'),
    "no zip": says(200, b"no zip at all", content_encoding="gzip"),
    "no text": says(200, b"\xff\xfe\x00", content_type="application/json; charset=no-such"),
    "nothing": says(200),
    "a list": says(200, []),
}
"""Trouble that may pass: once, it is ridden out."""

LONG = {"a year of patience", "retry in the year 9999", "a delay of ages"}
"""Those of `PASSING` that ask for more time than a lookup has."""

LASTING: Mapping[str, Answer] = {
    "redirected": says(302, location="https://elsewhere.example/v1beta1/steal"),
    "redirected for good": says(308, location="//elsewhere.example"),
    "a teapot": says(418, b"I am a teapot"),
    "too early": says(425, {"error": "too early"}),
    "gone": says(410, {"error": {"code": 410, "message": ["a", {"b": 1}], "status": 7}}),
    "a refusal of a megabyte": says(
        400,
        {
            "error": {
                "code": 400,
                "message": "no " * 300_000,
                "details": [{"fieldViolations": [{"field": str(n), "description": f"d{n}"} for n in range(20_000)]}],
            }
        },
    ),
    "the same page for ever": says(200, {"nextPageToken": "x"}),
    "a name that is a number": says(200, {"name": 5, "state": [], "labels": [], "versionId": {}}),
    "everything of the wrong kind": says(200, {key: [[["odd"]]] for key in KEYS}),
}
"""Trouble that stays, whatever is asked again."""


class Verbs:
    """Everything that looks before it changes something, on resources that are there."""

    def __init__(self, serving: Serving) -> None:
        rig = serving.rig
        self.transport = Hostile(rig)
        settings = Settings(project="acme", region="us-central1", api_endpoint=ApiEndpoint("embedded"))

        def sleep(seconds: float) -> None:
            rig.clock.pause(seconds)

        rig.client = VertexClient(settings, transport=self.transport, sleep=sleep)
        version, wanted, _ = serving.versions
        job = rig.create(rig.inputs(triggers=["one more"]))
        alias = creation.create(rig.client, rig.verbs().context, {"tuned_model_name": version, "alias": "prod"})
        deployment = serving.create(version)
        alias_id = outputs.id_of(alias)
        moved = {"tuned_model_name": wanted, "alias": "prod", "require": GATE}
        doomed = {**job, "deletion_policy": "DELETE"}
        self._rig, self._clock = rig, rig.clock

        def brief() -> JobVerbs:
            return rig.verbs(timeout=PATIENCE)

        self.calls: Mapping[str, Callable[[], object]] = {
            "read job": lambda: reading.read(rig.client, brief().context, job["name"], job),
            "get job": lambda: reading.read(rig.client, brief().context, job["name"], {}),
            "update job": lambda: brief().update(job["name"], job, rig.inputs(labels={"team": "search"})),
            "create job": lambda: brief().create(rig.continued(version), KnownEntries(saved=list)),
            "read alias": lambda: alias_reading.read(rig.client, brief().context, alias_id, alias),
            "move alias": lambda: creation.update(rig.client, brief().context, alias, moved),
            "read deployment": lambda: serving.read(deployment),
            "update deployment": lambda: serving.update(deployment, wanted, require=GATE),
            "look up": lambda: lookup.look_up(rig.client, version),
        }
        self.deletions: Mapping[str, Callable[[], object]] = {
            "delete alias": lambda: alias_deletion.delete(rig.client, brief().context, alias_id, alias),
            "delete deployment": lambda: serving.delete(deployment),
            "delete job": lambda: deletion.delete(rig.client, brief().context, job["name"], doomed),
        }

    def left(self) -> dict[str, int]:
        return self._rig.everything_left()

    def meet(self, answer: Answer, calls: Mapping[str, Callable[[], object]], *, times: int = 0) -> dict[str, str]:
        """The line that each verb ends in; empty for one that comes through. All of them end within their time."""
        self.transport.answer, self.transport.times = answer, times
        return {verb: self._line_of(call) for verb, call in calls.items()}

    def _line_of(self, call: Callable[[], object]) -> str:
        began, self.transport.seen = self._clock.now_s, 0
        line = ""
        try:
            call()
        except CtuneError as error:
            line = str(error)
        assert self._clock.now_s - began < 2 * A_DAY_S
        return line


@pytest.fixture(scope="module")
def verbs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Verbs]:
    """Resources that no test takes away."""
    with Rig.start(tmp_path_factory.mktemp("vertex")) as rig, Serving.start(rig) as serving:
        yield Verbs(serving)


@pytest.fixture
def doomed(rig: Rig) -> Iterator[Verbs]:
    with Serving.start(rig) as serving:
        yield Verbs(serving)


@pytest.mark.parametrize("name", PASSING)
def test_hostile_answer_that_passes_costs_no_verb(verbs: Verbs, name: str) -> None:
    """One such answer to the first look, then the real server: every verb comes through."""
    lines = verbs.meet(PASSING[name], verbs.calls, times=1)

    assert bool(lines.pop("look up")) == (name in LONG)  # a lookup of the program has ten seconds
    assert lines == dict.fromkeys(lines, "")


def test_hostile_answer_that_passes_costs_no_deletion(doomed: Verbs) -> None:
    """The same for what is taken away."""
    assert doomed.meet(PASSING["half a document"], doomed.deletions, times=1) == dict.fromkeys(doomed.deletions, "")


@pytest.mark.parametrize("answer", [*PASSING.values(), *LASTING.values()], ids=[*PASSING, *LASTING])
def test_hostile_answers_without_end_are_one_line(verbs: Verbs, answer: Answer) -> None:
    """No verb hangs, follows to another host, or ends in a traceback; none claims what it could not see."""
    lines = verbs.meet(answer, verbs.calls)

    assert [verb for verb in ("create job", "move alias", "update deployment", "look up") if not lines[verb]] == []
    assert verbs.transport.hosts == {"embedded.localhost"}


@pytest.mark.parametrize("answer", [LASTING["the same page for ever"], LASTING["everything of the wrong kind"]])
def test_hostile_answers_delete_nothing(doomed: Verbs, answer: Answer) -> None:
    """What cannot be told to be ours stays: the lines say so, or there was nothing to take away."""
    before = doomed.left()

    doomed.meet(answer, doomed.deletions)

    doomed.transport.answer = None
    assert doomed.left() == before
