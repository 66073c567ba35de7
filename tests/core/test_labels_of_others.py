"""Labels that others put on a model version or an endpoint stay, and what is ours of them follows the program."""

from typing import Any

import httpx2
import pytest

from pulumi_ctune.alias import creation
from pulumi_ctune.config import ApiEndpoint, Settings
from pulumi_ctune.core.outcomes import Found, Unfinished
from pulumi_ctune.tuning_job import deletion, reading
from pulumi_ctune.vertex.client import VertexClient
from tests.core.rig import Rig
from vertex_emulator.transport import EmbeddedTransport

FOREIGN = {"cost-bot": "scanned", "goog-managed-by": "x", "google-ads": "y", "tune-up": "z"}


def label(rig: Rig, state: dict[str, Any], **labels: str) -> None:
    """Somebody else labels the version and each endpoint; an empty value takes a label away."""
    version = rig.client.get_model_version(state["tuned_model_name"])
    rig.client.update_model_version(version.name, changes={"labels": merged(version.labels, labels)})
    for checkpoint in state["checkpoints"]:
        endpoint = rig.client.get_endpoint(checkpoint["endpoint"])
        rig.client.update_endpoint(endpoint.name, changes={"labels": merged(endpoint.labels, labels)})


def merged(labels: Any, more: dict[str, str]) -> dict[str, str]:
    return {key: value for key, value in {**labels, **more}.items() if value}


def labels_there(rig: Rig, state: dict[str, Any]) -> list[dict[str, str]]:
    """The labels of the version and each endpoint that are not ours by name."""
    found = [rig.client.get_model_version(state["tuned_model_name"]).labels]
    found += [rig.client.get_endpoint(checkpoint["endpoint"]).labels for checkpoint in state["checkpoints"]]
    hidden = ("ctune-", "google-vertex-", "tune-type")
    return [{key: value for key, value in labels.items() if not key.startswith(hidden)} for labels in found]


def read(rig: Rig, state: dict[str, Any]) -> Found:
    found = reading.read(rig.client, rig.verbs().context, state["name"], state)
    assert found is not None
    return found


@pytest.mark.parametrize("labels", [None, {}, {"team": "a"}])
def test_refresh_is_silent_about_labels_of_others(rig: Rig, labels: dict[str, str] | None) -> None:
    """They are no drift, whether the program has labels or none."""
    inputs = rig.inputs(labels=labels)
    state = rig.create(inputs)
    label(rig, state, **FOREIGN)

    found = read(rig, state)

    assert (dict(found.state), dict(found.inputs)) == (state, inputs)


@pytest.mark.parametrize("after", [{"team": "b"}, {"env": "prod"}, {}, None])
def test_update_changes_our_keys_alone(rig: Rig, after: dict[str, str] | None) -> None:
    """A key that the program no longer has goes, one of others stays, on the version and on each endpoint."""
    state = rig.create(rig.inputs(labels={"team": "a"}))
    label(rig, state, **FOREIGN)

    rig.verbs().update(state["name"], state, rig.inputs(labels=after))

    assert labels_there(rig, state) == [{**FOREIGN, **(after or {})}] * 4


def test_our_key_that_somebody_changed_is_drift(rig: Rig) -> None:
    """The value of a key of ours is ours."""
    state = rig.create(rig.inputs(labels={"team": "a", "env": "dev"}))
    label(rig, state, team="b", **FOREIGN)

    assert read(rig, state).inputs["labels"] == {"team": "b", "env": "dev"}


def test_label_that_config_made_a_number_of_is_no_drift(rig: Rig) -> None:
    """`4711` and "4711" are the same label, also beside one that did change."""
    inputs = rig.inputs(labels={"cost-center": 4711, "team": "a"})
    state = rig.create(inputs)
    silent = read(rig, state)
    label(rig, state, team="b")

    assert dict(silent.inputs) == inputs
    assert read(rig, state).inputs["labels"] == {"cost-center": 4711, "team": "b"}


def test_our_key_that_somebody_took_away_is_drift(rig: Rig) -> None:
    """The next update puts it back."""
    state = rig.create(rig.inputs(labels={"team": "a"}))
    label(rig, state, team="")

    found = read(rig, state)
    rig.verbs().update(state["name"], dict(found.state), rig.inputs(labels={"team": "a"}))

    assert found.inputs["labels"] == {}
    assert labels_there(rig, state)[0] == {"team": "a"}


def test_key_that_is_not_ours_any_more_stays(rig: Rig) -> None:
    """A label that the program once had, and somebody puts there later, is theirs."""
    state = rig.create(rig.inputs(labels={"team": "a"}))
    state = rig.verbs().update(state["name"], state, rig.inputs())
    label(rig, state, team="theirs")

    rig.verbs().update(state["name"], state, rig.inputs(description="new"))

    assert labels_there(rig, state) == [{"team": "theirs"}] * 4


def test_labels_of_others_survive_a_destroy_that_leaves_the_model(rig: Rig) -> None:
    """The mark is one key of the version."""
    state = rig.create(rig.inputs(labels={"team": "a"}))
    label(rig, state, **FOREIGN)

    deletion.delete(rig.client, rig.verbs().context, state["name"], state)

    assert labels_there(rig, state) == [{"team": "a", **FOREIGN}] * 4


def test_job_that_is_taken_up_again_follows_the_program(rig: Rig) -> None:
    """Labels and description of the run before go with the program, and those of others stay."""
    state = rig.create(rig.inputs(labels={"team": "a"}, description="old"))
    deletion.delete(rig.client, rig.verbs().context, state["name"], state)
    label(rig, state, **FOREIGN)

    again = rig.create(rig.inputs(labels={"env": "dev"}), rig.nothing_saved())

    assert again["name"] == state["name"]
    assert labels_there(rig, state) == [{"env": "dev", **FOREIGN}] * 4
    assert rig.client.get_model_version(state["tuned_model_name"]).description == ""


def test_adopted_job_keeps_the_labels_that_its_maker_gave_it(rig: Rig) -> None:
    """A job that somebody made by hand has labels of somebody."""
    body = {
        "baseModel": "gemini-3.5-flash",
        "supervisedTuningSpec": {"trainingDatasetUri": "gs://data/train.jsonl", "hyperParameters": {"epochCount": 3}},
        "tunedModelDisplayName": "support",
        "labels": {"by": "hand"},
    }
    job = rig.client.submit("acme", "us-central1", body)

    state = rig.create(rig.inputs(adopt_job=job.name, labels={"team": "a"}))

    assert labels_there(rig, state) == [{"by": "hand", "team": "a"}] * 4


def test_alias_leaves_the_labels_alone(rig: Rig) -> None:
    """Putting an alias on a version writes no labels."""
    state = rig.create(rig.inputs())
    label(rig, state, **FOREIGN)

    creation.create(rig.client, rig.verbs().context, {"tuned_model_name": state["tuned_model_name"], "alias": "prod"})

    assert labels_there(rig, state) == [FOREIGN] * 4


class Meddler(httpx2.BaseTransport):
    """The embedded emulator, where somebody labels the version between our look and our write."""

    def __init__(self, rig: Rig, state: dict[str, Any], times: int) -> None:
        self._rig, self._state, self._times = rig, state, times
        self._embedded = EmbeddedTransport(rig.emulator)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        if request.method == "PATCH" and self._times:
            self._times -= 1
            label(self._rig, self._state, **{f"bot-{self._times}": "x"})
        return self._embedded.handle_request(request)


def test_label_that_arrives_between_look_and_write_stays(rig: Rig) -> None:
    """The write names the version of what was read, and is computed again where that is not what is there any more."""
    state = rig.create(rig.inputs(labels={"team": "a"}))
    settings = Settings(project="acme", api_endpoint=ApiEndpoint("embedded"))
    rig.client = VertexClient(settings, transport=Meddler(rig, state, times=1), sleep=lambda _: None)

    rig.verbs().update(state["name"], state, rig.inputs(labels={"team": "b"}))

    assert labels_there(rig, state) == [{"team": "b", "bot-0": "x"}] * 4


@pytest.mark.parametrize("description", [None, ""])
def test_removed_description_is_cleared(rig: Rig, description: str | None) -> None:
    """What is taken out of the program is taken out at Google; a refresh afterwards is silent."""
    state = rig.create(rig.inputs(description="old"))

    changed = rig.verbs().update(state["name"], state, rig.inputs(description=description))

    assert rig.client.get_model_version(state["tuned_model_name"]).description == ""
    assert dict(read(rig, changed).state) == changed


def test_description_that_was_changed_is_cleared_too(rig: Rig) -> None:
    """Also where the model itself still has the description of the submission."""
    state = rig.create(rig.inputs(description="old"))
    state = rig.verbs().update(state["name"], state, rig.inputs(description="newer"))

    rig.verbs().update(state["name"], state, rig.inputs())

    assert rig.client.get_model_version(state["tuned_model_name"]).description == ""


def test_description_of_somebody_else_stays(rig: Rig) -> None:
    """Where the program has none and never had one, it is not ours."""
    state = rig.create(rig.inputs())
    rig.client.update_model_version(state["tuned_model_name"], changes={"versionDescription": "theirs"})

    rig.verbs().update(state["name"], state, rig.inputs(labels={"team": "a"}))

    assert rig.client.get_model_version(state["tuned_model_name"]).description == "theirs"


def test_description_that_somebody_changed_is_drift(rig: Rig) -> None:
    """Like a label of ours."""
    state = rig.create(rig.inputs(description="ours"))
    rig.client.update_model_version(state["tuned_model_name"], changes={"versionDescription": "theirs"})

    assert read(rig, state).inputs["description"] == "theirs"


def test_removed_display_name_stays(rig: Rig) -> None:
    """A model has to have a name: the one that it has is left alone."""
    state = rig.create(rig.inputs())

    rig.verbs().update(state["name"], state, rig.inputs(tuned_model_display_name=None))

    assert rig.client.get_model_version(state["tuned_model_name"]).display_name == "support"


def test_key_that_a_failed_update_did_not_take_out_is_taken_out_later(rig: Rig) -> None:
    """Two changes, the first one refused: what the program had before either goes with the second."""
    state = rig.create(rig.inputs(labels={"team": "a"}, description="old"))
    state = rig.verbs().update(state["name"], state, rig.inputs(labels={"env": "dev"}, description="old"))
    rig.emulator.faults.add(method="PATCH", path="/models/", status=403, times=1)
    with pytest.raises(Unfinished) as refused:
        rig.verbs().update(state["name"], state, rig.inputs(labels={"env-2": "dev"}))

    after = rig.verbs().update(state["name"], refused.value.state, rig.inputs())

    assert labels_there(rig, state) == [{}] * 4
    assert rig.client.get_model_version(state["tuned_model_name"]).description == ""
    assert not [key for key in after if key == "__put_before"]
