"""The emulator over HTTP: what it lets in, what it refuses, how it keeps connections."""

import json
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import httpx2
import pytest
from google.oauth2 import service_account

from tests.emulator.conftest import PARENT, supervised
from vertex_emulator.app import Emulator
from vertex_emulator.server import bind, running

JOBS = f"/v1beta1/{PARENT}/tuningJobs"
BODY = json.dumps({"baseModel": "gemini-3.5-flash", **supervised(1)}).encode()


@pytest.fixture
def base_url(emulator: Emulator) -> Iterator[str]:
    with running(emulator) as url:
        yield url


@pytest.fixture
def client(base_url: str) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=base_url, trust_env=False) as made:
        yield made


def exchange(base_url: str, request: bytes) -> bytes:
    """Send bytes over a socket of its own and read until the server closes."""
    parts = urlsplit(base_url)
    with socket.create_connection((parts.hostname, parts.port), timeout=10) as connection:
        connection.sendall(request)
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
    return answer


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8085", "[::1]", "vertex.localhost"])
def test_loopback_host_is_served(client: httpx2.Client, host: str) -> None:
    """Any name of this machine will do."""
    assert client.get(JOBS, headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "127.0.0.1.evil.example"},
        {"Host": "localhost.evil.example:8085"},
        {"Host": ""},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
    ids=str,
)
def test_foreign_host_or_origin_is_refused(client: httpx2.Client, emulator: Emulator, headers: dict[str, str]) -> None:
    """A web page cannot reach the emulator, neither by DNS rebinding nor by a request across sites."""
    answer = client.post(JOBS, content=BODY, headers=headers)

    assert (answer.status_code, answer.json()["error"]["status"]) == (403, "PERMISSION_DENIED")
    assert emulator.jobs() == []


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.1", "example.com"])
def test_only_loopback_is_listened_on(emulator: Emulator, host: str) -> None:
    """The emulator has no access control, so it does not listen on addresses of a network."""
    with pytest.raises(ValueError, match="is not a loopback address"):
        bind(emulator, host)


def test_unknown_path_and_method_have_googles_shape(client: httpx2.Client) -> None:
    """What is not served is 404, a method that a path does not have too."""
    unknown, wrong_method = client.get("/v1beta1/nothing"), client.delete(JOBS)

    assert (unknown.status_code, unknown.json()["error"]["code"]) == (404, 404)
    assert (wrong_method.status_code, wrong_method.json()["error"]["code"]) == (404, 404)


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"labels": NaN}', b"[" * 100_000], ids=["cut", "list", "NaN", "deep"])
def test_body_that_is_no_message_is_refused(client: httpx2.Client, body: bytes) -> None:
    """A body must be one JSON object."""
    answer = client.post(JOBS, content=body)

    assert answer.status_code == 400
    assert "Invalid JSON payload received." in answer.json()["error"]["message"]


def test_large_json_body_is_refused_unread(base_url: str) -> None:
    """A body over 10 MB is 413 before it is sent, and the connection ends."""
    head = f"POST {JOBS} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {11 * 2**20}\r\n\r\n"

    answer = exchange(base_url, head.encode())

    assert answer.startswith(b"HTTP/1.1 413 ")


def test_chunked_body_is_read(client: httpx2.Client, emulator: Emulator) -> None:
    """A body without length comes in chunks."""
    answer = client.post(JOBS, content=iter([BODY[:10], BODY[10:]]))

    assert (answer.status_code, len(emulator.jobs())) == (200, 1)


def test_malformed_chunks_are_refused(base_url: str) -> None:
    """Nonsense instead of a chunk is 400, and the connection ends."""
    head = f"POST {JOBS} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nhello\r\n"

    answer = exchange(base_url, head.encode())

    assert answer.startswith(b"HTTP/1.1 400 ")


def test_expected_body_is_asked_for(base_url: str) -> None:
    """`Expect: 100-continue` is answered before the body, and not for a body that is refused."""
    end = f"Connection: close\r\nExpect: 100-continue\r\nContent-Length: {len(BODY)}\r\n\r\n"
    head = f"POST {JOBS} HTTP/1.1\r\nHost: %s\r\n{end}"

    wanted = exchange(base_url, (head % "localhost").encode() + BODY)
    refused = exchange(base_url, (head % "evil.example").encode())

    assert wanted.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n")
    assert refused.startswith(b"HTTP/1.1 403 ")


def test_connection_is_kept_alive(base_url: str) -> None:
    """Two requests go over one connection."""
    request = f"GET {JOBS} HTTP/1.1\r\nHost: localhost\r\n\r\n"
    last = request.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n")

    answer = exchange(base_url, (request + last).encode())

    assert answer.count(b"HTTP/1.1 200 OK") == 2


def test_encoded_slash_stays_in_its_segment(client: httpx2.Client, emulator: Emulator) -> None:
    """An object name with a slash, which clients encode, is one segment of the path."""
    emulator.put_object("data", "folder/a b.jsonl", b"content")

    answer = client.get("/storage/v1/b/data/o/folder%2Fa%20b.jsonl", params={"alt": "media"})

    assert answer.content == b"content"


def test_parallel_creates_make_one_job_each(client: httpx2.Client, emulator: Emulator) -> None:
    """Many clients at once lose nothing and make nothing twice."""
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: client.post(JOBS, content=BODY), range(48)))

    assert {answer.status_code for answer in answers} == {200}
    assert len({job["name"] for job in emulator.jobs()}) == 48


def test_two_processes_may_share_a_state_directory(emulator: Emulator) -> None:
    """Two emulators on one directory, in threads at once, see each other's jobs."""
    with Emulator(emulator.state_dir) as other:

        def create(emulator: Emulator) -> None:
            http = httpx2.Client(transport=httpx2.WSGITransport(app=emulator))
            for _ in range(10):
                assert http.post(f"http://localhost{JOBS}", content=BODY).status_code == 200

        threads = [threading.Thread(target=create, args=(emulator,)) for emulator in (emulator, other)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert len(other.jobs()) == len(emulator.jobs()) == 20


def test_token_endpoint_serves_a_service_account(base_url: str) -> None:
    """Unmodified credentials whose key file names `/token` get a token here."""
    import google.auth.transport.requests

    credentials = service_account.Credentials.from_service_account_info(key_file(f"{base_url}/token"), scopes=["x"])

    credentials.refresh(google.auth.transport.requests.Request())

    assert (credentials.token, credentials.valid) == ("ctune-emulator", True)


def key_file(token_uri: str) -> dict[str, str]:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    return {"type": "service_account", "client_email": "x@acme.example", "token_uri": token_uri, "private_key": pem}
