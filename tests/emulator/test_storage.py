"""Cloud Storage by plain requests in process, and files that are objects."""

import base64
import gzip
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from vertex_emulator.app import Emulator
from vertex_emulator.transport import EmbeddedTransport

OBJECTS = "/storage/v1/b/datasets/o"


@pytest.fixture
def http(tmp_path: Path) -> Iterator[httpx2.Client]:
    """Requests to an emulator whose directory `buckets/datasets` exists and is empty."""
    (tmp_path / "buckets" / "datasets").mkdir(parents=True)
    with (
        Emulator(tmp_path) as emulator,
        httpx2.Client(transport=EmbeddedTransport(emulator), base_url="http://localhost") as client,
    ):
        yield client


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "buckets" / "datasets"


def _names(http: httpx2.Client, **params: str) -> list[str]:
    return [item["name"] for item in http.get(OBJECTS, params=params).json().get("items", [])]


def _upload(http: httpx2.Client, name: str, content: bytes, **params: str) -> httpx2.Response:
    return http.post(f"/upload{OBJECTS}", params={"uploadType": "media", "name": name, **params}, content=content)


def test_crc32c_has_the_check_value_of_its_standard(http: httpx2.Client) -> None:
    """`123456789` is the text by which checksums are compared; Cloud Storage writes four bytes in base64."""
    record = _upload(http, "x", b"123456789").json()

    assert base64.b64decode(record["crc32c"]).hex() == "e3069283"


def test_objects_have_no_crc32c_without_the_extra(tmp_path: Path) -> None:
    """The embedded emulator needs nothing beyond the provider's own dependencies: an upload is taken all the same."""
    program = f"""
import sys
sys.modules["google_crc32c"] = None  # as if it were not installed
import httpx2
from vertex_emulator.app import Emulator
from vertex_emulator.transport import EmbeddedTransport

with Emulator() as emulator:
    http = httpx2.Client(transport=EmbeddedTransport(emulator), base_url="http://localhost")
    upload = {{"uploadType": "media", "name": "x"}}
    http.post("/storage/v1/b", params={{"project": "acme"}}, json={{"name": "datasets"}}).raise_for_status()
    answer = http.post("/upload{OBJECTS}", params=upload, content=b"x", headers={{"X-Goog-Hash": "crc32c=AAAAAA=="}})
    print(answer.status_code, "crc32c" in answer.json(), "md5Hash" in answer.json())
"""

    printed = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=tmp_path)

    assert printed.stdout.split() == ["200", "False", "True"]


def test_file_in_the_state_directory_is_an_object(http: httpx2.Client, directory: Path) -> None:
    """No step copies it: the name is the path, the content is read on access."""
    (directory / "sft").mkdir()
    (directory / "sft" / "train ü.jsonl").write_bytes(b'{"a": 1}\n')

    found = http.get(f"{OBJECTS}/sft%2Ftrain%20%C3%BC.jsonl").json()

    assert (found["name"], found["size"], found["contentType"]) == ("sft/train ü.jsonl", "9", "application/x-ndjson")
    assert http.get(f"/download{OBJECTS}/sft%2Ftrain%20%C3%BC.jsonl").content == b'{"a": 1}\n'
    assert _names(http, prefix="sft/") == ["sft/train ü.jsonl"]


def test_changed_file_is_a_new_generation(http: httpx2.Client, directory: Path) -> None:
    """A dataset that is edited on disk is seen as an object that was written again."""
    (directory / "x").write_bytes(b"first")
    first = http.get(f"{OBJECTS}/x").json()

    (directory / "x").write_bytes(b"second")
    second = http.get(f"{OBJECTS}/x").json()

    assert int(second["generation"]) > int(first["generation"])
    assert http.get(f"{OBJECTS}/x", params={"alt": "media"}).content == b"second"
    assert http.get(f"{OBJECTS}/x", params={"generation": first["generation"]}).status_code == 404


def test_unchanged_file_keeps_its_generation(http: httpx2.Client, directory: Path) -> None:
    """Looking at an object does not change it."""
    (directory / "x").write_bytes(b"content")

    generations = {http.get(f"{OBJECTS}/x").json()["generation"] for _ in range(3)}

    assert len(generations) == 1


def test_removed_file_is_no_object_any_more(http: httpx2.Client, directory: Path) -> None:
    """Neither by name nor in lists."""
    (directory / "x").write_bytes(b"content")
    before = _names(http)

    (directory / "x").unlink()

    assert (before, _names(http)) == (["x"], [])
    assert http.get(f"{OBJECTS}/x").status_code == 404


def test_upload_over_a_file_wins_until_the_file_changes(http: httpx2.Client, directory: Path) -> None:
    """The file itself is never written."""
    (directory / "x").write_bytes(b"file")
    http.get(f"{OBJECTS}/x")

    _upload(http, "x", b"uploaded")
    uploaded = http.get(f"{OBJECTS}/x", params={"alt": "media"}).content
    (directory / "x").write_bytes(b"edited file")
    edited = http.get(f"{OBJECTS}/x", params={"alt": "media"}).content

    assert (uploaded, edited) == (b"uploaded", b"edited file")


def test_deleted_object_of_a_file_comes_back_when_the_file_changes(http: httpx2.Client, directory: Path) -> None:
    """Deletion takes the object away and leaves the file."""
    (directory / "x").write_bytes(b"file")

    http.delete(f"{OBJECTS}/x")
    deleted = _names(http)
    (directory / "x").write_bytes(b"edited file")

    assert (deleted, _names(http)) == ([], ["x"])


def test_dotfiles_are_no_objects(http: httpx2.Client, directory: Path) -> None:
    """What editors and version control leave behind does not count."""
    (directory / ".git").mkdir()
    (directory / ".git" / "config").write_bytes(b"")
    (directory / ".x.swp").write_bytes(b"")

    assert _names(http) == []
    assert http.get(f"{OBJECTS}/.x.swp").status_code == 404


def test_linked_directory_is_followed_and_a_circle_ends(http: httpx2.Client, directory: Path, tmp_path: Path) -> None:
    """A link to the datasets of a repository is enough."""
    (tmp_path / "repository").mkdir()
    (tmp_path / "repository" / "train.jsonl").write_bytes(b"{}")
    (directory / "linked").symlink_to(tmp_path / "repository", target_is_directory=True)
    (tmp_path / "repository" / "again").symlink_to(directory, target_is_directory=True)

    assert _names(http) == ["linked/train.jsonl"]


@pytest.mark.parametrize("name", ["..%2F..%2Fstate.sqlite3", "%2E%2E%2F..%2Fstate.sqlite3", "%2Fetc%2Fpasswd"])
def test_name_does_not_lead_out_of_the_bucket(http: httpx2.Client, name: str) -> None:
    """`..` is a name as any other, not a directory above."""
    response = http.get(f"{OBJECTS}/{name}", params={"alt": "media"})

    assert response.status_code == 404


@pytest.mark.parametrize("content_type", ["application/jsonl", "application/json; charset=utf-8", "text/plain"])
def test_media_upload_is_taken_as_it_is(http: httpx2.Client, content_type: str) -> None:
    """The body is the content, whatever its type says."""
    params = {"uploadType": "media", "name": "a/b.jsonl"}

    sent = http.post(f"/upload{OBJECTS}", params=params, content=b"{}\n", headers={"content-type": content_type})

    assert (sent.json()["contentType"], sent.json()["size"]) == (content_type, "3")


def test_media_upload_heeds_generation_conditions(http: httpx2.Client) -> None:
    """A 412 has Cloud Storage's own error shape."""
    first = _upload(http, "x", b"1", ifGenerationMatch="0")

    refused = _upload(http, "x", b"2", ifGenerationMatch="0")
    allowed = _upload(http, "x", b"3", ifGenerationMatch=first.json()["generation"])

    assert (first.status_code, refused.status_code, allowed.status_code) == (200, 412, 200)
    assert refused.json()["error"]["errors"][0]["reason"] == "conditionNotMet"


@pytest.mark.parametrize(
    ("wanted", "status", "content", "content_range"),
    [
        ("bytes=0-3", 206, b"0123", "bytes 0-3/10"),
        ("bytes=8-99", 206, b"89", "bytes 8-9/10"),
        ("bytes=-2", 206, b"89", "bytes 8-9/10"),
        ("bytes=10-", 416, b"", "bytes */10"),
        ("lines=1-2", 200, b"0123456789", None),
    ],
)
def test_range_gives_a_part(
    http: httpx2.Client, wanted: str, status: int, content: bytes, content_range: str | None
) -> None:
    """206 with the place of the part, 416 beyond the end, everything where the header is not understood."""
    _upload(http, "x", b"0123456789")

    response = http.get(f"/download{OBJECTS}/x", headers={"range": wanted})

    assert (response.status_code, response.content) == (status, content)
    assert response.headers.get("content-range") == content_range


def test_read_of_a_generation_that_is_known_is_not_modified(http: httpx2.Client) -> None:
    """304 for `ifGenerationNotMatch` of the live generation."""
    generation = _upload(http, "x", b"1").json()["generation"]

    response = http.get(f"{OBJECTS}/x", params={"ifGenerationNotMatch": generation})

    assert (response.status_code, response.content) == (304, b"")


def test_interrupted_resumable_upload_goes_on_where_it_was(http: httpx2.Client) -> None:
    """The question how far it has come is answered by 308 and a Range, and the last chunk may be sent twice."""
    started = http.post(f"/upload{OBJECTS}", params={"uploadType": "resumable"}, json={"name": "x"})
    session = started.headers["location"]
    http.put(session, content=b"01234", headers={"content-range": "bytes 0-4/10"})

    asked = http.put(session, headers={"content-range": "bytes */10"})
    ended = http.put(session, content=b"3456789", headers={"content-range": "bytes 3-9/10"})
    again = http.put(session, headers={"content-range": "bytes */10"})

    assert (asked.status_code, asked.headers["range"]) == (308, "bytes=0-4")
    assert (ended.json()["size"], again.json()) == ("10", ended.json())
    assert http.get(f"{OBJECTS}/x", params={"alt": "media"}).content == b"0123456789"


def test_cancelled_resumable_upload_is_forgotten(http: httpx2.Client) -> None:
    """499 for the cancellation, 404 for whoever goes on."""
    started = http.post(f"/upload{OBJECTS}", params={"uploadType": "resumable", "name": "x"})

    cancelled = http.delete(started.headers["location"])
    gone = http.put(started.headers["location"], content=b"x")

    assert (cancelled.status_code, gone.status_code) == (499, 404)


@pytest.mark.parametrize(
    ("content_range", "body"),
    [("bytes 5-9/10", b"56789"), ("bytes 0-4/10", b"0"), ("bytes 0-4/3", b"01234"), ("x", b"")],
)
def test_chunk_that_does_not_fit_is_refused(http: httpx2.Client, content_range: str, body: bytes) -> None:
    """A gap, a wrong length, more than the whole, no range at all."""
    session = http.post(f"/upload{OBJECTS}", params={"uploadType": "resumable", "name": "x"}).headers["location"]

    response = http.put(session, content=body, headers={"content-range": content_range})

    assert response.status_code == 400


@pytest.mark.parametrize("name", ["", ".", "..", "a\nb", "é" * 513])
def test_name_outside_the_rules_is_refused(http: httpx2.Client, name: str) -> None:
    """1 to 1024 bytes, no line ends, not a dot or two."""
    assert _upload(http, name, b"x").status_code == 400


def test_objects_survive_the_process(tmp_path: Path) -> None:
    """State is on disk: another emulator on the same directory has the same objects."""
    with Emulator(tmp_path) as emulator:
        emulator.put_object("datasets", "x", b"content")

    with (
        Emulator(tmp_path) as emulator,
        httpx2.Client(transport=EmbeddedTransport(emulator), base_url="http://localhost") as http,
    ):
        found = http.get(f"{OBJECTS}/x", params={"alt": "media"})

    assert found.content == b"content"


@pytest.mark.parametrize(
    ("takes", "wanted", "status", "content"),
    [
        ("identity", "bytes=2-5", 200, b"0123456789"),
        ("gzip", "bytes=0-1", 206, b"\x1f\x8b"),
    ],
)
def test_packed_object_is_unpacked_for_those_who_do_not_take_it(
    http: httpx2.Client, takes: str, wanted: str, status: int, content: bytes
) -> None:
    """As at Google: unpacked it is sent whole whatever the range, packed the range is of what is stored."""
    _upload(http, "packed", gzip.compress(b"0123456789"), contentEncoding="gzip")

    with http.stream(
        "GET", f"{OBJECTS}/packed", params={"alt": "media"}, headers={"accept-encoding": takes, "range": wanted}
    ) as answer:
        assert (answer.status_code, b"".join(answer.iter_raw())) == (status, content)
