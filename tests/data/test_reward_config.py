"""A reward as users write it: snippet, single, composite, in either case, with or without its field around it."""

import datetime
from typing import Any

import pytest

from pulumi_ctune.core.errors import InvalidInputError
from pulumi_ctune.data.rewards.config import of_document
from tests.data.rewards import Config, composite, match

CODE: Config = {"codeExecutionRewardScorer": {"pythonCodeSnippet": "def evaluate(e, r): return 1.0"}}
SNAKE = {
    "reward_name": "answer",
    "parse_response_config": {"parse_type": "REGEX_EXTRACT", "regex_extract_expression": "(.*)"},
    "string_match_reward_scorer": {
        "correct_answer_reward": 1,
        "json_match_expression": {
            "key_name": "a",
            "value_string_match_expression": {"match_operation": "EXACT_MATCH", "expression": "b"},
        },
    },
}
CAMEL = {
    "rewardName": "answer",
    "parseResponseConfig": {"parseType": "REGEX_EXTRACT", "regexExtractExpression": "(.*)"},
    "stringMatchRewardScorer": {
        "correctAnswerReward": 1,
        "jsonMatchExpression": {
            "keyName": "a",
            "valueStringMatchExpression": {"matchOperation": "EXACT_MATCH", "expression": "b"},
        },
    },
}


@pytest.mark.parametrize(
    "document",
    [
        SNAKE,
        CAMEL,
        {"single_reward_config": SNAKE},
        {"singleRewardConfig": SNAKE},
        {"reinforcement_tuning_spec": {"single_reward_config": SNAKE, "training_dataset_uri": "gs://b/o.jsonl"}},
    ],
    ids=["snake_case", "camelCase", "in its input", "in its field", "in the spec"],
)
def test_single_reward_is_sent_in_camel_case(document: Config) -> None:
    """Whatever the spelling, it is one reward, and one request."""
    config = of_document(document, "reward.json")

    assert (config.is_composite, [reward.name for reward in config.rewards]) == (False, ["answer"])
    assert config.wire == {"singleRewardConfig": CAMEL}


@pytest.mark.parametrize("name", ["", "composite_reward_config", "compositeRewardConfig"])
def test_composite_keeps_weights_and_names(name: str) -> None:
    """A reward without a name is called by its place."""
    written = {
        "weighted_reward_configs": [{"weight": 3, "reward_config": SNAKE}, {"weight": "0.5", "reward_config": CODE}]
    }

    config = of_document({name: written} if name else written, "reward.json")

    assert [(reward.name, reward.weight) for reward in config.rewards] == [("answer", 3), ("reward_2", 0.5)]
    assert [*config.wire] == ["compositeRewardConfig"]


def test_numbers_without_end_and_odd_keys_are_sent_as_json_has_them() -> None:
    """Protobuf's JSON has words for them; YAML reads dates where texts were meant."""
    config = match("EXACT_MATCH", "x", correctAnswerReward=float("inf"))
    config["stringMatchRewardScorer"]["stringMatchExpression"]["expression"] = datetime.date(2026, 11, 30)

    (reward,) = of_document(config, "reward.yaml").rewards

    scorer = reward.config["stringMatchRewardScorer"]
    assert (scorer["correctAnswerReward"], scorer["stringMatchExpression"]["expression"]) == ("Infinity", "2026-11-30")


WRONG: dict[str, tuple[Any, str]] = {
    "a list": ([], "[reward.json]: it is not an object. Give the fields of one reward config."),
    "half of a character": (
        match("EXACT_MATCH", "\ud800"),
        "[reward.json]: it holds half of a character",
    ),
    "a key that is a number": (
        {1: "x"},
        "[reward.json $[\"1\"]]: there is no field '1' here. There are 'autoraterScorer', 'cloudRunRewardScorer', "
        "'codeExecutionRewardScorer', 'parseResponseConfig', 'rewardName' or 'stringMatchRewardScorer'.",
    ),
    "unknown field": (
        {**match("EXACT_MATCH", "x"), "rewrad_name": "x"},
        "[reward.json $.rewrad_name]: there is no field 'rewrad_name' here. Did you mean 'rewardName'?",
    ),
    "wrong type": (
        match("EXACT_MATCH", "x", correctAnswerReward="high"),
        "[reward.json $.stringMatchRewardScorer.correctAnswerReward]: a text is not a number. Write a number.",
    ),
    "unknown operation": (
        match("EXACT", "x"),
        "[reward.json $.stringMatchRewardScorer.stringMatchExpression.matchOperation]: 'EXACT' is not one of "
        "'REGEX_CONTAINS', 'PARTIAL_MATCH' or 'EXACT_MATCH'; did you mean 'EXACT_MATCH'? "
        "Write 'REGEX_CONTAINS', 'PARTIAL_MATCH' or 'EXACT_MATCH'.",
    ),
    "no operation": (
        {"stringMatchRewardScorer": {"stringMatchExpression": {"expression": "x"}}},
        "[reward.json $.stringMatchRewardScorer.stringMatchExpression.matchOperation]: it is missing. "
        "Give 'REGEX_CONTAINS', 'PARTIAL_MATCH' or 'EXACT_MATCH'.",
    ),
    "no scorer": (
        {"rewardName": "x"},
        "[reward.json]: there is no scorer in it. Give one of 'stringMatchRewardScorer', 'codeExecutionRewardScorer', "
        "'autoraterScorer' or 'cloudRunRewardScorer'.",
    ),
    "two scorers": (
        {**match("EXACT_MATCH", "x"), **CODE},
        "[reward.json]: there is more than one scorer: stringMatchRewardScorer, codeExecutionRewardScorer. "
        "Give one of 'stringMatchRewardScorer', 'codeExecutionRewardScorer', 'autoraterScorer' or "
        "'cloudRunRewardScorer'.",
    ),
    "no expression": (
        {"stringMatchRewardScorer": {}},
        "[reward.json $.stringMatchRewardScorer]: give either stringMatchExpression or jsonMatchExpression",
    ),
    "empty snippet": (
        {"codeExecutionRewardScorer": {"pythonCodeSnippet": "\n"}},
        "[reward.json $.codeExecutionRewardScorer.pythonCodeSnippet]: it is missing",
    ),
    "no pattern to extract": (
        {**CODE, "parseResponseConfig": {"parseType": "REGEX_EXTRACT"}},
        "[reward.json $.parseResponseConfig.regexExtractExpression]: REGEX_EXTRACT needs it",
    ),
    "composite of nothing": (
        {"weightedRewardConfigs": []},
        "[reward.json $.weightedRewardConfigs]: there is no reward in it",
    ),
    "weights of nothing": (
        composite((0, CODE)),
        "[reward.json $.weightedRewardConfigs]: the weights add up to 0: their sum must be above 0",
    ),
    "weight without a reward": (
        {"weightedRewardConfigs": [{"weight": 1}]},
        "[reward.json $.weightedRewardConfigs[0].rewardConfig]: it is missing. Give the reward that is weighted.",
    ),
    "both configs": (
        {"single_reward_config": CODE, "composite_reward_config": {}},
        "[reward.json]: only one of 'single_reward_config' or 'composite_reward_config' is allowed",
    ),
}


@pytest.mark.parametrize(("document", "message"), WRONG.values(), ids=WRONG.keys())
def test_config_that_the_service_refuses_is_one_line(document: Any, message: str) -> None:
    """File, path, reason, and what to write."""
    with pytest.raises(InvalidInputError) as caught:
        of_document(document, "reward.json")

    assert str(caught.value) == f"the reward was not tried {message}"
