"""What create refuses, in the shape of Google's errors."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from tests.emulator.conftest import PARENT, PROMPTS, TRAINING, reinforcement, supervised
from vertex_emulator.app import Emulator

KEY = "projects/acme/locations/us-central1/keyRings/r/cryptoKeys/k"
DATA = {"trainingDatasetUri": TRAINING}
SCORER = {"cloudRunRewardScorer": {"cloudRunUri": "https://reward.run.app"}}
REJECTED: dict[str, tuple[dict[str, Any], str]] = {
    "unknown field": ({"bogus": 1}, "Unknown name \"bogus\" at 'tuning_job': Cannot find field."),
    "wrong int64": (
        supervised(3, hyperParameters={"epochCount": "many"}),
        "Invalid value at 'tuning_job.supervised_tuning_spec.hyper_parameters.epoch_count' (TYPE_INT64), \"many\"",
    ),
    "wrong enum": (
        supervised(3, hyperParameters={"adapterSize": "ADAPTER_SIZE_FIVE"}),
        "(type.googleapis.com/google.cloud.aiplatform.v1beta1.SupervisedHyperParameters.AdapterSize)",
    ),
    "two specs": (
        {"supervisedTuningSpec": DATA, "preferenceOptimizationSpec": DATA},
        "oneof field 'tuning_spec' is already set. Cannot set 'preferenceOptimizationSpec'",
    ),
    "no spec": ({"supervisedTuningSpec": None}, "One of supervised_tuning_spec"),
    "two sources": (
        {"preTunedModel": {"tunedModelName": f"{PARENT}/models/1"}},
        "oneof field 'source_model' is already set. Cannot set 'preTunedModel'",
    ),
    "no source": ({"baseModel": None}, "One of base_model, pre_tuned_model must be set."),
    "bad base model": ({"baseModel": "no such model"}, "Base model no such model is not supported."),
    "dataset not in a bucket": (
        supervised(3, trainingDatasetUri="/tmp/data.jsonl"),
        "Invalid dataset URI '/tmp/data.jsonl'",
    ),
    "no dataset": ({"supervisedTuningSpec": {}}, "The training dataset URI is required."),
    "no reward": (reinforcement(singleRewardConfig=None), "One of single_reward_config, composite_reward_config"),
    "two rewards": (
        reinforcement(compositeRewardConfig={"weightedRewardConfigs": []}),
        "oneof field 'reward_config' is already set",
    ),
    "reward without scorer": (reinforcement(singleRewardConfig={"rewardName": "r"}), "reward_scorer"),
    "reward with two scorers": (
        reinforcement(singleRewardConfig={**SCORER, "stringMatchRewardScorer": {}}),
        "oneof field 'reward_scorer' is already set. Cannot set 'stringMatchRewardScorer'",
    ),
    "epochs and steps": (reinforcement({"epochCount": 1, "stepCount": 5}), "Only one of epoch_count and step_count"),
    "learning rate multiplier": (
        reinforcement({"learningRateMultiplier": 5}),
        "learning_rate_multiplier must be between 0.25 and 4, got 5",
    ),
    "batch": (reinforcement({"batchSize": 3, "samplesPerPrompt": 5}), "must be a multiple of 16"),
    "thinking budget": (
        reinforcement({"thinkingBudget": 100}),
        "thinking_budget is not supported for gemini-3.5-flash. Use thinking_level instead.",
    ),
    "thinking level": (
        {"baseModel": "gemini-2.5-flash", **reinforcement({"thinkingLevel": "HIGH"})},
        "thinking_level is not supported for gemini-2.5-flash.",
    ),
    "label": ({"labels": {"Team": "x"}}, "Team"),
    "too many labels": ({"labels": {f"k{number}": "" for number in range(65)}}, "65"),
    "display name": ({"tunedModelDisplayName": "x" * 129}, "128"),
    "key elsewhere": (
        {"encryptionSpec": {"kmsKeyName": KEY.replace("us-central1", "europe-west4")}},
        "is not in the location of the tuning job, us-central1",
    ),
    "key name": ({"encryptionSpec": {"kmsKeyName": "my-key"}}, "Invalid KMS key name: my-key."),
    "service account": ({"serviceAccount": "me"}, "Invalid service account: me."),
}


@pytest.mark.parametrize(("fields", "message"), REJECTED.values(), ids=REJECTED.keys())
def test_wrong_job_is_refused(http: httpx2.Client, emulator: Emulator, fields: dict[str, Any], message: str) -> None:
    """A job that breaks a rule is 400 INVALID_ARGUMENT with the reason, and is not made."""
    spec = {} if any(name.endswith("Spec") for name in set(fields) - {"encryptionSpec"}) else supervised(3)

    answer = http.post(f"{PARENT}/tuningJobs", json={"baseModel": "gemini-3.5-flash", **spec, **fields})

    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["status"]) == (400, 400, "INVALID_ARGUMENT")
    assert message in error["message"]
    assert emulator.jobs() == []


def test_every_violation_is_named_with_its_path(http: httpx2.Client) -> None:
    """An answer to a wrong body has a `BadRequest` with one violation for each wrong field."""
    body = {"labels": {"a": 1}, "supervisedTuningSpec": {"exportLastCheckpointOnly": "maybe"}}

    error = http.post(f"{PARENT}/tuningJobs", json=body).json()["error"]

    (details,) = error["details"]
    assert details["@type"] == "type.googleapis.com/google.rpc.BadRequest"
    assert [violation["field"] for violation in details["fieldViolations"]] == [
        "tuning_job.labels[a]",
        "tuning_job.supervised_tuning_spec.export_last_checkpoint_only",
    ]


def test_location_global_is_refused_for_gemini(http: httpx2.Client) -> None:
    """Gemini models are tuned in a region; `global` is a failed precondition."""
    body = {"baseModel": "gemini-3.5-flash", **supervised(1)}

    error = http.post("projects/acme/locations/global/tuningJobs", json=body).json()["error"]

    assert (error["code"], error["status"]) == (400, "FAILED_PRECONDITION")


@pytest.fixture
def source(create: Callable[..., dict[str, Any]], emulator: Emulator) -> str:
    """A tuned version in us-central1, encrypted with KEY."""
    create(encryptionSpec={"kmsKeyName": KEY}, tunedModelDisplayName="source")
    emulator.advance(timedelta(minutes=1))
    name: str = emulator.jobs()[-1]["tunedModel"]["model"]
    return name


@pytest.mark.parametrize(
    ("location", "changes", "code", "message"),
    [
        (
            "us-central1",
            {"checkpointId": "9"},
            404,
            "checkpoint 9 of the model {source} does not exist; it has 1, 2, 3.",
        ),
        ("us-central1", {"tunedModelName": "{source}9"}, 404, "{source}9"),
        ("us-central1", {"tunedModelName": "models/1"}, 400, "Invalid resource name: 'models/1'"),
        ("europe-west4", {}, 400, "{source} is not in the location of the tuning job, europe-west4."),
    ],
    ids=["checkpoint", "version", "name", "location"],
)
def test_source_that_does_not_fit_is_refused(
    http: httpx2.Client, source: str, location: str, changes: dict[str, str], code: int, message: str
) -> None:
    """The source version must exist in the job's location, and have the checkpoint."""
    given = {"tunedModelName": source, **{key: text.format(source=source) for key, text in changes.items()}}
    key = {"kmsKeyName": KEY.replace("us-central1", location)}

    answer = http.post(
        f"projects/acme/locations/{location}/tuningJobs",
        json={"preTunedModel": given, "encryptionSpec": key, **supervised(1)},
    )

    assert (answer.status_code, message.format(source=source) in answer.json()["error"]["message"]) == (code, True)


@pytest.mark.parametrize("key", [None, KEY + "2"])
def test_continued_job_needs_the_key_of_its_source(http: httpx2.Client, source: str, key: str | None) -> None:
    """CMEK must be the very key of the source's job."""
    spec = {"encryptionSpec": {"kmsKeyName": key}} if key else {}

    answer = http.post(
        f"{PARENT}/tuningJobs", json={"preTunedModel": {"tunedModelName": source}, **spec, **supervised(1)}
    )

    assert answer.status_code == 400
    assert f"must use the key of the pre-tuned model, {KEY}" in answer.json()["error"]["message"]


def test_source_may_be_named_by_alias_and_project_id(http: httpx2.Client, source: str) -> None:
    """`@default` and a project id name the same version as its number; the answer has the number of the project."""
    model = f"{PARENT}/models/{source.split('/')[-1].split('@')[0]}@default"

    answer = http.post(
        f"{PARENT}/tuningJobs",
        json={"preTunedModel": {"tunedModelName": model}, "encryptionSpec": {"kmsKeyName": KEY}, **supervised(1)},
    )

    assert answer.json()["preTunedModel"]["tunedModelName"] == source.split("@")[0] + "@default"
    assert answer.json()["tunedModelDisplayName"] == "source"


def test_open_model_is_tuned_in_any_location(http: httpx2.Client) -> None:
    """Open models are named `publisher/model@version` and may be tuned in `global`."""
    body = {"baseModel": "meta/llama3_1@llama-3.1-8b-instruct", **supervised(1), "outputUri": "gs://data/out"}

    answer = http.post("projects/acme/locations/global/tuningJobs", json=body)

    assert (answer.status_code, answer.json()["state"]) == (200, "JOB_STATE_PENDING")


def test_source_made_before_11_july_2025_is_refused(tmp_path: Any) -> None:
    """Only versions tuned on or after 11 July 2025 can be continued."""
    clock = {"now": 1_750_000_000.0}  # 15 June 2025
    body = {"baseModel": "gemini-2.5-flash", **supervised(1)}
    with Emulator(tmp_path, clock=lambda: clock["now"]) as emulator:
        http = httpx2.Client(transport=httpx2.WSGITransport(app=emulator), base_url="http://localhost/v1beta1/")
        emulator.put_object("data", "sft.jsonl", b'{"contents":[{"role":"model","parts":[{"text":"x"}]}]}')
        http.post(f"{PARENT}/tuningJobs", json=body)
        emulator.advance(timedelta(days=60))
        source = emulator.jobs()[0]["tunedModel"]["model"]

        answer = http.post(f"{PARENT}/tuningJobs", json={"preTunedModel": {"tunedModelName": source}, **supervised(1)})

    assert (answer.status_code, answer.json()["error"]["status"]) == (400, "FAILED_PRECONDITION")
    assert "before July 11, 2025" in answer.json()["error"]["message"]


def test_datasets_are_not_looked_up_by_create(http: httpx2.Client) -> None:
    """Whether a dataset exists is for the job to find out, not for create."""
    body = {"baseModel": "gemini-3.5-flash", **reinforcement(trainingDatasetUri=PROMPTS.replace("data", "nowhere"))}

    assert http.post(f"{PARENT}/tuningJobs", json=body).status_code == 200
