"""Tuning jobs driven by the unmodified google-genai SDK, in process and over HTTP."""

from datetime import timedelta

import httpx2
import pytest
from google import genai
from google.genai import errors, types

from tests.emulator.conftest import PARENT, PREFERENCES, PROMPTS, TRAINING, VALIDATION
from vertex_emulator.app import Emulator

pytestmark = pytest.mark.filterwarnings("ignore::google.genai._common.ExperimentalWarning")
MINUTE = timedelta(minutes=1)


def tune(client: genai.Client, source: str = "gemini-3.5-flash", **config: object) -> types.TuningJob:
    data = types.TuningDataset(gcs_uri=TRAINING)
    given = types.CreateTuningJobConfig(**{"epoch_count": 3, **config})
    return client.tunings.tune(base_model=source, training_dataset=data, config=given)


def test_new_job_is_pending_and_then_runs_to_success(genai_client: genai.Client, emulator: Emulator) -> None:
    """A job is created at once as PENDING, runs, and ends with a version, an endpoint and a checkpoint per epoch."""
    job = tune(genai_client, labels={"team": "support"})
    emulator.advance(timedelta(seconds=8))
    running = genai_client.tunings.get(name=job.name)
    emulator.advance(MINUTE)
    done = genai_client.tunings.get(name=job.name)

    assert job.state == types.JobState.JOB_STATE_PENDING
    assert (running.state, running.tuning_job_state) == (
        types.JobState.JOB_STATE_RUNNING,
        types.TuningJobState.TUNING_JOB_STATE_TUNING,
    )
    assert (done.has_succeeded, done.tuned_model.model[-2:]) == (True, "@1")
    assert [(item.checkpoint_id, item.epoch, item.step) for item in done.tuned_model.checkpoints] == [
        ("1", 1, 5),
        ("2", 2, 10),
        ("3", 3, 15),
    ]
    assert done.tuned_model.endpoint == done.tuned_model.checkpoints[-1].endpoint
    assert done.labels == {"team": "support"}


def test_continued_job_makes_the_next_version(genai_client: genai.Client, emulator: Emulator) -> None:
    """Without a display name, a job that continues from a version and checkpoint makes version 2 of the same model."""
    first = tune(genai_client)
    emulator.advance(MINUTE)
    source = genai_client.tunings.get(name=first.name).tuned_model.model

    second = tune(genai_client, source, pre_tuned_model_checkpoint_id="2")
    emulator.advance(MINUTE)
    done = genai_client.tunings.get(name=second.name)

    assert done.tuned_model.model == source.replace("@1", "@2")
    assert (done.pre_tuned_model.checkpoint_id, done.pre_tuned_model.base_model) == ("2", "gemini-3.5-flash")


def test_another_display_name_makes_a_new_model(genai_client: genai.Client, emulator: Emulator) -> None:
    """A display name other than the source's makes version 1 of a new model."""
    first = tune(genai_client, tuned_model_display_name="support")
    emulator.advance(MINUTE)
    source = genai_client.tunings.get(name=first.name).tuned_model.model

    same, other = (tune(genai_client, source, tuned_model_display_name=name) for name in ("support", "support-rl"))
    emulator.advance(MINUTE)
    same, other = (genai_client.tunings.get(name=job.name) for job in (same, other))

    assert same.tuned_model.model == source.replace("@1", "@2")
    assert (other.tuned_model.model[-2:], other.tuned_model.model == source) == ("@1", False)


def test_reinforcement_job_continues_from_a_supervised_one(genai_client: genai.Client, emulator: Emulator) -> None:
    """RFT runs on the prompts of its dataset, with a checkpoint at each interval and at the end."""
    first = tune(genai_client)
    emulator.advance(MINUTE)
    source = genai_client.tunings.get(name=first.name).tuned_model.model
    match = {"match_operation": "EXACT_MATCH", "expression": "{{references.answer}}"}
    config = types.CreateTuningJobConfig(
        method="REINFORCEMENT_TUNING",
        epoch_count=2,
        batch_size=8,
        samples_per_prompt=4,
        checkpoint_interval=4,
        thinking_level="MINIMAL",
        validation_dataset_uri=PROMPTS,
        reward_config={"reward_name": "answer", "string_match_reward_scorer": {"string_match_expression": match}},
    )

    job = genai_client.tunings.tune(
        base_model=source, training_dataset=types.TuningDataset(gcs_uri=PROMPTS), config=config
    )
    emulator.advance(MINUTE)
    done = genai_client.tunings.get(name=job.name)

    assert [item.step for item in done.tuned_model.checkpoints] == [4, 8, 12, 16, 20]
    assert done.tuning_job_metadata.completed_step_count == 20
    assert done.tuning_data_stats.reinforcement_tuning_data_stats.tuning_dataset_example_count == 80


def test_preference_job_counts_its_examples(genai_client: genai.Client, emulator: Emulator) -> None:
    """DPO bills twice the prompt and the completions, counted for one epoch."""
    data = types.TuningDataset(gcs_uri=PREFERENCES)
    config = types.CreateTuningJobConfig(method="PREFERENCE_TUNING", epoch_count=2, beta=0.1)

    job = genai_client.tunings.tune(base_model="gemini-2.5-flash", training_dataset=data, config=config)
    emulator.advance(MINUTE)
    stats = genai_client.tunings.get(name=job.name).tuning_data_stats.preference_optimization_data_stats

    assert stats.tuning_dataset_example_count == 20
    tokens = stats.user_input_token_distribution.sum * 2 + stats.user_output_token_distribution.sum
    assert stats.total_billable_token_count == tokens


def test_last_checkpoint_only_has_one_endpoint_and_no_list(genai_client: genai.Client, emulator: Emulator) -> None:
    """`exportLastCheckpointOnly` leaves the list of checkpoints empty; the tuned endpoint is there all the same."""
    job = tune(genai_client, export_last_checkpoint_only=True)
    emulator.advance(MINUTE)

    done = genai_client.tunings.get(name=job.name)

    assert (done.tuned_model.checkpoints, bool(done.tuned_model.endpoint)) == (None, True)


def test_cancelled_job_is_cancelling_and_then_cancelled(genai_client: genai.Client, emulator: Emulator) -> None:
    """Cancel answers at once; the job ends a little later with error code 1."""
    job = tune(genai_client)
    emulator.advance(timedelta(seconds=5))

    genai_client.tunings.cancel(name=job.name)
    asked = genai_client.tunings.get(name=job.name)
    emulator.advance(timedelta(seconds=1))
    ended = genai_client.tunings.get(name=job.name)

    assert asked.state == types.JobState.JOB_STATE_CANCELLING
    assert (ended.state, ended.error.code) == (types.JobState.JOB_STATE_CANCELLED, 1)


def test_list_gives_the_newest_first_by_page_and_label(genai_client: genai.Client) -> None:
    """Lists page by token and can be filtered by label and state."""
    made = [tune(genai_client, labels={"number": str(number % 2)}).name for number in range(5)]

    listed = [job.name for job in genai_client.tunings.list(config={"page_size": 2})]
    odd = genai_client.tunings.list(config={"filter": 'labels.number="1" AND state="JOB_STATE_PENDING"'})

    assert listed == made[::-1]
    assert [job.name for job in odd] == [made[3], made[1]]


def test_unknown_job_is_not_found(genai_client: genai.Client) -> None:
    """A job that does not exist is 404 with its name."""
    with pytest.raises(errors.ClientError, match=r"The TuningJob does not exist") as refused:
        genai_client.tunings.get(name="tuningJobs/4711")

    assert (refused.value.code, refused.value.status) == (404, "NOT_FOUND")


def test_validation_dataset_of_the_sdk_reaches_the_job(genai_client: genai.Client) -> None:
    """Messages that the SDK sends in snake_case inside camelCase are stored in camelCase."""
    key = "projects/acme/locations/us-central1/keyRings/r/cryptoKeys/k"
    job = tune(
        genai_client,
        validation_dataset=types.TuningValidationDataset(gcs_uri=VALIDATION),
        encryption_spec=types.EncryptionSpec(kms_key_name=key),
    )

    assert job.supervised_tuning_spec.validation_dataset_uri == VALIDATION
    assert job.encryption_spec.kms_key_name == key


def test_tuned_endpoint_answers(genai_client: genai.Client, emulator: Emulator) -> None:
    """`generate_content` on a tuned endpoint, which lies in `us` for Gemini 3, gives text."""
    job = tune(genai_client)
    emulator.advance(MINUTE)
    endpoint = genai_client.tunings.get(name=job.name).tuned_model.endpoint

    answer = genai_client.models.generate_content(model=endpoint, contents="Where is order 3?")

    assert "/locations/us/endpoints/" in endpoint
    assert answer.text


def test_job_on_v1_lacks_what_v1_lacks(http: httpx2.Client, genai_client: genai.Client) -> None:
    """v1 knows no reinforcement tuning: create refuses the field, get leaves it out."""
    job = tune(genai_client)

    shown = http.get(f"http://localhost/v1/{job.name}").json()
    refused = http.post(f"http://localhost/v1/{PARENT}/tuningJobs", json={"reinforcementTuningSpec": {}})

    assert ("supervisedTuningSpec" in shown, "tuningJobState" in shown) == (True, False)
    assert refused.status_code == 400
    assert "Unknown name \"reinforcementTuningSpec\" at 'tuning_job'" in refused.json()["error"]["message"]
