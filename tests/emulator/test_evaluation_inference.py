"""Runs whose answers come from models: what a tuned version has learnt, and which models a run may ask."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from tests.emulator.conftest import PARENT, PROMPTS, jsonl, reinforcement, supervised, turn
from tests.emulator.evaluation import EXACT_MATCH, Evaluation, request
from vertex_emulator.app import Emulator

GOODS = ("shoes", "lamps", "books", "chairs", "phones", "coats", "tents", "bikes")
BASE = f"{PARENT}/publishers/google/models/gemini-2.5-flash"
CROSSING = {"allowCrossRegionModel": True}


def answer(goods: str) -> str:
    return f"Send the {goods} back within {len(goods)} days."


def example(goods: str) -> dict[str, Any]:
    return {"contents": [turn("user", f"How can I return {goods}?"), turn("model", answer(goods))]}


@pytest.fixture
def evaluation(emulator: Emulator, http: httpx2.Client) -> Evaluation:
    return Evaluation(emulator, http)


@pytest.fixture
def held_out(evaluation: Evaluation) -> str:
    """A set that asks after all goods, in other words than any training example."""
    return evaluation.set_of(*(request(f"I want to return {goods}", answer(goods)) for goods in GOODS))


@pytest.fixture
def tuned(evaluation: Evaluation, create: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """`tuned(*goods)`: the `tunedModel` of a job that has learnt about these."""

    def made(*goods: str, epochs: int = 1, source: str = "") -> dict[str, Any]:
        name = f"{'-'.join(goods)}.jsonl"
        evaluation.emulator.put_object("data", name, jsonl(*map(example, goods)))
        spec = supervised(epochs, trainingDatasetUri=f"gs://data/{name}")
        start = {"preTunedModel": {"tunedModelName": source}} if source else {"baseModel": "gemini-2.5-flash"}
        job = create(**start, **spec)
        evaluation.emulator.advance(timedelta(hours=1))
        tuned_model: dict[str, Any] = evaluation.get(job["name"])["tunedModel"]
        return tuned_model

    return made


def candidates(**models: str) -> dict[str, Any]:
    return {"inferenceConfigs": {name: {"model": model} for name, model in models.items()}}


def test_more_data_scores_higher_and_the_base_model_low(
    evaluation: Evaluation, held_out: str, tuned: Callable[..., dict[str, Any]]
) -> None:
    """A version answers as the nearest example of its training data, so that held-out rows decide."""
    few, many = tuned(*GOODS[:2])["endpoint"], tuned(*GOODS[:6])["endpoint"]

    run = evaluation.ended(held_out, **candidates(base=BASE, few=few, many=many))

    scores = {"base/exact_match": 0, "few/exact_match": 2 / 8, "many/exact_match": 6 / 8}
    assert evaluation.averages(run) == scores


def test_continued_version_knows_what_its_source_has_learnt(
    evaluation: Evaluation, held_out: str, tuned: Callable[..., dict[str, Any]]
) -> None:
    """The whole chain answers."""
    first = tuned(*GOODS[:4])
    second = tuned(*GOODS[4:], source=first["model"])

    run = evaluation.ended(held_out, **candidates(first=first["endpoint"], second=second["endpoint"]))

    assert evaluation.averages(run) == {"first/exact_match": 0.5, "second/exact_match": 1}


def test_earlier_checkpoint_knows_less(
    evaluation: Evaluation, held_out: str, tuned: Callable[..., dict[str, Any]]
) -> None:
    """Each epoch adds to what is known, up to all of it."""
    checkpoints = tuned(*GOODS, epochs=4)["checkpoints"]

    run = evaluation.ended(
        held_out, **candidates(**{f"epoch{item['epoch']}": item["endpoint"] for item in checkpoints})
    )

    scores = list(evaluation.averages(run).values())
    assert scores == sorted(scores)
    assert 0 < scores[0] < scores[-1] == 1


def test_reinforced_version_answers_with_the_reference(
    evaluation: Evaluation, create: Callable[..., dict[str, Any]]
) -> None:
    """What the reward looks for is what such a version has learnt."""
    job = create(baseModel="gemini-2.5-flash", **reinforcement({"epochCount": 1}, trainingDatasetUri=PROMPTS))
    evaluation.emulator.advance(timedelta(hours=1))
    endpoint = evaluation.get(job["name"])["tunedModel"]["endpoint"]

    run = evaluation.ended(evaluation.set_of(request("What is 7 plus 1, please?", "8")), **candidates(tuned=endpoint))

    assert evaluation.averages(run) == {"tuned/exact_match": 1}


def test_references_of_a_reward_do_not_hide_what_was_learnt_before(
    evaluation: Evaluation, tuned: Callable[..., dict[str, Any]], create: Callable[..., dict[str, Any]]
) -> None:
    """A version that went on with reinforcement still answers, unless the prompt is that of a reference."""
    prompts = [{"contents": [turn("user", f"Return {goods}: how?")], "references": {"queue": goods}} for goods in GOODS]
    evaluation.emulator.put_object("data", "queues.jsonl", jsonl(*prompts))
    spec = reinforcement({"epochCount": 1}, trainingDatasetUri="gs://data/queues.jsonl")
    job = create(preTunedModel={"tunedModelName": tuned(*GOODS)["model"]}, **spec)
    evaluation.emulator.advance(timedelta(hours=1))
    rows = evaluation.set_of(request("I want to return lamps", answer("lamps")))

    run = evaluation.ended(rows, **candidates(candidate=evaluation.get(job["name"])["tunedModel"]["endpoint"]))

    assert evaluation.averages(run) == {"candidate/exact_match": 1}


def test_rare_words_say_what_a_prompt_is_about(evaluation: Evaluation, create: Callable[..., dict[str, Any]]) -> None:
    """More than those that every other prompt has too."""
    topics = {"What does a tent cost?": "100", "What does a lamp cost?": "20", "How much is express shipping?": "12"}
    lines = [{"contents": [turn("user", prompt), turn("model", price)]} for prompt, price in topics.items()]
    evaluation.emulator.put_object("data", "prices.jsonl", jsonl(*lines))
    job = create(baseModel="gemini-2.5-flash", **supervised(1, trainingDatasetUri="gs://data/prices.jsonl"))
    evaluation.emulator.advance(timedelta(hours=1))
    endpoint = evaluation.get(job["name"])["tunedModel"]["endpoint"]
    rows = evaluation.set_of(request("What does express shipping cost?", "12"))

    assert evaluation.averages(evaluation.ended(rows, **candidates(one=endpoint))) == {"one/exact_match": 1}


def test_answers_are_in_the_results(evaluation: Evaluation, tuned: Callable[..., dict[str, Any]]) -> None:
    """The request of a result item has the answer beside the reference; the item of the set does not change."""
    rows = evaluation.set_of(request("I want to return lamps", "x"))

    run = evaluation.ended(rows, **candidates(candidate=tuned("lamps")["endpoint"]))

    (result,) = evaluation.results(run)
    assert result["request"]["candidateResponses"] == [{"candidate": "candidate", "text": answer("lamps")}]
    (item,) = evaluation.get(rows)["evaluationItems"]
    assert "candidateResponses" not in evaluation.get(item)["evaluationRequest"]


def test_answer_that_is_there_is_not_generated_again(
    evaluation: Evaluation, tuned: Callable[..., dict[str, Any]]
) -> None:
    """An item with a response of that name keeps it."""
    rows = evaluation.set_of(request("I want to return lamps", "mine", candidate="mine"))

    run = evaluation.ended(rows, **candidates(candidate=tuned("lamps")["endpoint"]))

    assert evaluation.averages(run) == {"candidate/exact_match": 1}


def test_prompt_template_is_filled_from_the_row(evaluation: Evaluation, tuned: Callable[..., dict[str, Any]]) -> None:
    """A candidate's template wins over the run's; a variable that a row does not have fails the row."""
    values = {"goods": {"parts": [{"text": "lamps"}]}}
    row = {"prompt": {"promptTemplateData": {"values": values}}, "goldenResponse": {"text": answer("lamps")}}
    model = tuned(*GOODS)["endpoint"]
    inference = {
        "own": {"model": model, "promptTemplate": {"promptTemplate": "How can I return {goods}?"}},
        "general": {"model": model},
        "broken": {"model": model, "promptTemplate": {"promptTemplate": "{other}"}},
    }
    config = {"promptTemplate": {"promptTemplate": "How can I return old {goods}?"}}

    run = evaluation.ended(evaluation.set_of(row), inferenceConfigs=inference, config=config)

    (result,) = evaluation.results(run)
    own, general, broken = result["candidateResults"]
    assert (own["score"], general["score"]) == (1, 1)
    assert "has no value for {other}" in broken["error"]["message"]


def test_endpoint_that_is_gone_fails_its_rows(evaluation: Evaluation, held_out: str) -> None:
    """Nothing can be scored then, and the run fails as recorded."""
    run = evaluation.ended(held_out, **candidates(candidate=f"{PARENT}/endpoints/4711"))

    assert (run["state"], run["error"]["code"]) == ("FAILED", 9)
    first = evaluation.results(run)[0]
    assert "not found" in first["candidateResults"][0]["error"]["message"]


def test_run_shows_that_it_asks_and_makes_rubrics(evaluation: Evaluation, held_out: str) -> None:
    """INFERENCE only with candidates to ask, GENERATING_RUBRICS only with metrics that have some."""
    evaluation.emulator.configure(evaluation_start_delay_s=0, evaluation_duration_s=30)
    quality = {"metric": "q", "predefinedMetricSpec": {"metricSpecName": "general_quality_v1"}}
    name = evaluation.started(held_out, quality, **candidates(candidate=BASE))

    states = []
    for _ in range(4):
        states.append(evaluation.get(name)["state"])
        evaluation.wait(10)

    assert states == ["INFERENCE", "GENERATING_RUBRICS", "RUNNING", "SUCCEEDED"]


@pytest.mark.parametrize("location", ["us", "global", "europe-west4"])
def test_model_elsewhere_needs_consent(evaluation: Evaluation, held_out: str, location: str) -> None:
    """A model in another location than the run's is refused without `allowCrossRegionModel`."""
    models = candidates(candidate=BASE.replace("us-central1", location))

    refused = evaluation.error("POST", f"{PARENT}/evaluationRuns", evaluation.run_body(held_out, **models))
    run = evaluation.ended(held_out, config=CROSSING, **models)

    assert (refused[0], "allow_cross_region_model must be true" in refused[1]) == (400, True)
    assert run["state"] == "SUCCEEDED"


@pytest.mark.parametrize(
    ("config", "status"),
    [
        ({"model": f"{PARENT}/models/1@2"}, 400),
        ({"model": "gemini-2.5-flash"}, 400),
        ({}, 400),
        ({"model": BASE, "agentRunConfig": {}}, 501),
    ],
    ids=["model", "short name", "nothing", "agent"],
)
def test_what_cannot_be_asked_is_refused(
    evaluation: Evaluation, held_out: str, config: dict[str, Any], status: int
) -> None:
    """Candidates are endpoints and publisher models, by their full names."""
    body = evaluation.run_body(held_out, inferenceConfigs={"candidate": config})

    assert evaluation.error("POST", f"{PARENT}/evaluationRuns", body)[0] == status


def test_copy_of_a_version_answers_as_its_source(
    evaluation: Evaluation, held_out: str, tuned: Callable[..., dict[str, Any]]
) -> None:
    """What was learnt comes along."""
    evaluation.emulator.configure(operation_duration_s=0)
    source = tuned(*GOODS)["model"]
    copy = evaluation.post(f"{PARENT}/models:copy", {"sourceModel": source})["response"]["model"]
    endpoint = evaluation.post(f"{PARENT}/endpoints", {"displayName": "x"})["response"]["name"]
    evaluation.post(f"{endpoint}:deployModel", {"deployedModel": {"model": f"{copy}@1"}, "trafficSplit": {"0": 100}})

    run = evaluation.ended(held_out, EXACT_MATCH, **candidates(copy=endpoint))

    assert evaluation.averages(run) == {"copy/exact_match": 1}
