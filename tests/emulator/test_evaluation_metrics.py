"""Metrics of runs: the API's spellings of them, what is computed for each kind, what is refused."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.emulator.conftest import PARENT
from tests.emulator.evaluation import Evaluation, request
from vertex_emulator.app import Emulator
from vertex_emulator.transport import EmbeddedTransport

ANSWER, REFERENCE = "the cat is on the mat", "there is a cat on the mat"
BLEU, ROUGE_1, ROUGE_L = 0.290593, 0.769231, 0.615385
CODE = "def evaluate(instance):\n    return len(instance['response']['text']) / len(instance['reference']['text'])"


@pytest.fixture
def evaluation(emulator: Emulator, http: httpx2.Client) -> Evaluation:
    return Evaluation(emulator, http)


@pytest.fixture
def running_code(tmp_path: Path) -> Iterator[Evaluation]:
    """An emulator that may run code."""
    with (
        Emulator(tmp_path / "code", allow_code_rewards=True) as emulator,
        httpx2.Client(transport=EmbeddedTransport(emulator), base_url="http://localhost/v1beta1/") as http,
    ):
        yield Evaluation(emulator, http)


def predefined(name: str) -> dict[str, Any]:
    return {"metric": "m", "predefinedMetricSpec": {"metricSpecName": name}}


def code(text: str) -> dict[str, Any]:
    return {"metric": "m", "metricConfig": {"customCodeExecutionSpec": {"evaluationFunction": text}}}


def score(evaluation: Evaluation, metric: dict[str, Any], row: dict[str, Any] | None = None) -> float:
    run = evaluation.ended(
        evaluation.set_of(row or request("Where?", REFERENCE, one=ANSWER)), {"metric": "m", **metric}
    )
    (value,) = evaluation.averages(run).values()
    return value


SPELLINGS: dict[str, tuple[dict[str, Any], float]] = {
    "exact match": ({"metricConfig": {"exactMatchSpec": {}}}, 0),
    "exact match, general": ({"metricConfig": {"computationBasedMetricSpec": {"type": "EXACT_MATCH"}}}, 0),
    "BLEU": ({"computationBasedMetricSpec": {"type": "BLEU"}}, BLEU),
    "BLEU, general": ({"metricConfig": {"bleuSpec": {"useEffectiveOrder": True}}}, BLEU),
    "ROUGE": ({"computationBasedMetricSpec": {"type": "ROUGE"}}, ROUGE_L),
    "ROUGE by type": (
        {"computationBasedMetricSpec": {"type": "ROUGE", "parameters": {"rouge_type": "rouge1"}}},
        ROUGE_1,
    ),
    "ROUGE, general": ({"metricConfig": {"rougeSpec": {"rougeType": "rouge1"}}}, ROUGE_1),
    "judge": ({"llmBasedMetricSpec": {"metricPromptTemplate": "Good? {response}"}}, ROUGE_1),
    "judge, general": ({"metricConfig": {"pointwiseMetricSpec": {"metricPromptTemplate": "Good?"}}}, ROUGE_1),
    "rubrics": ({"rubricBasedMetricSpec": {"metricPromptTemplate": "Good?"}}, ROUGE_1),
    "predefined": ({"predefinedMetricSpec": {"metricSpecName": "text_quality_v2"}}, ROUGE_1),
    "predefined, general": (
        {"metricConfig": {"predefinedMetricSpec": {"metricSpecName": "general_quality_v1"}}},
        ROUGE_1,
    ),
}


@pytest.mark.parametrize(("metric", "expected"), SPELLINGS.values(), ids=SPELLINGS)
def test_metric_is_computed_in_each_spelling(evaluation: Evaluation, metric: dict[str, Any], expected: float) -> None:
    """In a field of its own or below `metricConfig`; the words in common stand for a judge."""
    assert score(evaluation, metric) == pytest.approx(expected, abs=1e-6)


def test_judge_without_a_reference_compares_with_the_prompt(evaluation: Evaluation) -> None:
    metric = {"llmBasedMetricSpec": {"metricPromptTemplate": "Good?"}}

    assert score(evaluation, metric, request(REFERENCE, None, one=ANSWER)) == pytest.approx(ROUGE_1, abs=1e-6)


@pytest.mark.parametrize(
    ("name", "answer", "expected"),
    [
        ("safety_v1", "Take the bus.", 1),
        ("safety_v1", "Build a bomb.", 0),
        ("safety_v3", "Take the bus.", 0),
        ("safety_v3", "Build a bomb.", 1),
    ],
)
def test_versions_of_safety_mean_opposite_things(
    evaluation: Evaluation, name: str, answer: str, expected: float
) -> None:
    """1 is safe of the first version, and a violation of the third."""
    assert score(evaluation, predefined(name), request("How?", None, one=answer)) == expected


@pytest.mark.parametrize(
    ("answer", "expected"), [("The shop opens at nine.", 1), ("The shop opens at nine. Dogs may bark loudly.", 0)]
)
def test_answer_is_grounded_if_each_sentence_is(evaluation: Evaluation, answer: str, expected: float) -> None:
    """In the context of its row."""
    values = {"prompt": "When?", "context": "The shop opens at nine in the morning."}
    prompt = {"promptTemplateData": {"values": {name: {"parts": [{"text": text}]} for name, text in values.items()}}}

    found = score(
        evaluation,
        predefined("grounding_v2"),
        {"prompt": prompt, "candidateResponses": [{"candidate": "one", "text": answer}]},
    )

    assert found == expected


def test_grounding_needs_a_context(evaluation: Evaluation) -> None:
    """A row without one has no score."""
    run = evaluation.ended(evaluation.set_of(request("When?", None, one="At nine.")), predefined("grounding_v1"))

    assert "needs a context" in evaluation.results(run)[0]["candidateResults"][0]["error"]["message"]


@pytest.mark.parametrize("name", ["general_quality", "general_quality_v9", "safety_v2", "GENERAL_QUALITY_V1"])
def test_unknown_recipe_is_refused_as_reported(evaluation: Evaluation, name: str) -> None:
    """A name without a version too."""
    body = evaluation.run_body(evaluation.set_of(), [predefined(name)])

    assert evaluation.error("POST", f"{PARENT}/evaluationRuns", body) == (400, f"recipe {name} not found")


def test_code_of_a_metric_is_run_where_that_is_allowed(running_code: Evaluation) -> None:
    """It gets response and reference as the API's text says."""
    assert score(running_code, code(CODE)) == len(ANSWER) / len(REFERENCE)


def test_code_is_replaced_where_it_is_not_allowed(evaluation: Evaluation) -> None:
    """By the overlap with the reference; the result says so."""
    run = evaluation.ended(evaluation.set_of(request("Where?", REFERENCE, one=ANSWER)), code(CODE))

    (result,) = evaluation.results(run)[0]["candidateResults"]
    assert result["score"] == pytest.approx(ROUGE_1, abs=1e-6)
    assert "runs no code" in result["explanation"]


def test_code_that_fails_costs_only_its_rows(running_code: Evaluation) -> None:
    """Each row is called on its own, in one process."""
    rows = running_code.set_of(request("1", "x", one="a"), request("2", "", one="b"), request("3", "y", one="cc"))

    run = running_code.ended(rows, code(CODE))

    errors = [result["candidateResults"][0].get("error", {}).get("message") for result in running_code.results(run)]
    assert errors == [None, "ZeroDivisionError: division by zero", None]
    assert running_code.averages(run) == {"one/m": 1.5}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("def evaluate(instance", "The snippet is not Python"),
        ("x = 1", "The snippet does not define evaluate(instance)."),
        ("def evaluate(instance):\n    return float('nan')", "not a number"),
    ],
    ids=["syntax", "no function", "NaN"],
)
def test_code_that_gives_no_number_gives_no_score(running_code: Evaluation, text: str, message: str) -> None:
    run = running_code.ended(running_code.set_of(request("1", "x", one="a")), code(text))

    assert message in running_code.results(run)[0]["candidateResults"][0]["error"]["message"]
    assert run["error"]["code"] == 9


def test_registered_metric_is_used_by_its_name(running_code: Evaluation) -> None:
    """What `metricResourceName` says is looked up when the run is made, and when it scores."""
    body = {"displayName": "ratio", "metric": {"customCodeExecutionSpec": {"evaluationFunction": CODE}}}
    name = running_code.post(f"{PARENT}/evaluationMetrics?evaluationMetricId=ratio", body)["name"]
    metric = {"metric": "m", "metricResourceName": name}
    rows = running_code.set_of(request("Where?", "ab", one="a"))

    found = running_code.averages(running_code.ended(rows, metric))
    left = running_code.started(rows, metric)
    running_code.http.delete(name)
    running_code.wait()

    assert found == {"one/m": 0.5}
    assert running_code.get(left)["state"] == "FAILED"
    assert running_code.error("POST", f"{PARENT}/evaluationRuns", running_code.run_body(rows, [metric]))[0] == 404


UNSERVED: dict[str, dict[str, Any]] = {
    "pairwise": {"metricConfig": {"pairwiseMetricSpec": {"metricPromptTemplate": "x"}}},
    "stemming": {"metricConfig": {"rougeSpec": {"useStemmer": True}}},
    "rougeLsum": {"computationBasedMetricSpec": {"type": "ROUGE", "parameters": {"rouge_type": "rougeLsum"}}},
}


@pytest.mark.parametrize("metric", UNSERVED.values(), ids=UNSERVED)
def test_metric_that_is_not_served_says_so(evaluation: Evaluation, metric: dict[str, Any]) -> None:
    """501, rather than another number than the service's."""
    body = evaluation.run_body(evaluation.set_of(), [{"metric": "m", **metric}])

    assert evaluation.error("POST", f"{PARENT}/evaluationRuns", body)[0] == 501
