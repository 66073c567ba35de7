"""`validateReinforcementTuningReward`: what a reward configuration gives."""

from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.emulator.conftest import PARENT, turn
from tests.emulator.registry import conforms
from vertex_emulator.app import Emulator

URL = f"http://localhost/v1beta1/{PARENT}/tuningJobs:validateReinforcementTuningReward"
EXAMPLE = {"contents": [turn("user", "What is 6 times 7?")], "references": {"answer": "42", "dotted": "4.2"}}
REGEX = {"parseType": "REGEX_EXTRACT", "regexExtractExpression": "<a>(.*?)</a>"}


def string_match(operation: str, expression: str, **config: Any) -> dict[str, Any]:
    match = {"matchOperation": operation, "expression": expression}
    scorer = {"correctAnswerReward": 1, "wrongAnswerReward": -0.5, "stringMatchExpression": match}
    return {"rewardName": "answer", "stringMatchRewardScorer": scorer, **config}


def json_match(key: str, expression: str) -> dict[str, Any]:
    value = {"matchOperation": "EXACT_MATCH", "expression": expression}
    scorer = {"correctAnswerReward": 5, "wrongAnswerReward": -5}
    return {
        "stringMatchRewardScorer": {
            **scorer,
            "jsonMatchExpression": {"keyName": key, "valueStringMatchExpression": value},
        }
    }


def code(snippet: str) -> dict[str, Any]:
    return {"rewardName": "code", "codeExecutionRewardScorer": {"pythonCodeSnippet": snippet}}


def ask(http: httpx2.Client, response: str, **config: Any) -> dict[str, Any]:
    body = {"example": EXAMPLE, "sampleResponse": turn("model", response), **config}
    answer = http.post(URL, json=body)
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


MATCHES = {
    "exact": (string_match("EXACT_MATCH", "{{references.answer}}"), "42", 1),
    "not exact": (string_match("EXACT_MATCH", "{{references.answer}}"), "42.", -0.5),
    "part": (string_match("PARTIAL_MATCH", "{{references.answer}}"), "It is 42.", 1),
    "pattern": (string_match("REGEX_CONTAINS", r"is\s+{{references.answer}}$"), "It is  42", 1),
    "reference in a pattern is text": (string_match("REGEX_CONTAINS", "{{references.dotted}}"), "402", -0.5),
    "last extracted": (
        string_match("EXACT_MATCH", "42", parseResponseConfig=REGEX),
        "<a>41</a> no, <a>42</a>",
        1,
    ),
    "a point is no line break": (string_match("REGEX_CONTAINS", "a.b"), "a\nb", -0.5),
    "nothing extracted": (string_match("EXACT_MATCH", "42", parseResponseConfig=REGEX), "42", -0.5),
    "JSON key, clipped": (json_match("total", "{{references.answer}}"), '{"total": "42"}', 1),
    "JSON number": (json_match("total", "42"), '{"total": 42}', 1),
    "no such key, clipped": (json_match("total", "42"), '{"sum": 42}', -1),
    "no JSON": (json_match("total", "42"), "42", -1),
}


@pytest.mark.parametrize(("config", "response", "reward"), MATCHES.values(), ids=MATCHES.keys())
def test_string_match_is_computed(http: httpx2.Client, config: dict[str, Any], response: str, reward: float) -> None:
    """String matches are computed as the API's texts say, and clipped to [-1, 1]."""
    answer = ask(http, response, singleRewardConfig=config)

    assert answer["overallReward"] == reward
    assert conforms("ValidateReinforcementTuningRewardResponse", answer) == []


def test_composite_is_the_weighted_mean(http: httpx2.Client) -> None:
    """The overall reward is sum(w x r) / sum(w); each reward is there under its name."""
    right, wrong = string_match("EXACT_MATCH", "42"), string_match("EXACT_MATCH", "41", rewardName="other")
    weighted = [{"rewardConfig": right, "weight": 3}, {"rewardConfig": wrong, "weight": 1}]

    answer = ask(http, "42", compositeRewardConfig={"weightedRewardConfigs": weighted})

    assert answer["overallReward"] == pytest.approx((3 * 1 - 1 * 0.5) / 4)
    assert answer["rewardInfoDetails"] == {"answer": {"reward": 1.0}, "other": {"reward": -0.5}}


BROKEN = {
    "pattern": (string_match("REGEX_CONTAINS", "("), "Invalid regular expression '('"),
    "reference": (string_match("EXACT_MATCH", "{{references.none}}"), "The example has no reference 'none'"),
    "operation": (string_match("MATCH_OPERATION_UNSPECIFIED", "42"), "match_operation must be set."),
    "snippet": (code("def evaluate(:"), "The snippet is not Python"),
}


@pytest.mark.parametrize(("config", "message"), BROKEN.values(), ids=BROKEN.keys())
def test_broken_reward_is_an_error_status(http: httpx2.Client, config: dict[str, Any], message: str) -> None:
    """A reward that cannot be computed is HTTP 200 with error statuses, and no reward."""
    answer = ask(http, "42", singleRewardConfig=config)

    assert "overallReward" not in answer
    assert answer["errorStatus"]["code"] == 3
    assert message in answer["rewardInfoDetails"][config["rewardName"]]["errorStatus"]["message"]


OTHERS = {
    "autorater": {"autoraterScorer": {"autoraterConfig": {"autoraterModel": "m"}}},
    "cloud run": {"cloudRunRewardScorer": {"cloudRunUri": "https://reward.run.app"}},
    "code": code("def evaluate(example, response):\n    raise SystemExit('this must not run')"),
}


@pytest.mark.parametrize("config", OTHERS.values(), ids=OTHERS.keys())
def test_other_scorers_give_a_simulated_score(http: httpx2.Client, config: dict[str, Any]) -> None:
    """Rewards that would leave the machine, or run code on it, get a score that depends on the contents alone."""
    first, again, other = (ask(http, text, singleRewardConfig=config)["overallReward"] for text in ("a", "a", "b"))

    assert -1 <= first <= 1
    assert (first == again, first == other) == (True, False)


@pytest.fixture
def running_code(tmp_path: Path) -> Any:
    with Emulator(tmp_path, allow_code_rewards=True) as emulator:
        yield httpx2.Client(transport=httpx2.WSGITransport(app=emulator))


def test_code_runs_where_it_was_allowed(running_code: httpx2.Client) -> None:
    """With the flag, `evaluate(example, response)` is called with camelCase dicts."""
    snippet = (
        "def evaluate(example, response):\n"
        "    print('noise')\n"
        "    return 0.25 if response['parts'][0]['text'] == example['references']['answer'] else -1\n"
    )

    answer = ask(running_code, "42", singleRewardConfig=code(snippet))

    assert answer["overallReward"] == 0.25


@pytest.mark.parametrize(
    ("snippet", "message"),
    [
        ("reward = 1.0", "does not define evaluate"),
        ("def evaluate(example, response):\n    return 1 / 0", "ZeroDivisionError"),
        ("def evaluate(example, response):\n    return 'high'", "could not convert string to float"),
    ],
)
def test_failing_code_is_an_error_status(running_code: httpx2.Client, snippet: str, message: str) -> None:
    """Code that gives no number is reported in the words of its last line."""
    answer = ask(running_code, "42", singleRewardConfig=code(snippet))

    assert message in answer["errorStatus"]["message"]


def test_flag_cannot_be_set_by_a_request(http: httpx2.Client) -> None:
    """Only whoever starts the emulator may let it run code."""
    answer = http.patch("http://localhost/emulator/v1/settings", json={"allow_code_rewards": True})

    assert (answer.status_code, "no setting" in answer.json()["error"]["message"]) == (400, True)


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({}, "Exactly one of single_reward_config and composite_reward_config"),
        ({"singleRewardConfig": {"rewardName": "r"}}, "must be set"),
        ({"singleRewardConfig": string_match("EXACT_MATCH", "x"), "example": None}, "The field example is required."),
    ],
)
def test_wrong_request_is_refused(http: httpx2.Client, config: dict[str, Any], message: str) -> None:
    """A request without a complete configuration is 400."""
    body = {"example": EXAMPLE, "sampleResponse": turn("model", "42"), **config}

    answer = http.post(URL, json=body)

    assert (answer.status_code, message in answer.json()["error"]["message"]) == (400, True)
