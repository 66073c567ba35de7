"""Diff of the real provider in the real host, on a state as it was recorded."""

from collections.abc import Iterator
from typing import Any

import pytest

from pulumi_ctune.engine.providers import ContinuousTuningJobProvider

from .harness import UNKNOWN, Diffed, ProviderHost, urn

TYPE = "pulumi-python:dynamic/ctune:ContinuousTuningJob"
ID = "projects/569329139872/locations/us-central1/tuningJobs/71"
SOURCE_ID = "projects/569329139872/locations/us-central1/tuningJobs/70"
SOURCE = "projects/569329139872/locations/us-central1/models/4711@1"

INPUTS: dict[str, Any] = {
    "project": "acme",
    "location": "us-central1",
    "pre_tuned_model": {"tuned_model_name": SOURCE, "checkpoint_id": "2"},
    "supervised_tuning_spec": {
        "training_dataset_uri": "gs://data/train.jsonl",
        "hyper_parameters": {"epoch_count": 2, "adapter_size": 4},
    },
    "labels": {"team": "support"},
    "triggers": [1],
    "__owner": {"organization": "o", "project": "infra", "stack": "dev", "name": "next", "token": "0123456789abcdef"},
}
STATE: dict[str, Any] = INPUTS | {
    "name": ID,
    "state": "JOB_STATE_SUCCEEDED",
    "tuned_model_name": "projects/569329139872/locations/us-central1/models/4711@2",
    "model": "projects/569329139872/locations/us-central1/models/4711",
    "version_id": "2",
    "source_model_name": SOURCE,
    "source_checkpoint_id": "2",
    "metrics": {"/train_total_loss": 0.81},
    "__recorded": True,
    "__made_model": False,
}
NOTHING = Diffed(changes=False, replaces=[], delete_before_replace=False)


@pytest.fixture
def host() -> Iterator[ProviderHost]:
    """A process for each test, as for each preview: diffs of one run know of each other."""
    config = {"ctune:apiEndpoint": "embedded:never-used"}
    with ProviderHost(ContinuousTuningJobProvider(), config=config) as provider:
        yield provider


@pytest.fixture(scope="module")
def lasting_host() -> Iterator[ProviderHost]:
    """One process for diffs of a single resource."""
    config = {"ctune:apiEndpoint": "embedded:never-used"}
    with ProviderHost(ContinuousTuningJobProvider(), config=config) as provider:
        yield provider


def diff(host: ProviderHost, state: dict[str, Any], inputs: dict[str, Any], *, name: str = "next") -> Diffed:
    news = {key: value for key, value in inputs.items() if value is not None}
    return host.diff(state["name"], state, news, urn=urn(name, type=TYPE))


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"pre_tuned_model": {"tuned_model_name": SOURCE, "checkpoint_id": 2}},
        {"pre_tuned_model": {"tuned_model_name": SOURCE.replace("569329139872", "acme"), "checkpoint_id": "2"}},
        {"pre_tuned_model": {"tuned_model_name": UNKNOWN, "checkpoint_id": "2"}},
        {"pre_tuned_model": UNKNOWN},
        {"supervised_tuning_spec": UNKNOWN},
        {
            "supervised_tuning_spec": {
                "training_dataset_uri": UNKNOWN,
                "hyper_parameters": {"epoch_count": "2", "adapter_size": "ADAPTER_SIZE_FOUR"},
            }
        },
        {"triggers": [1.0]},
        {"deletion_policy": "ABANDON"},
        {"project": "569329139872"},
        {"encryption_spec": UNKNOWN},
    ],
    ids=str,
)
def test_same_work_in_other_words_is_no_change(lasting_host: ProviderHost, change: dict[str, Any]) -> None:
    """Spellings, defaults, and what is not known yet are no reason to train again."""
    assert diff(lasting_host, STATE, INPUTS | change) == NOTHING


@pytest.mark.parametrize(
    "change",
    [{"labels": {"team": "sales"}}, {"labels": None}, {"description": "new"}, {"deletion_policy": "DELETE"}],
    ids=str,
)
def test_metadata_changes_in_place(lasting_host: ProviderHost, change: dict[str, Any]) -> None:
    """The engine is left to compare the inputs itself, which shows them key by key."""
    assert diff(lasting_host, STATE, INPUTS | change) == Diffed(None, [], False)


@pytest.mark.parametrize(
    ("change", "replaces"),
    [
        ({"triggers": [2]}, ["triggers"]),
        ({"location": "europe-west4"}, ["location"]),
        ({"pre_tuned_model": {"tuned_model_name": SOURCE, "checkpoint_id": "1"}}, ["pre_tuned_model"]),
        ({"pre_tuned_model": None, "base_model": "gemini-3.5-flash"}, ["base_model", "pre_tuned_model"]),
        ({"supervised_tuning_spec": {"training_dataset_uri": "gs://data/more.jsonl"}}, ["supervised_tuning_spec"]),
        ({"tuned_model_display_name": "of-its-own"}, ["tuned_model_display_name"]),
        ({"service_account": UNKNOWN}, ["service_account"]),
    ],
    ids=str,
)
def test_other_work_is_a_replacement(lasting_host: ProviderHost, change: dict[str, Any], replaces: list[str]) -> None:
    """The keys that need another training run are named; the new job is made before the old one goes."""
    assert diff(lasting_host, STATE, INPUTS | change) == Diffed(None, replaces, False)


@pytest.mark.parametrize("state", ["JOB_STATE_FAILED", "JOB_STATE_CANCELLED", "JOB_STATE_EXPIRED"])
def test_job_without_a_model_is_replaced(lasting_host: ProviderHost, state: str) -> None:
    """A job that ended without a model is trained anew though no input changed."""
    held = STATE | {"state": state, "__recorded": False}

    assert diff(lasting_host, held, INPUTS) == Diffed(True, ["state"], False)


def test_unfinished_job_is_an_update(lasting_host: ProviderHost) -> None:
    """A job that was interrupted is waited for, not trained again."""
    held = STATE | {"state": "JOB_STATE_RUNNING", "__recorded": False}

    assert diff(lasting_host, held, INPUTS) == Diffed(True, [], False)


@pytest.mark.parametrize(("replaced", "expected"), [(False, NOTHING), (True, Diffed(None, ["pre_tuned_model"], False))])
def test_dependent_shares_the_fate_of_its_source(host: ProviderHost, replaced: bool, expected: Diffed) -> None:
    """In a preview the source's outputs are unknown; whether it is replaced, its own diff before has settled."""
    source_inputs = {key: value for key, value in INPUTS.items() if key != "pre_tuned_model"}
    source_inputs |= {"base_model": "gemini-3.5-flash"}
    source = STATE | source_inputs | {"name": SOURCE_ID, "tuned_model_name": SOURCE, "__made_model": True}
    source = {key: value for key, value in source.items() if not key.startswith(("source_", "pre_tuned"))}
    diff(host, source, source_inputs | {"description": "new"} | ({"triggers": [2]} if replaced else {}), name="sft")

    dependent = diff(host, STATE, INPUTS | {"pre_tuned_model": {"tuned_model_name": UNKNOWN, "checkpoint_id": "2"}})

    assert dependent == expected
