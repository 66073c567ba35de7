"""Sets, items, registered metrics and experiments: made, read, listed, changed, imported, deleted."""

import base64
import json
from typing import Any

import httpx2
import pytest

from tests.emulator.conftest import PARENT, jsonl
from tests.emulator.evaluation import Evaluation, request
from tests.emulator.registry import conforms
from vertex_emulator.app import Emulator

ROW = request("2+2", "4", one="4")
ITEM = {"displayName": "row", "evaluationItemType": "REQUEST", "evaluationRequest": ROW}
DESTINATION = {"gcsDestination": {"outputUriPrefix": "gs://data/imported"}}
SCHEMA = {"importSchemaConfig": {"dataFormat": "JSONL"}}


@pytest.fixture
def evaluation(emulator: Emulator, http: httpx2.Client) -> Evaluation:
    emulator.configure(operation_duration_s=0)
    return Evaluation(emulator, http)


def test_set_is_made_read_and_changed(evaluation: Evaluation) -> None:
    """A PATCH with a mask changes what the mask names."""
    name = evaluation.set_of(ROW)
    more = [*evaluation.get(name)["evaluationItems"], evaluation.item(ROW)]

    body = {"displayName": "ignored", "evaluationItems": more}
    changed = evaluation.http.patch(name, json=body, params={"updateMask": "evaluation_items"}).json()

    found = evaluation.get(name)
    assert changed == found
    assert (found["displayName"], found["evaluationItems"]) == ("held-out", more)
    assert conforms("EvaluationSet", found) == []


def test_set_of_an_unknown_item_is_refused(evaluation: Evaluation) -> None:
    body = {"displayName": "x", "evaluationItems": [f"{PARENT}/evaluationItems/1"]}

    assert evaluation.error("POST", f"{PARENT}/evaluationSets", body) == (404, "The EvaluationItem does not exist.")


def test_deletion_of_a_set_leaves_its_items(evaluation: Evaluation) -> None:
    name = evaluation.set_of(ROW)
    (item,) = evaluation.get(name)["evaluationItems"]

    operation = evaluation.http.delete(name).json()

    assert operation["done"] is True
    assert evaluation.error("GET", name)[0] == 404
    assert evaluation.get(item)["evaluationRequest"] == ROW


def test_row_whose_item_is_gone_fails_alone(evaluation: Evaluation) -> None:
    """The others are scored."""
    name = evaluation.set_of(ROW, ROW)
    evaluation.http.delete(evaluation.get(name)["evaluationItems"][0])

    summary = evaluation.ended(name)["evaluationResults"]["summaryMetrics"]

    assert (summary["totalItems"], summary["failedItems"]) == (2, 1)


def test_item_may_lie_in_cloud_storage(evaluation: Evaluation) -> None:
    """As the SDK sends them: one JSON file for each row."""
    evaluation.emulator.put_object("data", "row.json", json.dumps(ROW).encode())
    body = {"displayName": "row", "evaluationItemType": "REQUEST", "gcsUri": "gs://data/row.json"}
    item = evaluation.post(f"{PARENT}/evaluationItems", body)["name"]
    rows = evaluation.post(f"{PARENT}/evaluationSets", {"displayName": "x", "evaluationItems": [item]})["name"]

    assert evaluation.averages(evaluation.ended(rows)) == {"one/exact_match": 1}


REFUSED: dict[str, dict[str, Any]] = {
    "no name": {**ITEM, "displayName": ""},
    "a result": {**ITEM, "evaluationItemType": "RESULT"},
    "no type": {key: value for key, value in ITEM.items() if key != "evaluationItemType"},
    "no request": {key: value for key, value in ITEM.items() if key != "evaluationRequest"},
    "both": {**ITEM, "gcsUri": "gs://data/row.json"},
    "unknown field": {**ITEM, "evaluationRequest": {"question": "2+2"}},
}


@pytest.mark.parametrize("body", REFUSED.values(), ids=REFUSED)
def test_wrong_item_is_refused(evaluation: Evaluation, body: dict[str, Any]) -> None:
    assert evaluation.error("POST", f"{PARENT}/evaluationItems", body)[0] == 400


@pytest.mark.parametrize("source", ["gcsSource", "inlineSource"])
def test_set_is_imported_from_lines_of_items(evaluation: Evaluation, source: str) -> None:
    """From Cloud Storage or the request; each payload is written to the destination too."""
    content = jsonl(ITEM, {**ITEM, "evaluationRequest": request("2+3", "5", one="4")})
    evaluation.emulator.put_object("data", "rows.jsonl", content)
    given = (
        {"gcsUri": "gs://data/rows.jsonl"} if source == "gcsSource" else {"content": base64.b64encode(content).decode()}
    )
    body = {"evaluationSet": {"displayName": "imported"}, source: {**given, **SCHEMA}, **DESTINATION}

    operation = evaluation.post(f"{PARENT}/evaluationSets:import", body)

    made = operation["response"]
    assert (made["displayName"], len(made["evaluationItems"])) == ("imported", 2)
    assert evaluation.averages(evaluation.ended(made["name"])) == {"one/exact_match": 0.5}
    written = evaluation.http.get("http://localhost/storage/v1/b/data/o/imported%2Fitem-000001.json?alt=media")
    assert written.json() == ROW


WRONG_IMPORTS: dict[str, tuple[dict[str, Any], int]] = {
    "no destination": ({"gcsDestination": None}, 400),
    "no source": ({"gcsSource": None}, 400),
    "other format": ({"gcsSource": {"gcsUri": "gs://data/sft.jsonl"}}, 400),
    "no file": ({"gcsSource": {"gcsUri": "gs://data/none.jsonl", **SCHEMA}}, 404),
    "other source": ({"cloudTraceSource": {"projectId": "p"}}, 501),
}


@pytest.mark.parametrize(("fields", "status"), WRONG_IMPORTS.values(), ids=WRONG_IMPORTS)
def test_wrong_import_is_refused(evaluation: Evaluation, fields: dict[str, Any], status: int) -> None:
    source = {"gcsUri": "gs://data/sft.jsonl", **SCHEMA}
    body = {"evaluationSet": {"displayName": "x"}, "gcsSource": source, **DESTINATION, **fields}

    assert evaluation.error("POST", f"{PARENT}/evaluationSets:import", body)[0] == status


def test_import_of_wrong_lines_makes_nothing(evaluation: Evaluation) -> None:
    """The operation fails; prompt and reference alone are no item."""
    evaluation.emulator.put_object("data", "rows.jsonl", jsonl(ITEM, {"prompt": "2+2", "reference": "4"}))
    source = {"gcsUri": "gs://data/rows.jsonl", **SCHEMA}
    body = {"evaluationSet": {"displayName": "x"}, "gcsSource": source, **DESTINATION}

    operation = evaluation.post(f"{PARENT}/evaluationSets:import", body)

    assert operation["error"]["code"] == 3
    assert evaluation.get(f"{PARENT}/evaluationItems")["evaluationItems"] == []
    assert evaluation.get(f"{PARENT}/evaluationSets")["evaluationSets"] == []


def test_metric_is_registered_once_under_an_id(evaluation: Evaluation) -> None:
    """Only judges and code; an id that is taken is refused."""
    metrics = f"{PARENT}/evaluationMetrics"
    judge = {"displayName": "tone", "metric": {"llmBasedMetricSpec": {"metricPromptTemplate": "Kind?"}}}

    made = evaluation.post(f"{metrics}?evaluationMetricId=tone", judge)

    assert evaluation.get(made["name"])["metric"] == judge["metric"]
    assert evaluation.error("POST", metrics, judge, evaluationMetricId="tone")[0] == 409
    assert evaluation.error("POST", metrics, {"displayName": "x", "metric": {"bleuSpec": {}}})[0] == 400
    assert evaluation.error("POST", metrics, judge, evaluationMetricId="Tone")[0] == 400


def test_experiments_are_of_v1beta1_only(evaluation: Evaluation) -> None:
    """There they are made, changed and deleted."""
    made = evaluation.post(f"{PARENT}/evaluationExperiments", {"displayName": "x"})["name"]
    changed = evaluation.http.patch(made, json={"displayName": "y"}).json()
    in_v1 = evaluation.http.get(f"http://localhost/v1/{made}")
    deleted = evaluation.http.delete(made).json()

    assert (changed["displayName"], in_v1.status_code, deleted["done"]) == ("y", 404, True)


def test_run_of_an_experiment_takes_no_name(evaluation: Evaluation) -> None:
    """The SDK says that the service refuses it."""
    experiment = evaluation.post(f"{PARENT}/evaluationExperiments", {"displayName": "x"})["name"]
    body = evaluation.run_body(evaluation.set_of(ROW), evaluationExperiment=experiment)

    named = {**body, "name": f"{PARENT}/evaluationRuns/mine"}

    assert evaluation.error("POST", f"{PARENT}/evaluationRuns", named)[0] == 400
    assert evaluation.post(f"{PARENT}/evaluationRuns", body)["evaluationExperiment"] == experiment
