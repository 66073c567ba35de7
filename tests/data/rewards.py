"""Rewards, and examples that they are tried on."""

from collections.abc import Mapping
from typing import Any

from pulumi_ctune.data.rewards.cases import Answer, Case
from pulumi_ctune.data.rewards.code import SERVICE, Limits
from pulumi_ctune.data.rewards.config import RewardConfig, of_document
from pulumi_ctune.data.rewards.examples import Example
from pulumi_ctune.data.rewards.trial import Result, Trial, Verdict

Config = dict[str, Any]
EXAMPLE = Example(
    1,
    {
        "contents": [{"role": "user", "parts": [{"text": "What is 6 times 7?"}]}],
        "references": {"answer": "42", "dotted": "4.2", "open": "(", "empty": ""},
    },
)
EXTRACT = {"parseType": "REGEX_EXTRACT", "regexExtractExpression": "<ans>(.*?)</ans>"}
RIGHT_OR_WRONG = {"correctAnswerReward": 1, "wrongAnswerReward": -0.5}


def match(operation: str, expression: str, **scorer: Any) -> Config:
    """A string match."""
    compared = {"matchOperation": operation, "expression": expression}
    return {"stringMatchRewardScorer": {**RIGHT_OR_WRONG, **scorer, "stringMatchExpression": compared}}


def json_match(key: str, operation: str, expression: str) -> Config:
    compared = {"matchOperation": operation, "expression": expression}
    by_key = {"keyName": key, "valueStringMatchExpression": compared}
    return {"stringMatchRewardScorer": {**RIGHT_OR_WRONG, "jsonMatchExpression": by_key}}


def parsed(config: Config, pattern: str = "", parse_type: str = "REGEX_EXTRACT") -> Config:
    """The reward behind `parseResponseConfig`."""
    return {**config, "parseResponseConfig": {"parseType": parse_type, "regexExtractExpression": pattern}}


def composite(*parts: tuple[float, Config]) -> Config:
    return {"weightedRewardConfigs": [{"weight": weight, "rewardConfig": config} for weight, config in parts]}


def of_snippet(source: str) -> RewardConfig:
    return of_document({"codeExecutionRewardScorer": {"pythonCodeSnippet": source}}, "reward.py")


def run(
    reward: Config | str,
    *texts: str,
    example: Example = EXAMPLE,
    case: Case = "given",
    limits: Limits = SERVICE,
    verdict: Verdict | None = None,
) -> Result:
    """A config, or a snippet, tried on texts as answers to one example."""
    config = of_snippet(reward) if isinstance(reward, str) else of_document(reward, "reward.json")
    asked = [(example, Answer(text, case)) for text in texts]
    with Trial(config, limits) as trial:
        return trial.run(asked, None if verdict is None else [verdict] * len(asked))


def reward_of(reward: Config | str, text: str, limits: Limits = SERVICE) -> tuple[float | None, str]:
    """(reward, reason) of one answer."""
    (tried,) = run(reward, text, limits=limits).overall
    return tried.reward, tried.reason


def content(**references: str) -> Mapping[str, Any]:
    return {"contents": EXAMPLE.content["contents"], "references": references}
