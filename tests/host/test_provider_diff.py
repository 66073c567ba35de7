"""Diff of the real provider in the real host, on a state as it was recorded."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pulumi_ctune.providers import ContinuousTuningJobProvider

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
def host(tmp_path: Path) -> Iterator[ProviderHost]:
    """A process for each test, as for each preview: diffs of one run know of each other."""
    config = {"ctune:apiEndpoint": f"embedded:{tmp_path}"}
    with ProviderHost(ContinuousTuningJobProvider(), config=config) as provider:
        yield provider


@pytest.fixture(scope="module")
def lasting_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProviderHost]:
    """One process for diffs of a single resource."""
    config = {"ctune:apiEndpoint": f"embedded:{tmp_path_factory.mktemp('vertex')}"}
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
        ({"encryption_spec": UNKNOWN}, ["encryption_spec"]),
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


UPDATE = Diffed(None, [], False)
UNKNOWN_SOURCE = {"pre_tuned_model": {"tuned_model_name": UNKNOWN, "checkpoint_id": "2"}}
SOURCE_INPUTS: dict[str, Any] = {key: value for key, value in INPUTS.items() if key != "pre_tuned_model"} | {
    "base_model": "gemini-3.5-flash"
}
SOURCE_STATE: dict[str, Any] = {
    key: value for key, value in STATE.items() if not key.startswith(("source_", "pre_tuned"))
} | {"base_model": "gemini-3.5-flash", "name": SOURCE_ID, "tuned_model_name": SOURCE, "__made_model": True}


def registered(
    host: ProviderHost, state: dict[str, Any], inputs: dict[str, Any], *, name: str = "next"
) -> tuple[Diffed, list[str]]:
    """Check, then diff, as the engine does in a preview; with the lines that were told of this resource."""
    address = urn(name, type=TYPE)
    checked = host.check(inputs, {key: state[key] for key in INPUTS if key in state}, urn=address).inputs
    diffed = host.diff(state["name"], state, checked, urn=address)
    return diffed, [line.text for line in host.logs if line.urn == address]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"description": "new"}, NOTHING),
        ({"triggers": [2]}, Diffed(None, ["pre_tuned_model"], False)),
        ({"triggers": [UNKNOWN]}, UPDATE),
    ],
    ids=["updated in place", "replaced", "may be replaced"],
)
def test_dependent_shares_the_fate_of_its_source(host: ProviderHost, change: dict[str, Any], expected: Diffed) -> None:
    """In a preview the source's outputs are unknown; whether it is replaced, its own diff before has settled."""
    registered(host, SOURCE_STATE, SOURCE_INPUTS | change, name="sft")

    dependent, _ = registered(host, STATE, INPUTS | UNKNOWN_SOURCE)

    assert dependent == expected


@pytest.mark.parametrize("checks", [[None], [SOURCE_INPUTS, None]], ids=["--replace", "an option"])
def test_dependent_of_a_source_that_is_replaced_by_force_is_replaced(
    host: ProviderHost, checks: list[dict[str, Any] | None]
) -> None:
    """The engine asks no diff of what is replaced by force: it checks without old inputs."""
    for olds in checks:
        host.check(SOURCE_INPUTS, olds, urn=urn("sft", type=TYPE))

    dependent, _ = registered(host, STATE, INPUTS | UNKNOWN_SOURCE)

    assert dependent == Diffed(None, ["pre_tuned_model"], False)


def test_replacement_that_an_option_asks_for_is_reported(host: ProviderHost) -> None:
    """No diff says so: the second check, without old inputs, does."""
    for olds in (SOURCE_INPUTS, None):
        host.check(SOURCE_INPUTS, olds, urn=urn("sft", type=TYPE))

    assert [line.text for line in host.logs if "another training run" in line.text] == [
        "another training run is needed: the program or the command asks for a replacement"
    ]


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"triggers": [UNKNOWN]}, "triggers[0]"),
        (
            {"supervised_tuning_spec": INPUTS["supervised_tuning_spec"] | {"training_dataset_uri": UNKNOWN}},
            "supervised_tuning_spec.training_dataset_uri",
        ),
        ({"location": UNKNOWN}, "location"),
        (UNKNOWN_SOURCE, "pre_tuned_model.tuned_model_name"),
    ],
    ids=str,
)
def test_input_that_is_not_known_yet_is_an_update_that_may_train(
    host: ProviderHost, change: dict[str, Any], path: str
) -> None:
    """One line for people and scripts says what has still to be known."""
    diffed, lines = registered(host, STATE, INPUTS | change)

    assert (diffed, lines) == (UPDATE, [f"may train again: {path} is known after the update"])
