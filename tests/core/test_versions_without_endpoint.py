"""A job that failed to make its endpoint left a whole model version: what is adopted of it is like any other."""

import json
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from pulumi_ctune.config import ApiEndpoint, Settings
from pulumi_ctune.emulator.transport import EmbeddedTransport
from pulumi_ctune.errors import CtuneError, TuningJobFailedError
from pulumi_ctune.promotion.lookup import look_up
from pulumi_ctune.tuning import compare, deletion, reading
from pulumi_ctune.tuning.attributes import HOLD, RECORDED
from pulumi_ctune.tuning.outputs import source_of, state_of
from pulumi_ctune.vertex.client import VertexClient
from tests.core.rig import Rig
from tests.core.serving import Serving

MESSAGE = "Failed to create endpoint. Tuned model is uploaded to: projects/1/locations/us-central1/models/2@1"


class FailedAfterAll(httpx2.BaseTransport):
    """The embedded emulator, where jobs end as was recorded: FAILED, with a model and without endpoints."""

    def __init__(self, rig: Rig) -> None:
        self._embedded = EmbeddedTransport(rig.emulator)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        response = self._embedded.handle_request(request)
        if request.method != "GET" or "/tuningJobs/" not in request.url.path:
            return response
        document = json.loads(response.read())
        if document["state"] != "JOB_STATE_SUCCEEDED":
            return httpx2.Response(200, json=document, request=request)
        document |= {"state": "JOB_STATE_FAILED", "error": {"code": 13, "message": MESSAGE}}
        document["tunedModel"] = {"model": document["tunedModel"]["model"]}
        return httpx2.Response(200, json=document, request=request)


@pytest.fixture
def adopted(rig: Rig) -> dict[str, Any]:
    """The state of such a job that was adopted; its endpoints were never made."""
    inputs = rig.inputs()
    made = rig.create(inputs)
    for checkpoint in made["checkpoints"]:
        for item in rig.client.get_endpoint(checkpoint["endpoint"]).deployed_models:
            rig.finish(rig.client.start_undeployment(checkpoint["endpoint"], item.deployed_model_id))
        rig.finish(rig.client.start_endpoint_deletion(checkpoint["endpoint"]))
    settings = Settings(project="acme", api_endpoint=ApiEndpoint("embedded"))
    rig.client = VertexClient(settings, transport=FailedAfterAll(rig), sleep=lambda _: None)
    job = rig.client.get_job(made["name"])
    version = rig.client.get_model_version(job.tuned_model_name)
    state = state_of(inputs, job, source=source_of(job), version=version)
    return {**state, "metrics": made["metrics"], HOLD: made[HOLD]}


@pytest.fixture
def serving(rig: Rig) -> Iterator[Serving]:
    with Serving.start(rig) as serving:
        yield serving


def test_outputs_of_the_endpoint_are_empty(adopted: dict[str, Any]) -> None:
    """And everything else is there."""
    assert {key: adopted[key] for key in ("endpoint", "endpoint_id", "endpoint_location")} == {
        "endpoint": "",
        "endpoint_id": "",
        "endpoint_location": "",
    }
    assert adopted["default_checkpoint_id"] == "3"
    assert [item["checkpoint_id"] for item in adopted["checkpoints"]] == ["1", "2", "3"]
    assert adopted[RECORDED]


def test_refresh_finds_nothing_changed(rig: Rig, adopted: dict[str, Any]) -> None:
    """The version is what the resource stands for, however its job ended."""
    found = reading.read(rig.client, rig.verbs().world, adopted["name"], adopted)

    assert found is not None
    assert dict(found.state) == adopted


def test_lost_record_keeps_it(rig: Rig, adopted: dict[str, Any]) -> None:
    """As for any other job."""
    rig.emulator.faults.add(path="/tuningJobs/", status=404, times=0)
    rig.client = VertexClient(
        Settings(project="acme", api_endpoint=ApiEndpoint("embedded")),
        transport=EmbeddedTransport(rig.emulator),
        sleep=lambda _: None,
    )

    found = reading.read(rig.client, rig.verbs().world, adopted["name"], adopted)

    assert found is not None
    assert dict(found.state) == adopted


def test_version_that_is_gone_is_gone(rig: Rig, adopted: dict[str, Any]) -> None:
    """The next run trains anew."""
    rig.finish(rig.client.start_model_deletion(adopted["model"]))

    assert reading.read(rig.client, rig.verbs().world, adopted["name"], adopted) is None


def test_delete_removes_it(rig: Rig, adopted: dict[str, Any]) -> None:
    """There is no endpoint to look at."""
    deletion.delete(rig.client, rig.verbs().world, adopted["name"], {**adopted, "deletion_policy": "DELETE"})

    assert rig.everything_left() == {"models": 0, "endpoints": 0}


def test_prevent_protects_it(rig: Rig, adopted: dict[str, Any]) -> None:
    """Somebody adopted it because it is worth keeping."""
    with pytest.raises(CtuneError, match="its deletion_policy is PREVENT"):
        deletion.delete(rig.client, rig.verbs().world, adopted["name"], {**adopted, "deletion_policy": "PREVENT"})


def test_it_is_a_source_like_any_other(rig: Rig, adopted: dict[str, Any]) -> None:
    """Tuning continues from the registry's version, whatever became of an endpoint."""
    rig.client = VertexClient(
        Settings(project="acme", api_endpoint=ApiEndpoint("embedded")),
        transport=EmbeddedTransport(rig.emulator),
        sleep=lambda _: None,
    )

    state = rig.create(rig.continued(adopted["tuned_model_name"]))

    assert (state["source_model_name"], state["source_checkpoint_id"]) == (adopted["tuned_model_name"], "3")


def test_look_up_has_no_endpoint(rig: Rig, adopted: dict[str, Any]) -> None:
    """Nothing serves it."""
    assert look_up(rig.client, adopted["tuned_model_name"]).endpoint == ""


def test_it_is_served_by_a_deployment(serving: Serving, adopted: dict[str, Any]) -> None:
    """An endpoint of the user's takes it."""
    state = serving.create(adopted["tuned_model_name"])

    assert state["model"] == adopted["model"]
    assert serving.traffic() == {"1": 100}


def test_create_names_the_version_and_the_way_to_keep_it(rig: Rig) -> None:
    """The error is not the end: what was paid for is there, and one input takes it over."""
    settings = Settings(project="acme", api_endpoint=ApiEndpoint("embedded"))
    rig.client = VertexClient(settings, transport=FailedAfterAll(rig), sleep=lambda _: None)

    with pytest.raises(TuningJobFailedError) as raised:
        rig.create(rig.inputs())

    job = rig.emulator.jobs()[0]
    assert f"It left the model version {job['tunedModel']['model']}" in str(raised.value)
    assert f"set adopt_job to '{job['name'].rpartition('/')[2]}'" in str(raised.value)


def test_adopted_failure_is_a_resource_like_any_other(rig: Rig) -> None:
    """`adopt_job` keeps the version; without the input later there is no difference, and nothing is trained."""
    settings = Settings(project="acme", api_endpoint=ApiEndpoint("embedded"))
    rig.client = VertexClient(settings, transport=FailedAfterAll(rig), sleep=lambda _: None)
    with pytest.raises(TuningJobFailedError):
        rig.create(rig.inputs())
    job = rig.emulator.jobs()[0]

    state = rig.create(rig.inputs(adopt_job=job["name"]))

    kept = (state["name"], state["tuned_model_name"], state["endpoint"])
    assert kept == (job["name"], job["tunedModel"]["model"], "")
    assert not compare.plan(state, rig.inputs()).changes
    assert len(rig.submissions()) == 1
