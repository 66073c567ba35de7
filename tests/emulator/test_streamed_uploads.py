"""Bodies without a length (`Transfer-Encoding: chunked`): datasets that are made while they are sent."""

import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx2
import pytest

from tests.emulator.conftest import PARENT
from vertex_emulator.app import Emulator
from vertex_emulator.server import running
from vertex_emulator.transport import EmbeddedTransport

PIECES = [b'{"line": 1}\n', b"\r\n", b"x" * 70_000, b'{"line": 3}\n']
UPLOAD = "/upload/storage/v1/b/data/o"


@pytest.fixture(params=["in process", "over HTTP"])
def client(request: pytest.FixtureRequest, emulator: Emulator) -> Iterator[httpx2.Client]:
    if request.param == "in process":
        with httpx2.Client(transport=EmbeddedTransport(emulator), base_url="http://localhost") as made:
            yield made
    else:
        with running(emulator) as url, httpx2.Client(base_url=url, trust_env=False) as made:
            yield made


def exchange(base_url: str, request: bytes) -> bytes:
    """The answer to these bytes, of a client that sends nothing more."""
    parts = urlsplit(base_url)
    with socket.create_connection((parts.hostname, parts.port), timeout=10) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        return connection.makefile("rb").read()


def content_of(client: httpx2.Client, name: str) -> bytes:
    return client.get(f"/storage/v1/b/data/o/{name}", params={"alt": "media"}).content


def session(client: httpx2.Client, name: str) -> str:
    return client.post(UPLOAD, params={"uploadType": "resumable", "name": name}, json={}).headers["Location"]


def test_media_upload_is_stored_whole(client: httpx2.Client) -> None:
    answer = client.post(UPLOAD, params={"uploadType": "media", "name": "x"}, content=iter(PIECES))

    assert (answer.status_code, answer.json()["size"]) == (200, str(len(b"".join(PIECES))))
    assert content_of(client, "x") == b"".join(PIECES)


def test_multipart_upload_is_stored_whole(client: httpx2.Client) -> None:
    """The boundary may lie in any piece."""
    head = b'--b\r\nContent-Type: application/json\r\n\r\n{"name": "x"}\r\n--b\r\nContent-Type: text/plain\r\n\r\n'
    headers = {"Content-Type": "multipart/related; boundary=b"}

    body = iter([head, *PIECES, b"\r\n-", b"-b--"])
    answer = client.post(UPLOAD, params={"uploadType": "multipart"}, headers=headers, content=body)

    assert (answer.status_code, answer.json()["contentType"]) == (200, "text/plain")
    assert content_of(client, "x") == b"".join(PIECES)


@pytest.mark.parametrize("total", ["*", str(len(b"".join(PIECES)))], ids=["unknown", "known"])
def test_resumable_upload_ends_with_its_stream(client: httpx2.Client, total: str) -> None:
    """`bytes 0-*/*` is what Google's client for Node sends: one request, whose end is the object's."""
    headers = {"Content-Range": f"bytes 0-*/{total}"}

    answer = client.put(session(client, "x"), headers=headers, content=iter(PIECES))

    assert answer.status_code == 200, answer.text
    assert content_of(client, "x") == b"".join(PIECES)


def test_resumable_upload_goes_on_after_a_chunk(client: httpx2.Client) -> None:
    """A chunk of known place, then a stream to the end."""
    url = session(client, "x")

    first = client.put(url, headers={"Content-Range": "bytes 0-11/*"}, content=iter(PIECES[:1]))
    last = client.put(url, headers={"Content-Range": "bytes 12-*/*"}, content=iter(PIECES[1:]))

    assert (first.status_code, first.headers["Range"]) == (308, "bytes=0-11")
    assert last.status_code == 200
    assert content_of(client, "x") == b"".join(PIECES)


def test_stream_that_is_shorter_than_said_is_incomplete(client: httpx2.Client) -> None:
    """The object is not there before its last byte."""
    headers = {"Content-Range": "bytes 0-*/999999"}

    answer = client.put(session(client, "x"), headers=headers, content=iter(PIECES))

    assert answer.status_code == 308
    assert client.get("/storage/v1/b/data/o/x").status_code == 404


def test_json_body_over_its_limit_is_refused_unread(emulator: Emulator) -> None:
    """What is not an upload may have 10 MB, with a length or without."""
    head = f"POST /v1beta1/{PARENT}/tuningJobs HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    with running(emulator) as url:
        answer = exchange(url, f"{head}{11 * 2**20:x}\r\n".encode())

    assert answer.startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"hello\r\n", 400),
        (b"-5\r\nhello\r\n0\r\n\r\n", 400),
        (b"0x5\r\nhello\r\n0\r\n\r\n", 400),
        (b"5\r\nhello world\r\n0\r\n\r\n", 400),
        (b"a\r\nhello", 400),
        (b"5\r\nhello\r\n", 400),
        (b"5;name=value\r\nhello\r\n0\r\nTrailer: x\r\n\r\n", 200),
    ],
    ids=["no size", "negative", "prefix", "longer", "cut in a chunk", "cut after a chunk", "extension and trailer"],
)
def test_only_a_whole_stream_is_stored(emulator: Emulator, body: bytes, status: int) -> None:
    """A client that dies on the way leaves nothing that looks like an object."""
    head = f"POST {UPLOAD}?uploadType=media&name=x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
    with running(emulator) as url, httpx2.Client(base_url=url, trust_env=False) as client:
        answer = exchange(url, f"{head}Connection: close\r\n\r\n".encode() + body)

        assert answer.startswith(f"HTTP/1.1 {status} ".encode())
        assert client.get("/storage/v1/b/data/o/x").status_code == (200 if status == 200 else 404)


def test_upload_by_its_whole_url_has_the_limit_of_uploads(emulator: Emulator) -> None:
    """A client behind a proxy's setting names the host in the first line: 11 MB are cut here, not too large."""
    with running(emulator) as url:
        head = f"POST {url}{UPLOAD}?uploadType=media&name=x HTTP/1.1\r\nHost: localhost\r\n"
        answer = exchange(url, f"{head}Transfer-Encoding: chunked\r\n\r\n{11 * 2**20:x}\r\n".encode())

    assert answer.startswith(b"HTTP/1.1 400 ")


def test_other_transfer_codings_are_refused(emulator: Emulator) -> None:
    """A body that cannot be taken apart is not stored as it came."""
    head = f"POST {UPLOAD}?uploadType=media&name=x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip, chunked\r\n"
    with running(emulator) as url:
        answer = exchange(url, f"{head}\r\n5\r\nhello\r\n0\r\n\r\n".encode())

    assert answer.startswith(b"HTTP/1.1 501 ")
    assert b"'gzip, chunked' is not served" in answer
