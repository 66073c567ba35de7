"""Plan-time rules of rewards."""

from typing import Any

import pytest

from pulumi_ctune.core.values import UNKNOWN
from tests.unit.job_inputs import STRING_MATCH, composite, reasons, rft_with

PATH = "reinforcement_tuning_spec"
SINGLE = f"{PATH}.single_reward_config"
ENTRIES = f"{PATH}.composite_reward_config.weighted_reward_configs"
SCORERS = (
    "'string_match_reward_scorer', 'code_execution_reward_scorer', 'autorater_scorer' or 'cloud_run_reward_scorer'"
)
REWARDS = "'single_reward_config' or 'composite_reward_config'"
CODE = {"code_execution_reward_scorer": {"python_code_snippet": "def evaluate(example, response): return 0.0"}}


@pytest.mark.parametrize(
    ("rewards", "expected"),
    [
        ({}, {PATH: f"missing: give exactly one of {REWARDS}"}),
        (
            {
                "single_reward_config": STRING_MATCH,
                "composite_reward_config": {"weighted_reward_configs": [{"weight": 1, "reward_config": STRING_MATCH}]},
            },
            {
                f"{PATH}.composite_reward_config": "given together with single_reward_config: only one of "
                f"{REWARDS} is allowed"
            },
        ),
        ({"single_reward_config": {"reward_name": "a"}}, {SINGLE: f"missing: give exactly one of {SCORERS}"}),
        (
            {"single_reward_config": {**STRING_MATCH, **CODE}},
            {
                f"{SINGLE}.code_execution_reward_scorer": "given together with string_match_reward_scorer: only one of "
                f"{SCORERS} is allowed"
            },
        ),
        (
            {"single_reward_config": [CODE]},
            {
                SINGLE: "[{'code_execution_reward_scorer': {'python_code_snippet': 'def evaluate(example, response): "
                "return 0.0'}}] is not a dict; write the dict itself, without the list around it"
            },
        ),
    ],
    ids=["no reward", "two rewards", "no scorer", "two scorers", "list"],
)
def test_one_reward_with_one_scorer(rewards: dict[str, Any], expected: dict[str, str]) -> None:
    """Exactly one kind of reward, and in each reward exactly one scorer."""
    assert reasons(rft_with(**rewards)) == expected


@pytest.mark.parametrize(
    ("reward", "expected"),
    [
        (
            {"string_match_reward_scorer": {"correct_answer_reward": 1}},
            {
                "string_match_reward_scorer": "missing: give exactly one of 'string_match_expression' or "
                "'json_match_expression'"
            },
        ),
        (
            {
                "string_match_reward_scorer": {
                    "string_match_expression": {"match_operation": "regex", "expression": "x"}
                }
            },
            {
                "string_match_reward_scorer.string_match_expression.match_operation": "'regex' is not one of "
                "'REGEX_CONTAINS', 'PARTIAL_MATCH' or 'EXACT_MATCH'; did you mean 'REGEX_CONTAINS'?"
            },
        ),
        (
            {"string_match_reward_scorer": {"json_match_expression": {"value_string_match_expression": {}}}},
            {
                "string_match_reward_scorer.json_match_expression.key_name": "missing: give the key whose value is "
                "compared",
                "string_match_reward_scorer.json_match_expression.value_string_match_expression.match_operation": (
                    "missing: give how to compare, 'REGEX_CONTAINS', 'PARTIAL_MATCH' or 'EXACT_MATCH'"
                ),
            },
        ),
        (
            {"code_execution_reward_scorer": {}},
            {
                "code_execution_reward_scorer.python_code_snippet": "missing: give Python source that defines "
                "evaluate(example, response)"
            },
        ),
        (
            {"cloud_run_reward_scorer": {"cloud_run_uri": "http://reward.a.run.app"}},
            {
                "cloud_run_reward_scorer.cloud_run_uri": "'http://reward.a.run.app' is not an https URL; did you mean "
                "'https://reward.a.run.app'?"
            },
        ),
        (
            {"cloud_run_reward_scorer": {"cloud_run_uri": "reward"}},
            {"cloud_run_reward_scorer.cloud_run_uri": "'reward' is not an https URL"},
        ),
        (
            {
                "autorater_scorer": {
                    "autorater_config": {"sampling_count": 33},
                    "exact_match_scorer": {"expression": "yes"},
                    "parsed_response_conversion_scorer": {},
                }
            },
            {
                "autorater_scorer.autorater_config.sampling_count": "33 is too large: 1 to 32 is allowed",
                "autorater_scorer.parsed_response_conversion_scorer": "given together with exact_match_scorer: only "
                "one of 'exact_match_scorer' or 'parsed_response_conversion_scorer' is allowed",
            },
        ),
        (
            {**CODE, "parse_response_config": {"parse_type": "REGEX_EXTRACT"}},
            {
                "parse_response_config.regex_extract_expression": "missing: parse_type 'REGEX_EXTRACT' needs an "
                "expression"
            },
        ),
        (
            {**CODE, "parse_response_config": {"parse_type": "REGEX", "regex": "(.*)"}},
            {
                "parse_response_config.parse_type": "'REGEX' is not one of 'IDENTITY' or 'REGEX_EXTRACT'; did you mean "
                "'REGEX_EXTRACT'?",
                "parse_response_config.regex": "no such key; did you mean 'regex_extract_expression'?",
            },
        ),
        (
            {
                "string_match_reward_scorer": {
                    **STRING_MATCH["string_match_reward_scorer"],
                    "wrong_answer_reward": "minus",
                }
            },
            {"string_match_reward_scorer.wrong_answer_reward": "'minus' is not a number"},
        ),
    ],
    ids=[
        "no expression",
        "operation",
        "empty JSON expression",
        "no code",
        "http",
        "no URL",
        "autorater",
        "no regex",
        "spelling",
        "number as text",
    ],
)
def test_reward_that_cannot_score(reward: dict[str, Any], expected: dict[str, str]) -> None:
    """The same rules hold for a single reward and for each part of a composite one."""
    single = reasons(rft_with(single_reward_config=reward))
    part = reasons(composite({"weight": 1, "reward_config": STRING_MATCH}, {"weight": 1, "reward_config": reward}))

    assert single == {f"{SINGLE}.{path}": reason for path, reason in expected.items()}
    assert part == {f"{ENTRIES}[1].reward_config.{path}": reason for path, reason in expected.items()}


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ([], {"": "missing: give at least one {'reward_config': {...}, 'weight': 1}"}),
        (
            [{"reward_config": STRING_MATCH, "weight": 0}, {"reward_config": CODE, "weight": 0.0}],
            {"": "the weights add up to 0: their sum must be above 0"},
        ),
        (
            [{"weight": 1}, {"reward_config": CODE}],
            {
                "[0].reward_config": "missing: give the reward that is weighted",
                "[1].weight": "missing: give how much this reward counts, such as 1",
            },
        ),
        (
            [{"reward_config": CODE, "weight": "heavy"}],
            {"[0].weight": "'heavy' is not a number"},
        ),
        (
            [STRING_MATCH],
            {
                "[0].reward_name": "no such key here; 'reward_name' belongs in 'reward_config'",
                "[0].string_match_reward_scorer": "no such key here; 'string_match_reward_scorer' belongs in "
                "'reward_config'",
                "[0].reward_config": "missing: give the reward that is weighted",
                "[0].weight": "missing: give how much this reward counts, such as 1",
            },
        ),
    ],
    ids=["none", "no weight in all", "halves", "weight as text", "unwrapped"],
)
def test_composite_reward_that_cannot_be_summed(entries: list[Any], expected: dict[str, str]) -> None:
    """At least one part, each a reward with a weight, and the service divides by the sum of the weights."""
    assert reasons(composite(*entries)) == {f"{ENTRIES}{path}": reason for path, reason in expected.items()}


def test_single_part_given_without_a_list() -> None:
    """The parts are a list, also if there is one."""
    inputs = rft_with(composite_reward_config={"weighted_reward_configs": {"weight": 1}})

    assert reasons(inputs) == {ENTRIES: "{'weight': 1} is not a list; write [...] around it"}


@pytest.mark.parametrize(
    "inputs",
    [
        rft_with(single_reward_config=CODE),
        rft_with(
            single_reward_config={
                "string_match_reward_scorer": {
                    "correct_answer_reward": 5,
                    "wrong_answer_reward": -5.5,
                    "json_match_expression": {
                        "key_name": "a",
                        "value_string_match_expression": {"match_operation": "PARTIAL_MATCH", "expression": ""},
                    },
                }
            }
        ),
        rft_with(
            single_reward_config={
                "autorater_scorer": {
                    "autorater_config": {"sampling_count": 32.0, "autorater_model": "gemini-2.5-flash"}
                }
            }
        ),
        rft_with(
            single_reward_config={
                "autorater_scorer": {
                    "autorater_prompt": "polite?",
                    "parsed_response_conversion_scorer": {},
                    "autorater_response_parse_config": {
                        "parse_type": "REGEX_EXTRACT",
                        "regex_extract_expression": "(\\d+",
                    },
                }
            }
        ),
        rft_with(
            single_reward_config={
                "cloud_run_reward_scorer": {"cloud_run_uri": "https://reward-1.us-central1.run.app/score?a=b"},
                "parse_response_config": {"regex_extract_expression": "x"},
            }
        ),
        rft_with(single_reward_config={"cloud_run_reward_scorer": {"cloud_run_uri": UNKNOWN}}),
        rft_with(single_reward_config={"cloud_run_reward_scorer": UNKNOWN, "code_execution_reward_scorer": None}),
        rft_with(single_reward_config={"parse_response_config": {"parse_type": UNKNOWN}, **CODE}),
        rft_with(
            single_reward_config={
                "parse_response_config": {"parse_type": "REGEX_EXTRACT", "regex_extract_expression": UNKNOWN},
                **CODE,
            }
        ),
        rft_with(single_reward_config=UNKNOWN),
        rft_with(single_reward_config=UNKNOWN, composite_reward_config=UNKNOWN),
        composite({"weight": 0, "reward_config": CODE}, {"weight": 0.5, "reward_config": STRING_MATCH}),
        composite({"weight": 0, "reward_config": CODE}, {"weight": UNKNOWN, "reward_config": UNKNOWN}),
        composite(UNKNOWN),
        rft_with(composite_reward_config={"weighted_reward_configs": UNKNOWN}),
    ],
    ids=range(15),
)
def test_valid_rewards_pass(inputs: dict[str, Any]) -> None:
    """Each scorer, unknown values, and what the service was seen to accept: no reward name, no scorer of the judge."""
    assert reasons(inputs) == {}
