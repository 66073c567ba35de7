"""What an evaluation asks, whom, and what it compares: rows, the two modes of answers, baselines, sources."""

from collections.abc import Iterator
from typing import Any

import pytest

from pulumi_ctune.core.errors import ApiError, CtuneError, InvalidInputError, NotFoundError
from tests.core.evaluating import BASE_MODEL, EXACT, Evaluating, lines
from tests.core.rig import Rig

SHARED: dict[str, Any] = {"prompt": "Where is order 1?", "reference": "Order 1 leaves our warehouse today."}
CROSSING = {"metrics": [EXACT], "allow_cross_region_model": True}


@pytest.fixture
def evaluating(rig: Rig) -> Iterator[Evaluating]:
    with Evaluating.start(rig) as evaluating:
        yield evaluating


def rows(evaluating: Evaluating, *given: dict[str, Any]) -> None:
    evaluating.rig.emulator.put_object("data", "held-out.jsonl", lines(*given))


def items(evaluating: Evaluating) -> list[dict[str, Any]]:
    """What the rows were uploaded as."""
    return [
        entry["body"]["evaluationRequest"]
        for entry in evaluating.rig.emulator.requests()
        if entry["method"] == "POST" and entry["path"].endswith("/evaluationItems")
    ]


def questions(evaluating: Evaluating) -> list[tuple[str, dict[str, Any]]]:
    """The path and body of each `generateContent` of the provider."""
    return [
        (entry["path"], entry["body"])
        for entry in evaluating.rig.emulator.requests()
        if entry["path"].endswith(":generateContent")
    ]


def test_run_asks_the_models_itself(evaluating: Evaluating) -> None:
    """By the generation config and template of the inputs; the provider asks nothing."""
    state = evaluating.create(
        baseline={"model": BASE_MODEL},
        generation_config={"temperature": 0},
        prompt_template={"prompt_template": "{prompt}"},
    )

    (run,) = evaluating.runs()
    base = run["inferenceConfigs"]["baseline"]["model"]
    asked = {"promptTemplate": {"promptTemplate": "{prompt}"}, "generationConfig": {"temperature": 0}}
    assert run["inferenceConfigs"] == {
        "candidate": {"model": state["model"], **asked},
        "baseline": {"model": base, **asked},
    }
    assert base.endswith(f"/locations/us-central1/publishers/google/models/{BASE_MODEL}")
    assert state["baseline_model"].partition("/locations/")[2] == base.partition("/locations/")[2]
    assert state["baseline_tuned_model_names"] == {}
    assert (state["metrics"], state["baseline_metrics"]) == ({"exact_match": 1.0}, {"exact_match": 0.0})
    assert state["summary_metrics"]["baseline/exact_match/MAXIMUM"] == 0
    assert not questions(evaluating)


def test_provider_asks_the_models_of_both_sides(evaluating: Evaluating) -> None:
    """Progress on the row, the answers handed in with the rows, and a run that calls no model."""
    state = evaluating.create(
        answers="PROVIDER",
        baseline={"model": BASE_MODEL},
        generation_config={"temperature": 0},
        evaluation_config={"metrics": [EXACT]},  # nothing of another place is called by the run
    )

    (run,) = evaluating.runs()
    asked = questions(evaluating)
    assert "inferenceConfigs" not in run
    assert len(asked) == 8
    assert all(body["generationConfig"] == {"temperature": 0} for _, body in asked)
    assert {path.rpartition("/")[2] for path, _ in asked} == {
        f"{state['model'].rpartition('/')[2]}:generateContent",
        f"{BASE_MODEL}:generateContent",
    }
    assert "asking the models: row 3 of 4" in evaluating.rig.report.statuses
    assert (state["metrics"], state["baseline_metrics"]) == ({"exact_match": 1.0}, {"exact_match": 0.0})


def test_interrupted_questions_make_no_run(evaluating: Evaluating) -> None:
    """Nothing more is asked after a Ctrl-C; the next `up` begins again."""
    evaluating.rig.emulator.faults.add(path=":generateContent$", skip=1, status=503, times=0)
    evaluating.rig.clock.interrupt_at_s = evaluating.rig.clock.now_s + 1

    with pytest.raises(CtuneError, match="no evaluation run was made"):
        evaluating.create(answers="PROVIDER")

    assert evaluating.names() == []
    assert len({str(body) for _, body in questions(evaluating)}) == 2


def test_template_is_filled_once(evaluating: Evaluating) -> None:
    """A prompt with braces in it is a prompt."""
    rows(evaluating, {"prompt": "Say {context}!", "context": "Be kind.", "reference": "x"})

    evaluating.create(answers="PROVIDER", prompt_template={"prompt_template": "{context} Q: {prompt}"})

    ((_, body),) = questions(evaluating)
    assert body["contents"][0]["parts"] == [{"text": "Be kind. Q: Say {context}!"}]


def test_turns_are_asked_as_turns(evaluating: Evaluating) -> None:
    """System instruction and earlier turns of the tuning format; the last turn of the model is the reference."""
    turns = [
        {"role": "user", "parts": [{"text": "Hi."}]},
        {"role": "model", "parts": [{"text": "Hello."}]},
        {"role": "user", "parts": [{"text": "Where is order 1?"}]},
    ]
    answer = {"role": "model", "parts": [{"text": "Order 1 leaves our warehouse today."}]}
    system = {"parts": [{"text": "Be brief."}]}
    rows(evaluating, {"systemInstruction": system, "contents": [*turns, answer]})

    evaluating.create(answers="PROVIDER")

    ((_, body),) = questions(evaluating)
    (item,) = items(evaluating)
    assert body == {"contents": turns, "systemInstruction": system}
    assert item["goldenResponse"] == {"text": "Order 1 leaves our warehouse today."}
    assert item["prompt"] == {"text": "Be brief.\n\nuser: Hi.\n\nmodel: Hello.\n\nuser: Where is order 1?"}


@pytest.mark.parametrize("answers", ["SERVICE", "PROVIDER"])
def test_answers_that_rows_bring_along_are_judged(evaluating: Evaluating, answers: str) -> None:
    """They stand for the candidate's; the baseline is still asked."""
    rows(evaluating, {**SHARED, "response": SHARED["reference"]}, {**SHARED, "response": "No idea."})

    state = evaluating.create(answers=answers, baseline={"model": BASE_MODEL})

    assert (state["metrics"], state["baseline_metrics"]) == ({"exact_match": 0.5}, {"exact_match": 0.0})
    assert len(questions(evaluating)) == (2 if answers == "PROVIDER" else 0)
    assert list(evaluating.runs()[0].get("inferenceConfigs", {})) == (["baseline"] if answers == "SERVICE" else [])


def test_only_rows_without_an_answer_are_asked(evaluating: Evaluating) -> None:
    rows(evaluating, {**SHARED, "response": "No idea."}, SHARED)

    state = evaluating.create()

    assert state["metrics"] == {"exact_match": 0.5}


def test_endpoint_as_baseline_is_what_serves_there(evaluating: Evaluating) -> None:
    """A split is a mix, and told as one."""
    second = evaluating.rig.create(evaluating.rig.continued(evaluating.versions[0]))["tuned_model_name"]
    endpoint = evaluating.endpoint(evaluating.versions[0], second, split={"1": 80, "2": 20})

    state = evaluating.create(baseline={"model": endpoint})

    (warning,) = evaluating.rig.report.warnings
    assert state["baseline_model"].endswith("/endpoints/bot")
    assert state["baseline_tuned_model_names"] == {evaluating.versions[0]: 80, second: 20}
    assert warning.startswith("baseline.model: the versions on ")
    assert warning.endswith(f"{evaluating.versions[0]} 80 %, {second} 20 %")


def test_endpoint_without_traffic_is_no_baseline(evaluating: Evaluating) -> None:
    with pytest.raises(InvalidInputError, match=r"baseline\.model.*has no traffic, so nothing answers there"):
        evaluating.create(baseline={"model": evaluating.endpoint()})

    assert evaluating.names() == []


def test_baseline_by_alias_is_pinned(evaluating: Evaluating) -> None:
    """When the run is made; another version under that alias is no other run."""
    model = evaluating.versions[0].partition("@")[0]

    state = evaluating.create(baseline={"model": f"{model}@default"})

    assert state["baseline_tuned_model_names"] == {evaluating.versions[0]: 100}
    assert state["baseline_model"] == state["model"]
    assert not evaluating.plan(state, baseline={"model": f"{model}@default"}).changes


def test_missing_baseline_says_which_there_are(evaluating: Evaluating) -> None:
    model = evaluating.versions[0].partition("@")[0]

    with pytest.raises(NotFoundError, match=r"no evaluation run was made \[baseline\.model\].*'gold'; it has"):
        evaluating.create(baseline={"model": f"{model}@gold"})


def test_checkpoint_is_judged_at_its_own_endpoint(evaluating: Evaluating) -> None:
    """An earlier checkpoint; the result says which, so that no gate takes it for the default one."""
    version = evaluating.rig.client.get_model_version(evaluating.versions[0])
    point = evaluating.rig.emulator.jobs()[0]["tunedModel"]["checkpoints"][0]

    state = evaluating.create(checkpoint_id=point["checkpointId"])

    assert point["checkpointId"] != version.default_checkpoint_id
    assert state["model"] == point["endpoint"]
    assert state["result"]["checkpoint_id"] == point["checkpointId"]


def test_missing_checkpoint_says_which_there_are(evaluating: Evaluating) -> None:
    with pytest.raises(NotFoundError, match=r"no evaluation run was made \[checkpoint_id\].*'17'; it has"):
        evaluating.create(checkpoint_id="17")


def test_crossing_a_region_is_the_users_decision(evaluating: Evaluating) -> None:
    """One line at the input, with what it means; nothing is made."""
    with pytest.raises(InvalidInputError) as raised:
        evaluating.create(evaluation_config={"metrics": [EXACT]})

    text = str(raised.value)
    assert text.startswith("no evaluation run was made [evaluation_config.allow_cross_region_model]: ")
    assert " lies in us, the run in us-central1. Set it to True" in text
    assert "\n" not in text
    assert evaluating.posts("evaluationItems") == 0


def test_version_that_nothing_serves_is_refused(evaluating: Evaluating) -> None:
    state = evaluating.create()
    evaluating.rig.clock.pause(5)
    points = evaluating.rig.emulator.jobs()[0]["tunedModel"]["checkpoints"]
    endpoints = {point["endpoint"] for point in points}
    for endpoint in endpoints:
        for deployed in evaluating.rig.client.get_endpoint(endpoint).deployed_models:
            evaluating.ask("POST", f"{endpoint}:undeployModel", {"deployedModelId": deployed.deployed_model_id})
        evaluating.rig.clock.pause(5)
        evaluating.ask("DELETE", endpoint)
    evaluating.rig.clock.pause(5)

    with pytest.raises(InvalidInputError, match=r"tuned_model_name\]: no endpoint serves "):
        evaluating.replace(state, triggers=["2"])


def test_table_of_bigquery_is_handed_on(evaluating: Evaluating) -> None:
    """By the API's names; the emulator serves no tables, and says so."""
    table = {"uri": "bq://acme.eval.rows", "sampling_config": {"sampling_count": 500}}

    with pytest.raises(ApiError, match="bigqueryRequestSet is not served"):
        evaluating.create(data_source={"bigquery_request_set": table})

    (body,) = [
        entry["body"]
        for entry in evaluating.rig.emulator.requests()
        if entry["path"].endswith("/evaluationRuns") and entry["method"] == "POST"
    ]
    assert body["dataSource"]["bigqueryRequestSet"]["samplingConfig"] == {"samplingCount": 500}


def test_score_that_is_no_number_is_kept_by_its_name(evaluating: Evaluating) -> None:
    """A state holds no NaN; see `test_evaluation_gates` for what a gate says of it."""
    evaluating.rig.emulator.faults.add(run={"scores": {"candidate/exact_match": "NaN"}})

    state = evaluating.create()

    assert state["metrics"] == {"exact_match": "NaN"}
    assert state["result"]["metrics"] == {"exact_match": "NaN"}
    assert state["result"]["standard_deviations"] == {"exact_match": "NaN"}


def test_rows_that_could_not_be_scored_are_counted(evaluating: Evaluating) -> None:
    evaluating.rig.emulator.faults.add(run={"failed_items": 1})

    state = evaluating.create()

    assert (state["total_items"], state["failed_items"], state["result"]["failed_items"]) == (4, 1, 1)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "has no rows"),
        (b'{"prompt": "a"}\nno', "line 2 is no JSON"),
        (b"[1]", "line 1 is no JSON object"),
        (b'{"promt": "a"}', "line 1 has neither 'contents' nor 'prompt'; did you mean 'prompt'?"),
    ],
    ids=["empty", "no-json", "list", "typo"],
)
def test_wrong_rows_make_nothing(evaluating: Evaluating, content: bytes, why: str) -> None:
    evaluating.rig.emulator.put_object("data", "held-out.jsonl", content)

    with pytest.raises(InvalidInputError) as raised:
        evaluating.create()

    assert str(raised.value).startswith(
        "no evaluation run was made [data_source.dataset_uri]: gs://data/held-out.jsonl"
    )
    assert why in str(raised.value)
    assert evaluating.posts("evaluationItems") == 0


def test_missing_rows_are_reported(evaluating: Evaluating) -> None:
    with pytest.raises(CtuneError, match=r"no evaluation run was made \[data_source\.dataset_uri\]"):
        evaluating.create(data_source={"dataset_uri": "gs://data/none.jsonl"})
