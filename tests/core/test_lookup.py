"""Looking versions up, on the real client and the emulator."""

from typing import Any

import httpx2
import pytest

from pulumi_ctune.core.errors import InvalidInputError, NotFoundError
from pulumi_ctune.tuned_model.lookup import full_name, look_up
from tests.core.rig import Rig
from vertex_emulator.transport import EmbeddedTransport

MODEL = "projects/acme/locations/us-central1/models/4711"


def post(rig: Rig, path: str, body: dict[str, Any]) -> None:
    """Do what somebody else does, beside the client under test."""
    with httpx2.Client(transport=EmbeddedTransport(rig.emulator), base_url="http://embedded.localhost") as http:
        http.post(f"/v1beta1/{path}", json=body).raise_for_status()


@pytest.mark.parametrize("short", ["4711@golden", "models/4711@golden", f"{MODEL}@golden"])
def test_short_name_is_completed(short: str) -> None:
    """A model's id alone means one in the stack's project and region."""
    assert full_name(short, "acme", "us-central1") == f"{MODEL}@golden"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("4711", "project and location missing. Give the model's full name."),
        ("projects/p/locations/l/endpoints/1", "is an endpoint: the name of the model that it belongs to is wanted"),
        ("publishers/google/models/gemini-3.5-flash", "is a base model"),
    ],
)
def test_what_is_no_name_of_a_tuned_model_is_refused(name: str, said: str) -> None:
    """Nothing is asked for a text that cannot be a tuned model's name."""
    with pytest.raises(InvalidInputError) as raised:
        full_name(name, None, None)

    assert said in str(raised.value)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((None, "acme", "us"), "the tuned model could not be looked up [name]: None is not text"),
        ((5, "acme", "us"), "the tuned model could not be looked up [name]: 5 is not text"),
        (("", "acme", "us"), "the tuned model could not be looked up [name]: it is empty. Give the model's full name."),
        (("4711", 12, "us"), "the tuned model could not be looked up [project]: 12 is not text"),
        (("4711", "acme", ["us"]), "the tuned model could not be looked up [location]: ['us'] is not text"),
    ],
    ids=["none", "number", "empty", "project", "location"],
)
def test_arguments_of_another_type_are_named(arguments: tuple[Any, Any, Any], said: str) -> None:
    """Programs are not always type-checked: the line names the argument."""
    with pytest.raises(InvalidInputError) as raised:
        full_name(*arguments)

    assert str(raised.value) == said


def test_version_is_found_by_number_alias_and_nothing(rig: Rig) -> None:
    """All three ways lead to the same version, with what the job recorded of it."""
    state = rig.create(rig.inputs())

    by_number, by_alias, by_nothing = (look_up(rig.client, f"{state['model']}{end}") for end in ("@1", "@default", ""))

    assert by_number == by_alias == by_nothing
    assert by_number.version.name == state["tuned_model_name"]
    assert by_number.version.default_checkpoint_id == state["default_checkpoint_id"]
    assert by_number.endpoint == state["endpoint"]
    assert [vars(item) for item in by_number.checkpoints] == state["checkpoints"]


def test_endpoint_of_somebody_else_is_not_taken_for_the_jobs(rig: Rig) -> None:
    """Where the default checkpoint is deployed twice, the tuning job says which endpoint is its own."""
    state = rig.create(rig.inputs())
    parent = state["endpoint"].partition("/endpoints/")[0]
    own = f"{parent}/endpoints/1"
    deployed = {"model": state["tuned_model_name"], "checkpointId": state["default_checkpoint_id"]}
    post(rig, f"{parent}/endpoints?endpointId=1", {"displayName": "own"})
    rig.clock.pause(60)
    post(rig, f"{own}:deployModel", {"deployedModel": deployed, "trafficSplit": {"0": 100}})
    rig.clock.pause(60)

    found = look_up(rig.client, state["tuned_model_name"])

    assert own in {item.endpoint for item in found.version.deployed_models}
    assert found.endpoint == state["endpoint"]


def test_missing_alias_is_named_with_those_there_are(rig: Rig) -> None:
    """The line says what the model has instead."""
    model = rig.create(rig.inputs())["model"]

    with pytest.raises(NotFoundError) as raised:
        look_up(rig.client, f"{model}@golden")

    assert str(raised.value) == (
        f"the tuned model could not be looked up [{model}@golden]: {model} has no version or alias 'golden'; it has "
        "'1', 'default'. Name one of these."
    )
