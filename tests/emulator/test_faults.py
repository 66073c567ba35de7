"""Faults on order, as clients meet them in process and over HTTP."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.emulator.conftest import PARENT, supervised
from vertex_emulator.app import Emulator
from vertex_emulator.server import running
from vertex_emulator.transport import EmbeddedTransport

JOBS = f"/v1beta1/{PARENT}/tuningJobs"
BODY = {"baseModel": "gemini-3.5-flash", **supervised(1)}
Statuses = Callable[[int], list[int]]


@pytest.fixture(params=["in process", "over HTTP"])
def client(request: pytest.FixtureRequest, emulator: Emulator) -> Iterator[httpx2.Client]:
    if request.param == "in process":
        with httpx2.Client(transport=EmbeddedTransport(emulator), base_url="http://localhost") as made:
            yield made
    else:
        with running(emulator) as base_url, httpx2.Client(base_url=base_url, trust_env=False) as made:
            yield made


@pytest.fixture
def statuses(client: httpx2.Client) -> Statuses:
    return lambda count: [client.get(JOBS).status_code for _ in range(count)]


def test_status_is_answered_in_googles_shape(client: httpx2.Client, emulator: Emulator) -> None:
    """A fault's status comes with Google's error body and the Retry-After that was ordered; nothing is carried out."""
    emulator.faults.add(method="POST", path="tuningJobs$", status=429, retry_after_s=7)

    answer = client.post(JOBS, json=BODY)

    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")
    assert answer.json()["error"]["status"] == "RESOURCE_EXHAUSTED"
    assert answer.json()["error"]["details"][0]["retryDelay"] == "7s"
    assert emulator.jobs() == []


def test_fault_skips_and_then_hits_so_many_times(statuses: Statuses, emulator: Emulator) -> None:
    """`skip` requests pass, `times` are hit, the rest pass."""
    emulator.faults.add(path="tuningJobs", skip=1, times=2, status=503)

    assert statuses(5) == [200, 503, 503, 200, 200]


def test_endless_fault_ends_when_cleared(statuses: Statuses, emulator: Emulator) -> None:
    """`times=0` hits until the plan is cleared."""
    emulator.faults.add(status=500, times=0)
    hit = statuses(3)

    emulator.faults.clear()

    assert (hit, statuses(1)) == ([500, 500, 500], [200])


def test_seeded_share_is_the_same_each_time(statuses: Statuses, emulator: Emulator) -> None:
    """A fault with a probability hits the same requests whenever it has the same seed."""
    runs = []
    for _ in range(2):
        emulator.faults.clear()
        emulator.faults.add(status=503, times=0, probability=0.5, seed=7)
        runs.append(statuses(20))

    assert runs[0] == runs[1]
    assert set(runs[0]) == {200, 503}


def test_fault_matches_by_method_and_path_only(client: httpx2.Client, emulator: Emulator) -> None:
    """Other requests neither meet nor count."""
    emulator.faults.add(method="GET", path=r"/models", status=500)

    assert client.get(JOBS).status_code == 200
    assert emulator.faults.list()[0]["matched"] == 0


@pytest.mark.parametrize(("moment", "made"), [("before", 0), ("after", 1)])
def test_dropped_connection_is_a_read_error(client: httpx2.Client, emulator: Emulator, moment: str, made: int) -> None:
    """A connection dropped before the request leaves nothing, one dropped after it leaves the job."""
    emulator.faults.add(method="POST", drop=moment)

    with pytest.raises((httpx2.ReadError, httpx2.RemoteProtocolError)):
        client.post(JOBS, json=BODY)

    assert len(emulator.jobs()) == made
    assert emulator.requests()[-1]["status"] == 0


def test_cut_answer_is_a_protocol_error(client: httpx2.Client, emulator: Emulator) -> None:
    """An answer that ends early is noticed by its length."""
    emulator.faults.add(cut_after_bytes=5)

    with pytest.raises(httpx2.RemoteProtocolError):
        client.post(JOBS, json=BODY)

    assert len(emulator.jobs()) == 1


def test_connection_works_again_after_a_drop(client: httpx2.Client, emulator: Emulator) -> None:
    """A client's next request goes through."""
    emulator.faults.add(drop="before")
    with pytest.raises((httpx2.ReadError, httpx2.RemoteProtocolError)):
        client.get(JOBS)

    assert client.get(JOBS).status_code == 200


def test_delay_lasts_at_least_as_long(client: httpx2.Client, emulator: Emulator) -> None:
    """A delay is real time, before anything else happens."""
    emulator.faults.add(delay_s=0.1)
    began = time.monotonic()

    client.get(JOBS)

    assert time.monotonic() - began >= 0.1


def test_stale_list_hides_the_youngest(client: httpx2.Client, emulator: Emulator) -> None:
    """A stale list leaves out jobs younger than so many seconds; get finds them."""
    emulator.faults.add(method="GET", path="tuningJobs$", stale_s=30, times=0)
    job = client.post(JOBS, json=BODY).json()

    young = client.get(JOBS).json()["tuningJobs"]
    emulator.advance(timedelta(seconds=31))
    old = client.get(JOBS).json()["tuningJobs"]

    assert (young, [item["name"] for item in old]) == ([], [job["name"]])
    assert client.get(f"/v1beta1/{job['name']}").status_code == 200


def test_plan_holds_for_other_processes(emulator: Emulator) -> None:
    """The plan lies in the store: a second emulator on the same state directory obeys and counts it."""
    emulator.faults.add(status=503)
    with Emulator(emulator.state_dir) as other, httpx2.Client(transport=EmbeddedTransport(other)) as client:
        answers = [client.get(f"http://localhost{JOBS}").status_code for _ in range(2)]

    assert answers == [503, 200]
    assert emulator.faults.list()[0]["hit"] == 1


@pytest.mark.parametrize(
    "fault", [{"colour": 1}, {"path": "("}, {"job": {"mood": "bad"}}, {"job": "bad"}, {"status": "many"}]
)
def test_wrong_fault_is_refused(client: httpx2.Client, fault: dict[str, Any]) -> None:
    """What is no fault is 400 with a reason."""
    answer = client.post("/emulator/v1/faults", json=fault)

    assert (answer.status_code, answer.json()["error"]["status"]) == (400, "INVALID_ARGUMENT")


def test_controls_work_over_http(client: httpx2.Client, emulator: Emulator) -> None:
    """Clock, settings, faults, request log and reset are there below `/emulator/v1/`, and are not logged."""
    control = "/emulator/v1"
    client.patch(f"{control}/settings", json={"job_duration_s": 3600})
    job = client.post(JOBS, json=BODY).json()
    client.post(f"{control}/clock:advance", json={"duration": "30m"})
    half_way = client.get(f"/v1beta1/{job['name']}").json()
    fault_id = client.post(f"{control}/faults", json={"status": 500}).json()["id"]
    listed = client.get(f"{control}/").json()["faults"]
    client.delete(f"{control}/faults/{fault_id}")
    log = client.get(f"{control}/requests").json()["requests"]
    client.post(f"{control}/reset")

    assert half_way["state"] == "JOB_STATE_RUNNING"
    assert [item["id"] for item in listed] == [fault_id]
    assert [(item["method"], item["status"]) for item in log] == [("POST", 200), ("GET", 200)]
    assert log[0]["body"] == BODY
    assert emulator.jobs() == []


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("settings", {"colour": 1}),
        ("settings", {"job_duration_s": -1}),
        ("settings", {"max_concurrent_jobs": 1.5}),
        ("clock:advance", {"duration": "-5s"}),
        ("clock:advance", {}),
    ],
)
def test_wrong_control_is_refused(client: httpx2.Client, path: str, body: dict[str, Any]) -> None:
    """A wrong value changes nothing and says why."""
    method = "PATCH" if path == "settings" else "POST"

    answer = client.request(method, f"/emulator/v1/{path}", json=body)

    assert answer.status_code == 400


def test_temporary_state_is_removed(tmp_path: Path) -> None:
    """Without a state directory, nothing is left behind."""
    with Emulator() as emulator:
        folder = emulator.state_dir
        assert folder.is_dir()

    assert not folder.exists()
