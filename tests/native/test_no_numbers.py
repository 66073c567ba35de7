"""Scores and series that are no number, in outputs that the schema has as numbers: typed programs cannot take them."""

from typing import Any

from tests.engine.emulator import SUBMISSION, VertexEmulator
from tests.engine.programs import VALIDATION

from .plugin import Plugin, urn
from .test_servicer import SFT, URN

RUN = urn("EvaluationRun", "quality")


def made(plugin: Plugin, urn: str, inputs: dict[str, Any]) -> dict[str, Any]:
    settled, failures = plugin.check(urn, inputs)
    assert failures == {}
    return plugin.create(urn, settled)[1]


def test_series_that_ends_in_no_number_is_left_out(plugin: Plugin, vertex: VertexEmulator) -> None:
    """The others stay."""
    vertex.faults.add(**SUBMISSION, job={"metrics": {"/train_total_loss": "NaN"}})

    metrics = made(plugin, URN, SFT)["metrics"]

    assert "/train_total_loss" not in metrics
    assert metrics
    assert {type(value) for value in metrics.values()} == {float}


def test_score_that_is_no_number_is_left_out_wherever_it_stands(plugin: Plugin, vertex: VertexEmulator) -> None:
    """Of the resource, of its result, and of the lookup."""
    vertex.faults.add(run={"scores": {"candidate/rouge": "NaN", "candidate/exact_match": 0.5}})
    metrics = [
        {"metric": name.lower(), "computationBasedMetricSpec": {"type": name}} for name in ("EXACT_MATCH", "ROUGE")
    ]
    inputs = {
        "tunedModelName": made(plugin, URN, SFT)["tunedModelName"],
        "dataSource": {"datasetUri": VALIDATION},
        "evaluationConfig": {"allowCrossRegionModel": True, "metrics": metrics},
    }

    run = made(plugin, RUN, inputs)
    found = plugin.invoke("ctune:index:getEvaluationRun", {"name": run["name"]})

    assert run["metrics"] == run["result"]["metrics"] == found["metrics"] == {"exact_match": 0.5}
    summaries = [each["summaryMetrics"] for each in (run, run["result"], found)]
    assert "NaN" not in [value for summary in summaries for value in summary.values()]
    assert all(summaries)
