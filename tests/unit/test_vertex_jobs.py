"""Tuning jobs over google-genai: what is sent, what is read, and the SDK's traps."""

import gc
import json
import socket
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest

from pulumi_ctune.config import ApiEndpoint, Settings
from pulumi_ctune.core import names
from pulumi_ctune.core.api import Checkpoint, JobError
from pulumi_ctune.core.errors import BadRequestError, NotFoundError, QuotaExceededError, UnavailableError
from pulumi_ctune.vertex.client import VertexClient
from tests.unit.vertex_wire import JOB, PARENT, SFT, URL, Pauses, Wire, client, error

MODEL = f"{PARENT}/models/4711@3"
RFT = {
    "preTunedModel": {"tunedModelName": MODEL, "checkpointId": "2"},
    "tunedModelDisplayName": "support-rl",
    "description": "d",
    "labels": {"a_b": "1", "aB": "2", "team": "support"},
    "encryptionSpec": {"kmsKeyName": "projects/acme/locations/us-central1/keyRings/r/cryptoKeys/k"},
    "serviceAccount": "tuner@acme.iam.gserviceaccount.com",
    "reinforcementTuningSpec": {
        "trainingDatasetUri": "gs://b/rft.jsonl",
        "validationDatasetUri": "gs://b/rft-val.jsonl",
        "hyperParameters": {"stepCount": "40", "batchSize": 16, "thinkingBudget": 128, "thinkingLevel": "LOW"},
        "compositeRewardConfig": {
            "weightedRewardConfigs": [
                {
                    "weight": 0.5,
                    "rewardConfig": {
                        "rewardName": "answer",
                        "parseResponseConfig": {"parseType": "REGEX_EXTRACT", "regexExtractExpression": "<a>(.*)</a>"},
                        "codeExecutionRewardScorer": {"pythonCodeSnippet": "def evaluate(example, response): ..."},
                    },
                }
            ]
        },
    },
}
SFT_WITH_EVERYTHING = {
    "preTunedModel": {"tunedModelName": MODEL, "checkpointId": "2"},
    "supervisedTuningSpec": {
        "trainingDatasetUri": "gs://b/sft.jsonl",
        "validationDatasetUri": "gs://b/val.jsonl",
        "hyperParameters": {"epochCount": "2", "adapterSize": "ADAPTER_SIZE_FOUR", "learningRateMultiplier": 0.5},
        "exportLastCheckpointOnly": True,
        "evaluationConfig": {"metrics": [{"pointwiseMetricSpec": {"metricPromptTemplate": "x"}}]},
    },
}
DPO = {
    "baseModel": "gemini-2.5-flash",
    "preferenceOptimizationSpec": {
        "trainingDatasetUri": "projects/acme/locations/us-central1/datasets/9",
        "hyperParameters": {"epochCount": "1", "beta": 0.1},
    },
}


def spelled_as_the_sdk_does(request: dict[str, Any]) -> dict[str, Any]:
    """The SDK spells the two fields of `preTunedModel` in snake_case; the API takes both."""
    source = request.get("preTunedModel")
    if source is None:
        return request
    spelled = {"tuned_model_name": source["tunedModelName"], "checkpoint_id": source["checkpointId"]}
    return {**request, "preTunedModel": spelled}


@pytest.mark.parametrize(
    "request_body", [SFT, SFT_WITH_EVERYTHING, RFT, DPO], ids=["sft", "sft-with-everything", "rft", "dpo"]
)
def test_request_is_sent_as_it_was_given(request_body: dict[str, Any]) -> None:
    """Nothing is lost, moved to another spec, or sent in two spellings."""
    wire = Wire({"name": JOB})

    client(wire).submit("acme", "us-central1", request_body)

    assert wire.lines == [f"POST /v1beta1/{PARENT}/tuningJobs"]
    assert wire.body() == spelled_as_the_sdk_does(request_body)


def test_checkpoint_is_sent() -> None:
    """google-genai loses the checkpoint out of a config that is a dict; ours is an object."""
    wire = Wire({"name": JOB})

    client(wire).submit("acme", "us-central1", RFT)

    assert wire.body()["preTunedModel"] == {"tuned_model_name": MODEL, "checkpoint_id": "2"}


def test_publisher_path_stays_a_base_model() -> None:
    """google-genai takes any name that starts with `projects/` for a tuned model."""
    wire = Wire({"name": JOB})
    path = f"{PARENT}/publishers/google/models/gemini-3.5-flash"

    client(wire).submit("acme", "us-central1", {**SFT, "baseModel": path})

    assert wire.body() == {**SFT, "baseModel": path}


def test_short_source_name_is_refused_unsent() -> None:
    """google-genai takes a short name for a base model, so that a job from the wrong model would be paid for."""
    wire = Wire({"name": JOB})

    with pytest.raises(BadRequestError, match="'models/4711' is not of the form projects/PROJECT/locations/"):
        client(wire).submit("acme", "us-central1", {**RFT, "preTunedModel": {"tunedModelName": "models/4711"}})

    assert wire.requests == []


def test_api_version_is_v1beta1_whatever_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reinforcement tuning exists in v1beta1 only."""
    monkeypatch.setenv("GOOGLE_GENAI_API_VERSION", "v1")
    wire = Wire({"name": JOB})

    client(wire).get_job(JOB)

    assert wire.lines == [f"GET /v1beta1/{JOB}"]


@pytest.mark.parametrize(
    "environ",
    [
        {"GOOGLE_API_KEY": "key"},
        {"GOOGLE_CLOUD_PROJECT": "other", "GOOGLE_CLOUD_LOCATION": "europe-west4"},
        {"GOOGLE_GENAI_USE_VERTEXAI": "false"},
        {"GOOGLE_VERTEX_BASE_URL": "https://elsewhere.example"},
        {"GOOGLE_GENAI_HTTP_CLIENT": "httpx2"},
    ],
    ids=lambda environ: next(iter(environ)),
)
def test_environment_of_the_sdk_changes_nothing(monkeypatch: pytest.MonkeyPatch, environ: dict[str, str]) -> None:
    """Project, location, host and credentials come from the settings and from names alone."""
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    wire = Wire({"name": JOB})

    client(wire).submit("acme", "us-central1", SFT)

    assert str(wire.requests[0].url) == f"{URL}/v1beta1/{PARENT}/tuningJobs"
    assert wire.requests[0].headers["authorization"] == "Bearer token"
    assert "x-goog-api-key" not in wire.requests[0].headers


def test_path_prefix_of_the_base_url_is_kept() -> None:
    """A gateway may serve the API below a path."""
    wire = Wire({"name": JOB})
    settings = Settings(access_token="token", api_endpoint=ApiEndpoint("url", url=f"{URL}/vertex"))

    client(wire, settings).get_job(JOB)

    assert wire.lines == [f"GET /vertex/v1beta1/{JOB}"]


@pytest.mark.parametrize(
    ("location", "host"),
    [
        ("us-central1", "us-central1-aiplatform.googleapis.com"),
        ("us", "aiplatform.us.rep.googleapis.com"),
        ("eu", "aiplatform.eu.rep.googleapis.com"),
        ("global", "aiplatform.googleapis.com"),
    ],
)
def test_host_follows_the_location_of_the_name(location: str, host: str) -> None:
    """Every location has its own host; `us` and `eu` are spelled another way."""
    wire = Wire({"name": f"projects/1/locations/{location}/tuningJobs/2"})

    client(wire, Settings(access_token="token")).get_job(f"projects/1/locations/{location}/tuningJobs/2")

    assert str(wire.requests[0].url) == f"https://{host}/v1beta1/projects/1/locations/{location}/tuningJobs/2"


def test_requests_have_time_limits() -> None:
    """google-genai asks for no limit at all, so that a silent server would hold an `up` for ever."""
    wire = Wire({"name": JOB})

    client(wire).get_job(JOB)

    assert wire.requests[0].extensions["timeout"] == {"connect": 10.0, "read": 60.0, "write": 60.0, "pool": 60.0}


@contextmanager
def server_that_loses_answers() -> Iterator[tuple[str, list[bytes]]]:
    """A server on loopback that reads each request, and resets the connection instead of answering."""
    seen: list[bytes] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:  # closed
                return
            with connection:
                seen.append(connection.recv(65536).splitlines()[0])

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", seen
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def test_lost_answer_to_a_create_is_one_post() -> None:
    """A create is never repeated: the first one may have made a job that costs money."""
    with server_that_loses_answers() as (url, seen):
        vertex = VertexClient(Settings(api_endpoint=ApiEndpoint("url", url=url)))

        with pytest.raises(UnavailableError) as lost:
            vertex.submit("acme", "us-central1", SFT)
        vertex.close()

    assert seen == [f"POST /v1beta1/{PARENT}/tuningJobs HTTP/1.1".encode()]
    assert str(lost.value).startswith(f"submitting a tuning job in {PARENT} failed: no answer from 127.0.0.1 (")


@pytest.mark.parametrize("code", [408, 429, 500, 502, 503, 504])
def test_error_answer_to_a_create_is_one_post(code: int) -> None:
    """Whatever the status, a create is sent once."""
    wire, pauses = Wire(error(code, "later")), Pauses()

    with pytest.raises((UnavailableError, QuotaExceededError)):
        client(wire, pauses=pauses).submit("acme", "us-central1", SFT)

    assert (len(wire.requests), pauses.taken) == (1, [])


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"{}", b'{"na'], ids=["empty", "html", "list", "bare", "cut"])
def test_unreadable_answer_to_a_create_leaves_the_job_in_doubt(body: bytes) -> None:
    """A success without a job in it may have made one all the same."""
    wire = Wire(httpx2.Response(200, content=body))

    with pytest.raises(UnavailableError):
        client(wire).submit("acme", "us-central1", SFT)

    assert len(wire.requests) == 1


def test_answer_that_the_sdk_cannot_read_still_names_the_job() -> None:
    """A job that was made is not lost because google-genai's types do not fit its document."""
    wire = Wire(httpx2.Response(201, json={"name": JOB, "state": "JOB_STATE_PENDING", "labels": {"a": None}}))

    job = client(wire).submit("acme", "us-central1", SFT)

    assert (job.name, job.state) == (JOB, "JOB_STATE_PENDING")


@pytest.mark.parametrize(
    "state", ["JOB_STATE_PARTIALLY_SUCCEEDED", "JOB_STATE_RUNNING", "JOB_STATE_FROM_THE_FUTURE", "ACTIVE"]
)
def test_state_is_passed_through_as_text(state: str) -> None:
    """google-genai's `has_ended`, its renamed states and its warnings about unknown ones have no say."""
    wire = Wire({"name": JOB, "state": state, "tuningJobState": "TUNING_JOB_STATE_NEW"})

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        job = client(wire).get_job(JOB)

    assert (job.state, type(job.state), job.detail) == (state, str, "TUNING_JOB_STATE_NEW")


def test_job_is_read_whole() -> None:
    """Every field that the core knows comes out of the API's JSON, int64 texts as numbers."""
    wire = Wire(
        {
            "name": JOB,
            "state": "JOB_STATE_SUCCEEDED",
            "tuningJobState": "TUNING_JOB_STATE_POST_PROCESSING",
            "createTime": "2026-11-21T10:00:00.123456789Z",
            "startTime": "2026-11-21T10:01:00Z",
            "endTime": "2026-11-21T11:00:00Z",
            "updateTime": "2026-11-21T11:00:01Z",
            "tunedModel": {
                "model": "projects/1/locations/us-central1/models/4711@3",
                "endpoint": "projects/1/locations/us/endpoints/5",
                "checkpoints": [
                    {
                        "checkpointId": "1",
                        "epoch": "1",
                        "step": "10",
                        "endpoint": "projects/1/locations/us/endpoints/5",
                    }
                ],
            },
            "experiment": "projects/1/locations/us-central1/metadataStores/default/contexts/e",
            "tuningJobMetadata": {"completedEpochCount": "2", "completedStepCount": "40"},
            "tuningDataStats": {
                "supervisedTuningDataStats": {
                    "totalBillableTokenCount": "12345",
                    "totalTruncatedExampleCount": "2",
                    "droppedExampleReasons": ["too long"],
                }
            },
            **SFT_WITH_EVERYTHING,
            "labels": {"team": "support"},
            "satisfiesPzs": True,
        }
    )

    job = client(wire).get_job(JOB)

    assert job.create_time == datetime(2026, 11, 21, 10, 0, 0, 123456, tzinfo=UTC)
    assert job.start_time == datetime(2026, 11, 21, 10, 1, tzinfo=UTC)
    assert job.end_time == datetime(2026, 11, 21, 11, tzinfo=UTC)
    assert job.tuned_model_name == "projects/1/locations/us-central1/models/4711@3"
    assert job.endpoint == "projects/1/locations/us/endpoints/5"
    assert job.checkpoints == (Checkpoint("1", 1, 10, "projects/1/locations/us/endpoints/5"),)
    assert job.experiment == "projects/1/locations/us-central1/metadataStores/default/contexts/e"
    assert (job.completed_epoch_count, job.completed_step_count) == (2, 40)
    assert (job.billable_token_count, job.dropped_example_count) == (12345, 2)
    assert job.dropped_example_reasons == ("too long",)
    assert job.request == {**SFT_WITH_EVERYTHING, "labels": {"team": "support"}}


def test_failed_job_keeps_its_grpc_error() -> None:
    """`TuningJob.error` is a gRPC status: its code is no HTTP status."""
    wire = Wire({"name": JOB, "state": "JOB_STATE_FAILED", "error": {"code": 3, "message": "line 7 is no JSON"}})

    job = client(wire).get_job(JOB)

    assert job.error == JobError(3, "line 7 is no JSON")


def test_bare_job_has_empty_fields() -> None:
    """A queued job's document has little in it."""
    wire = Wire({"name": JOB, "state": "JOB_STATE_QUEUED"})

    job = client(wire).get_job(JOB)

    assert (job.error, job.create_time, job.tuned_model_name, job.checkpoints) == (None, None, "", ())
    assert (job.billable_token_count, dict(job.request)) == (None, {})


def test_all_pages_are_listed_also_after_an_empty_one() -> None:
    """google-genai's iterator breaks on an empty page that follows another."""
    wire = Wire(
        {"tuningJobs": [{"name": f"{JOB}1"}, {"name": f"{JOB}2"}], "nextPageToken": "t2"},
        {"nextPageToken": "t3"},
        {"tuningJobs": [{"name": f"{JOB}3"}], "nextPageToken": "t4"},
        {},
    )

    jobs = client(wire).list_jobs("acme", "us-central1")

    assert [job.name for job in jobs] == [f"{JOB}1", f"{JOB}2", f"{JOB}3"]
    assert wire.lines == [
        f"GET /v1beta1/{PARENT}/tuningJobs?pageSize=100",
        f"GET /v1beta1/{PARENT}/tuningJobs?pageSize=100&pageToken=t2",
        f"GET /v1beta1/{PARENT}/tuningJobs?pageSize=100&pageToken=t3",
        f"GET /v1beta1/{PARENT}/tuningJobs?pageSize=100&pageToken=t4",
    ]


def test_listing_is_tried_again() -> None:
    """A list that may pass by itself is repeated a little, from its first page."""
    wire, pauses = Wire(error(503, "later"), {"tuningJobs": [{"name": JOB}]}), Pauses()

    jobs = client(wire, pauses=pauses).list_jobs("acme", "us-central1")

    assert ([job.name for job in jobs], pauses.taken) == ([JOB], [0.5])


def test_looking_at_a_job_is_not_tried_again() -> None:
    """The core's wait has more patience than this layer, and counts the looks."""
    wire, pauses = Wire(error(503, "later")), Pauses()

    with pytest.raises(UnavailableError):
        client(wire, pauses=pauses).get_job(JOB)

    assert (len(wire.requests), pauses.taken) == (1, [])


def test_cancel_is_one_post() -> None:
    """Cancelling is asked for once, whatever the answer's body."""
    wire = Wire(httpx2.Response(200))

    client(wire).cancel_job(JOB)

    assert wire.lines == [f"POST /v1beta1/{JOB}:cancel"]


def test_cancel_that_is_refused_raises() -> None:
    """A job that is gone or over cannot be cancelled; the core decides what that means."""
    wire = Wire(error(404, "TuningJob does not exist.", "NOT_FOUND"))

    with pytest.raises(NotFoundError) as refused:
        client(wire).cancel_job(JOB)

    assert str(refused.value) == f"{JOB} could not be cancelled: HTTP 404 NOT_FOUND: TuningJob does not exist."


def test_name_of_something_else_is_refused_unsent() -> None:
    """A name decides host and path of a request with credentials, so that only a job's name will do."""
    wire = Wire({})

    with pytest.raises(BadRequestError, match="is not of the form projects/PROJECT/locations/LOCATION/tuningJobs/JOB"):
        client(wire).get_job(f"{PARENT}/models/1")

    assert wire.requests == []


def test_client_survives_garbage_collection() -> None:
    """google-genai closes the connections of a client that nobody holds, even below a running call."""
    wire = Wire({"name": JOB})
    vertex = client(wire)

    vertex.get_job(JOB)
    gc.collect()
    job = vertex.get_job(JOB)

    assert job.name == JOB


def test_threads_do_not_see_each_others_answers() -> None:
    """Twenty resources look at their jobs at once over one client."""
    wire = Wire(lambda request: httpx2.Response(200, json={"name": request.url.path.removeprefix("/v1beta1/")}))
    vertex = client(wire)
    job_names = [f"{PARENT}/tuningJobs/{number}" for number in range(20)]
    read: dict[str, str] = {}

    threads = [
        threading.Thread(target=lambda name=name: read.update({name: vertex.get_job(name).name})) for name in job_names
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert read == {name: name for name in job_names}


def test_request_stays_untouched() -> None:
    """The caller's request is not changed by sending it."""
    wire = Wire({"name": JOB})
    given = json.loads(json.dumps(RFT))

    client(wire).submit("acme", "us-central1", given)

    assert given == RFT


@pytest.mark.parametrize(
    ("endpoint", "page"),
    [
        (ApiEndpoint(), names.console_url(JOB)),
        (ApiEndpoint("url", url=URL), ""),
    ],
    ids=["Google", "emulator"],
)
def test_only_a_job_at_google_has_a_console_page(endpoint: ApiEndpoint, page: str) -> None:
    """An emulator's job has no page: the link would lead to somebody else's job, or nowhere."""
    wire = Wire({"name": JOB, "state": "JOB_STATE_RUNNING"})

    job = client(wire, Settings(access_token="token", api_endpoint=endpoint)).get_job(JOB)

    assert job.console_url == page
