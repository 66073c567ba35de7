"""google-genai's own tables of tuning tests, which were recorded against the service, run against the emulator.

Their models and jobs live in Google's projects, so each is replaced by one of the same kind that is made here.
"""

import importlib
import os
import tempfile
import warnings
from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
from google import genai
from google.genai import errors, types

from tests.emulator.conftest import sdk
from vertex_emulator.app import Emulator
from vertex_emulator.transport import EmbeddedTransport

pytestmark = pytest.mark.filterwarnings("ignore::google.genai._common.ExperimentalWarning")


def table(module: str) -> list[Any]:
    """The entries for Vertex AI of one test module. Importing it writes a file, and tells where only by environment."""
    with (
        tempfile.TemporaryDirectory() as folder,
        mock.patch.dict(os.environ, {"GOOGLE_GENAI_REPLAYS_DIRECTORY": folder}),
        mock.patch.object(pytest, "mark"),  # its marks belong to plugins that are not installed here
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")  # its helpers use what Pydantic has deprecated
        items = importlib.import_module(f"google.genai.tests.tunings.{module}").test_table
    return [pytest.param(item.parameters, id=item.name) for item in items if not item.exception_if_vertex]


@pytest.fixture
def client(emulator: Emulator) -> genai.Client:
    return sdk("http://vertex.localhost", EmbeddedTransport(emulator))


@pytest.fixture
def finished_job(client: genai.Client, emulator: Emulator) -> types.TuningJob:
    """A supervised job with three checkpoints on a public sample dataset."""
    job = client.tunings.tune(
        base_model="gemini-2.5-flash",
        training_dataset=types.TuningDataset(
            gcs_uri="gs://cloud-samples-data/ai-platform/generative_ai/gemini-2_0/text/sft_train_data.jsonl"
        ),
        config=types.CreateTuningJobConfig(epoch_count=3),
    )
    emulator.advance(timedelta(minutes=1))
    return client.tunings.get(name=job.name)


@pytest.mark.parametrize("parameters", table("test_tune"))
def test_every_recorded_create_is_pending(
    client: genai.Client, finished_job: types.TuningJob, parameters: types.CreateTuningJobParameters
) -> None:
    """What the service accepted, the emulator accepts, and answers with a job that is pending."""
    tuned = parameters.base_model.startswith("projects/")
    base_model = finished_job.tuned_model.model if tuned else parameters.base_model

    job = client.tunings.tune(
        base_model=base_model, training_dataset=parameters.training_dataset, config=parameters.config
    )

    assert job.state == types.JobState.JOB_STATE_PENDING


@pytest.mark.parametrize("parameters", table("test_validate_reward"))
def test_every_recorded_reward_is_computed(client: genai.Client, parameters: Any) -> None:
    """The reward configurations that the service accepted give a reward in [-1, 1]."""
    answer = client.tunings.validate_reward(**vars(parameters))

    assert -1 <= answer.overall_reward <= 1


def test_recorded_string_match_is_computed_truly(client: genai.Client) -> None:
    """The response `42` matches the reference `42`."""
    (parameters,) = (item.values[0] for item in table("test_validate_reward") if item.id.endswith("string_match"))

    answer = client.tunings.validate_reward(**vars(parameters))

    assert answer.overall_reward == 1.0


@pytest.mark.parametrize("parameters", table("test_get"))
def test_recorded_get_finds_a_finished_job(
    client: genai.Client, finished_job: types.TuningJob, parameters: Any
) -> None:
    """A finished job has ended and succeeded, as the SDK's helper properties see it."""
    job = client.tunings.get(name=finished_job.name, config=parameters.config)

    assert (job.has_ended, job.has_succeeded) == (True, True)


@pytest.mark.parametrize("parameters", table("test_list"))
def test_recorded_list_pages_to_its_end(client: genai.Client, finished_job: types.TuningJob, parameters: Any) -> None:
    """The pager gives each job once and then says that there are no more pages."""
    pager = client.tunings.list(**vars(parameters))

    assert [job.name for job in pager] == [finished_job.name]
    with pytest.raises(IndexError, match="No more pages to fetch"):
        pager.next_page()


def test_cancel_of_an_ended_job_is_refused(client: genai.Client, finished_job: types.TuningJob) -> None:
    """As recorded: 400, and the job stays as it is."""
    with pytest.raises(errors.ClientError, match="is in state JOB_STATE_SUCCEEDED and cannot be canceled"):
        client.tunings.cancel(name=finished_job.name)

    assert client.tunings.get(name=finished_job.name).has_succeeded
