"""Models on the emulator: read, listed, changed and deleted, with all their versions."""

from collections.abc import Iterator

import pytest

from tests.emulator.registry import DATASET, PARENT, Registry, conforms
from vertex_emulator.app import Emulator


@pytest.fixture
def registry() -> Iterator[Registry]:
    with Emulator() as emulator:
        yield Registry(emulator)


def test_get_without_version_is_the_version_with_alias_default(registry: Registry) -> None:
    """A model's name without `@` means the version that holds the alias `default`."""
    version = registry.tuned()
    registry.tuned(source=version)

    found = registry.get(version.split("@")[0])

    assert (found["versionId"], found["versionAliases"]) == ("1", ["default"])


def test_answer_has_the_shape_of_the_discovery_document(registry: Registry) -> None:
    """Each field of a model is one of the API's, with its type."""
    version = registry.tuned()

    found = registry.get(version)

    assert conforms("Model", found) == []
    assert [item["checkpointId"] for item in found["checkpoints"]] == ["1", "2"]
    assert found["labels"]["tune-type"] == "sft"


def test_project_id_and_number_name_the_same_model(registry: Registry) -> None:
    """Answers carry the project's number; requests may carry its id."""
    version = registry.tuned()

    by_id = registry.get(f"{PARENT}/models/{version.rpartition('/')[2]}")

    assert by_id == registry.get(version)
    assert by_id["name"].split("/")[1].isdigit()


@pytest.mark.parametrize("suffix", ["@7", "@golden", "0", "0@1"])
def test_unknown_model_version_or_alias_is_not_found(registry: Registry, suffix: str) -> None:
    """What does not exist is answered by 404 with the model's name."""
    model = registry.tuned().split("@")[0]

    error = registry.error("GET", model + suffix)

    assert (error["status"], model in error["message"]) == ("NOT_FOUND", True)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("labels.tune-type=sft", True),
        ('labels.tune-type="sft"', True),
        ("labels.tune-type:*", True),
        ("labels:tune-type", True),
        ("labels.team:*", False),
        ("labels.tune-type=dpo", False),
        ('display_name="bot"', True),
        ("displayName=other", False),
        ("display_name!=other", True),
        ('labels.tune-type=sft AND displayName="other"', False),
    ],
)
def test_filter_lets_models_through(registry: Registry, text: str, found: bool) -> None:
    """Lists can be filtered by label and display name, in both spellings."""
    registry.tuned("bot")

    models = registry.get(f"{PARENT}/models", filter=text)["models"]

    assert bool(models) is found


def test_two_filters_must_both_hold(registry: Registry) -> None:
    """google-genai sends a second `filter` beside the caller's own."""
    registry.tuned("bot")
    registry.tuned("other")

    models = registry.get(f"{PARENT}/models", filter=["displayName=bot", "labels.tune-type:*"])["models"]

    assert [item["displayName"] for item in models] == ["bot"]


@pytest.mark.parametrize("text", ["state = x", "displayName", "labels.a=b OR labels.a=c", "labels.a=b labels.a=c"])
def test_filter_outside_the_grammar_is_refused(registry: Registry, text: str) -> None:
    """A filter that cannot be read is an error, never 'everything'."""
    registry.tuned()

    error = registry.error("GET", f"{PARENT}/models", filter=text)

    assert error["status"] == "INVALID_ARGUMENT"


def test_list_comes_in_pages_with_the_newest_first(registry: Registry) -> None:
    """`pageToken` continues behind the last model of the page before."""
    for name in ("one", "two", "three"):
        registry.tuned(name)

    first = registry.get(f"{PARENT}/models", pageSize=2)
    second = registry.get(f"{PARENT}/models", pageSize=2, pageToken=first["nextPageToken"])

    assert [item["displayName"] for item in first["models"] + second["models"]] == ["three", "two", "one"]
    assert "nextPageToken" not in second


def test_patch_without_mask_changes_the_fields_of_the_body(registry: Registry) -> None:
    """google-genai sends no `updateMask`: the fields that are there are meant."""
    version = registry.tuned()

    registry.patch(version.split("@")[0], {"displayName": "renamed", "defaultCheckpointId": "1"})

    found = registry.get(version)
    assert (found["displayName"], found["defaultCheckpointId"]) == ("renamed", "1")
    assert found["labels"]["tune-type"] == "sft"


def test_patch_with_mask_clears_what_the_body_leaves_out(registry: Registry) -> None:
    """A field in the mask without a value is emptied; fields outside the mask stay."""
    version = registry.tuned()
    registry.patch(version, {"versionDescription": "good"})

    registry.patch(version, {"displayName": "ignored"}, updateMask="version_description")

    found = registry.get(version)
    assert ("versionDescription" in found, found["displayName"]) == (False, "bot")


def test_labels_of_one_version_are_not_those_of_the_next(registry: Registry) -> None:
    """A PATCH on `models/M@V` changes that version's labels only."""
    first = registry.tuned()
    second = registry.tuned(source=first)

    registry.patch(first, {"labels": {"approved": "yes"}}, updateMask="labels")

    assert registry.get(first)["labels"] == {"approved": "yes"}
    assert "approved" not in registry.get(second)["labels"]


def test_labels_of_the_model_show_on_each_version(registry: Registry) -> None:
    """The labels of model and version are merged in answers."""
    first = registry.tuned()
    second = registry.tuned(source=first)

    registry.patch(first.split("@")[0], {"labels": {"team": "support"}}, updateMask="labels")

    assert [registry.get(name)["labels"]["team"] for name in (first, second)] == ["support", "support"]
    assert registry.get(second)["labels"]["tune-type"] == "sft"


def test_patch_with_an_old_etag_is_aborted(registry: Registry) -> None:
    """An etag in the body that is not the current one means that somebody else was faster."""
    version = registry.tuned()
    old = registry.get(version)["etag"]
    registry.patch(version, {"labels": {"a": "b"}})

    error = registry.error("PATCH", version, {"displayName": "late", "etag": old})

    assert (error["code"], error["status"]) == (409, "ABORTED")
    assert registry.get(version)["displayName"] == "bot"


@pytest.mark.parametrize(
    ("body", "params"),
    [
        ({"defaultCheckpointId": "9"}, {}),
        ({"labels": {"Team": "x"}}, {}),
        ({"versionAliases": ["x"]}, {"updateMask": "versionAliases"}),
        ({"bogus": 1}, {}),
    ],
    ids=["checkpoint", "label", "mask", "field"],
)
def test_wrong_patch_is_refused_whole(registry: Registry, body: dict[str, object], params: dict[str, str]) -> None:
    """A PATCH that cannot be carried out changes nothing."""
    version = registry.tuned()
    before = registry.get(version)

    error = registry.error("PATCH", version, body, **params)

    assert error["status"] == "INVALID_ARGUMENT"
    assert registry.get(version) == before


def test_model_that_is_deployed_cannot_be_deleted(registry: Registry) -> None:
    """While any version is deployed anywhere, deletion is refused and the endpoint is named."""
    version = registry.tuned()
    endpoint = registry.get(version)["deployedModels"][0]["endpoint"]

    error = registry.error("DELETE", version.split("@")[0])

    assert (error["code"], error["status"]) == (400, "FAILED_PRECONDITION")
    assert endpoint in error["message"]


def test_deleted_model_takes_all_versions_along(registry: Registry) -> None:
    """Deleting a model is long-running, and no version is left."""
    first = registry.tuned()
    second = registry.tuned(source=first)
    registry.release(first)
    registry.release(second)

    registry.wait(registry.delete(first.split("@")[0]))

    assert [registry.error("GET", name)["code"] for name in (first, second)] == [404, 404]


def test_model_name_with_version_is_refused_by_delete(registry: Registry) -> None:
    """`DELETE models/M@V` is neither the model's deletion nor the version's."""
    version = registry.tuned()

    error = registry.error("DELETE", version)

    assert (error["status"], "deleteVersion" in error["message"]) == ("INVALID_ARGUMENT", True)


def test_v1_serves_models_too(registry: Registry) -> None:
    """The same models are there under `/v1/`."""
    version = registry.tuned()

    found = Registry(registry.emulator, api_version="v1").get(version)

    assert found["versionId"] == "1"


@pytest.mark.parametrize(
    ("body", "params"),
    [({"displayName": ""}, {"updateMask": "displayName"}), ({"displayName": "x" * 129}, {})],
    ids=["no name", "long name"],
)
def test_wrong_name_is_refused(registry: Registry, body: dict[str, object], params: dict[str, str]) -> None:
    """A model has a name of 1 to 128 characters."""
    version = registry.tuned()

    error = registry.error("PATCH", version.split("@")[0], body, **params)

    assert error["status"] == "INVALID_ARGUMENT"
    assert registry.get(version)["displayName"] == "bot"


def test_patch_of_a_version_cannot_change_the_model(registry: Registry) -> None:
    """The name decides what is updated, and a field of the other level is refused."""
    version = registry.tuned()

    of_version = registry.error("PATCH", version, {"displayName": "n", "labels": {"a": "b"}})
    of_model = registry.error("PATCH", version.split("@")[0], {"versionDescription": "d"})

    assert (of_version["status"], of_model["status"]) == ("FAILED_PRECONDITION", "FAILED_PRECONDITION")
    assert "a" not in registry.get(version)["labels"]


def test_uploaded_model_is_no_source(registry: Registry) -> None:
    """It has a version, and no base model that training could go on from."""
    uploaded = registry.wait(registry.post(f"{PARENT}/models:upload", {"model": {"displayName": "mine"}}))["response"]
    body = {
        "preTunedModel": {"tunedModelName": f"{uploaded['model']}@{uploaded['modelVersionId']}"},
        "supervisedTuningSpec": {"trainingDatasetUri": DATASET},
    }

    error = registry.error("POST", f"{PARENT}/tuningJobs", body)

    assert (error["status"], "is not a tuned model" in error["message"]) == ("FAILED_PRECONDITION", True)
    assert conforms("Model", registry.get(uploaded["model"])) == []


def test_upload_into_a_model_is_not_served(registry: Registry) -> None:
    """Nothing is made under another name than the one that was asked for."""
    body = {"model": {"displayName": "mine"}, "parentModel": registry.tuned().partition("@")[0]}

    error = registry.error("POST", f"{PARENT}/models:upload", body)

    assert (error["code"], "parentModel" in error["message"]) == (501, True)


@pytest.mark.parametrize("version_id", ["1", "2"])
def test_version_that_was_read_can_be_sent_back_changed(registry: Registry, version_id: str) -> None:
    """Google's own client changes a version so: the whole answer to a GET, under the name that is in it."""
    first = registry.tuned()
    registry.tuned(source=first)
    model = first.partition("@")[0]
    read = registry.get(f"{model}@{version_id}")

    changed = {**read, "versionDescription": "good", "labels": {"team": "a"}}
    registry.patch(read["name"], changed, updateMask="versionDescription,labels")

    found = {id_: registry.get(f"{model}@{id_}") for id_ in ("1", "2")}
    assert [id_ for id_, item in found.items() if item.get("versionDescription") == "good"] == [version_id]
    assert [id_ for id_, item in found.items() if item["labels"].get("team") == "a"] == [version_id]
