"""What the emulator keeps and prints of requests: no credential, nothing that steers a terminal."""

import json
import logging
import sqlite3
from urllib.parse import quote

import httpx2
import pytest

from tests.emulator.conftest import PARENT
from vertex_emulator.app import Emulator
from vertex_emulator.server import running

STEERING = "\x1b[2J\u202e\x07\r"
SECRET = "s3cr3t-t0ken"


@pytest.mark.parametrize(
    "name",
    [
        "Authorization",
        "Proxy-Authorization",
        "X-Goog-Api-Key",
        "X-Goog-IAM-Authorization-Token",
        "X-Goog-Encryption-Key",
        "X-Goog-Copy-Source-Encryption-Key",
        "Cookie",
        "X-Amz-Security-Token",
    ],
)
def test_credential_in_a_header_is_not_kept(http: httpx2.Client, emulator: Emulator, name: str) -> None:
    """The name stays, so that one sees that it was sent."""
    http.get(f"{PARENT}/tuningJobs", headers={name: SECRET})

    (entry,) = emulator.requests()

    assert SECRET not in str(entry)
    assert entry["headers"][name.lower()] == "[secret]"


@pytest.mark.parametrize(
    "name",
    [
        "key",
        "access_token",
        "oauth_token",
        "X-Goog-Signature",
        "X-Goog-Credential",
        "Signature",
        "upload_id",
        "API_KEY",
    ],
)
def test_credential_in_the_query_is_not_kept(http: httpx2.Client, emulator: Emulator, name: str) -> None:
    """Whatever else was asked stays readable, page tokens too."""
    http.get(f"{PARENT}/tuningJobs", params={name: SECRET, "pageSize": "3", "pageToken": "MTow"})

    (entry,) = emulator.requests()

    assert entry["query"] == {name: ["[secret]"], "pageSize": ["3"], "pageToken": ["MTow"]}


def test_assertion_of_a_service_account_is_not_kept(http: httpx2.Client, emulator: Emulator) -> None:
    """The body of a request for a token is the account's signature."""
    http.post("http://localhost/token", data={"grant_type": "jwt-bearer", "assertion": SECRET})

    assert emulator.requests()[-1]["body"] == "[secret]"


def test_what_steers_a_terminal_is_kept_as_escapes(http: httpx2.Client, emulator: Emulator) -> None:
    """In the path, the query, headers and a body that is no JSON."""
    path = f"http://localhost/v1beta1/{quote(STEERING, safe='')}"
    http.post(path, params={f"a{STEERING}": STEERING}, headers={"x-note": "\x1b[1m"}, content=STEERING.encode())

    (entry,) = emulator.requests()

    assert entry["path"] == "/v1beta1/\\x1b[2J\\u202e\\x07\\r"
    assert not set(json.dumps(entry, ensure_ascii=False)) & set("\x1b\u202e\x07\r")


def test_bug_is_logged_fit_for_a_terminal(
    http: httpx2.Client, emulator: Emulator, caplog: pytest.LogCaptureFixture
) -> None:
    """A state that was damaged is a bug to the emulator; the trace may hold what the state, or a request, says."""
    name = f"{PARENT.replace('acme', '123456789012')}/tuningJobs/7"
    damaged = json.dumps({"plan": None, "curve": None, "course": {}, f"field{STEERING}": 1})
    with sqlite3.connect(emulator.state_dir / "state.sqlite3") as sql:
        sql.execute("INSERT INTO documents VALUES ('tuning_job', ?, 1, NULL, ?)", (name, damaged))

    with caplog.at_level(logging.ERROR):
        answer = http.get(name)

    assert answer.status_code == 500
    assert "/tuningJobs/7 failed inside the emulator" in caplog.text
    assert "field\\x1b[2J\\u202e\\x07" in caplog.text
    assert not set(caplog.text) & set("\x1b\u202e\x07\r")


def test_failure_outside_of_a_request_is_logged(emulator: Emulator, caplog: pytest.LogCaptureFixture) -> None:
    """Where there is no answer at all, because the state cannot be read, the log says why."""
    with running(emulator) as base_url, httpx2.Client(base_url=base_url, trust_env=False) as client:
        with sqlite3.connect(emulator.state_dir / "state.sqlite3") as sql:
            sql.execute("DROP TABLE counters")

        with pytest.raises(httpx2.TransportError):
            client.get(f"/v1beta1/{PARENT}/tuningJobs")

    assert "no such table: counters" in caplog.text
