"""The page at `/`: what it shows, and that hostile names cannot break it."""

from datetime import timedelta

import httpx2
import pytest

from tests.emulator.conftest import PARENT, supervised
from tests.emulator.evaluation import Evaluation, request
from vertex_emulator.app import Emulator
from vertex_emulator.transport import EmbeddedTransport

HOSTILE = "</td><script>alert('x')</script>"


@pytest.fixture
def shown(emulator: Emulator, http: httpx2.Client) -> str:
    """The page of an emulator with one finished job, whose clock was moved by an hour."""
    made = http.post(f"{PARENT}/tuningJobs", json={"baseModel": "gemini-3.5-flash", **supervised(1)})
    assert made.status_code == 200
    emulator.advance(timedelta(hours=1))
    return page_of(emulator)


def page_of(emulator: Emulator) -> str:
    with httpx2.Client(transport=EmbeddedTransport(emulator), base_url="http://localhost") as client:
        return client.get("/").text


def test_page_shows_jobs_and_what_they_have_made(shown: str, emulator: Emulator) -> None:
    (job,) = emulator.jobs()

    assert "Tuning jobs (1)" in shown
    for text in ("SUCCEEDED", job["name"], "gemini-3.5-flash", job["tunedModel"]["model"], job["endTime"]):
        assert text in shown


def test_page_shows_runs_and_what_they_have_found(emulator: Emulator, http: httpx2.Client) -> None:
    """State, name and the average of each candidate by each metric."""
    evaluation = Evaluation(emulator, http)
    run = evaluation.ended(evaluation.set_of(request("2+2", "4", one="4"), request("2+3", "5", one="4")))

    page = page_of(emulator)

    assert "Evaluation runs (1)" in page
    for text in ("SUCCEEDED", run["name"], "quality", "one/exact_match 0.5", run["completionTime"]):
        assert text in page


def test_page_shows_state_folder_and_clock(shown: str, emulator: Emulator) -> None:
    assert str(emulator.state_dir.resolve()) in shown
    assert "moved forward by 1:00:00" in shown


def test_page_is_no_request_of_a_client(shown: str, emulator: Emulator) -> None:
    """It neither meets faults nor stands in the log of requests."""
    emulator.faults.add(status=503, times=0)

    assert "Faults on order<dd>1" in page_of(emulator)
    assert "/" not in [request["path"] for request in emulator.requests()]


def test_hostile_host_is_shown_as_text(emulator: Emulator) -> None:
    with httpx2.Client(transport=EmbeddedTransport(emulator), base_url="http://localhost") as client:
        answer = client.get("/", headers={"Host": HOSTILE})

    assert "<script" not in answer.text
    assert "&lt;script&gt;" in answer.text


def test_page_may_load_nothing(emulator: Emulator) -> None:
    with httpx2.Client(transport=EmbeddedTransport(emulator), base_url="http://localhost") as client:
        assert client.get("/").headers["content-security-policy"].startswith("default-src 'none'")
