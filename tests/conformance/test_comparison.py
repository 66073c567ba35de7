"""Every difference that is planted in Google's answers is found, and none where there is none."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pulumi_ctune.config import ApiEndpoint, Settings
from pulumi_ctune.conformance import recording
from pulumi_ctune.conformance.comparison import differences
from pulumi_ctune.conformance.replay import replay
from pulumi_ctune.conformance.steps import STEPS
from pulumi_ctune.vertex.client import VertexClient
from tests import recorded
from tests.conformance.rig import NOTHING_LEFT, Answer, Rig
from tests.replay_server import replaying

JOB, VERSION = r"GET .*/tuningJobs/\d+$", r"GET .*/models/[^/]+@\d+$"
_JOB_ROUTE = "GET projects/*/locations/*/tuningJobs/*"


@pytest.fixture(scope="module")
def unchanged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    """A run to its end, against an emulator like the one that it is compared with, but for its ids and times."""
    with Rig.start(tmp_path_factory.mktemp("unchanged"), job_duration_s=613) as rig:
        rig.run()
        yield rig


def test_unchanged_service_has_no_difference(unchanged: Rig) -> None:
    """Ids, moments, durations and numbers that vary are no difference."""
    assert unchanged.document()["differences"] == []


def test_all_steps_are_done_and_taken_away(unchanged: Rig) -> None:
    """The run leaves nothing but the records of its jobs."""
    done = [(step["id"], step["status"]) for step in unchanged.document()["steps"]]

    assert done == [(step.id, "done") for step in STEPS]
    assert (unchanged.document()["left"], unchanged.left()) == ([], NOTHING_LEFT)


def test_recordings_are_replayed_from_their_files(unchanged: Rig) -> None:
    """Whoever gets them can compare them again."""
    exchanges = recording.read(unchanged.folder / "recordings")

    assert len(exchanges) > 100
    assert differences(replay(exchanges)) == []


def test_recordings_have_the_form_of_those_that_are_kept(unchanged: Rig) -> None:
    """`tests/recorded.py` can read them: a source, a day, an API version, and exchanges with ids."""
    for path in (unchanged.folder / "recordings").iterdir():
        document = json.loads(path.read_text(encoding="utf-8"))
        exchanges = recorded.exchanges_in(document, path.stem)

        assert [key for key in ("source", "recorded", "api", "note") if not document[key]] == []
        assert len(exchanges) == len(document["exchanges"])
        assert [each for each in exchanges.values() if not each.path.startswith("/")] == []


@pytest.mark.parametrize("state", ["JOB_STATE_PENDING", "JOB_STATE_RUNNING", "JOB_STATE_SUCCEEDED"])
def test_recorded_job_is_read_by_the_client(unchanged: Rig, state: str) -> None:
    """As those of tests/recordings are: a recording is an answer that the client understands."""
    document = json.loads((unchanged.folder / "recordings" / "conformance-sft.json").read_text(encoding="utf-8"))
    exchanges = recorded.exchanges_in(document, "conformance-sft").values()
    exchange = next(each for each in exchanges if each.method == "GET" and each.response.get("state") == state)
    with replaying() as server:
        server.play([exchange])
        vertex = VertexClient(Settings(api_endpoint=ApiEndpoint("url", url=server.url)))
        job = vertex.get_job(exchange.response["name"])
        vertex.close()

    assert (job.state, job.name, job.labels["purpose"]) == (state, exchange.response["name"], "conformance")


def extra_field(line: str, status: int, document: dict[str, Any]) -> Answer | None:
    return (status, {**document, "satisfiesPzs": True}) if re.search(JOB, line) else None


def missing_field(line: str, status: int, document: dict[str, Any]) -> Answer | None:
    if not re.search(VERSION, line) or status != 200:
        return None
    return status, {key: value for key, value in document.items() if key != "versionUpdateTime"}


def other_order(line: str, status: int, document: dict[str, Any]) -> Answer | None:
    """Once it has run for a while, a job waits in the queue again."""
    is_halfway = document.get("tuningJobMetadata", {}).get("completedEpochCount") == "1"
    if not re.search(JOB, line) or not is_halfway or document["state"] != "JOB_STATE_RUNNING":
        return None
    return status, {**document, "state": "JOB_STATE_QUEUED"}


def other_status(line: str, status: int, document: dict[str, Any]) -> Answer | None:
    """The id of a deployment that is there already."""
    if status != 409 or not line.endswith(":deployModel"):
        return None
    return 400, {"error": {**document["error"], "code": 400, "status": "INVALID_ARGUMENT"}}


def other_type(line: str, status: int, document: dict[str, Any]) -> Answer | None:
    stats = document.get("tuningDataStats", {}).get("supervisedTuningDataStats")
    if not re.search(JOB, line) or not stats:
        return None
    changed = {**stats, "tuningDatasetExampleCount": int(stats["tuningDatasetExampleCount"])}
    return status, {**document, "tuningDataStats": {"supervisedTuningDataStats": changed}}


def other_text(line: str, status: int, document: dict[str, Any]) -> Answer | None:
    if status != 404 or not re.search(r"GET .*/endpoints/\d+$", line):
        return None
    return status, {"error": {**document["error"], "message": "Endpoint 4711 was not found."}}


PLANTED = {
    extra_field: (_JOB_ROUTE, "satisfiesPzs", "field that the emulator lacks", "boolean", ""),
    missing_field: (
        *("GET projects/*/locations/*/models/*@*", "versionUpdateTime", "field that only the emulator has"),
        *("", "moment"),
    ),
    other_order: (_JOB_ROUTE, "state", "value", "value JOB_STATE_QUEUED", "value JOB_STATE_RUNNING"),
    other_status: ("POST projects/*/locations/*/endpoints/*:deployModel", "", "status", "400", "409"),
    other_type: (
        *(_JOB_ROUTE, "tuningDataStats.supervisedTuningDataStats.tuningDatasetExampleCount", "type"),
        *("number", "number as text"),
    ),
    other_text: (
        *("GET projects/*/locations/*/endpoints/*", "error.message", "error text"),
        *("text: Endpoint … was not found.", "text: endpoint … not found"),
    ),
}


def test_difference_in_every_answer_makes_no_other(tmp_path: Path) -> None:
    """The emulator is not moved on in the hope that it comes."""

    def extra_everywhere(line: str, status: int, document: dict[str, Any]) -> Answer | None:
        return (status, {**document, "satisfiesPzs": True}) if line.startswith("GET") and status == 200 else None

    with Rig.start(tmp_path, extra_everywhere, job_duration_s=613) as rig:
        rig.run()
        fields = {(each["field"], each["kind"]) for each in rig.document()["differences"]}

    assert fields == {("satisfiesPzs", "field that the emulator lacks")}


def test_every_planted_difference_is_found_and_no_other(tmp_path: Path) -> None:
    """All of them in one run, which goes on in spite of them."""
    with Rig.start(tmp_path, *PLANTED, job_duration_s=613) as rig:
        rig.run()
        found = {
            (each["request"], each["field"], each["kind"], each["recorded"], each["emulator"])
            for each in rig.document()["differences"]
        }

    assert found == set(PLANTED.values())
