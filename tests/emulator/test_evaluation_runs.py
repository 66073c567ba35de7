"""Evaluation runs on answers that are given: what the service was recorded to answer, and what becomes of a run.

The recorded bodies are those of cloud-custodian's pull request 11013, of August 2026.
"""

from typing import Any

import httpx2
import pytest

from tests.emulator.conftest import PARENT
from tests.emulator.evaluation import CANDIDATE, EXACT_MATCH, Evaluation, request
from tests.emulator.registry import conforms
from vertex_emulator.app import Emulator

RIGHT = request("What is 2+2?", "4", model_under_test="4")
WRONG = request("What is 2+3?", "5", model_under_test="4")
NEVER = "1970-01-01T00:00:00Z"


@pytest.fixture
def evaluation(emulator: Emulator, http: httpx2.Client) -> Evaluation:
    return Evaluation(emulator, http)


def test_item_is_answered_as_recorded(evaluation: Evaluation) -> None:
    """What was sent, and a name."""
    body = {"displayName": "x-item", "evaluationItemType": "REQUEST", "evaluationRequest": RIGHT}

    made = evaluation.post(f"{PARENT}/evaluationItems", body)

    assert made == {**body, "name": made["name"]}
    assert evaluation.get(made["name"])["createTime"]


def test_new_run_is_answered_as_recorded(evaluation: Evaluation) -> None:
    """PENDING at once, no operation, a pipeline id among the metadata, and 1970 as its end."""
    body = {**evaluation.run_body(evaluation.set_of(RIGHT)), "metadata": {"mine": "lost"}}

    made = evaluation.post(f"{PARENT}/evaluationRuns", body)

    recorded = {
        "metadata": {"pipeline_id": made["metadata"]["pipeline_id"]},
        "state": "PENDING",
        "completionTime": NEVER,
    }
    assert made == {**body, **recorded, "name": made["name"]}


def test_run_that_succeeded_is_shown_as_recorded(evaluation: Evaluation) -> None:
    """Nine aggregates of each metric unasked, whole numbers, no count of failed rows, the set of the results."""
    run = evaluation.ended(evaluation.set_of(RIGHT))

    results = run["evaluationResults"]["evaluationSet"]
    ones = ("AVERAGE", "MINIMUM", "MAXIMUM", "MEDIAN", "PERCENTILE_P90", "PERCENTILE_P95", "PERCENTILE_P99")
    aggregates = dict.fromkeys(ones, 1) | {"VARIANCE": 0, "STANDARD_DEVIATION": 0}
    metrics = {f"{CANDIDATE}/exact_match/{name}": value for name, value in aggregates.items()}
    assert run["state"] == "SUCCEEDED"
    assert run["evaluationResults"] == {
        "summaryMetrics": {"metrics": metrics, "totalItems": 1},
        "evaluationSet": results,
    }
    assert run["evaluationSetSnapshot"] == results
    assert {type(value) for value in run["evaluationResults"]["summaryMetrics"]["metrics"].values()} == {int}
    assert run["createTime"] < run["completionTime"]
    assert conforms("EvaluationRun", run) == []


def test_run_without_answers_fails_as_recorded(evaluation: Evaluation) -> None:
    """Code 9, with the set of the results and nothing else of them."""
    run = evaluation.ended(evaluation.set_of(request("What is 2+2?", "4")))

    message = "No metric scores to aggregate. Please check the result evaluation items for errors."
    assert (run["state"], run["error"]) == ("FAILED", {"code": 9, "message": message})
    assert list(run["evaluationResults"]) == ["evaluationSet"]


def test_run_without_items_fails_as_recorded(evaluation: Evaluation) -> None:
    """Code 3, with the number of the run."""
    run = evaluation.ended(evaluation.set_of())

    number = run["name"].rpartition("/")[2]
    assert (run["state"], run["error"]) == ("FAILED", {"code": 3, "message": f"EvaluationRun {number} has no items"})


def test_entries_of_the_list_are_reduced_as_recorded(evaluation: Evaluation) -> None:
    """Neither completion time nor snapshot. Labels are hidden too, as nobody has seen them there."""
    run = evaluation.ended(evaluation.set_of(RIGHT), labels={"team": "support"})

    (entry,) = evaluation.get(f"{PARENT}/evaluationRuns")["evaluationRuns"]

    hidden = ("completionTime", "evaluationSetSnapshot", "labels")
    assert entry == {key: value for key, value in run.items() if key not in hidden}


def test_lists_show_and_filter_labels_where_a_setting_says_so(evaluation: Evaluation) -> None:
    evaluation.emulator.configure(evaluation_lists_show_labels=1)
    rows = evaluation.set_of(RIGHT)
    evaluation.started(rows, labels={"team": "sales"})
    wanted = evaluation.started(rows, labels={"team": "support"})

    (entry,) = evaluation.get(f"{PARENT}/evaluationRuns", filter="labels.team=support")["evaluationRuns"]

    assert (entry["name"], entry["labels"]) == (wanted, {"team": "support"})


def test_filter_by_labels_is_refused_where_lists_have_none(evaluation: Evaluation) -> None:
    """An empty list would be taken for an answer."""
    assert evaluation.error("GET", f"{PARENT}/evaluationRuns", filter="labels.team=support")[0] == 400


def test_list_is_paged_filtered_and_ordered(evaluation: Evaluation) -> None:
    """The newest first, or as `orderBy` says."""
    rows = evaluation.set_of(RIGHT)
    names = []
    for display_name in ("b", "a", "c"):
        names.append(evaluation.started(rows, displayName=display_name))
        evaluation.wait(1)

    first = evaluation.get(f"{PARENT}/evaluationRuns", pageSize=2)
    second = evaluation.get(f"{PARENT}/evaluationRuns", pageSize=2, pageToken=first["nextPageToken"])
    named = evaluation.get(f"{PARENT}/evaluationRuns", filter='display_name="a"')
    ordered = evaluation.get(f"{PARENT}/evaluationRuns", orderBy="display_name")

    assert [run["name"] for run in first["evaluationRuns"] + second["evaluationRuns"]] == names[::-1]
    assert [run["name"] for run in named["evaluationRuns"]] == [names[1]]
    assert [run["displayName"] for run in ordered["evaluationRuns"]] == ["a", "b", "c"]


def test_deleted_run_is_gone_and_its_results_are_not(evaluation: Evaluation) -> None:
    """The operation is done in the answer (recorded)."""
    run = evaluation.ended(evaluation.set_of(RIGHT))

    operation = evaluation.http.delete(run["name"]).json()

    assert (operation["done"], operation["response"]) == (True, {"@type": "type.googleapis.com/google.protobuf.Empty"})
    assert evaluation.error("GET", run["name"]) == (404, "The EvaluationRun does not exist.")
    assert evaluation.get(run["evaluationResults"]["evaluationSet"])["evaluationItems"]


def test_running_run_is_not_deleted(evaluation: Evaluation) -> None:
    name = evaluation.started(evaluation.set_of(RIGHT))

    assert "Cancel it first" in evaluation.error("DELETE", name)[1]


def test_cancel_takes_a_moment(evaluation: Evaluation) -> None:
    """The answer is empty, the run goes on until it has ended; an ended one cannot be cancelled."""
    evaluation.emulator.configure(evaluation_duration_s=100, cancel_duration_s=10)
    name = evaluation.started(evaluation.set_of(RIGHT))
    evaluation.wait(1)

    answer = evaluation.post(f"{name}:cancel", {})
    meanwhile = evaluation.get(name)["state"]
    evaluation.wait(10)
    run = evaluation.get(name)

    assert (answer, meanwhile) == ({}, "RUNNING")
    assert (run["state"], run["error"]["code"]) == ("CANCELLED", 1)
    assert evaluation.error("POST", f"{name}:cancel", {})[0] == 400


def test_states_come_in_their_order(evaluation: Evaluation) -> None:
    """PENDING, then RUNNING; the score is there when the run has ended, not before."""
    evaluation.emulator.configure(evaluation_start_delay_s=10, evaluation_duration_s=100)
    name = evaluation.started(evaluation.set_of(RIGHT))

    found = []
    for seconds in (5, 10, 90, 10):
        evaluation.wait(seconds)
        run = evaluation.get(name)
        found.append((run["state"], "evaluationResults" in run, run["completionTime"] == NEVER))

    assert found == [("PENDING", False, True), *[("RUNNING", False, True)] * 2, ("SUCCEEDED", True, False)]


def test_average_is_over_the_rows_that_have_a_score(evaluation: Evaluation) -> None:
    """Rows that failed are counted and leave the average as it is."""
    run = evaluation.ended(evaluation.set_of(RIGHT, WRONG, request("No reference", None, model_under_test="4")))

    summary = run["evaluationResults"]["summaryMetrics"]
    assert evaluation.averages(run) == {f"{CANDIDATE}/exact_match": 0.5}
    assert (summary["totalItems"], summary["failedItems"]) == (3, 1)


def test_each_candidate_has_scores_of_its_own(evaluation: Evaluation) -> None:
    """A slash in a name of a metric is part of the key, so keys are split from the right."""
    rows = evaluation.set_of(request("2+2", "4", one="4", two="5"), request("2+3", "5", one="5", two="5"))

    run = evaluation.ended(rows, {**EXACT_MATCH, "metric": "exact/match"})

    assert evaluation.averages(run) == {"one/exact/match": 1, "two/exact/match": 0.5}


def test_results_lie_in_items_of_a_set(evaluation: Evaluation) -> None:
    """One for each row and metric, with request, run and the score or error of each candidate."""
    rows = evaluation.set_of(RIGHT, request("2+2", None, model_under_test="4"))

    run = evaluation.ended(rows)

    scored, failed = evaluation.results(run)
    assert scored["candidateResults"] == [{"candidate": CANDIDATE, "metric": "exact_match", "score": 1}]
    assert (scored["request"], scored["evaluationRun"], scored["metric"]) == (RIGHT, run["name"], "exact_match")
    assert "golden_response" in failed["candidateResults"][0]["error"]["message"]
    items = evaluation.get(run["evaluationResults"]["evaluationSet"])["evaluationItems"]
    assert conforms("EvaluationItem", evaluation.get(items[0])) == []


def test_run_of_a_project_by_its_id_is_that_by_its_number(evaluation: Evaluation) -> None:
    """So is its set."""
    rows = f"{PARENT}/evaluationSets/{evaluation.set_of(RIGHT).rpartition('/')[2]}"

    run = evaluation.ended(rows)

    assert (run["state"], run["name"].startswith(PARENT)) == ("SUCCEEDED", False)
    assert evaluation.get(f"{PARENT}/evaluationRuns/{run['name'].rpartition('/')[2]}") == run


REFUSED: dict[str, tuple[dict[str, Any], int, str]] = {
    "no display name": ({"displayName": ""}, 400, "display name"),
    "no source": ({"dataSource": {}}, 400, "Exactly one of"),
    "BigQuery": ({"dataSource": {"bigqueryRequestSet": {"uri": "bq://a.b.c"}}}, 501, "bigqueryRequestSet"),
    "no metrics": ({"evaluationConfig": {}}, 400, "metrics is required"),
    "no spec": ({"evaluationConfig": {"metrics": [{"metric": "m"}]}}, 400, "exactly one spec"),
    "two of one name": ({"evaluationConfig": {"metrics": [EXACT_MATCH, EXACT_MATCH]}}, 400, "must be unique"),
    "service account": ({"serviceAccount": "a@b.iam.gserviceaccount.com"}, 400, "service_account must not be set"),
    "too many samples": (
        {"evaluationConfig": {"metrics": [EXACT_MATCH], "autoraterConfig": {"sampleCount": 33}}},
        400,
        "between 1 and 32",
    ),
    "judge elsewhere": (
        {
            "evaluationConfig": {
                "metrics": [EXACT_MATCH],
                "autoraterConfig": {"autoraterModel": "projects/p/locations/us/endpoints/1"},
            }
        },
        400,
        "allow_cross_region_model must be true",
    ),
    "bad label": ({"labels": {"Team": "x"}}, 400, "Invalid label"),
    "key elsewhere": (
        {"encryptionSpec": {"kmsKeyName": "projects/p/locations/us/keyRings/r/cryptoKeys/k"}},
        400,
        "is not in the location",
    ),
    "unknown field": ({"candidates": 1}, 400, 'Unknown name "candidates"'),
}


@pytest.mark.parametrize(("fields", "status", "message"), REFUSED.values(), ids=REFUSED)
def test_wrong_run_is_refused(evaluation: Evaluation, fields: dict[str, Any], status: int, message: str) -> None:
    """At once, and no run is made."""
    body = evaluation.run_body(evaluation.set_of(RIGHT)) | fields

    found, text = evaluation.error("POST", f"{PARENT}/evaluationRuns", body)

    assert (found, message in text) == (status, True), text
    assert evaluation.emulator.evaluation_runs() == []


def test_run_on_a_set_that_does_not_exist_is_refused(evaluation: Evaluation) -> None:
    body = evaluation.run_body(f"{PARENT}/evaluationSets/1")

    assert evaluation.error("POST", f"{PARENT}/evaluationRuns", body)[0] == 404


def test_runs_over_the_quota_are_refused(evaluation: Evaluation) -> None:
    """Those that have ended do not count."""
    evaluation.emulator.configure(max_concurrent_evaluation_runs=1)
    rows = evaluation.set_of(RIGHT)
    evaluation.ended(rows)
    evaluation.started(rows)

    assert evaluation.error("POST", f"{PARENT}/evaluationRuns", evaluation.run_body(rows))[0] == 429


def test_state_is_on_disk(evaluation: Evaluation) -> None:
    """Another process on the same state directory shows the same run, and lets it end."""
    name = evaluation.started(evaluation.set_of(RIGHT))
    evaluation.wait()

    with Emulator(evaluation.emulator.state_dir) as other:
        (run,) = other.evaluation_runs()

    assert (run["name"], run["state"]) == (name, "SUCCEEDED")
