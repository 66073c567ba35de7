"""Exchanges recorded with the real service, replayed on the emulator: same status, same fields, same texts."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest

from pulumi_ctune.emulator.app import Emulator
from pulumi_ctune.emulator.transport import EmbeddedTransport
from tests.emulator.conftest import jsonl, supervised_example

RECORDINGS = Path(__file__).parent.parent / "recordings"


@pytest.fixture
def http(emulator: Emulator) -> Iterator[httpx2.Client]:
    """Plain requests in process, by whole paths."""
    with httpx2.Client(transport=EmbeddedTransport(emulator), base_url="http://localhost") as client:
        yield client


def recording(name: str) -> Any:
    return json.loads((RECORDINGS / f"{name}.json").read_text(encoding="utf-8"))


def exchange(name: str, exchange_id: str) -> Any:
    return next(item for item in recording(name)["exchanges"] if item["id"] == exchange_id)


def normalised(body: Any) -> Any:
    """Without what differs from run to run: ids and moments."""
    text = re.sub(r"tuningJobs/\d+", "tuningJobs/ID", json.dumps(body))
    return json.loads(re.sub(r'"[0-9-]+T[0-9:.]+Z"', '"TIME"', text))


def created(emulator: Emulator, http: httpx2.Client, name: str) -> str:
    emulator.configure(job_duration_s=1200, job_start_delay_s=0, cancel_duration_s=60)
    emulator.put_object("example-bucket", "train.jsonl", jsonl(*map(supervised_example, range(40))))
    sent = exchange(name, "create")
    return str(http.post(sent["path"], json=sent["body"]).json()["name"])


def test_cancel_runs_as_recorded(emulator: Emulator, http: httpx2.Client) -> None:
    job = created(emulator, http, "tuning-job-cancel")

    assert http.post(f"/v1/{job}:cancel", json={}).json() == {}
    cancelling = http.get(f"/v1/{job}").json()
    emulator.advance(timedelta(seconds=61))
    cancelled = http.get(f"/v1/{job}").json()
    again = http.post(f"/v1/{job}:cancel", json={})

    assert normalised(cancelling) == normalised(exchange("tuning-job-cancel", "get-cancelling")["response"])
    assert normalised(cancelled) == normalised(exchange("tuning-job-cancel", "get-cancelled")["response"])
    assert again.status_code == 400
    assert normalised(again.json()) == normalised(exchange("tuning-job-cancel", "cancel-ended")["response"])


def test_service_account_is_in_no_early_answer_as_recorded(emulator: Emulator, http: httpx2.Client) -> None:
    job = created(emulator, http, "tuning-job-service-account")
    emulator.advance(timedelta(seconds=1))

    early = http.get(f"/v1/{job}").json()
    emulator.advance(timedelta(seconds=60))

    assert normalised(early) == normalised(exchange("tuning-job-service-account", "get-early")["response"])
    assert "serviceAccount" in http.get(f"/v1/{job}").json()


def test_closed_location_is_refused_as_recorded(http: httpx2.Client) -> None:
    wanted = exchange("tuning-jobs-of-a-closed-location", "list")
    answer = http.get(wanted["path"].replace("123456789012", "example-project"))

    assert (answer.status_code, answer.json()) == (wanted["status"], wanted["response"])


def test_enums_are_taken_as_numbers(emulator: Emulator, http: httpx2.Client) -> None:
    requests = recording("requests-of-aiplatform-client")["requests"]
    sent = next(item for item in requests if item["id"] == "enum-as-number")

    job = http.post(sent["path"], json=sent["body"]).json()["name"]

    spec = http.get(f"/v1beta1/{job}").json()["supervisedTuningSpec"]
    assert spec["hyperParameters"]["adapterSize"] == "ADAPTER_SIZE_FOUR"


def test_operations_answer_below_ui(http: httpx2.Client) -> None:
    operation = http.post("/v1/projects/acme/locations/us-central1/endpoints", json={"displayName": "x"}).json()["name"]

    assert http.get(f"/ui/{operation}").json()["name"] == operation


def test_project_of_a_domain_is_served(http: httpx2.Client) -> None:
    assert http.get("/v1beta1/projects/example.com:my-project/locations/us-central1/tuningJobs").status_code == 200


def test_public_samples_are_objects_too(http: httpx2.Client) -> None:
    name = "ai-platform%2Fgenerative_ai%2Fgemini%2Ftext%2Fsft_train_data.jsonl"

    assert int(http.get(f"/storage/v1/b/cloud-samples-data/o/{name}").json()["size"]) > 0
