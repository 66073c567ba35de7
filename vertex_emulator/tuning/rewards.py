"""`tuningJobs:validateReinforcementTuningReward`: what a reward configuration gives for one response.

String matches are computed. Code, autorater and Cloud Run rewards would leave this machine (or run code on it), so they
get a score that depends on the contents alone; code runs only where the emulator was started with the flag for it.

Source: the field texts of the discovery document, and the page "Configure reward functions" at
https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/tuning/reinforcement-tuning
"""

import hashlib
import json
import math
import re
from collections.abc import Mapping
from typing import Any

from vertex_emulator import snippets
from vertex_emulator.schema import Violation, invalid
from vertex_emulator.service import Call, Route
from vertex_emulator.tuning import create_rules
from vertex_emulator.wsgi import ApiProblem

_INVALID_ARGUMENT = 3  # google.rpc.Code
_CONFIGS = ("singleRewardConfig", "compositeRewardConfig")
_PLACEHOLDER = re.compile(r"\{\{\s*references\.([\w.-]+)\s*\}\}")


class _Broken(Exception):
    """A reward that cannot be computed: HTTP 200 with an error status, as the service answers."""


def validate(call: Call) -> dict[str, Any]:
    """Overall reward and details by reward name; a broken reward is an `errorStatus` in an answer of 200."""
    if call.param("location") == "global":
        raise ApiProblem(400, "The location global is not supported. Please use a regional endpoint.")
    body = call.schema.read("ValidateReinforcementTuningRewardRequest", call.request.json())
    config = _reward_config(body)
    example, response = body["example"], body["sampleResponse"]
    single = "singleRewardConfig" in body
    weighted = [{"rewardConfig": config, "weight": 1.0}] if single else config["weightedRewardConfigs"]
    details: dict[str, dict[str, Any]] = {}
    total, weights = 0.0, 0.0
    for number, item in enumerate(weighted, start=1):
        weight = float(item.get("weight", 0.0))
        name = item["rewardConfig"].get("rewardName") or f"reward_{number}"
        try:
            reward = max(-1.0, min(1.0, _score(call, item["rewardConfig"], example, response)))
        except (_Broken, snippets.SnippetFailed) as error:
            details[name] = {"errorStatus": {"code": _INVALID_ARGUMENT, "message": str(error)}}
            continue
        details[name] = {"reward": reward}
        total, weights = total + weight * reward, weights + weight
    answer: dict[str, Any] = {"rewardInfoDetails": details}
    failed = [
        f"{name}: {detail['errorStatus']['message']}" for name, detail in details.items() if "errorStatus" in detail
    ]
    if failed:
        message = "; ".join(failed)
        return answer | {"error": message, "errorStatus": {"code": _INVALID_ARGUMENT, "message": message}}
    if not weights:
        message = "The weights of the rewards add up to zero."
        return answer | {"error": message, "errorStatus": {"code": _INVALID_ARGUMENT, "message": message}}
    if not single:
        answer["rewardDetails"] = {name: detail["reward"] for name, detail in details.items()}
    return answer | {"overallReward": total / weights}


def _reward_config(body: Mapping[str, Any]) -> dict[str, Any]:
    for field in ("example", "sampleResponse"):
        if field not in body:
            path = "example" if field == "example" else "sample_response"
            raise invalid([Violation(path, f"The field {path} is required.")])
    found = [kind for kind in _CONFIGS if kind in body]
    if len(found) != 1:
        raise invalid([Violation("", "Exactly one of single_reward_config and composite_reward_config must be set.")])
    config: dict[str, Any] = body[found[0]]
    create_rules.check_reward_config(
        config, found[0], "single_reward_config" if "single" in found[0] else "composite_reward_config"
    )
    return config


def _score(call: Call, config: Mapping[str, Any], example: Mapping[str, Any], response: Mapping[str, Any]) -> float:
    text = _parsed(config.get("parseResponseConfig", {}), _text_of(response))
    if scorer := config.get("stringMatchRewardScorer"):
        matched = _string_match(scorer, text, example.get("references", {}))
        return _chosen(scorer, matched)
    if scorer := config.get("codeExecutionRewardScorer"):
        snippet = scorer.get("pythonCodeSnippet", "")
        if call.settings.allow_code_rewards:
            answer = {"role": "model", "parts": [{"text": text}]}
            return snippets.run(snippet, "evaluate(example, response)", (example, answer))
        if problem := snippets.syntax_problem(snippet):
            raise _Broken(problem)
        return _simulated(config, example, text)
    if scorer := config.get("autoraterScorer", {}).get("exactMatchScorer"):
        return _chosen(scorer, _simulated(config, example, text) > 0)
    return _simulated(config, example, text)


def _parsed(config: Mapping[str, Any], text: str) -> str:
    if config.get("parseType") != "REGEX_EXTRACT":
        return text
    matches = list(_compiled(config.get("regexExtractExpression", "")).finditer(text))
    if not matches:
        return ""
    last = matches[-1]
    return (last[1] or "") if last.re.groups else last[0]


def _string_match(scorer: Mapping[str, Any], text: str, references: Mapping[str, str]) -> bool:
    by_json = scorer.get("jsonMatchExpression")
    expression = by_json.get("valueStringMatchExpression", {}) if by_json else scorer.get("stringMatchExpression", {})
    if by_json:
        try:
            value = json.loads(text)[by_json.get("keyName", "")]
        except (ValueError, KeyError, TypeError, RecursionError):
            return False
        text = value if isinstance(value, str) else json.dumps(value)
    operation = expression.get("matchOperation", "MATCH_OPERATION_UNSPECIFIED")
    is_pattern = operation == "REGEX_CONTAINS"
    wanted = _filled(expression.get("expression", ""), references, escape=is_pattern)
    if operation == "EXACT_MATCH":
        return text == wanted
    if operation == "PARTIAL_MATCH":
        return wanted in text
    if is_pattern:
        return _compiled(wanted).search(text) is not None
    raise _Broken("match_operation must be set.")


def _filled(expression: str, references: Mapping[str, str], *, escape: bool) -> str:
    def value(match: re.Match[str]) -> str:
        if match[1] not in references:
            raise _Broken(f"The example has no reference {match[1]!r} for {match[0]}.")
        return re.escape(references[match[1]]) if escape else references[match[1]]

    return _PLACEHOLDER.sub(value, expression)


def _compiled(expression: str) -> re.Pattern[str]:
    try:
        return re.compile(expression)
    except re.error as error:
        raise _Broken(f"Invalid regular expression {expression!r}: {error}.") from None


def _chosen(scorer: Mapping[str, Any], matched: bool) -> float:
    reward = float(scorer.get("correctAnswerReward" if matched else "wrongAnswerReward", 0.0))
    if math.isnan(reward):
        raise _Broken("The reward is not a number.")
    return reward


def _simulated(config: Mapping[str, Any], example: Mapping[str, Any], text: str) -> float:
    """A score from -1 to 1, in steps of a hundredth, that depends on configuration, example and response alone."""
    content = json.dumps([config, example, text], sort_keys=True)
    return int.from_bytes(hashlib.sha256(content.encode()).digest()[:8], "big") % 201 / 100 - 1


def _text_of(content: Mapping[str, Any]) -> str:
    return "".join(part.get("text", "") for part in content.get("parts", []) if not part.get("thought"))


ROUTES: list[Route] = [
    ("POST", "projects/{project}/locations/{location}/tuningJobs:validateReinforcementTuningReward", validate),
]
