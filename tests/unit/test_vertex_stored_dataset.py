"""Datasets in Cloud Storage, read from the emulator: one generation, piece by piece, whatever happens on the way."""

import os
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from pulumi_ctune.config import ApiEndpoint, Settings
from pulumi_ctune.core.errors import CtuneError, NotFoundError, UnavailableError
from pulumi_ctune.vertex.rest import Rest
from pulumi_ctune.vertex.session import Session
from pulumi_ctune.vertex.stored_dataset import StoredDataset
from vertex_emulator.app import Emulator
from vertex_emulator.transport import EmbeddedTransport

CONTENT = os.urandom(10_500)
PIECE = 1_000
URI = "gs://data/train.jsonl"


@dataclass
class Storage:
    """The emulator with one object, and a client of it."""

    emulator: Emulator
    session: Session

    def opened(self) -> StoredDataset:
        assert self.session.storage_url
        return StoredDataset(Rest(self.session, sleep=lambda _: None), self.session.storage_url, URI, PIECE)


@pytest.fixture
def storage() -> Iterator[Storage]:
    with Emulator() as emulator:
        emulator.put_object("data", "train.jsonl", CONTENT)
        settings = Settings(api_endpoint=ApiEndpoint(kind="embedded"))
        session = Session(settings, transport=EmbeddedTransport(emulator))
        yield Storage(emulator, session)
        session.close()


def test_object_is_read_whole(storage: Storage) -> None:
    """The pieces are the content, and size and generation are known before."""
    dataset = storage.opened()

    assert (dataset.size, dataset.generation.isdigit()) == (len(CONTENT), True)
    assert b"".join(dataset.pieces()) == CONTENT


@pytest.mark.parametrize("fault", [{"status": 503}, {"drop": "after"}, {"cut_after_bytes": 100}], ids=str)
def test_trouble_costs_one_piece(storage: Storage, fault: dict[str, object]) -> None:
    """A connection that is cut in the middle is taken up where it ended."""
    dataset = storage.opened()
    storage.emulator.faults.add(path="/o/", skip=5, **fault)

    assert b"".join(dataset.pieces()) == CONTENT


def test_object_that_is_replaced_meanwhile(storage: Storage) -> None:
    """A verdict holds for one generation: another one is never read on."""
    dataset = storage.opened()
    pieces = dataset.pieces()
    next(pieces)
    storage.emulator.put_object("data", "train.jsonl", CONTENT)

    with pytest.raises(CtuneError, match=f"generation {dataset.generation} was replaced or deleted while it was read"):
        list(pieces)


def test_object_that_is_not_there(storage: Storage) -> None:
    """A name without an object is an error that names it."""
    assert storage.session.storage_url
    with pytest.raises(NotFoundError, match=r"gs://data/none\.jsonl could not be read"):
        StoredDataset(Rest(storage.session, sleep=lambda _: None), storage.session.storage_url, "gs://data/none.jsonl")


def test_trouble_that_stays_is_an_error(storage: Storage) -> None:
    """What does not pass by itself ends the reading."""
    dataset = storage.opened()
    storage.emulator.faults.add(path="/o/", skip=2, status=503, times=0)

    with pytest.raises(UnavailableError, match=f"{URI} could not be read"):
        list(dataset.pieces())
