"""The client against the emulator: embedded in the process, and over HTTP."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from pulumi_ctune.config import Settings
from pulumi_ctune.core.api import TuningJob
from pulumi_ctune.core.errors import BadRequestError, NotFoundError, UnavailableError
from pulumi_ctune.vertex.client import VertexClient
from vertex_emulator.app import Emulator
from vertex_emulator.server import running

SFT = {
    "baseModel": "gemini-3.5-flash",
    "supervisedTuningSpec": {
        "trainingDatasetUri": "gs://datasets/sft.jsonl",
        "validationDatasetUri": "gs://datasets/sft.jsonl",
        "hyperParameters": {"epochCount": "2"},
    },
    "labels": {"team": "support"},
}
LINE = b'{"contents":[{"role":"user","parts":[{"text":"a"}]},{"role":"model","parts":[{"text":"b"}]}]}\n'


@pytest.fixture
def emulator(tmp_path: Path) -> Iterator[Emulator]:
    """A second door to the state that the embedded emulator of `vertex` uses."""
    with Emulator(tmp_path / "state") as emulator:
        emulator.configure(operation_duration_s=0)
        emulator.put_object("datasets", "sft.jsonl", LINE * 30)
        yield emulator


@pytest.fixture
def vertex(tmp_path: Path, emulator: Emulator) -> Iterator[VertexClient]:
    client = VertexClient(Settings.load({"ctune:apiEndpoint": f"embedded:{tmp_path / 'state'}"}.get, {}))
    yield client
    client.close()


def tuned(vertex: VertexClient, emulator: Emulator) -> TuningJob:
    job = vertex.submit("acme", "us-central1", SFT)
    emulator.advance(timedelta(hours=1))
    return vertex.get_job(job.name)


def test_job_runs_and_is_read(vertex: VertexClient, emulator: Emulator) -> None:
    """What is submitted comes back in the echo, and ends with a version and checkpoints."""
    submitted = vertex.submit("acme", "us-central1", SFT)
    emulator.advance(timedelta(hours=1))

    job = vertex.get_job(submitted.name)

    assert (submitted.state, job.state) == ("JOB_STATE_PENDING", "JOB_STATE_SUCCEEDED")
    assert job.request["supervisedTuningSpec"]["hyperParameters"]["epochCount"] == "2"
    assert job.labels == {"team": "support"}
    assert job.tuned_model_name.endswith("@1")
    assert [checkpoint.checkpoint_id for checkpoint in job.checkpoints] == ["1", "2"]
    assert [listed.name for listed in vertex.list_jobs("acme", "us-central1")] == [job.name]


def test_lost_answer_leaves_one_job(vertex: VertexClient, emulator: Emulator) -> None:
    """A create whose answer is lost made one job, and no second one was asked for."""
    emulator.faults.add(method="POST", path="tuningJobs$", drop="after")

    with pytest.raises(UnavailableError):
        vertex.submit("acme", "us-central1", SFT)

    assert len(vertex.list_jobs("acme", "us-central1")) == 1


def test_job_is_cancelled(vertex: VertexClient, emulator: Emulator) -> None:
    """Cancelling is asynchronous; the state follows."""
    job = vertex.submit("acme", "us-central1", SFT)

    vertex.cancel_job(job.name)
    emulator.advance(timedelta(minutes=1))

    assert vertex.get_job(job.name).state == "JOB_STATE_CANCELLED"


def test_tuned_version_is_read_and_changed(vertex: VertexClient, emulator: Emulator) -> None:
    """Version, checkpoints and list agree; a change touches what it names."""
    job = tuned(vertex, emulator)

    version = vertex.get_model_version(job.tuned_model_name)
    changed = vertex.update_model_version(version.name, changes={"versionDescription": "d", "defaultCheckpointId": "1"})

    assert version.name == job.tuned_model_name
    assert [listed.name for listed in vertex.list_model_versions(version.model)] == [version.name]
    assert vertex.list_checkpoints(version.name) == list(version.checkpoints)
    assert (changed.description, changed.default_checkpoint_id) == ("d", "1")
    assert (changed.labels, changed.display_name) == (version.labels, version.display_name)


def test_endpoints_in_another_location_are_reached(vertex: VertexClient, emulator: Emulator) -> None:
    """A Gemini 3 job in `us-central1` has its endpoints in `us`."""
    job = tuned(vertex, emulator)

    endpoint = vertex.get_endpoint(job.endpoint)
    changed = vertex.update_endpoint(endpoint.name, changes={"labels": {"a": "b"}, "etag": endpoint.etag})

    assert "/locations/us/" in endpoint.name
    assert [deployed.version_id for deployed in endpoint.deployed_models] == ["1"]
    assert dict(changed.labels) == {"a": "b"}


def test_everything_that_a_job_made_is_removed(vertex: VertexClient, emulator: Emulator) -> None:
    """Undeploy, delete the endpoints, delete the model: each is an operation, which is over at once here."""
    job = tuned(vertex, emulator)
    version = vertex.get_model_version(job.tuned_model_name)

    for endpoint in [vertex.get_endpoint(deployed.endpoint) for deployed in version.deployed_models]:
        vertex.start_undeployment(endpoint.name, endpoint.deployed_models[0].deployed_model_id)
        vertex.start_endpoint_deletion(endpoint.name)
    ended = vertex.get_operation(vertex.start_model_deletion(version.model).name)

    assert (ended.done, ended.error) == (True, None)
    with pytest.raises(NotFoundError):
        vertex.get_model_version(version.name)
    with pytest.raises(NotFoundError):
        vertex.get_endpoint(job.endpoint)


def test_deployed_model_cannot_be_deleted(vertex: VertexClient, emulator: Emulator) -> None:
    """The API's refusal comes through in its own words."""
    job = tuned(vertex, emulator)
    version = vertex.get_model_version(job.tuned_model_name)

    with pytest.raises(BadRequestError, match=f"{version.model} could not be deleted"):
        vertex.start_model_deletion(version.model)


def test_training_series_are_read(vertex: VertexClient, emulator: Emulator) -> None:
    """A job with a validation set has training and evaluation series, in order of steps."""
    job = tuned(vertex, emulator)

    series = vertex.read_metrics(job.experiment)

    steps = [point.step for point in series["/eval_total_loss"]]
    assert "/train_total_loss" in series
    assert steps == sorted(steps)
    assert steps[-1] == job.checkpoints[-1].step


def test_objects_are_looked_at(vertex: VertexClient) -> None:
    """The embedded emulator has its own storage."""
    found = vertex.get_object("gs://datasets/sft.jsonl")

    assert found is not None
    assert found.size_bytes == 30 * len(LINE)
    with pytest.raises(NotFoundError, match="gs://datasets/none could not be read"):
        vertex.get_object("gs://datasets/none")


def test_state_outlives_the_client(tmp_path: Path, vertex: VertexClient) -> None:
    """The provider process ends with each `pulumi up`; what it did stays on disk."""
    job = vertex.submit("acme", "us-central1", SFT)
    vertex.close()

    again = VertexClient(Settings.load({"ctune:apiEndpoint": f"embedded:{tmp_path / 'state'}"}.get, {}))
    found = again.get_job(job.name)
    again.close()

    assert found.name == job.name


def test_directory_that_nobody_chose_stays_out_of_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`embedded` keeps its state below the current directory, `embedded:DIR` leaves no other files in DIR."""
    monkeypatch.chdir(tmp_path)
    for endpoint in ("embedded", "embedded:chosen"):
        client = VertexClient(Settings.load({"ctune:apiEndpoint": endpoint}.get, {}))
        client.list_jobs("acme", "us-central1")
        client.close()

    assert (tmp_path / ".ctune" / "emulator" / ".gitignore").read_text() == "*\n"
    assert not (tmp_path / "chosen" / ".gitignore").exists()


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
def test_proxy_does_not_catch_loopback(emulator: Emulator, monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    """An emulator on this machine is reached whatever proxy the environment names."""
    monkeypatch.setenv(variable, "http://127.0.0.1:9")
    with running(emulator) as url:
        client = VertexClient(Settings.load({"ctune:apiEndpoint": url, "ctune:storageEndpoint": url}.get, {}))
        job = client.submit("acme", "us-central1", SFT)
        found = client.get_object("gs://datasets/sft.jsonl")
        listed = client.list_jobs("acme", "us-central1")
        client.close()

    assert [entry.name for entry in listed] == [job.name]
    assert found is not None


def test_storage_on_loopback_is_reached_past_the_proxy(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where Vertex AI itself is Google, behind a proxy."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with running(emulator) as url:
        client = VertexClient(Settings.load({"ctune:storageEndpoint": url}.get, {}))
        found = client.get_object("gs://datasets/sft.jsonl")
        client.close()

    assert found is not None


def test_storage_may_lie_elsewhere_than_the_embedded_api(tmp_path: Path, emulator: Emulator) -> None:
    """`storageEndpoint` goes before the storage of the embedded emulator."""
    emulator.put_object("elsewhere", "o", b"12345")
    config = {"ctune:apiEndpoint": f"embedded:{tmp_path / 'other'}"}
    with running(emulator) as url:
        client = VertexClient(Settings.load({**config, "ctune:storageEndpoint": url}.get, {}))
        found = client.get_object("gs://elsewhere/o")
        jobs = client.list_jobs("acme", "us-central1")
        client.close()

    assert found is not None
    assert (found.size_bytes, list(jobs)) == (5, [])
