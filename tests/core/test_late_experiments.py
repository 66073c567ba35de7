"""A job names its experiment late, and where it ran is not always told by where its model lies."""

import json
from typing import Any

import httpx2
import pytest

from pulumi_ctune.config import ApiEndpoint, Settings
from pulumi_ctune.core.errors import PermissionDeniedError, RequirementNotMetError
from pulumi_ctune.tuned_model.lookup import look_up
from pulumi_ctune.vertex.client import VertexClient
from tests.core.rig import Rig
from tests.core.test_gates import LOSS, judge, trained
from vertex_emulator.transport import EmbeddedTransport


class LateExperiment(httpx2.BaseTransport):
    """The embedded emulator, whose jobs name their experiment so many seconds after this moment."""

    def __init__(self, rig: Rig, late_s: float) -> None:
        self._embedded = EmbeddedTransport(rig.emulator)
        self._clock, self._from_s = rig.clock, rig.clock.now_s + late_s

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        response = self._embedded.handle_request(request)
        if "/tuningJobs/" not in request.url.path or self._clock.now_s >= self._from_s:
            return response
        document = json.loads(response.read())
        document.pop("experiment", None)
        return httpx2.Response(response.status_code, json=document, request=request)


def name_late(rig: Rig, late_s: float) -> None:
    settings = Settings(project="acme", api_endpoint=ApiEndpoint("embedded"))
    rig.client = VertexClient(settings, transport=LateExperiment(rig, late_s), sleep=lambda _: None)


def test_gate_waits_for_the_experiment_of_a_young_job(rig: Rig) -> None:
    """41 seconds were seen: that is not `no series`."""
    rig.emulator.configure(job_duration_s=20)
    version = trained(rig, {LOSS: 0.8})
    name_late(rig, 41.0)

    assert judge(rig, version, {"metric": LOSS, "at_most": 0.8}) == {LOSS: 0.8}


def test_metrics_of_a_young_job_are_waited_for(rig: Rig) -> None:
    """The outputs have them, though the job was done before it named its experiment."""
    rig.emulator.configure(job_duration_s=20)
    name_late(rig, 60.0)

    assert rig.create(rig.inputs())["metrics"]


def test_wait_for_an_experiment_ends(rig: Rig) -> None:
    """The gate stays shut then, and says why."""
    rig.emulator.configure(job_duration_s=20)
    version = trained(rig)
    name_late(rig, float("inf"))

    with pytest.raises(RequirementNotMetError, match=r"there is no series .*: tuning job \S+ has no experiment"):
        judge(rig, version, {"metric": LOSS, "at_most": 1000})


def test_nobody_waits_for_the_experiment_of_an_old_job(rig: Rig) -> None:
    """A job that ran for long and names none has none."""
    version = trained(rig)
    name_late(rig, float("inf"))
    began = rig.clock.now_s

    with pytest.raises(RequirementNotMetError):
        judge(rig, version, {"metric": LOSS, "at_most": 1000})

    assert rig.clock.now_s == began


def copied_to_us(rig: Rig, version: str) -> str:
    """The same version in the multi-region: where Google puts what it tunes is not known."""
    body: dict[str, Any] = {"sourceModel": version, "modelId": "tuned"}
    with httpx2.Client(transport=EmbeddedTransport(rig.emulator)) as http:
        url = "http://embedded.localhost/v1beta1/projects/acme/locations/us/models:copy"
        http.post(url, json=body).raise_for_status()
    rig.clock.pause(60)
    return rig.client.get_model_version("projects/acme/locations/us/models/tuned").name


def test_job_of_a_model_in_a_multi_region_is_found(rig: Rig) -> None:
    """It ran in one of the multi-region's regions."""
    version = copied_to_us(rig, trained(rig, {LOSS: 0.8}))

    assert judge(rig, version, {"metric": LOSS, "at_most": 0.8}) == {LOSS: 0.8}


def test_look_up_finds_the_endpoint_of_a_model_in_a_multi_region(rig: Rig) -> None:
    """By its job, where the version itself does not tell."""
    trained_version = trained(rig)
    job = rig.client.get_job(rig.emulator.jobs()[0]["name"])

    assert look_up(rig.client, copied_to_us(rig, trained_version)).endpoint == job.endpoint


def test_region_that_refuses_is_an_error(rig: Rig) -> None:
    """Nobody knows then whether there is such a job: the gate stays shut with Google's words."""
    version = copied_to_us(rig, trained(rig))
    rig.emulator.faults.add(path="/us-central1/tuningJobs/", status=403, message="no tuningJobs.get", times=0)

    with pytest.raises(PermissionDeniedError, match=r"no tuningJobs\.get"):
        judge(rig, version, {"metric": LOSS, "at_most": 1000})
