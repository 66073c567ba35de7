"""Cloud Storage through the unmodified google-cloud-storage client, over HTTP."""

import io
import threading
import warnings
from collections.abc import Iterator

import pytest
from google.auth.credentials import AnonymousCredentials

from vertex_emulator import server
from vertex_emulator.app import Emulator

with warnings.catch_warnings():
    # Beside Pulumi's grpcio the library misses grpcio-status, which only gRPC clients need.
    warnings.simplefilter("ignore", ImportWarning)
    from google.api_core import exceptions
    from google.cloud import storage

NAMES = [
    "sft/train.jsonl",
    "sp ace/ü日本.txt",
    "per%25cent%2Fx",
    "q?a#h&=+",
    "col:on/x",
    "dots./..x",
    "tilde~'()*!",
    "x" * 300,
]
CHUNK = 256 * 1024
LOOK_LIMIT_S = 30.0  # far beyond what a look takes


@pytest.fixture
def client() -> Iterator[storage.Client]:
    with Emulator() as emulator, server.running(emulator) as url:
        client = storage.Client(
            project="my-project", credentials=AnonymousCredentials(), client_options={"api_endpoint": url}
        )
        yield client
        _join_background_looks()
        client.close()


def _join_background_looks() -> None:
    """Wait for what the library still looks up, in threads of its own, after a 404.

    Without the server it would go on trying for two minutes, during other tests, and draw from the global `random`
    there, which hypothesis takes for a fault of the test that happens to run.
    """
    for thread in threading.enumerate():
        if thread.name.endswith("_background)"):  # the name of the thread's function
            thread.join(LOOK_LIMIT_S)


@pytest.fixture
def bucket(client: storage.Client) -> storage.Bucket:
    return client.create_bucket("datasets")


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_object_name_comes_back_as_it_was(bucket: storage.Bucket, name: str) -> None:
    """Slashes, percent signs, spaces and letters of any script are part of the name."""
    bucket.blob(name).upload_from_string(name.encode(), content_type="text/plain")

    found = bucket.get_blob(name)

    assert [blob.name for blob in bucket.list_blobs()] == [name]
    assert (found.name, found.content_type, found.download_as_bytes()) == (name, "text/plain", name.encode())


@pytest.mark.parametrize("checksum", ["md5", "crc32c"])
def test_checksums_are_those_of_the_client(bucket: storage.Bucket, checksum: str) -> None:
    """The client compares what it sent and what it reads by checksums of its own."""
    content = bytes(range(256)) * 41

    bucket.blob("x").upload_from_string(content, checksum=checksum)

    assert bucket.blob("x").download_as_bytes(checksum=checksum) == content


@pytest.mark.parametrize("size", [0, 1, CHUNK, 2 * CHUNK, 2 * CHUNK + 7])
def test_resumable_upload_puts_all_chunks_together(bucket: storage.Bucket, size: int) -> None:
    """Chunk by chunk, with the size known from the start."""
    content = b"0123456789abcdef" * (size // 16 + 1)

    bucket.blob("x", chunk_size=CHUNK).upload_from_file(io.BytesIO(content[:size]), size=size)

    assert bucket.blob("x").download_as_bytes() == content[:size]


@pytest.mark.parametrize("size", [CHUNK, CHUNK + 7])
def test_resumable_upload_of_unknown_size_ends_with_the_last_chunk(bucket: storage.Bucket, size: int) -> None:
    """The size is told with the last chunk."""
    bucket.blob("x", chunk_size=CHUNK).upload_from_file(io.BytesIO(b"x" * size))

    assert bucket.get_blob("x").size == size


@pytest.mark.parametrize("chunk_size", [None, CHUNK], ids=["multipart", "resumable"])
def test_generation_0_means_must_not_exist(bucket: storage.Bucket, chunk_size: int | None) -> None:
    """`ifGenerationMatch=0` lets the first writer through and nobody after."""
    bucket.blob("x", chunk_size=chunk_size).upload_from_file(io.BytesIO(b"first"), if_generation_match=0)

    with pytest.raises(exceptions.PreconditionFailed):
        bucket.blob("x", chunk_size=chunk_size).upload_from_file(io.BytesIO(b"second"), if_generation_match=0)

    assert bucket.blob("x").download_as_bytes() == b"first"


def test_overwritten_generation_is_not_found(bucket: storage.Bucket) -> None:
    """Each write makes a larger generation and takes the place of the one before."""
    blob = bucket.blob("x")
    blob.upload_from_string("first")
    first = blob.generation

    blob.upload_from_string("second", if_generation_match=first)

    assert blob.generation > first
    with pytest.raises(exceptions.NotFound):
        bucket.blob("x", generation=first).download_as_bytes()


def test_part_of_an_object_is_read_by_range(bucket: storage.Bucket) -> None:
    """Both ends are included; beyond the end is an error."""
    bucket.blob("x").upload_from_string("0123456789")

    assert bucket.blob("x").download_as_bytes(start=2, end=4) == b"234"
    assert bucket.blob("x").download_as_bytes(start=8) == b"89"
    with pytest.raises(exceptions.RequestRangeNotSatisfiable):
        bucket.blob("x").download_as_bytes(start=10)


def test_list_shows_folders_by_delimiter_and_comes_in_pages(client: storage.Client, bucket: storage.Bucket) -> None:
    """Names behind the delimiter are one prefix; order is by bytes."""
    for name in ("b/1", "b/2", "a", "c", "é"):
        bucket.blob(name).upload_from_string("")

    listed = client.list_blobs("datasets", delimiter="/", page_size=2)
    names = [blob.name for page in listed.pages for blob in page]

    assert (names, sorted(listed.prefixes)) == (["a", "c", "é"], ["b/"])
    assert [blob.name for blob in client.list_blobs("datasets", prefix="b/")] == ["b/1", "b/2"]


def test_metadata_is_patched(bucket: storage.Bucket) -> None:
    """A patch keeps the generation and counts the metageneration up."""
    blob = bucket.blob("x")
    blob.upload_from_string("")
    blob.metadata = {"rows": "40"}
    blob.cache_control = "no-cache"

    blob.patch()

    found = bucket.get_blob("x")
    assert (found.metadata, found.cache_control) == ({"rows": "40"}, "no-cache")
    assert (found.generation, found.metageneration) == (blob.generation, 2)


def test_objects_are_copied_rewritten_and_renamed(bucket: storage.Bucket) -> None:
    """Content and content type come along."""
    bucket.blob("a/b").upload_from_string("content", content_type="application/x-ndjson")

    bucket.copy_blob(bucket.blob("a/b"), bucket, "copy of/a b")
    bucket.blob("rewritten").rewrite(bucket.blob("a/b"))
    bucket.rename_blob(bucket.blob("a/b"), "renamed")

    found = {blob.name: (blob.download_as_bytes(), blob.content_type) for blob in bucket.list_blobs()}
    assert found == dict.fromkeys(["copy of/a b", "renamed", "rewritten"], (b"content", "application/x-ndjson"))


def test_deleted_object_is_gone(bucket: storage.Bucket) -> None:
    """A second deletion finds nothing."""
    bucket.blob("x").upload_from_string("")

    bucket.blob("x").delete()

    assert not bucket.blob("x").exists()
    with pytest.raises(exceptions.NotFound):
        bucket.blob("x").delete()


def test_upload_with_another_checksum_than_its_content_is_refused(bucket: storage.Bucket) -> None:
    """What was damaged on the way is not stored."""
    blob = bucket.blob("x")
    blob.md5_hash = "1B2M2Y8AsgTpgAmY7PhCfg=="

    with pytest.raises(exceptions.BadRequest, match="MD5"):
        blob.upload_from_string("not empty", checksum=None)

    assert not bucket.blob("x").exists()


def test_buckets_are_made_found_and_deleted(client: storage.Client) -> None:
    """A bucket has to be empty to go, and a name is given once."""
    bucket = client.create_bucket("datasets")
    bucket.blob("x").upload_from_string("")

    with pytest.raises(exceptions.Conflict):
        client.create_bucket("datasets")
    with pytest.raises(exceptions.Conflict):
        bucket.delete()
    bucket.blob("x").delete()
    bucket.delete()

    assert client.lookup_bucket("datasets") is None
    assert list(client.list_buckets()) == []


def test_upload_to_a_bucket_that_is_missing_is_not_found(client: storage.Client) -> None:
    """Buckets do not appear by themselves."""
    with pytest.raises(exceptions.NotFound, match="bucket does not exist"):
        client.bucket("missing").blob("x").upload_from_string("")
