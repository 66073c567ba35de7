"""google-cloud-aiplatform over REST: its generated services in both API versions, and what it builds on them."""

import json
import os
import urllib.request
from types import ModuleType
from typing import Any

import pytest
from google.api_core import exceptions
from google.auth.credentials import AnonymousCredentials
from google.cloud import aiplatform, aiplatform_v1, aiplatform_v1beta1
from google.protobuf.field_mask_pb2 import FieldMask
from vertexai.tuning import sft

BASE_URL = os.environ["EMULATOR_URL"]
PARENT = "projects/acme/locations/us-central1"


class Clients:
    """The clients of one API version, and the messages that they take."""

    def __init__(self, api: ModuleType) -> None:
        self.api: Any = api
        self.jobs = self._client("GenAiTuningServiceClient")
        self.models = self._client("ModelServiceClient")
        self.endpoints = self._client("EndpointServiceClient")

    def _client(self, name: str) -> Any:
        client = getattr(self.api, name)
        transport = client.get_transport_class("rest")
        return client(transport=transport(host=BASE_URL, url_scheme="http", credentials=AnonymousCredentials()))

    def submit(self, **fields: Any) -> Any:
        source = {} if "pre_tuned_model" in fields else {"base_model": "gemini-2.5-flash"}
        spec = self.api.SupervisedTuningSpec(
            training_dataset_uri="gs://data/sft.jsonl",
            hyper_parameters=self.api.SupervisedHyperParameters(epoch_count=2, adapter_size="ADAPTER_SIZE_EIGHT"),
        )
        job = self.api.TuningJob(**source, supervised_tuning_spec=spec, **fields)
        return self.jobs.create_tuning_job(parent=PARENT, tuning_job=job)

    def tuned(self) -> Any:
        job = self.submit()
        let_two_hours_pass()
        return self.jobs.get_tuning_job(name=job.name)


@pytest.fixture(params=[aiplatform_v1beta1, aiplatform_v1], ids=["v1beta1", "v1"])
def clients(request: pytest.FixtureRequest) -> Clients:
    return Clients(request.param)


def let_two_hours_pass() -> None:
    body = json.dumps({"duration": "2h"}).encode()
    with urllib.request.urlopen(f"{BASE_URL}/emulator/v1/clock:advance", body) as answer:
        assert answer.status == 200


def test_job_succeeds_with_a_version_and_an_endpoint(clients: Clients) -> None:
    """Enums come back as the client's own, though they travel as numbers."""
    job = clients.submit(labels={"state": "custom"}, tuned_model_display_name="by-aiplatform")
    let_two_hours_pass()
    done = clients.jobs.get_tuning_job(name=job.name)

    assert job.state.name == "JOB_STATE_PENDING"
    assert done.state is clients.api.JobState.JOB_STATE_SUCCEEDED
    assert done.supervised_tuning_spec.hyper_parameters.adapter_size.name == "ADAPTER_SIZE_EIGHT"
    assert (done.tuned_model_display_name, dict(done.labels)) == ("by-aiplatform", {"state": "custom"})
    assert done.tuned_model.model.endswith("@1")
    assert [item.checkpoint_id for item in done.tuned_model.checkpoints] == ["1", "2"]
    assert done.tuned_model.checkpoints[1].endpoint == done.tuned_model.endpoint
    assert done.tuning_data_stats.supervised_tuning_data_stats.tuning_dataset_example_count == 40
    assert done.create_time < done.start_time < done.end_time


def test_job_continues_from_a_version_and_checkpoint(clients: Clients) -> None:
    done = clients.tuned()
    source = clients.api.PreTunedModel(tuned_model_name=done.tuned_model.model, checkpoint_id="1")

    job = clients.submit(pre_tuned_model=source)
    let_two_hours_pass()
    continued = clients.jobs.get_tuning_job(name=job.name)

    assert (continued.pre_tuned_model.base_model, continued.pre_tuned_model.checkpoint_id) == ("gemini-2.5-flash", "1")
    assert continued.tuned_model.model == done.tuned_model.model.removesuffix("@1") + "@2"


def test_jobs_are_listed_by_page_and_filter(clients: Clients) -> None:
    version = clients.api.__name__.rpartition("_")[2]
    names = [clients.submit(labels={"listed-by": version}).name for _ in range(3)]
    clients.submit()

    request = clients.api.ListTuningJobsRequest(parent=PARENT, page_size=1, filter=f"labels.listed-by={version}")
    listed = clients.jobs.list_tuning_jobs(request)

    assert [job.name for job in listed] == names[::-1]


def test_cancel_ends_a_job_once(clients: Clients) -> None:
    job = clients.submit()

    clients.jobs.cancel_tuning_job(name=job.name)
    let_two_hours_pass()
    ended = clients.jobs.get_tuning_job(name=job.name)

    assert (ended.state.name, ended.error.code) == ("JOB_STATE_CANCELLED", 1)
    with pytest.raises(exceptions.BadRequest, match="is in state JOB_STATE_CANCELLED and cannot be canceled"):
        clients.jobs.cancel_tuning_job(name=job.name)


def test_model_versions_are_read_labelled_and_aliased(clients: Clients) -> None:
    name = clients.tuned().tuned_model.model
    changed = clients.api.Model(name=name, version_description="good", labels={"team": "a"})

    clients.models.merge_version_aliases(name=name, version_aliases=["golden"])
    clients.models.update_model(model=changed, update_mask=FieldMask(paths=["version_description", "labels"]))
    model = clients.models.get_model(name=name.replace("@1", "@golden"))

    assert (model.version_id, set(model.version_aliases)) == ("1", {"default", "golden"})
    assert (model.version_description, model.labels["team"]) == ("good", "a")
    assert [item.version_id for item in clients.models.list_model_versions(name=model.name)] == ["1"]
    assert [item.step for item in clients.models.list_model_version_checkpoints(name=name)] == [5, 10]
    assert model.name in [item.name for item in clients.models.list_models(parent=PARENT)]


def test_version_is_deployed_and_undeployed(clients: Clients) -> None:
    """Each operation is polled below /ui/, and its answer is unpacked into the client's message."""
    api, endpoints = clients.api, clients.endpoints
    resources = api.AutomaticResources(min_replica_count=1, max_replica_count=1)
    deployment = api.DeployedModel(model=clients.tuned().tuned_model.model, automatic_resources=resources)

    name = endpoints.create_endpoint(parent=PARENT, endpoint=api.Endpoint(display_name="mine")).result().name
    deploying = endpoints.deploy_model(endpoint=name, deployed_model=deployment, traffic_split={"0": 100})
    deployed_id = deploying.result().deployed_model.id
    endpoint = endpoints.get_endpoint(name=name)
    listed = [item.name for item in endpoints.list_endpoints(parent=PARENT)]

    assert (endpoint.display_name, dict(endpoint.traffic_split)) == ("mine", {deployed_id: 100})
    assert name in listed
    with pytest.raises(exceptions.BadRequest, match="has deployed models"):
        endpoints.delete_endpoint(name=name)
    endpoints.undeploy_model(endpoint=name, deployed_model_id=deployed_id).result()
    endpoints.delete_endpoint(name=name).result()
    with pytest.raises(exceptions.NotFound):
        endpoints.get_endpoint(name=name)


def test_refusals_are_exceptions_of_the_client(clients: Clients) -> None:
    with pytest.raises(exceptions.NotFound, match="The TuningJob does not exist"):
        clients.jobs.get_tuning_job(name=f"{PARENT}/tuningJobs/1")
    with pytest.raises(exceptions.BadRequest, match="must be set") as refusal:
        clients.jobs.create_tuning_job(parent=PARENT, tuning_job=clients.api.TuningJob(base_model="gemini-2.5-flash"))

    assert [item["field"] for item in refusal.value.details[0]["fieldViolations"]] == ["tuning_job"]


def test_vertexai_tunes_and_deploys() -> None:
    """The layer that most programs use: `vertexai.tuning.sft`, `aiplatform.Model`, `aiplatform.Endpoint`."""
    aiplatform.init(
        project="acme",
        location="us-central1",
        api_endpoint=BASE_URL,
        api_transport="rest",
        credentials=AnonymousCredentials(),
    )

    job = sft.train(source_model="gemini-2.5-flash", train_dataset="gs://data/sft.jsonl", epochs=1)
    let_two_hours_pass()
    job.refresh()
    model, endpoint = aiplatform.Model(job.tuned_model_name), aiplatform.Endpoint.create(display_name="theirs")
    endpoint.deploy(model)

    assert (job.has_succeeded, model.version_id) == (True, "1")
    assert [item.model for item in endpoint.list_models()] == [model.resource_name]
    endpoint.undeploy_all()
    endpoint.delete()
