"""String match rewards: every operation, with and without a parse config and references."""

import pytest

from tests.data.rewards import Config, composite, json_match, match, parsed, reward_of, run

EXTRACT = "<ans>(.*?)</ans>"
COMPUTED: dict[str, tuple[Config, str, float]] = {
    "exact": (match("EXACT_MATCH", "{{references.answer}}"), "42", 1),
    "exact is all of it": (match("EXACT_MATCH", "{{references.answer}}"), "42.", -0.5),
    "exact keeps white space": (match("EXACT_MATCH", "42"), "42\n", -0.5),
    "exact keeps case": (match("EXACT_MATCH", "yes"), "Yes", -0.5),
    "exact is no pattern": (match("EXACT_MATCH", "4."), "42", -0.5),
    "part": (match("PARTIAL_MATCH", "{{references.answer}}"), "It is 42.", 1),
    "part is not there": (match("PARTIAL_MATCH", "{{references.answer}}"), "It is 24.", -0.5),
    "part is no pattern": (match("PARTIAL_MATCH", "{{references.dotted}}"), "412", -0.5),
    "an empty part is in everything": (match("PARTIAL_MATCH", "{{references.empty}}"), "x", 1),
    "pattern anywhere": (match("REGEX_CONTAINS", r"is\s+{{references.answer}}"), "It is  42!", 1),
    "pattern is not there": (match("REGEX_CONTAINS", "^42"), "is 42", -0.5),
    "reference is a pattern in a pattern": (match("REGEX_CONTAINS", "^{{references.dotted}}$"), "412", 1),
    "spaces in the placeholder": (match("EXACT_MATCH", "{{ references.answer }}"), "42", 1),
    "two references": (match("EXACT_MATCH", "{{references.answer}}/{{references.dotted}}"), "42/4.2", 1),
    "identity": (parsed(match("EXACT_MATCH", "42"), "x", "IDENTITY"), "42", 1),
    "extracted": (parsed(match("EXACT_MATCH", "42"), EXTRACT), "so <ans>42</ans>", 1),
    "the last one is extracted": (parsed(match("EXACT_MATCH", "42"), EXTRACT), "<ans>42</ans><ans>41</ans>", -0.5),
    "nothing extracted is nothing": (parsed(match("EXACT_MATCH", "42"), EXTRACT), "42", -0.5),
    "JSON text": (json_match("total", "EXACT_MATCH", "{{references.answer}}"), '{"total": "42"}', 1),
    "JSON number": (json_match("total", "EXACT_MATCH", "42"), '{"total": 42}', 1),
    "JSON list": (json_match("total", "PARTIAL_MATCH", "2"), '{"total": [1, 2]}', 1),
    "JSON pattern": (json_match("total", "REGEX_CONTAINS", "^4"), '{"total": 42}', 1),
    "JSON key of an inner level": (json_match("total", "EXACT_MATCH", "42"), '{"a": {"total": 42}}', -0.5),
    "no such key": (json_match("total", "EXACT_MATCH", "42"), '{"sum": 42}', -0.5),
    "no JSON": (json_match("total", "EXACT_MATCH", "42"), "42!", -0.5),
    "JSON, but no object": (json_match("total", "EXACT_MATCH", "42"), "[42]", -0.5),
    "JSON within marks": (
        parsed(json_match("total", "EXACT_MATCH", "42"), EXTRACT),
        '<ans>{"total": 42}</ans>',
        1,
    ),
    "clipped": (match("EXACT_MATCH", "42", correctAnswerReward=5), "42", 1),
    "clipped below": (match("EXACT_MATCH", "42", wrongAnswerReward=-5), "x", -1),
    "absent is 0": (match("EXACT_MATCH", "42", correctAnswerReward=None), "42", 0),
    "number as text": (match("EXACT_MATCH", "42", correctAnswerReward="0.25"), "42", 0.25),
    "snake_case": (
        {
            "string_match_reward_scorer": {
                "correct_answer_reward": 1,
                "string_match_expression": {"match_operation": "EXACT_MATCH", "expression": "42"},
            }
        },
        "42",
        1,
    ),
}


@pytest.mark.parametrize(("config", "text", "reward"), COMPUTED.values(), ids=COMPUTED.keys())
def test_reward_is_computed(config: Config, text: str, reward: float) -> None:
    """The rewards of the API's field texts."""
    assert reward_of(config, text)[0] == reward


NOT_COMPUTED: dict[str, tuple[Config, str]] = {
    "no such reference": (
        match("EXACT_MATCH", "{{references.other}}"),
        "the example has no reference 'other'; it has 'answer', 'dotted', 'empty', 'open'",
    ),
    "reference that breaks a pattern": (
        match("REGEX_CONTAINS", "{{references.open}}"),
        "expression '(': it is not a regular expression: missing ), unterminated subpattern",
    ),
    "lookahead": (match("REGEX_CONTAINS", "(?=4)"), "expression '(?=4)': RE2 has no lookahead: (?="),
    "two groups": (
        parsed(match("EXACT_MATCH", "42"), "(a)(b)"),
        "regexExtractExpression '(a)(b)': it has 2 groups, and only one can be extracted: write (?:...) for others",
    ),
    "NaN": (
        match("EXACT_MATCH", "42", wrongAnswerReward="NaN"),
        "'x' is not '42': the reward is NaN, which counts as failed",
    ),
}


@pytest.mark.parametrize(("config", "reason"), NOT_COMPUTED.values(), ids=NOT_COMPUTED.keys())
def test_reward_that_cannot_be_computed_says_why(config: Config, reason: str) -> None:
    """No reward is none, and never a 0."""
    assert reward_of(config, "x") == (None, reason)


def test_composite_is_the_weighted_mean() -> None:
    """sum(weight x reward) / sum(weight), and each reward under its name."""
    right, wrong = {**match("EXACT_MATCH", "42"), "rewardName": "right"}, match("EXACT_MATCH", "41")

    result = run(composite((3, right), (1, wrong)), "42")

    assert [(each.name, each.reward, each.is_overall) for each in result.tried] == [
        ("right", 1, False),
        ("reward_2", -0.5, False),
        ("composite", (3 * 1 - 1 * 0.5) / 4, True),
    ]
    assert result.mean == (3 * 1 - 1 * 0.5) / 4


def test_composite_without_one_of_its_rewards_has_none() -> None:
    """What the service would count as failed is no mean of the rest."""
    result = run(composite((1, match("EXACT_MATCH", "42")), (1, match("REGEX_CONTAINS", "("))), "42")

    assert [each.reward for each in result.tried] == [1, None, None]
    assert result.overall[0].reason.startswith("reward_2: expression '('")
    assert (result.failed, result.mean, result.spread) == (1, None, None)
