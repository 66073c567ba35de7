"""Which settings a command takes: those of the stack, or of the providers that resources of the plugin name."""

from collections.abc import Mapping
from typing import Any

import pytest

from pulumi_ctune.cli import explicit_providers
from pulumi_ctune.cli.pulumi_cli import SECRET, UNKNOWN_VALUE
from pulumi_ctune.core.errors import InvalidInputError

CONFIG = {"gcp:project": "of-the-config", "ctune:apiEndpoint": "embedded:here"}
PROVIDERS = "urn:pulumi:dev::infra::pulumi:providers:ctune::"
ENCRYPTED = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:x"}


def provider(name: str, **inputs: Any) -> dict[str, Any]:
    return {"urn": PROVIDERS + name, "type": "pulumi:providers:ctune", "id": "1-2", "inputs": inputs}


def job(name: str, of: str, type_: str = "ctune:index:ContinuousTuningJob") -> dict[str, Any]:
    return {"urn": f"urn:pulumi:dev::infra::{type_}::{name}", "type": type_, "provider": f"{PROVIDERS}{of}::1-2"}


def in_force(*entries: Mapping[str, Any], revealed: tuple[Mapping[str, Any], ...] = ()) -> Mapping[str, str]:
    return explicit_providers.in_force(entries, CONFIG, lambda: revealed, lambda _: None)


@pytest.mark.parametrize("default", ["default", "default_0_1_0"])
def test_default_provider_is_the_config_of_the_stack(default: str) -> None:
    assert in_force(provider(default, project="as-it-was-saved"), job("sft", default)) == CONFIG


def test_provider_that_no_resource_of_ours_names_says_nothing() -> None:
    bucket = job("data", "eu", "gcp:storage/bucket:Bucket")

    assert in_force(provider("eu", project="other"), bucket) == CONFIG


def test_explicit_provider_takes_the_place_of_the_config() -> None:
    """Whole: what it does not name is not taken from the config either."""
    assert in_force(provider("eu", project="other"), job("sft", "eu")) == {"ctune:project": "other"}


def test_what_only_an_update_can_tell_is_left_out() -> None:
    assert in_force(provider("eu", project=UNKNOWN_VALUE, region="r"), job("sft", "eu")) == {"ctune:region": "r"}


@pytest.mark.parametrize("written", [ENCRYPTED, SECRET], ids=["in a state", "in a preview"])
def test_secret_is_read_from_the_saved_state(written: Any) -> None:
    saved = provider("eu", accessToken={**ENCRYPTED, "plaintext": '"ya29.x"'})

    assert in_force(provider("eu", accessToken=written), job("sft", "eu"), revealed=(saved,)) == {
        "ctune:accessToken": "ya29.x"
    }


@pytest.mark.parametrize(
    "written", ['{"team": "a"}', r'"{\"team\": \"a\"}"', {"team": "a"}], ids=["text", "sdk", "object"]
)
def test_object_is_the_text_that_the_config_would_have(written: Any) -> None:
    """As SDKs send it, and as programs without types do; so is what is true or false."""
    found = in_force(provider("eu", defaultLabels=written, userProjectOverride=True), job("sft", "eu"))

    assert found == {"ctune:defaultLabels": '{"team": "a"}', "ctune:userProjectOverride": "true"}


def test_object_with_a_secret_in_it_is_read_from_the_saved_state() -> None:
    saved = provider("eu", budget={"maxUsd": {**ENCRYPTED, "plaintext": "20"}})

    found = in_force(provider("eu", budget={"maxUsd": ENCRYPTED}), job("sft", "eu"), revealed=(saved,))

    assert found == {"ctune:budget": '{"maxUsd": 20}'}


def test_secret_is_hidden_from_what_is_printed() -> None:
    hidden: list[str] = []
    saved = provider("eu", accessToken={**ENCRYPTED, "plaintext": '"ya29.x"'})

    explicit_providers.in_force((saved, job("sft", "eu")), CONFIG, lambda: (saved,), hidden.append)

    assert hidden == ["ya29.x"]


def test_of_several_providers_holds_what_they_agree_on() -> None:
    one, other = provider("eu", project="p", region="eu"), provider("us", project="p", region="us")

    assert in_force(one, other, job("a", "eu"), job("b", "us")) == {"ctune:project": "p"}


def test_providers_of_different_services_are_refused() -> None:
    """Else a command would look at Google for what is at the emulator, or see half of the stack."""
    with pytest.raises(InvalidInputError) as refused:
        in_force(provider("eu", project="p"), job("a", "eu"), job("b", "default"))

    assert "Google (eu), embedded:here (the stack's config)" in str(refused.value)


def test_preview_says_which_provider_a_resource_has_after_the_update() -> None:
    """A resource that moves to another provider, one that goes, and one that the state keeps until it is deleted."""
    exported = {"deployment": {"resources": [job("a", "old"), job("gone", "old"), {**job("b", "old"), "delete": True}]}}
    steps = [
        {"urn": PROVIDERS + "new", "op": "create", "newState": provider("new", project="p")},
        {"urn": job("a", "old")["urn"], "op": "update", "newState": job("a", "new")},
        {"urn": job("gone", "old")["urn"], "op": "delete"},
    ]

    assert in_force(*explicit_providers.entries(exported, {"steps": steps})) == {"ctune:project": "p"}
