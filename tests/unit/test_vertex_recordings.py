"""What the real service answered, through the real client."""

import json
from pathlib import Path
from typing import Any

import httpx2
import pytest

from pulumi_ctune.config import ApiEndpoint, Settings
from pulumi_ctune.errors import BadRequestError, InvalidInputError, PermissionDeniedError
from pulumi_ctune.vertex.errors import of_answer
from tests.unit.vertex_wire import JOB, Wire, client

RECORDINGS = Path(__file__).parent.parent / "recordings"


def exchanges(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((RECORDINGS / f"{name}.json").read_text())["exchanges"]
    return found


def answer(exchange: dict[str, Any]) -> httpx2.Response:
    return httpx2.Response(exchange["status"], json=exchange["response"])


def test_cancel_of_an_ended_job_is_refused_with_googles_words() -> None:
    """400 FAILED_PRECONDITION, and nothing was done."""
    (refusal,) = [e for e in exchanges("tuning-job-cancel") if e["status"] == 400]

    with pytest.raises(BadRequestError) as refused:
        client(Wire(answer(refusal))).cancel_job(JOB)

    assert (refused.value.status, refused.value.proves_nothing_was_made) == ("FAILED_PRECONDITION", True)


def test_closed_location_is_said_once() -> None:
    """The details repeat the message in another language's field; the line does not."""
    (refusal,) = exchanges("tuning-jobs-of-a-closed-location")

    with pytest.raises(PermissionDeniedError) as refused:
        client(Wire(answer(refusal))).list_jobs("123456789012", "me-central2")

    assert str(refused.value).count("Permission denied on 'locations/me-central2'") == 1


def test_list_of_seven_is_read_whole() -> None:
    """Every job of the recorded list has name, state and time."""
    (listed,) = [e for e in exchanges("tuning-job-list") if "tuningJobs" in e["response"]]

    jobs = client(Wire(answer(listed))).list_jobs("123456789012", "us-central1")

    assert [job.name for job in jobs] == [job["name"] for job in listed["response"]["tuningJobs"]]
    assert all(job.state and job.create_time for job in jobs)


def test_unusable_environment_does_not_matter_on_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither proxy nor TLS is needed there, also not by the SDK's asynchronous client."""
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:1")
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere/ca.pem")
    settings = Settings(api_endpoint=ApiEndpoint("url", url="http://127.0.0.1:1"))

    assert client(Wire({"name": JOB}), settings).get_job(JOB).name == JOB


def test_unusable_proxy_towards_google_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """The line names the variables."""
    from pulumi_ctune.vertex.client import VertexClient

    monkeypatch.setenv("ALL_PROXY", "nonsense://127.0.0.1:1")

    with pytest.raises(InvalidInputError, match="ALL_PROXY"):
        VertexClient(Settings(access_token="t")).get_job(JOB)


@pytest.mark.parametrize("page", ["<style>" + "<" * 1_000_000, "<" * 1_000_000, "<script " * 200_000])
def test_error_page_without_end_is_cut(page: str) -> None:
    """A page is shortened before it is cleaned."""
    assert len(str(of_answer("w", 502, {}, page))) < 1000
