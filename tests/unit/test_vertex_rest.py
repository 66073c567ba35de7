"""Plain REST: reads, writes, operations, and the resources behind them."""

import math
from collections.abc import Callable
from datetime import UTC, datetime

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_ctune.config import ApiEndpoint, Settings
from pulumi_ctune.core.api import (
    Checkpoint,
    DeployedModel,
    DeployedModelRef,
    Operation,
    SeriesPoint,
    StorageObject,
)
from pulumi_ctune.core.errors import (
    ApiError,
    BadRequestError,
    NotFoundError,
    PermissionDeniedError,
    QuotaExceededError,
    UnavailableError,
)
from pulumi_ctune.core.percent_shares import shared_out
from pulumi_ctune.vertex.client import VertexClient
from tests.unit.vertex_wire import PARENT, URL, Answer, Pauses, Wire, client, error

MODEL = f"{PARENT}/models/4711"
ENDPOINT = f"{PARENT}/endpoints/5"
OPERATION = f"{MODEL}/operations/9"
EXPERIMENT = f"{PARENT}/metadataStores/default/contexts/tuning-experiment-1"
BOARD = f"{PARENT}/tensorboards/7"
RUN = f"{BOARD}/experiments/tuning-experiment-1/runs/r"


@pytest.mark.parametrize(
    "trouble",
    [error(429, "m"), error(500, "m"), error(503, "m"), httpx2.ConnectError("refused"), httpx2.ReadTimeout("slow")],
    ids=["429", "500", "503", "refused", "slow"],
)
def test_read_is_tried_three_times(trouble: Answer) -> None:
    """Reads that may pass by themselves are repeated, with growing pauses."""
    wire, pauses = Wire(trouble, trouble, {"name": ENDPOINT}), Pauses()

    endpoint = client(wire, pauses=pauses).get_endpoint(ENDPOINT)

    assert (endpoint.name, pauses.taken) == (ENDPOINT, [0.5, 1.0])


def test_read_gives_up_after_three() -> None:
    """What does not pass is raised as it came."""
    wire = Wire(error(503, "still down", "UNAVAILABLE"))

    with pytest.raises(UnavailableError, match="still down"):
        client(wire).get_endpoint(ENDPOINT)

    assert len(wire.requests) == 3


def test_read_waits_as_long_as_the_server_asks() -> None:
    """Retry-After goes before our own pauses."""
    wire, pauses = Wire(httpx2.Response(429, headers={"retry-after": "4"}), {"name": ENDPOINT}), Pauses()

    client(wire, pauses=pauses).get_endpoint(ENDPOINT)

    assert pauses.taken == [4.0]


def test_read_does_not_wait_longer_than_ten_seconds() -> None:
    """A server that wants minutes is left to the caller."""
    wire, pauses = Wire(httpx2.Response(429, headers={"retry-after": "60"})), Pauses()

    with pytest.raises(QuotaExceededError) as refused:
        client(wire, pauses=pauses).get_endpoint(ENDPOINT)

    assert (refused.value.retry_after_s, pauses.taken) == (60.0, [])


@pytest.mark.parametrize("code", [400, 403, 404, 409])
def test_final_answer_to_a_read_is_final(code: int) -> None:
    """Asking again changes nothing."""
    wire = Wire(error(code, "no"))

    with pytest.raises(ApiError):
        client(wire).get_endpoint(ENDPOINT)

    assert len(wire.requests) == 1


@pytest.mark.parametrize("code", [401, 409, 429, 500, 503])
def test_write_is_sent_once(code: int) -> None:
    """Nothing that changes something is repeated by this layer."""
    wire = Wire(error(code, "no"))

    with pytest.raises(ApiError):
        client(wire).update_model_version(f"{MODEL}@1", changes={"labels": {}})

    assert len(wire.requests) == 1


@pytest.mark.parametrize("answer", [httpx2.Response(200, content=b"<html>"), httpx2.Response(200, json=[1])])
def test_answer_that_is_no_document_is_unavailable(answer: httpx2.Response) -> None:
    """A captive portal or a cut body says nothing about the resource."""
    with pytest.raises(UnavailableError, match=f"{ENDPOINT} could not be read"):
        client(Wire(answer)).get_endpoint(ENDPOINT)


def test_own_requests_use_v1beta1_and_the_host_of_the_name() -> None:
    """An endpoint of a Gemini 3 model lies in `us`, whatever the job's region."""
    name = "projects/1/locations/us/endpoints/5"
    wire = Wire({"name": name})

    client(wire, Settings(access_token="t")).get_endpoint(name)

    assert (
        str(wire.requests[0].url)
        == "https://aiplatform.us.rep.googleapis.com/v1beta1/projects/1/locations/us/endpoints/5"
    )


@pytest.mark.parametrize(
    ("start", "line"),
    [
        (lambda vertex: vertex.start_model_version_deletion(f"{MODEL}@2"), f"DELETE /v1beta1/{MODEL}@2:deleteVersion"),
        (lambda vertex: vertex.start_model_deletion(MODEL), f"DELETE /v1beta1/{MODEL}"),
        (lambda vertex: vertex.start_endpoint_deletion(ENDPOINT), f"DELETE /v1beta1/{ENDPOINT}"),
        (lambda vertex: vertex.start_undeployment(ENDPOINT, "6"), f"POST /v1beta1/{ENDPOINT}:undeployModel"),
    ],
    ids=["version", "model", "endpoint", "undeployment"],
)
def test_long_running_operation_is_started_and_not_waited_for(
    start: Callable[[VertexClient], Operation], line: str
) -> None:
    """One request, whose answer names the operation."""
    wire = Wire({"name": OPERATION})

    operation = start(client(wire))

    assert (operation, wire.lines) == (Operation(OPERATION), [line])


def test_failed_operation_has_its_own_words() -> None:
    """The gRPC code stands with Google's message, and the HTTP status that fits it decides what the error is."""
    wire = Wire({"name": OPERATION, "done": True, "error": {"code": 9, "message": "The model is deployed."}})

    operation = client(wire).get_operation(OPERATION)

    assert isinstance(operation.error, BadRequestError)
    assert str(operation.error) == (f"operation {OPERATION} failed: gRPC 9 FAILED_PRECONDITION: The model is deployed.")


def test_model_version_is_read() -> None:
    """A version's name in the answer has no `@`; its number is a field."""
    wire = Wire(
        {
            "name": "projects/1/locations/us-central1/models/4711",
            "versionId": "3",
            "versionAliases": ["golden", "default"],
            "displayName": "support",
            "description": "d",
            "labels": {"team": "support"},
            "checkpoints": [{"checkpointId": "1", "epoch": "1", "step": "10"}],
            "defaultCheckpointId": "1",
            "deployedModels": [
                {"endpoint": "projects/1/locations/us/endpoints/5", "deployedModelId": "6", "checkpointId": "1"}
            ],
            "encryptionSpec": {"kmsKeyName": "key"},
            "createTime": "2026-01-01T00:00:00Z",
            "versionCreateTime": "2026-02-01T00:00:00Z",
            "etag": "e",
        }
    )

    version = client(wire).get_model_version(f"{MODEL}@golden")

    assert wire.lines == [f"GET /v1beta1/{MODEL}@golden"]
    assert version.name == "projects/1/locations/us-central1/models/4711@3"
    assert version.aliases == ("golden", "default")
    assert (version.display_name, version.description, dict(version.labels)) == ("support", "d", {"team": "support"})
    assert version.checkpoints == (Checkpoint("1", 1, 10),)
    assert version.default_checkpoint_id == "1"
    assert version.deployed_models == (DeployedModelRef("projects/1/locations/us/endpoints/5", "1"),)
    assert version.kms_key_name == "key"
    assert version.create_time == datetime(2026, 2, 1, tzinfo=UTC)


def test_versions_and_checkpoints_are_listed_over_pages() -> None:
    """All pages count, an empty one in the middle as well."""
    versions = Wire(
        {"models": [{"name": MODEL, "versionId": "1"}], "nextPageToken": "a"},
        {"nextPageToken": "b"},
        {"models": [{"name": MODEL, "versionId": "2"}]},
    )
    checkpoints = Wire({"checkpoints": [{"checkpointId": "1", "epoch": "1", "step": "5"}]})

    found_versions = client(versions).list_model_versions(MODEL)
    found_checkpoints = client(checkpoints).list_checkpoints(f"{MODEL}@2")

    assert [version.version_id for version in found_versions] == ["1", "2"]
    assert versions.lines == [
        f"GET /v1beta1/{MODEL}:listVersions",
        f"GET /v1beta1/{MODEL}:listVersions?pageToken=a",
        f"GET /v1beta1/{MODEL}:listVersions?pageToken=b",
    ]
    assert found_checkpoints == [Checkpoint("1", 1, 5)]
    assert checkpoints.lines == [f"GET /v1beta1/{MODEL}@2:listCheckpoints"]


def test_aliases_are_moved_in_one_request() -> None:
    """Adding an alias to a version takes it off the one that has it; the answer is the version."""
    wire = Wire({"name": MODEL, "versionId": "3", "versionAliases": ["golden"]})

    version = client(wire).merge_version_aliases(f"{MODEL}@3", ["golden", "-old"])

    assert wire.lines == [f"POST /v1beta1/{MODEL}@3:mergeVersionAliases"]
    assert wire.body() == {"versionAliases": ["golden", "-old"]}
    assert (version.name, version.aliases) == (f"{MODEL}@3", ("golden",))


def test_change_names_its_fields() -> None:
    """The update mask holds the changed fields and nothing else."""
    wire = Wire({"name": MODEL, "versionId": "3"})

    client(wire).update_model_version(f"{MODEL}@3", changes={"labels": {"a": "b"}, "description": "", "etag": "e"})

    assert wire.lines == [f"PATCH /v1beta1/{MODEL}@3?updateMask=description%2Clabels"]
    assert wire.body() == {"labels": {"a": "b"}, "description": "", "etag": "e"}


def test_endpoint_is_read() -> None:
    """Deployments, traffic and etag come out."""
    wire = Wire(
        {
            "name": ENDPOINT,
            "displayName": "support",
            "labels": {"a": "b"},
            "deployedModels": [{"id": "6", "model": f"{MODEL}@3", "modelVersionId": "3", "checkpointId": "2"}],
            "trafficSplit": {"6": 100},
            "etag": "e",
        }
    )

    endpoint = client(wire).get_endpoint(ENDPOINT)

    assert endpoint.deployed_models == (DeployedModel("6", MODEL, "3", "2"),)
    assert (dict(endpoint.traffic_split), endpoint.etag, endpoint.display_name) == ({"6": 100}, "e", "support")


@given(st.dictionaries(st.text(max_size=3), st.integers(1, 100), min_size=1, max_size=10))
def test_shared_traffic_adds_up(shares: dict[str, int]) -> None:
    """Percents are whole, add up to 100, and are at most one off the exact share."""
    percents = shared_out(shares)

    assert sum(percents.values()) == 100
    assert all(abs(percents[key] - share * 100 / sum(shares.values())) < 1 for key, share in shares.items())


def test_training_series_are_read_whole() -> None:
    """All points are asked for, ordered by step; proto JSON drops zeros and spells NaN as text."""
    wire = Wire(
        {"name": EXPERIMENT, "metadata": {"backing_tensorboard_resource": BOARD}},
        {"tensorboardRuns": [{"name": RUN}]},
        {
            "tensorboardTimeSeries": [
                {"name": f"{RUN}/timeSeries/1", "displayName": "/eval_total_loss", "valueType": "SCALAR"},
                {"name": f"{RUN}/timeSeries/2", "displayName": "text", "valueType": "TENSOR"},
            ]
        },
        {
            "timeSeriesData": {
                "values": [
                    {"step": "20", "scalar": {"value": 0.5}},
                    {"scalar": {}},
                    {"step": "10", "scalar": {"value": "NaN"}},
                    {"step": "30", "scalar": {"value": "-Infinity"}},
                ]
            }
        },
    )

    series = client(wire).read_metrics(EXPERIMENT)

    assert wire.lines == [
        f"GET /v1beta1/{EXPERIMENT}",
        f"GET /v1beta1/{BOARD}/experiments/tuning-experiment-1/runs",
        f"GET /v1beta1/{RUN}/timeSeries?pageSize=1000",
        f"GET /v1beta1/{RUN}/timeSeries/1:read?maxDataPoints=-1",
    ]
    assert list(series) == ["/eval_total_loss"]
    first, second, *rest = series["/eval_total_loss"]
    assert (first, second.step, math.isnan(second.value)) == (SeriesPoint(0, 0.0), 10, True)
    assert rest == [SeriesPoint(20, 0.5), SeriesPoint(30, -math.inf)]


def test_series_that_nobody_asks_for_is_there_without_points() -> None:
    """Its name comes with the list; its points would be a request of their own."""
    listed = [
        {"name": f"{RUN}/timeSeries/{number}", "displayName": name, "valueType": "SCALAR"}
        for number, name in enumerate(("/train_total_loss", "/eval_total_loss"))
    ]
    wire = Wire(
        {"name": EXPERIMENT, "metadata": {"backing_tensorboard_resource": BOARD}},
        {"tensorboardRuns": [{"name": RUN}]},
        {"tensorboardTimeSeries": listed},
        {"timeSeriesData": {"values": [{"step": "20", "scalar": {"value": 0.5}}]}},
    )

    series = client(wire).read_metrics(EXPERIMENT, {"/eval_total_loss"})

    assert wire.lines[3:] == [f"GET /v1beta1/{RUN}/timeSeries/1:read?maxDataPoints=-1"]
    assert series == {"/train_total_loss": [], "/eval_total_loss": [SeriesPoint(20, 0.5)]}


def test_experiment_with_series_without_measure_is_refused() -> None:
    """Each series is a request: what no tuning job makes is not read for hours."""
    listed = [
        {"name": f"{RUN}/timeSeries/{number}", "displayName": f"/{number}", "valueType": "SCALAR"}
        for number in range(100_000)
    ]
    read = [{"timeSeriesData": {}} for _ in range(600)]
    wire = Wire(
        {"name": EXPERIMENT, "metadata": {"backing_tensorboard_resource": BOARD}},
        {"tensorboardRuns": [{"name": RUN}]},
        {"tensorboardTimeSeries": listed},
        *read,
    )

    with pytest.raises(BadRequestError, match="more than 500 runs and series"):
        client(wire).read_metrics(EXPERIMENT)


def test_experiment_without_a_board_is_not_found() -> None:
    """Nothing to read is an error here; what it means is for the core."""
    with pytest.raises(NotFoundError, match="it names no TensorBoard"):
        client(Wire({"name": EXPERIMENT})).read_metrics(EXPERIMENT)


def test_object_is_looked_at() -> None:
    """Slashes in an object's name are part of one path segment."""
    wire = Wire({"size": "1234", "generation": "17"})

    found = client(wire, Settings(access_token="t")).get_object("gs://bucket/path/to/sft data.jsonl")

    assert found == StorageObject(1234, generation="17")
    assert str(wire.requests[0].url) == (
        "https://storage.googleapis.com/storage/v1/b/bucket/o/path%2Fto%2Fsft%20data.jsonl"
    )


NO_SUCH_OBJECT = {"error": {"code": 404, "message": "No such object: bucket/o", "errors": [{"reason": "notFound"}]}}


@pytest.mark.parametrize(
    ("answer", "error_class"),
    [
        (httpx2.Response(404, json=NO_SUCH_OBJECT), NotFoundError),
        (error(403, "tuner@acme does not have storage.objects.get access", ""), PermissionDeniedError),
    ],
    ids=["missing", "forbidden"],
)
def test_object_that_cannot_be_seen_is_an_error(answer: httpx2.Response, error_class: type[ApiError]) -> None:
    """Missing and forbidden are told apart; the core decides which of them matters."""
    with pytest.raises(error_class, match="gs://bucket/o could not be read"):
        client(Wire(answer), Settings(access_token="t")).get_object("gs://bucket/o")


def test_objects_are_not_looked_at_behind_a_foreign_endpoint() -> None:
    """With `apiEndpoint` a URL and no `storageEndpoint`, nobody knows where the objects are."""
    wire = Wire({})

    found = client(wire).get_object("gs://bucket/o")

    assert (found, wire.requests) == (None, [])


def test_storage_endpoint_is_asked_instead() -> None:
    """`storageEndpoint` goes before Cloud Storage; on loopback it gets no real token."""
    wire = Wire({"size": "1"})
    settings = Settings(
        access_token="real", api_endpoint=ApiEndpoint("url", url=URL), storage_endpoint="http://localhost:9023"
    )

    client(wire, settings).get_object("gs://bucket/o")

    assert str(wire.requests[0].url) == "http://localhost:9023/storage/v1/b/bucket/o/o"
    assert wire.requests[0].headers["authorization"] == "Bearer emulator"


def test_bucket_of_a_domain_is_looked_at() -> None:
    """The bucket's name is one part of the path, its colon included."""
    wire = Wire({"size": "1"})

    client(wire, Settings(access_token="t")).get_object("gs://example.com:data/sft.jsonl")

    assert str(wire.requests[0].url) == "https://storage.googleapis.com/storage/v1/b/example.com%3Adata/o/sft.jsonl"


def test_text_that_is_no_uri_is_refused_unsent() -> None:
    """Only `gs://BUCKET/OBJECT` names an object."""
    wire = Wire({})

    with pytest.raises(BadRequestError, match="it is not of the form gs://BUCKET/OBJECT"):
        client(wire, Settings(access_token="t")).get_object("gs://bucket")

    assert wire.requests == []
