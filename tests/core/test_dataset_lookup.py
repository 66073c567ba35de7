"""Looking datasets up, on the real client and the emulator."""

import gzip
from typing import Any

import httpx2
import pytest

from pulumi_ctune.config import ApiEndpoint, Settings
from pulumi_ctune.core.errors import InvalidInputError, NotFoundError, PermissionDeniedError
from pulumi_ctune.core.spending import AS_USUAL, Spending
from pulumi_ctune.dataset.lookup import look_up
from pulumi_ctune.vertex.client import VertexClient
from tests.core.rig import TRAINING, Rig, supervised_examples
from vertex_emulator.transport import EmbeddedTransport


def test_dataset_is_counted(rig: Rig) -> None:
    """Generation, size and checksum are those of the object; lines that are right are examples."""
    rig.emulator.put_object("data", "train.jsonl", supervised_examples(40) + b"\n{}\n")

    found = look_up(rig.client, TRAINING, None, AS_USUAL)

    assert found.report
    assert (found.report.examples, found.report.errors, found.report.method) == (40, 1, "sft")
    assert found.report.tokens.low < found.report.tokens.estimate < found.report.tokens.high
    assert found.stored == rig.client.get_object(TRAINING)
    assert (found.stored.generation.isdigit(), len(found.stored.md5_hash)) == (True, 24)


@pytest.mark.parametrize("checks", ["head", "off"])
def test_dataset_is_not_read_where_the_stack_says_so(rig: Rig, checks: str) -> None:
    """Whoever does not want to read all of it still gets the generation, by one request."""
    before = len(rig.emulator.requests())

    found = look_up(rig.client, TRAINING, None, Spending(data_checks=checks))

    assert (found.report, found.stored.size_bytes) == (None, len(supervised_examples(40)))
    assert len(rig.emulator.requests()) == before + 1


def test_count_is_of_the_generation_that_is_reported(rig: Rig) -> None:
    """An object that is replaced between the two looks is an error, not a mixture."""
    rig.emulator.faults.add(path="/o/", skip=1, status=404, message="No such object")

    with pytest.raises(Exception, match="was replaced or deleted while it was read") as raised:
        look_up(rig.client, TRAINING, None, AS_USUAL)

    assert str(raised.value).startswith(f"the dataset could not be looked up [{TRAINING}]: {TRAINING} could")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("data/train.jsonl", None), "[uri]: 'data/train.jsonl' names no object. Give the URI of one file"),
        (("gs://data", None), "[uri]: 'gs://data' names no object"),
        ((None, None), "[uri]: None names no object"),
        (("projects/p/locations/l/datasets/1", None), "[uri]: 'projects/p/locations/l/datasets/1' names no object"),
        ((TRAINING, "SFT"), "[method]: 'SFT' is not a method: 'sft', 'rft' or 'dpo' is"),
        ((TRAINING, ["sft"]), "[method]: ['sft'] is not a method"),
    ],
)
def test_arguments_that_cannot_be_right_are_named(rig: Rig, arguments: tuple[Any, Any], said: str) -> None:
    """Nothing is asked for them."""
    with pytest.raises(InvalidInputError) as raised:
        look_up(rig.client, *arguments, AS_USUAL)

    assert str(raised.value).startswith(f"the dataset could not be looked up {said}")


def test_object_that_is_not_there_is_one_line(rig: Rig) -> None:
    """The line names the object and has Cloud Storage's words."""
    with pytest.raises(NotFoundError) as raised:
        look_up(rig.client, "gs://data/none.jsonl", None, AS_USUAL)

    assert str(raised.value).startswith("the dataset could not be looked up [gs://data/none.jsonl]: HTTP 404")


def test_object_that_may_not_be_read_is_one_line(rig: Rig) -> None:
    """With the advice that goes with the words."""
    rig.emulator.faults.add(path="/o/", status=403, message="You do not have storage.objects.get access")

    with pytest.raises(PermissionDeniedError) as raised:
        look_up(rig.client, TRAINING, None, AS_USUAL)

    assert str(raised.value).startswith(f"the dataset could not be looked up [{TRAINING}]: HTTP 403")


def test_damaged_object_is_one_line(rig: Rig) -> None:
    """What is told while it is read keeps its reason and its next step."""
    upload = {"uploadType": "media", "name": "train.jsonl", "contentEncoding": "gzip"}
    packed = gzip.compress(supervised_examples(40))[:-1]
    with httpx2.Client(transport=EmbeddedTransport(rig.emulator), base_url="http://embedded.localhost") as http:
        http.post("/upload/storage/v1/b/data/o", params=upload, content=packed).raise_for_status()

    with pytest.raises(Exception, match="it ends before its end") as raised:
        look_up(rig.client, TRAINING, None, AS_USUAL)

    assert str(raised.value).startswith(f"the dataset could not be looked up [{TRAINING}]: ")
    assert str(raised.value).endswith("Store it once more.")


def test_service_without_storage_is_reported() -> None:
    """With an endpoint of one's own nothing says where objects are: the line names the setting."""
    client = VertexClient(Settings(api_endpoint=ApiEndpoint("url", url="http://localhost:1")))

    with pytest.raises(InvalidInputError) as raised:
        look_up(client, TRAINING, None, AS_USUAL)

    assert str(raised.value).endswith("Set ctune:storageEndpoint to its base URL.")
