"""What a test can order for evaluation runs: lost answers, refusals, rows and runs that fail, states that stay."""

from typing import Any

import httpx2
import pytest

from tests.emulator.conftest import PARENT
from tests.emulator.evaluation import Evaluation, request
from vertex_emulator.app import Emulator

ROW = request("2+2", "4", one="4")
RUNS = f"{PARENT}/evaluationRuns"


@pytest.fixture
def evaluation(emulator: Emulator, http: httpx2.Client) -> Evaluation:
    return Evaluation(emulator, http)


def test_lost_answer_leaves_a_run(evaluation: Evaluation) -> None:
    """The create is carried out, and nobody hears of it."""
    rows = evaluation.set_of(ROW)
    evaluation.emulator.faults.add(method="POST", path="evaluationRuns", drop="after")

    with pytest.raises(httpx2.HTTPError):
        evaluation.started(rows)

    assert [run["displayName"] for run in evaluation.emulator.evaluation_runs()] == ["quality"]


@pytest.mark.parametrize("path", ["evaluationRuns$", "evaluationSets$", "evaluationItems$"])
def test_unavailable_service_makes_nothing(evaluation: Evaluation, path: str) -> None:
    evaluation.emulator.faults.add(method="POST", path=path, status=503)
    name = path.removesuffix("$")

    assert evaluation.error("POST", f"{PARENT}/{name}", {})[0] == 503
    assert evaluation.get(f"{PARENT}/{name}")[name] == []


def test_ordered_number_of_rows_fails(evaluation: Evaluation) -> None:
    """The first ones of the set have no score."""
    evaluation.emulator.faults.add(run={"failed_items": 2})

    run = evaluation.ended(evaluation.set_of(ROW, ROW, ROW))

    summary = run["evaluationResults"]["summaryMetrics"]
    assert (run["state"], summary["totalItems"], summary["failedItems"]) == ("SUCCEEDED", 3, 2)
    assert ["error" in result["candidateResults"][0] for result in evaluation.results(run)] == [True, True, False]


def test_run_fails_as_ordered(evaluation: Evaluation) -> None:
    """Halfway, with code and message."""
    evaluation.emulator.configure(evaluation_start_delay_s=0, evaluation_duration_s=100)
    evaluation.emulator.faults.add(run={"state": "FAILED", "code": 8, "message": "Quota.", "at": 0.5})
    name = evaluation.started(evaluation.set_of(ROW))

    evaluation.wait(49)
    before = evaluation.get(name)["state"]
    evaluation.wait(1)
    run = evaluation.get(name)

    assert (before, run["state"], run["error"]) == ("RUNNING", "FAILED", {"code": 8, "message": "Quota."})
    assert "evaluationResults" not in run


@pytest.mark.parametrize("state", ["PENDING", "INFERENCE", "RUNNING", "GENERATING_LOSS_CLUSTERS"])
def test_run_stays_in_a_state(evaluation: Evaluation, state: str) -> None:
    """Until it is cancelled."""
    evaluation.emulator.faults.add(run={"stays_in": state})
    name = evaluation.started(evaluation.set_of(ROW))

    evaluation.wait(10_000)
    held = evaluation.get(name)["state"]
    evaluation.post(f"{name}:cancel", {})
    evaluation.wait()

    assert (held, evaluation.get(name)["state"]) == (state, "CANCELLED")


def test_scores_are_those_that_were_ordered(evaluation: Evaluation) -> None:
    """Of one candidate and metric, NaN too; the others are computed."""
    evaluation.emulator.faults.add(run={"scores": {"one/exact_match": 0.25, "three/exact_match": "NaN"}})

    run = evaluation.ended(evaluation.set_of(request("2+2", "4", one="4", two="4", three="4")))

    assert evaluation.averages(run) == {"one/exact_match": 0.25, "two/exact_match": 1, "three/exact_match": "NaN"}


def test_list_lags_behind(evaluation: Evaluation) -> None:
    """A young run is missing in it."""
    name = evaluation.started(evaluation.set_of(ROW))
    evaluation.emulator.faults.add(method="GET", path="evaluationRuns$", stale_s=10)

    early, late = evaluation.get(RUNS), evaluation.get(RUNS)

    assert (early["evaluationRuns"], [run["name"] for run in late["evaluationRuns"]]) == ([], [name])


def test_course_hits_creates_of_runs_only(evaluation: Evaluation, http: httpx2.Client) -> None:
    """Whatever else is asked before."""
    evaluation.emulator.faults.add(run={"state": "FAILED"})

    run = evaluation.ended(evaluation.set_of(ROW))

    assert run["error"] == {"code": 13, "message": "Internal error encountered."}


@pytest.mark.parametrize(
    "course", [{"final_state": "FAILED"}, {"failed_items": -1}, {"scores": {"one/m": "high"}}, {"at": "late"}]
)
def test_wrong_course_is_refused(http: httpx2.Client, course: dict[str, Any]) -> None:
    answer = http.post("http://localhost/emulator/v1/faults", json={"run": course})

    assert answer.status_code == 400
