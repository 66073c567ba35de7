"""Datasets in Cloud Storage: one generation, piece by piece, whatever happens on the way."""

import contextlib
import gzip
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from pulumi_ctune.config import ApiEndpoint, Settings
from pulumi_ctune.core.api import StorageObject
from pulumi_ctune.core.errors import CtuneError, NotFoundError, UnavailableError
from pulumi_ctune.vertex.rest import Rest
from pulumi_ctune.vertex.session import Session
from pulumi_ctune.vertex.stored_dataset import StoredDataset
from tests.unit.storage_server import StoredObject, serving
from tests.unit.vertex_wire import Pauses
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

    def opened(self, uri: str = URI, known: StorageObject | None = None) -> StoredDataset:
        assert self.session.storage_url
        rest = Rest(self.session, sleep=lambda _: None)
        return StoredDataset(rest, self.session.storage_url, uri, known, longest_piece=PIECE)


@pytest.fixture
def storage() -> Iterator[Storage]:
    with Emulator() as emulator:
        emulator.put_object("data", "train.jsonl", CONTENT)
        settings = Settings(api_endpoint=ApiEndpoint(kind="embedded"))
        session = Session(settings, transport=EmbeddedTransport(emulator))
        yield Storage(emulator, session)
        session.close()


@contextlib.contextmanager
def opened(stored: StoredObject, pauses: Pauses | None = None, piece: int = 100_000) -> Iterator[StoredDataset]:
    """The object on a server of its own, over HTTP."""
    with serving(stored) as url:
        session = Session(Settings(access_token="t", storage_endpoint=url))
        rest = Rest(session, sleep=(pauses or Pauses()).sleep)
        try:
            yield StoredDataset(rest, url, URI, longest_piece=piece)
        finally:
            session.close()


def test_object_is_read_whole(storage: Storage) -> None:
    """The pieces are the content, and size and generation are known before."""
    dataset = storage.opened()

    assert (dataset.size, dataset.generation.isdigit()) == (len(CONTENT), True)
    assert b"".join(dataset.pieces()) == CONTENT


@pytest.mark.parametrize("name", ["a b%20c", "folder//ä?x=1&y#z", "/", "+;,'\"<>[]{}|\\^`~", "😀.jsonl", "a:b@c*"])
def test_object_of_any_name_is_read(storage: Storage, name: str) -> None:
    """A name is taken as it is written: nothing in it is a query, a fragment or an escape."""
    storage.emulator.put_object("data", name, b"here")

    assert b"".join(storage.opened(f"gs://data/{name}").pieces()) == b"here"


FAULTS = [{"status": 503}, {"status": 429}, {"status": 401}, {"drop": "after"}, {"cut_after_bytes": 100}]


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_trouble_costs_one_piece(storage: Storage, fault: dict[str, Any]) -> None:
    """What passes by itself is tried again."""
    dataset = storage.opened()
    storage.emulator.faults.add(path="/o/", skip=5, **fault)

    assert b"".join(dataset.pieces()) == CONTENT


def test_reading_goes_on_where_a_connection_was_cut() -> None:
    """In the middle of a line, of a character, right at the beginning of a piece, again and again: no byte twice."""
    lines = "".join(f'{{"text": "größer {os.urandom(40).hex()}"}}\n' for _ in range(5_000)).encode()
    middle_of_character = lines.index("ö".encode(), 150_000) + 1
    cuts = {70_001, middle_of_character, 200_000, 200_001, 300_000, 333_333, 400_007, len(lines) - 1}
    cuts |= {250_000 + 100 * number for number in range(20)}
    stored = StoredObject(lines, cuts={*cuts})

    with opened(stored) as dataset:
        content = b"".join(dataset.pieces())

    assert (content, stored.cuts) == (lines, set())
    starts = [int(asked.removeprefix("bytes=").partition("-")[0]) for asked in stored.ranges]
    assert cuts <= {*starts}


def test_packed_object_is_unpacked() -> None:
    """Ranges are of the packed bytes, and a cut may fall into header, content or trailer of a member."""
    members = [os.urandom(60_000).hex().encode() for _ in range(3)]
    first, second, third = (gzip.compress(member, mtime=0) for member in members)
    cuts = {1, 50_000, len(first) - 3, len(first) + 5, len(first) + 40_000, len(first + second) + 1}
    stored = StoredObject(first + second + third, {"contentEncoding": "gzip"}, cuts={*cuts})

    with opened(stored) as dataset:
        content = b"".join(dataset.pieces())

    assert (content, dataset.size, stored.cuts) == (b"".join(members), None, set())


def test_emulator_packs_as_cloud_storage_does(storage: Storage) -> None:
    """Whoever takes gzip gets ranges of what is stored."""
    http, base = storage.session.client, "http://embedded.localhost/upload/storage/v1/b/data/o"
    query = {"uploadType": "media", "name": "packed.jsonl", "contentEncoding": "gzip"}
    http.post(base, params=query, content=gzip.compress(CONTENT)).raise_for_status()

    assert b"".join(storage.opened("gs://data/packed.jsonl").pieces()) == CONTENT


@pytest.mark.parametrize(
    ("stored", "why"),
    [
        (StoredObject(CONTENT, {"contentEncoding": "gzip"}), "content encoding gzip, which it does not have: "),
        (StoredObject(gzip.compress(CONTENT)[:-5], {"contentEncoding": "gzip"}), "it ends before its end"),
        (StoredObject(CONTENT, {"contentEncoding": "br"}), "it is stored with the content encoding br"),
        (StoredObject(CONTENT, {"size": "9000"}), "its metadata say 9,000 bytes, and it has 10,500"),
        (StoredObject(CONTENT, {"size": "20000"}), "its metadata say 20,000 bytes, and it has 10,500"),
        (StoredObject(b"", {"size": "20000"}), "its metadata say 20,000 bytes, and it has fewer"),
        (
            StoredObject(CONTENT, {"size": "20000"}, takes_ranges=False),
            "the answer begins at byte 0, where byte 10,500",
        ),
        (StoredObject(CONTENT, {"size": None}), "its size is no number: None"),
        (StoredObject(CONTENT, {"generation": ""}), "the answer has no generation"),
        (StoredObject(CONTENT, answer=lambda number: 403), "HTTP 403"),
        (StoredObject(CONTENT, answer=lambda number: 412), "generation 17 was replaced or deleted while it was read"),
        (StoredObject(CONTENT, answer=lambda number: 404), "generation 17 was replaced or deleted while it was read"),
        (StoredObject(CONTENT, answer=lambda number: 500), "HTTP 500"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_read_is_one_error(stored: StoredObject, why: str) -> None:
    """Whatever a server says: no byte of something else is taken for the dataset."""
    with pytest.raises(CtuneError) as raised, opened(stored) as dataset:
        for _ in dataset.pieces():
            pass

    assert str(raised.value).startswith("gs://data/train.jsonl could not be read: ")
    assert why in str(raised.value)


def test_server_that_sends_more_than_was_asked_for_costs_no_memory() -> None:
    """Where somebody on the way ignores ranges, the whole object is not read into memory."""
    stored = StoredObject(b"x" * 3_000_000, takes_ranges=False)

    with opened(stored) as dataset:
        first = next(pieces := dataset.pieces())
        with pytest.raises(CtuneError, match="the answer begins at byte 0, where byte 100,000 was asked for"):
            next(pieces)

    assert len(first) == 100_000


def test_trouble_that_stays_is_an_error() -> None:
    """After pauses that grow."""
    pauses = Pauses()
    stored = StoredObject(CONTENT, answer=lambda number: 503)

    with opened(stored, pauses) as dataset, pytest.raises(UnavailableError):
        list(dataset.pieces())

    assert pauses.taken == [0.5, 1.0, 2.0, 4.0]


def test_object_that_is_replaced_meanwhile(storage: Storage) -> None:
    """A verdict holds for one generation: another one is never read on."""
    dataset = storage.opened()
    pieces = dataset.pieces()
    next(pieces)
    storage.emulator.put_object("data", "train.jsonl", CONTENT)

    with pytest.raises(CtuneError, match=f"generation {dataset.generation} was replaced or deleted while it was read"):
        list(pieces)


def test_generation_that_is_not_there_any_more(storage: Storage) -> None:
    """Who knows a generation already gets that one or an error, and metadata are not read again."""
    generation = storage.opened().generation
    storage.emulator.put_object("data", "train.jsonl", b"other")

    dataset = storage.opened(known=StorageObject(len(CONTENT), generation))

    with pytest.raises(CtuneError, match=f"generation {generation} was replaced or deleted while it was read"):
        list(dataset.pieces())


def test_object_that_is_not_there(storage: Storage) -> None:
    """A name without an object is an error that names it."""
    with pytest.raises(NotFoundError, match=r"gs://data/none\.jsonl could not be read"):
        storage.opened("gs://data/none.jsonl")
