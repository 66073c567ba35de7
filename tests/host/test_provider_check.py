"""Check of the real provider in the real host: what is refused, what passes, and what it costs to ask."""

import base64
import pickletools
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pulumi.dynamic import ResourceProvider

from pulumi_ctune.providers import (
    ContinuousTuningJobProvider,
    ModelCopyProvider,
    ModelDeploymentProvider,
    ModelVersionAliasProvider,
)

from .harness import UNKNOWN, ProviderError, ProviderHost, serialize, urn

TYPE = "pulumi-python:dynamic/ctune:ContinuousTuningJob"
URN = urn("sft", type=TYPE)
OWNER = {"organization": "acme-org", "project": "infra", "stack": "dev", "name": "sft"}
SFT: dict[str, Any] = {
    "project": "acme",
    "location": "us-central1",
    "base_model": "gemini-3.5-flash",
    "supervised_tuning_spec": {
        "training_dataset_uri": "gs://data/train.jsonl",
        "hyper_parameters": {"epoch_count": 2},
    },
    "__owner": OWNER,
}
HEAVY = ("google.genai", "httpx2", "pydantic", "google.auth", "rich", "pulumi_gcp")
"""What only a call of the API needs."""


def _class_name(provider: object) -> str:
    return type(provider).__name__


@pytest.fixture(scope="module")
def host() -> Iterator[ProviderHost]:
    """One process for the whole module: check remembers nothing. It reports on stderr what it imports."""
    config = {"ctune:apiEndpoint": "embedded:never-used", "ctune:dataChecks": "off"}
    with ProviderHost(ContinuousTuningJobProvider(), config=config, env={"PYTHONPROFILEIMPORTTIME": "1"}) as provider:
        yield provider


@pytest.mark.parametrize(
    ("change", "failure"),
    [
        (
            {"supervised_tuning_spec": {"training_dataset_uri": "gs://data"}},
            (
                "supervised_tuning_spec.training_dataset_uri",
                "'gs://data' names no object in the bucket: give the file's whole URI, gs://BUCKET/OBJECT",
            ),
        ),
        (
            {
                "supervised_tuning_spec": {
                    "training_dataset_uri": "gs://data/train.jsonl",
                    "hyper_parameters": {"epoch_count": 1.5},
                }
            },
            (
                "supervised_tuning_spec.hyper_parameters.epoch_count",
                "1.5 is not a whole number; the nearest is 2",
            ),
        ),
        (
            {"pre_tuned_model": {"tuned_model_name": "projects/acme/locations/us-central1/models/7@1"}},
            (
                "pre_tuned_model",
                "given together with base_model: only one of 'base_model' or 'pre_tuned_model' is allowed",
            ),
        ),
        ({"deletion_policy": "KEEP"}, ("deletion_policy", "'KEEP' is not one of 'ABANDON', 'DELETE' or 'PREVENT'")),
    ],
    ids=["dataset URI", "half an epoch", "two sources", "enum"],
)
def test_failure_names_the_field(host: ProviderHost, change: dict[str, Any], failure: tuple[str, str]) -> None:
    """A failure stands at the field's path as the user typed it."""
    checked = host.check(SFT | change, urn=URN)

    assert checked.failures == [failure]


def test_every_wrong_field_is_reported_at_once(host: ProviderHost) -> None:
    """Nobody should have to run a preview for each mistake."""
    checked = host.check(SFT | {"project": "", "location": "global", "labels": {"Team": "a"}}, urn=URN)

    assert [path for path, _ in checked.failures] == ["project", "location", "labels.Team"]


@pytest.mark.parametrize("epoch_count", [2, 2.0, "2"], ids=repr)
def test_whole_number_passes_in_any_spelling(host: ProviderHost, epoch_count: Any) -> None:
    """Over the wire every number is a float: a whole one is a whole number, and so is its text."""
    spec = SFT["supervised_tuning_spec"] | {"hyper_parameters": {"epoch_count": epoch_count}}

    checked = host.check(SFT | {"supervised_tuning_spec": spec}, urn=URN)

    assert checked.failures == []


@pytest.mark.parametrize(
    "change",
    [
        {"base_model": UNKNOWN},
        {"base_model": None, "pre_tuned_model": UNKNOWN},
        {"base_model": None, "pre_tuned_model": {"tuned_model_name": UNKNOWN, "checkpoint_id": UNKNOWN}},
        {"supervised_tuning_spec": {"training_dataset_uri": UNKNOWN, "hyper_parameters": UNKNOWN}},
        {"labels": {"team": UNKNOWN}, "triggers": [UNKNOWN]},
        {"reinforcement_tuning_spec": UNKNOWN},
    ],
    ids=str,
)
def test_unknown_value_passes_and_stays_unknown(host: ProviderHost, change: dict[str, Any]) -> None:
    """What is not known yet cannot be wrong, and is handed on as it is."""
    inputs = {key: value for key, value in (SFT | change).items() if value is not None}

    checked = host.check(inputs, urn=URN)

    assert checked.failures == []
    assert {key: checked.inputs[key] for key in change if change[key] is not None} == {
        key: value for key, value in change.items() if value is not None
    }


def test_owner_gets_a_token_that_stays(host: ProviderHost) -> None:
    """Each state entry has a token of its own, made with the resource and kept by every later check."""
    first = host.check(SFT, urn=URN)
    second = host.check(SFT | {"labels": {"team": "a"}}, first.inputs, urn=URN)
    other = host.check(SFT, urn=URN)

    owner = first.inputs["__owner"]
    assert {key: owner[key] for key in OWNER} == OWNER
    assert second.inputs["__owner"] == owner
    assert other.inputs["__owner"]["token"] != owner["token"]


def test_renamed_resource_keeps_its_owner(host: ProviderHost) -> None:
    """A rename (an alias in the program) is no other owner, or it would look like a change."""
    first = host.check(SFT, urn=URN)

    renamed = host.check(SFT | {"__owner": OWNER | {"name": "support-sft"}}, first.inputs, urn=URN)

    assert renamed.inputs == first.inputs


def test_provider_in_the_state_is_a_short_reference() -> None:
    """Every state entry holds the class by its path and nothing of its code; it may never change."""
    serialized = serialize(ContinuousTuningJobProvider())

    strings = [value for _, value, _ in pickletools.genops(base64.b64decode(serialized)) if isinstance(value, str)]
    assert strings == ["pulumi_ctune.providers", "ContinuousTuningJobProvider"]
    assert len(serialized) < 120


def test_check_and_diff_load_no_google_library(host: ProviderHost) -> None:
    """A preview must not pay for what only a call of the API needs."""
    checked = host.check(SFT, urn=URN)
    host.diff("projects/1/locations/us-central1/tuningJobs/1", checked.inputs, checked.inputs, urn=URN)

    loaded = {line.rpartition("|")[2].strip() for line in host.stderr().splitlines() if line.startswith("import time:")}
    assert "pulumi_ctune.tuning_job.diff" in loaded
    assert {name for name in loaded if name.startswith(HEAVY)} == set()


def test_unusable_config_is_a_failure_of_the_check() -> None:
    """Settings are told as one line at the resource, not as a traceback of configure()."""
    with ProviderHost(ContinuousTuningJobProvider(), config={"ctune:apiEndpoint": "vertex"}) as host:
        checked = host.check(SFT, urn=URN)

    assert checked.failures == [
        (
            "",
            "the configuration is not usable [ctune:apiEndpoint]: 'vertex' is not an http(s) URL, 'embedded' or "
            "'embedded:DIR'",
        )
    ]


def test_asset_is_refused_at_its_place(host: ProviderHost) -> None:
    """Pulumi's Python host cannot read an asset back in the next run, so it is refused before a job is paid for."""
    asset = {"4dabf18193072939515e22adb298388d": "c44067f5952c0a294b673a41bacd8c17", "text": "one"}

    checked = host.check(SFT | {"triggers": [1, asset]}, urn=URN)

    assert [failure[0] for failure in checked.failures] == ["triggers[1]"]


def test_what_config_made_of_numbers_is_settled_in_the_inputs(host: ProviderHost) -> None:
    """Labels that config made numbers of are text again, and gates that it made texts of are numbers."""
    checked = host.check(SFT | {"labels": {"cost-center": 4711, "billed": True, "team": "a"}}, urn=URN)

    assert checked.failures == []
    assert checked.inputs["labels"] == {"cost-center": "4711", "billed": "true", "team": "a"}


@pytest.mark.parametrize(
    ("provider", "kind"),
    [(ModelVersionAliasProvider(), "alias"), (ModelDeploymentProvider(), "deployment")],
    ids=["alias", "deployment"],
)
def test_gates_that_config_made_texts_of_are_numbers(provider: ResourceProvider, kind: str) -> None:
    """So a later `0.8` in the program is no change."""
    inputs: dict[str, Any] = {
        "tuned_model_name": "projects/acme/locations/us-central1/models/7@1",
        "require": [{"metric": "/eval_total_loss", "at_most": "0.8"}],
        **(
            {"alias": "prod"}
            if kind == "alias"
            else {"endpoint": "projects/acme/locations/us-central1/endpoints/1", "traffic_percent": "50"}
        ),
    }
    with ProviderHost(provider, config={"ctune:apiEndpoint": "embedded:never-used"}) as host:
        checked = host.check(inputs)

    assert checked.failures == []
    assert checked.inputs["require"] == [{"metric": "/eval_total_loss", "at_most": 0.8}]
    assert checked.inputs.get("traffic_percent") == (None if kind == "alias" else 50)


def test_what_the_program_states_of_itself_never_reaches_the_inputs(host: ProviderHost) -> None:
    """Where both know the same, nothing is refused, and neither state nor plan holds the hidden input."""
    reported = {"settings": {"ctune:apiEndpoint": "embedded:never-used", "ctune:dataChecks": "off"}}

    checked = host.check(SFT | {"__program": reported}, urn=URN)

    assert checked.failures == []
    assert "__program" not in checked.inputs


@pytest.mark.parametrize(
    "provider",
    [ContinuousTuningJobProvider(), ModelVersionAliasProvider(), ModelDeploymentProvider(), ModelCopyProvider()],
    ids=_class_name,
)
def test_provider_without_the_settings_of_the_program_refuses(provider: ResourceProvider) -> None:
    """An explicit provider gets its own inputs only: a stack that means the emulator must not reach Google."""
    with ProviderHost(provider, config={}) as host:
        checked = host.check(SFT | {"__program": {"settings": {"ctune:apiEndpoint": "embedded:d"}}})

    lines = [reason for path, reason in checked.failures if path == ""]
    assert len(lines) == 1
    assert "ctune:apiEndpoint is embedded:d in the program and not set here" in lines[0]
    assert "pulumi-python" in lines[0]
    assert "__program" not in checked.inputs


def test_foreign_identity_of_a_gcp_provider_is_refused(host: ProviderHost) -> None:
    """What cannot be taken from an explicit `gcp.Provider` is refused, never ignored; unknown values are skipped."""
    settings = {"ctune:apiEndpoint": "embedded:never-used", "ctune:dataChecks": "off"}
    provider = {"gcp:impersonateServiceAccount": "tuner@acme.iam.gserviceaccount.com", "gcp:accessToken": UNKNOWN}

    checked = host.check(SFT | {"__program": {"settings": settings, "gcp_provider": provider}}, urn=URN)

    assert [path for path, _ in checked.failures] == [""]
    assert "gcp:impersonateServiceAccount" in checked.failures[0][1]
    assert "gcp:accessToken" not in checked.failures[0][1]


def test_default_labels_lie_under_those_of_the_resource(host: ProviderHost) -> None:
    """The resource's own win, as with pulumi-gcp."""
    reported = {
        "settings": {"ctune:apiEndpoint": "embedded:never-used", "ctune:dataChecks": "off"},
        "default_labels": {"team": "platform", "cost-center": 4711},
    }

    own = host.check(SFT | {"labels": {"team": "search"}, "__program": reported}, urn=URN)
    none = host.check(SFT | {"__program": reported}, urn=URN)

    assert own.inputs["labels"] == {"team": "search", "cost-center": "4711"}
    assert none.inputs["labels"] == {"team": "platform", "cost-center": "4711"}


def test_default_labels_that_are_not_known_yet_leave_the_labels_unknown(host: ProviderHost) -> None:
    """An explicit `gcp.Provider` that is still to be made may bring labels, so the preview cannot tell them."""
    reported = {"settings": {"ctune:apiEndpoint": "embedded:never-used", "ctune:dataChecks": "off"}}

    whole = host.check(SFT | {"__program": {**reported, "default_labels": UNKNOWN}}, urn=URN)
    part = host.check(SFT | {"__program": {**reported, "default_labels": {"team": UNKNOWN, "tier": "1"}}}, urn=URN)

    assert (whole.inputs["labels"], whole.failures) == (UNKNOWN, [])
    assert (part.inputs["labels"], part.failures) == ({"team": UNKNOWN, "tier": "1"}, [])


@pytest.mark.parametrize(
    "provider",
    [ContinuousTuningJobProvider(), ModelVersionAliasProvider(), ModelDeploymentProvider(), ModelCopyProvider()],
    ids=_class_name,
)
def test_verbs_without_a_check_compare_the_settings_too(provider: ResourceProvider) -> None:
    """`.get()` brings what the program knows; refresh, update and destroy know where the resource was made."""
    made = {"name": "projects/1/locations/l/tuningJobs/2", "__owner": {"service": "google", "name": "a"}}
    reported = {"__program": {"settings": {"ctune:apiEndpoint": "embedded:other"}}}
    with ProviderHost(provider, config={"ctune:apiEndpoint": "embedded:never-used"}) as host:
        refused = [
            _refusal(lambda: host.read(made["name"], reported)),
            _refusal(lambda: host.read(made["name"], made)),
            _refusal(lambda: host.update(made["name"], made, made)),
            _refusal(lambda: host.delete(made["name"], made)),
        ]
        checked = host.check(SFT, olds=made)

    assert "ctune:apiEndpoint is embedded:other in the program and embedded:never-used here" in refused[0]
    assert all("this was made at Google, and the settings now lead to an emulator" in line for line in refused[1:])
    assert any("this was made at Google" in reason for _, reason in checked.failures)


def test_resource_notes_where_it_is_made_and_older_ones_do_not(host: ProviderHost) -> None:
    """A state of 0.1.0 that did not say so stays as it is."""
    old = SFT | {"__owner": {"name": "sft"}}

    assert host.check(SFT, urn=URN).inputs["__owner"]["service"] == "emulator"
    assert "service" not in host.check(SFT, olds=old, urn=URN).inputs["__owner"]


def _refusal(call: Callable[[], object]) -> str:
    with pytest.raises(ProviderError) as refused:
        call()
    return refused.value.message
