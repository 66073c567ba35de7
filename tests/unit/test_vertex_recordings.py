"""What the real service answered, read by the real client from a loopback server.

Each exchange of each recording has a reading below: the call of the client that gets this answer, and what must come of
it, field by field. Exchanges that the client has no call for (it creates no endpoint and uploads no model) are answers
all the same: their documents are read by the call that gets such a document.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

import pytest

from pulumi_ctune.alias.checks import check
from pulumi_ctune.config import ApiEndpoint, Settings
from pulumi_ctune.core.api import (
    DeployedModel,
    Endpoint,
    ModelVersion,
    Operation,
    TuningJob,
)
from pulumi_ctune.core.canonical import inputs_of_wire, request_body
from pulumi_ctune.core.errors import (
    BadRequestError,
    CtuneError,
    InvalidInputError,
    NotFoundError,
    PermissionDeniedError,
)
from pulumi_ctune.core.names import ModelName, is_alias
from pulumi_ctune.tuning_job import checks
from pulumi_ctune.vertex.client import VertexClient
from pulumi_ctune.vertex.errors import of_answer
from tests.recorded import NAMES, Exchange, exchanges, recording, requests
from tests.replay_server import ReplayServer, replaying
from tests.unit.vertex_wire import JOB, Wire, client

PROJECT, LOCATION = "123456789012", "us-central1"
PARENT = f"projects/{PROJECT}/locations/{LOCATION}"


class Reading:
    """A client in front of a server that gives one recorded answer."""

    def __init__(self, server: ReplayServer, vertex: VertexClient, exchange: Exchange) -> None:
        self.server = server
        self.vertex = vertex
        self.exchange = exchange

    def served_as(self, method: str, name: str, document: Any = None) -> None:
        """Have the answer given to another request."""
        document = self.exchange.response if document is None else document
        self.server.answer(method, name, self.exchange.status, document)

    def refused(self, call: Callable[[], object], error: type[CtuneError]) -> str:
        """The line that the user reads of a refusal, which says Google's words once."""
        with pytest.raises(error) as raised:
            call()
        line, words = str(raised.value), self.exchange.response["error"]["message"]
        assert (line.count(words), "\n" in line) == (1, False)
        assert vars(raised.value).items() >= {"code": self.exchange.status, "from_google": True}.items()
        return line


def read_created_job(reading: Reading) -> None:
    job = reading.vertex.submit(PROJECT, LOCATION, reading.exchange.body)
    assert is_job(job, reading.exchange.response)
    assert [item.body for item in reading.server.received] == [reading.exchange.body]


def read_job(reading: Reading) -> None:
    assert is_job(reading.vertex.get_job(reading.exchange.name), reading.exchange.response)


def read_cancel(reading: Reading) -> None:
    reading.vertex.cancel_job(reading.exchange.name)
    assert reading.server.lines == [f"POST {reading.exchange.name}:cancel"]


def read_refused_cancel(reading: Reading) -> None:
    """400 FAILED_PRECONDITION, and nothing was done."""
    reading.refused(lambda: reading.vertex.cancel_job(reading.exchange.name), BadRequestError)


def read_jobs(reading: Reading) -> None:
    jobs = reading.vertex.list_jobs(PROJECT, LOCATION)
    recorded = reading.exchange.response["tuningJobs"]
    assert len(jobs) == len(recorded) == 7
    assert all(is_job(job, document) for job, document in zip(jobs, recorded, strict=True))


def read_closed_location(reading: Reading) -> None:
    """The details repeat the message in another language's field; the line does not. Their advice is in it."""
    line = reading.refused(lambda: reading.vertex.list_jobs(PROJECT, "me-central2"), PermissionDeniedError)
    assert line.count("Access to the region is unavailable. Please contact our sales team") == 1


def read_missing_job(reading: Reading) -> None:
    job = f"{PARENT}/tuningJobs/6868698075574042624"
    reading.served_as("GET", job)
    reading.refused(lambda: reading.vertex.get_job(job), NotFoundError)


def read_cancel_of_missing_job(reading: Reading) -> None:
    job = f"{PARENT}/tuningJobs/6868698075574042624"
    reading.served_as("POST", f"{job}:cancel")
    reading.refused(lambda: reading.vertex.cancel_job(job), NotFoundError)


def read_started_operation(reading: Reading) -> None:
    """Of what the client does not start itself: the answer is what a GET of the operation would have given then."""
    name = reading.exchange.response["name"]
    reading.served_as("GET", name)
    assert reading.vertex.get_operation(name) == Operation(name, done=False)


def read_ended_operation(reading: Reading) -> None:
    name, made = reading.exchange.response["name"], reading.exchange.response["response"]
    version = f"{made['model']}@{made['modelVersionId']}" if "model" in made else ""
    assert reading.vertex.get_operation(name) == Operation(name, done=True, made=version)


def read_model(reading: Reading) -> None:
    document = reading.exchange.response
    assert reading.vertex.get_model_version(reading.exchange.name) == ModelVersion(
        model=document["name"],
        version_id="1",
        aliases=("default",),
        display_name=document["displayName"],
        labels=document["labels"],
        create_time=datetime.fromisoformat(document["versionCreateTime"]),
        etag=document["etag"],
    )


def read_model_deletion(reading: Reading) -> None:
    operation = reading.vertex.start_model_deletion(reading.exchange.name)
    assert operation == Operation(reading.exchange.response["name"], done=True)


def read_endpoint_deletion(reading: Reading) -> None:
    """Done in the answer, by an operation of the location: nothing is left to ask for."""
    operation = reading.vertex.start_endpoint_deletion(reading.exchange.name)
    assert operation == Operation(reading.exchange.response["name"], done=True)
    assert "/endpoints/" not in operation.name


def read_serving_endpoint(reading: Reading) -> None:
    """The client lists no endpoints; each entry is what a GET of it gives."""
    (document,) = reading.exchange.response["endpoints"]
    (deployed,) = document["deployedModels"]
    reading.served_as("GET", document["name"], document)
    assert reading.vertex.get_endpoint(document["name"]) == Endpoint(
        name=document["name"],
        display_name=document["displayName"],
        labels=document["labels"],
        deployed_models=(
            DeployedModel(
                deployed_model_id=deployed["id"],
                model=deployed["model"],
                version_id="1",
                display_name=deployed["displayName"],
                create_time=datetime.fromisoformat(deployed["createTime"]),
            ),
        ),
        traffic_split={deployed["id"]: 100},
        etag=document["etag"],
    )


def read_missing_endpoint(reading: Reading) -> None:
    line = reading.refused(lambda: reading.vertex.get_endpoint(reading.exchange.name), NotFoundError)
    assert line.startswith(f"{reading.exchange.name} could not be read: HTTP 404 NOT_FOUND: ")


def read_endpoint(reading: Reading) -> None:
    assert reading.vertex.get_endpoint(reading.exchange.name) == empty_endpoint(reading.exchange.response)


def read_changed_endpoint(reading: Reading) -> None:
    changed = reading.vertex.update_endpoint(reading.exchange.name, changes=reading.exchange.body)
    (sent,) = reading.server.received
    assert changed == empty_endpoint(reading.exchange.response)
    assert sent.body == reading.exchange.body
    assert set(sent.query["updateMask"].split(",")) == {"displayName", "description", "labels"}


READINGS: Mapping[str, Mapping[str, Callable[[Reading], None]]] = {
    "endpoint-life": {
        "missing": read_missing_endpoint,
        "create": read_started_operation,
        "operation": read_ended_operation,
        "get": read_endpoint,
        "patch": read_changed_endpoint,
        "delete": read_endpoint_deletion,
    },
    "endpoint-read-delete": {"list": read_serving_endpoint, "delete": read_endpoint_deletion},
    "missing-resources": {"get": read_missing_job, "cancel": read_cancel_of_missing_job},
    "model-upload-read-delete": {
        "upload": read_started_operation,
        "operation": read_ended_operation,
        "get": read_model,
        "delete": read_model_deletion,
    },
    "tuning-job-cancel": {
        "create": read_created_job,
        "cancel": read_cancel,
        "get-cancelling": read_job,
        "get-cancelled": read_job,
        "cancel-ended": read_refused_cancel,
    },
    "tuning-job-failed-with-model": {"get": read_job},
    "tuning-job-list": {"list": read_jobs},
    "tuning-job-service-account": {"create": read_created_job, "get-early": read_job, "get-later": read_job},
    "tuning-jobs-of-a-closed-location": {"list": read_closed_location},
}


@pytest.fixture
def server() -> Iterator[ReplayServer]:
    with replaying() as server:
        yield server


@pytest.fixture
def vertex(server: ReplayServer) -> Iterator[VertexClient]:
    made = VertexClient(Settings(api_endpoint=ApiEndpoint("url", url=server.url)), sleep=lambda seconds: None)
    yield made
    made.close()


@pytest.mark.parametrize(
    ("name", "exchange_id"), [(name, exchange_id) for name in NAMES for exchange_id in exchanges(name)]
)
def test_answer_of_the_service_is_read(server: ReplayServer, vertex: VertexClient, name: str, exchange_id: str) -> None:
    """Every exchange of every recording: no crash, no field lost, no refusal taken for another."""
    exchange = exchanges(name)[exchange_id]
    server.play([exchange])

    READINGS[name][exchange_id](Reading(server, vertex, exchange))


def is_job(job: TuningJob, document: Mapping[str, Any]) -> bool:
    """Whether a job is read as its document says; which field is not is shown by pytest."""
    tuned = document.get("tunedModel", {})
    stats = document.get("tuningDataStats", {}).get("supervisedTuningDataStats", {})
    tokens = int(stats["totalBillableTokenCount"]) if stats else None
    epochs = int(document["supervisedTuningSpec"]["hyperParameters"]["epochCount"])
    error = document.get("error")
    expected = {
        "name": document["name"],
        "state": document["state"],
        "error": (error["code"], error["message"]) if error else None,
        **{
            field: datetime.fromisoformat(document[wire]) if wire in document else None
            for field, wire in (("create_time", "createTime"), ("start_time", "startTime"), ("end_time", "endTime"))
        },
        "tuned_model_name": tuned.get("model", ""),
        "endpoint": "",
        "checkpoints": (),
        "experiment": document.get("experiment", ""),
        "billable_token_count": tokens,
        "training_token_count": tokens * epochs if tokens else None,
        "dropped_example_count": 0 if stats else None,
        "labels": document.get("labels", {}),
        "request": {
            key: document[key]
            for key in ("baseModel", "supervisedTuningSpec", "tunedModelDisplayName", "labels", "serviceAccount")
            if key in document
        },
    }
    read = {field: getattr(job, field) for field in expected}
    read["error"] = (job.error.code, job.error.message) if job.error else None
    assert read == expected
    return True


def empty_endpoint(document: Mapping[str, Any]) -> Endpoint:
    return Endpoint(
        name=document["name"], display_name=document["displayName"], labels=document["labels"], etag=document["etag"]
    )


TUNED = f"{PARENT}/models/4711"


def page_requests() -> dict[str, dict[str, Any]]:
    """What Google's pages and the SDK's tests send, with the source's name filled in."""
    return {
        id_: json.loads(
            json.dumps(item["body"]).replace("TUNED_MODEL_WITHOUT_VERSION", TUNED).replace("TUNED_MODEL", f"{TUNED}@1")
        )
        for id_, item in requests("requests-of-google-pages").items()
    }


@pytest.mark.parametrize("id_", page_requests())
def test_request_of_google_is_sent_as_it_is(server: ReplayServer, vertex: VertexClient, id_: str) -> None:
    """Nothing of what Google's pages send is lost or changed on its way through the client."""
    body = page_requests()[id_]
    server.answer("POST", f"{PARENT}/tuningJobs", 200, {"name": f"{PARENT}/tuningJobs/1"})

    vertex.submit(PROJECT, LOCATION, body)

    (sent,) = server.received
    assert sent.body == spelled_as_the_sdk_does(body)


@pytest.mark.parametrize("id_", page_requests())
def test_request_of_google_can_be_written_as_inputs(id_: str) -> None:
    """The inputs that mean a request are refused by no rule, and make a request of the same meaning."""
    inputs = inputs_of_wire(in_camel_case(page_requests()[id_]))

    refused = checks.check({"project": "example-project", "location": LOCATION, **inputs})

    assert refused == []
    assert inputs_of_wire(request_body(inputs)) == inputs


def test_alias_grammar_is_that_of_the_service() -> None:
    """In the input of an alias, and behind the `@` of a source."""
    grammar = recording("alias-grammar")

    def as_source(alias: str) -> bool:
        try:
            return ModelName.parse(f"{TUNED}@{alias}").version == alias
        except ValueError:
            return False

    def as_input(alias: str) -> bool:
        return check({"tuned_model_name": f"{TUNED}@1", "alias": alias}) == []

    aliases = (*grammar["valid"], *grammar["invalid"])
    for allows in (is_alias, as_input, as_source):
        assert [alias for alias in aliases if allows(alias)] == grammar["valid"]


def test_recordings_without_answers_are_known() -> None:
    """Whoever adds one has to say here which test is its replay."""
    replayed = {
        "alias-grammar": test_alias_grammar_is_that_of_the_service,
        "requests-of-google-pages": test_request_of_google_is_sent_as_it_is,
        "requests-of-aiplatform-client": None,  # another client's: only the emulator has to take them
    }

    assert sorted(replayed) == [name for name in NAMES if not exchanges(name)]


def in_camel_case(value: Any) -> Any:
    """One of the pages mixes the two spellings that the API takes."""
    if isinstance(value, dict):
        return {re.sub(r"_([a-z])", lambda m: m[1].upper(), key): in_camel_case(item) for key, item in value.items()}
    return [in_camel_case(item) for item in value] if isinstance(value, list) else value


def spelled_as_the_sdk_does(body: dict[str, Any]) -> dict[str, Any]:
    """The SDK spells the two fields of `preTunedModel` in snake_case; the API takes both."""
    if "preTunedModel" not in body:
        return body
    source = body["preTunedModel"]
    spelled = {"tuned_model_name": source["tunedModelName"], "checkpoint_id": source["checkpointId"]}
    return {**body, "preTunedModel": spelled}


def test_unusable_environment_does_not_matter_on_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither proxy nor TLS is needed there, also not by the SDK's asynchronous client."""
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:1")
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere/ca.pem")
    settings = Settings(api_endpoint=ApiEndpoint("url", url="http://127.0.0.1:1"))

    assert client(Wire({"name": JOB}), settings).get_job(JOB).name == JOB


def test_unusable_proxy_towards_google_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """The line names the variables."""
    from pulumi_ctune.vertex.client import VertexClient

    monkeypatch.setenv("ALL_PROXY", "nonsense://127.0.0.1:1")

    with pytest.raises(InvalidInputError, match="ALL_PROXY"):
        VertexClient(Settings(access_token="t")).get_job(JOB)


@pytest.mark.parametrize("page", ["<style>" + "<" * 1_000_000, "<" * 1_000_000, "<script " * 200_000])
def test_error_page_without_end_is_cut(page: str) -> None:
    """A page is shortened before it is cleaned."""
    assert len(str(of_answer("w", 502, {}, page))) < 1000
