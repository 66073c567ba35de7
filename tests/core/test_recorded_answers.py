"""Verbs that meet what the real service answered: the real client in front of a server that replays recordings."""

from collections.abc import Iterator
from typing import Any

import pytest

from pulumi_ctune.config import ApiEndpoint, Settings
from pulumi_ctune.core.errors import InvalidInputError, PermissionDeniedError, TuningJobFailedError
from pulumi_ctune.core.operations import run
from pulumi_ctune.core.retry import WaitContext
from pulumi_ctune.tuning_job import deletion, job_cancellation
from pulumi_ctune.tuning_job.creation import Verbs
from pulumi_ctune.tuning_job.failures import failure_of
from pulumi_ctune.tuning_job.named_job import adopt_named_job
from pulumi_ctune.tuning_job.reading import read
from pulumi_ctune.tuning_job.request import Request
from pulumi_ctune.tuning_job.state_entries import KnownEntries
from pulumi_ctune.tuning_job.wait import wait_for_job
from pulumi_ctune.vertex.client import VertexClient
from tests.core.rig import owner_in
from tests.recorded import exchanges
from tests.replay_server import ReplayServer, replaying
from tests.unit.clock import Clock, RecordedReport

CANCEL = exchanges("tuning-job-cancel")
ACCOUNT = exchanges("tuning-job-service-account")
FAILED = exchanges("tuning-job-failed-with-model")["get"]
LISTED = exchanges("tuning-job-list")["list"]
MISSING = exchanges("missing-resources")["get"]
MODEL = exchanges("model-upload-read-delete")["get"]
PARENT = "projects/123456789012/locations/us-central1"


@pytest.fixture
def server() -> Iterator[ReplayServer]:
    with replaying() as server:
        yield server


@pytest.fixture
def vertex(server: ReplayServer) -> Iterator[VertexClient]:
    client = VertexClient(Settings(api_endpoint=ApiEndpoint("url", url=server.url)), sleep=lambda seconds: None)
    yield client
    client.close()


@pytest.fixture
def context() -> WaitContext:
    return Clock().wait_context(RecordedReport())


def inputs_of(job: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The program that asks for a recorded job."""
    spec = job["supervisedTuningSpec"]
    found = {
        "project": "123456789012",
        "location": "us-central1",
        "base_model": job["baseModel"],
        "supervised_tuning_spec": {
            "training_dataset_uri": spec["trainingDatasetUri"],
            "hyper_parameters": {"epoch_count": int(spec["hyperParameters"]["epochCount"])},
            "export_last_checkpoint_only": spec.get("exportLastCheckpointOnly"),
        },
        "tuned_model_display_name": job["tunedModelDisplayName"],
        "labels": job.get("labels"),
        **more,
    }
    return {key: value for key, value in found.items() if value is not None}


def serve_left_model(server: ReplayServer) -> str:
    """The version that the failed job left, in the shape of a recorded model."""
    version = str(FAILED.response["tunedModel"]["model"])
    model = MODEL.response | {
        "name": version.partition("@")[0],
        "displayName": FAILED.response["tunedModelDisplayName"],
        "labels": {},
    }
    server.answer("GET", version, 200, model)
    server.answer("PATCH", version, 200, model)
    server.answer("GET", model["name"], 200, model)
    return version


def test_wait_sees_the_recorded_cancellation_through(
    server: ReplayServer, vertex: VertexClient, context: WaitContext
) -> None:
    """PENDING, a minute of CANCELLING, CANCELLED: final, and said in Google's words."""
    server.play([CANCEL["create"], CANCEL["get-cancelling"], CANCEL["get-cancelled"]])
    job = vertex.submit("123456789012", "us-central1", CANCEL["create"].body)

    ended = wait_for_job(job, lambda: vertex.get_job(job.name), context)

    assert ended.state == "JOB_STATE_CANCELLED"
    assert f"[{job.name}]: CANCELED (CANCELLED). Somebody cancelled it." in str(failure_of(ended))


def test_refused_cancel_of_an_ended_job_is_as_good_as_a_cancel(
    server: ReplayServer, vertex: VertexClient, context: WaitContext
) -> None:
    """400 FAILED_PRECONDITION, and the job says that it has ended: nothing is tried again."""
    server.play([CANCEL["cancel-ended"], CANCEL["get-cancelled"]])

    assert job_cancellation.cancel(vertex, context, CANCEL["get-cancelled"].name) is False

    assert [line.split()[0] for line in server.lines] == ["POST", "GET"]


def test_job_whose_account_comes_late_is_adopted(
    server: ReplayServer, vertex: VertexClient, context: WaitContext
) -> None:
    """The account that was sent is in no answer for half a minute: no difference, and no refusal."""
    server.play([ACCOUNT["get-early"], ACCOUNT["get-later"]])
    account = ACCOUNT["create"].body["serviceAccount"]
    inputs = inputs_of(ACCOUNT["create"].response, service_account=account, adopt_job=ACCOUNT["get-early"].name)

    job, *_ = adopt_named_job(vertex, context, owner_in("dev"), Request.parse(inputs))

    assert (job.state, job.request["serviceAccount"]) == ("JOB_STATE_RUNNING", account)


def test_job_with_another_account_is_not_adopted(
    server: ReplayServer, vertex: VertexClient, context: WaitContext
) -> None:
    """Lateness excuses an account that is absent, never one that is another."""
    server.play([ACCOUNT["get-early"], ACCOUNT["get-later"]])
    other = "other@example-project.iam.gserviceaccount.com"
    inputs = inputs_of(ACCOUNT["create"].response, service_account=other, adopt_job=ACCOUNT["get-early"].name)

    with pytest.raises(InvalidInputError, match="service_account"):
        adopt_named_job(vertex, context, owner_in("dev"), Request.parse(inputs))


def test_failed_job_that_left_a_model_is_adopted_by_name(
    server: ReplayServer, vertex: VertexClient, context: WaitContext
) -> None:
    """Recorded in 2024: the endpoint could not be made. The version is kept, the endpoint's outputs are empty."""
    server.play([FAILED])
    version = serve_left_model(server)
    spec = {
        "training_dataset_uri": FAILED.response["supervisedTuningSpec"]["trainingDatasetUri"],
        "hyper_parameters": {"epoch_count": 10, "adapter_size": 4},
    }
    inputs = inputs_of(FAILED.response, supervised_tuning_spec=spec, adopt_job=FAILED.name)

    state = Verbs(vertex, context, owner_in("dev")).create(inputs, KnownEntries(saved=list))

    assert (state["tuned_model_name"], state["version_id"]) == (version, "1")
    assert [state[key] for key in ("endpoint", "endpoint_id", "endpoint_location")] == ["", "", ""]
    assert (state["billable_token_count"], state["training_token_count"]) == (255243, 2552430)
    assert not any(line.startswith("POST") and line.endswith("/tuningJobs") for line in server.lines)


def test_failed_job_that_left_a_model_names_it(server: ReplayServer, vertex: VertexClient) -> None:
    """Google's words, the version that is paid for, and the way to keep it."""
    server.play([FAILED])

    line = str(failure_of(vertex.get_job(FAILED.name)))

    assert FAILED.response["error"]["message"].removesuffix(".") in line
    assert f"It left the model version {FAILED.response['tunedModel']['model']}: set adopt_job to" in line


def test_jobs_of_others_in_the_recorded_list_are_left_alone(
    server: ReplayServer, vertex: VertexClient, context: WaitContext
) -> None:
    """A create meets seven jobs that are not its own: it submits, and touches none of them."""
    server.play([LISTED, CANCEL["create"], CANCEL["get-cancelled"]])
    # The newest of them does what the inputs ask for, by name too; none has this resource's labels.
    inputs = inputs_of(CANCEL["create"].response)

    with pytest.raises(TuningJobFailedError, match="the tuning job ended: cancelled"):
        Verbs(vertex, context, owner_in("dev")).create(inputs, KnownEntries(saved=list))

    posts = [line for line in server.lines if not line.startswith("GET")]
    assert posts == [f"POST {PARENT}/tuningJobs"]


def test_closed_location_is_one_line_and_nothing_is_submitted(
    server: ReplayServer, vertex: VertexClient, context: WaitContext
) -> None:
    """A location that Google does not open to the project is refused at the list, before anything is sent."""
    (closed,) = exchanges("tuning-jobs-of-a-closed-location").values()
    server.play([closed])
    inputs = inputs_of(CANCEL["create"].response, location="me-central2")

    with pytest.raises(PermissionDeniedError) as refused:
        Verbs(vertex, context, owner_in("dev")).create(inputs, KnownEntries(saved=list))

    line = str(refused.value)
    assert line.startswith("no tuning job was submitted")
    assert line.count("Permission denied on 'locations/me-central2' (or it may not exist).") == 1
    assert [item.method for item in server.received] == ["GET"]


def test_missing_job_is_gone_for_read_and_delete(
    server: ReplayServer, vertex: VertexClient, context: WaitContext
) -> None:
    """404 with Google's own status: a refresh drops the entry, a delete has nothing to do."""
    job = f"{PARENT}/tuningJobs/6868698075574042624"
    server.answer("GET", job, MISSING.status, MISSING.response)
    state = inputs_of(CANCEL["create"].response, name=job, state="JOB_STATE_RUNNING")

    assert read(vertex, context, job, state) is None
    deletion.delete(vertex, context, job, state)

    assert {item.method for item in server.received} == {"GET"}


@pytest.mark.parametrize("name", ["endpoint-life", "endpoint-read-delete"])
def test_recorded_deletion_of_an_endpoint_is_not_waited_for(
    server: ReplayServer, vertex: VertexClient, context: WaitContext, name: str
) -> None:
    """It is done in the answer."""
    delete = exchanges(name)["delete"]
    server.play([delete])

    run(vertex, context, lambda: vertex.start_endpoint_deletion(delete.name), "deleting")

    assert server.lines == [f"DELETE {delete.name}"]


def test_recorded_operations_are_waited_for(server: ReplayServer, vertex: VertexClient, context: WaitContext) -> None:
    """An upload's operation is not done in the answer: it is looked at until it is."""
    recorded = exchanges("model-upload-read-delete")
    server.answer("GET", recorded["operation"].name, 200, recorded["upload"].response)
    server.play([recorded["operation"]])

    run(vertex, context, lambda: vertex.get_operation(recorded["operation"].name), "uploading")

    assert len(server.lines) == 2
