"""A reward as users have it: the API's config in either spelling, single or composite.

Raises `InvalidInputError` for what is no complete config; what a config gives for an answer is for the scorers.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pulumi_ctune.core.errors import InvalidInputError
from pulumi_ctune.core.fields import snake_case
from pulumi_ctune.core.messages import any_of
from pulumi_ctune.data import schema

NOT_TRIED = "the reward was not tried"
_WRAPPED = {"single_reward_config": "single", "composite_reward_config": "composite"}
_SPEC = "reinforcement_tuning_spec"
_SINGLE, _COMPOSITE = "SingleReinforcementTuningRewardConfig", "CompositeReinforcementTuningRewardConfig"
SCORERS = ("stringMatchRewardScorer", "codeExecutionRewardScorer", "autoraterScorer", "cloudRunRewardScorer")
OPERATIONS = ("REGEX_CONTAINS", "PARTIAL_MATCH", "EXACT_MATCH")


@dataclass(frozen=True)
class Reward:
    """One reward. `config` is the API's message in camelCase; `given_name` is empty where it has no name. `path` is its
    place in the config, as users of the resource write it.
    """

    name: str
    given_name: str
    config: Mapping[str, Any]
    weight: float = 1.0
    path: str = ""

    @property
    def scorer(self) -> str:
        """Which of `SCORERS` it has."""
        return next(scorer for scorer in SCORERS if scorer in self.config)

    @property
    def snippet(self) -> str:
        """The Python that it runs; "" where it runs none."""
        scorer = self.config.get("codeExecutionRewardScorer", {})
        return str(scorer.get("pythonCodeSnippet", ""))


@dataclass(frozen=True)
class RewardConfig:
    """What a job would be given: one reward, or several with weights. `wire` are the fields of the API's request."""

    rewards: Sequence[Reward]
    is_composite: bool
    wire: Mapping[str, Any]


def of_document(document: Any, where: str) -> RewardConfig:
    """A decoded config: single, composite, or the field of a spec that holds one."""
    kind, config = _unwrapped(_as_json(document, where), where)
    message = _COMPOSITE if kind == "composite" else _SINGLE
    found, findings = schema.read_message(message, config)
    if findings:
        first, *others = findings
        more = f" There are {len(others)} more problems." if len(others) > 1 else ""
        raise _wrong(where, first.path, first.message, first.fix + more)
    return _composite(found, where) if kind == "composite" else _checked_single(found, "$", where)


def _as_json(document: Any, where: str) -> Any:
    """The document as it would be sent: YAML has more keys and values than JSON, and infinity is a word."""
    try:
        text = json.dumps(document, default=str, ensure_ascii=False)
        text.encode()
        return json.loads(text, parse_constant=str)
    except UnicodeEncodeError:
        raise _wrong(where, "", "it holds half of a character") from None
    except (TypeError, ValueError, RecursionError) as error:
        raise _wrong(where, "", f"it cannot be sent as JSON: {error}") from None


def number(value: Any) -> float:
    """A number as JSON for protobuf has it: absent is 0, texts are read."""
    return float(value if value is not None else 0.0)


def _unwrapped(document: Any, where: str) -> tuple[str, Mapping[str, Any]]:
    if not isinstance(document, Mapping):
        raise _wrong(where, "", "it is not an object", "Give the fields of one reward config.")
    by_name = {snake_case(key): value for key, value in document.items() if isinstance(key, str)}
    if isinstance(spec := by_name.get(_SPEC), Mapping):
        return _unwrapped(spec, where)
    given = [name for name in _WRAPPED if by_name.get(name) is not None]
    if len(given) > 1:
        raise _wrong(where, "", f"only one of {any_of(given)} is allowed")
    if given:
        return _WRAPPED[given[0]], by_name[given[0]] if isinstance(by_name[given[0]], Mapping) else {}
    return ("composite" if "weighted_reward_configs" in by_name else "single"), document


def _checked_single(config: Mapping[str, Any], path: str, where: str) -> RewardConfig:
    _check(config, path, where)
    return _single(config)


def _single(config: Mapping[str, Any]) -> RewardConfig:
    name = str(config.get("rewardName", ""))
    return RewardConfig([Reward(name or "reward", name, config)], False, {"singleRewardConfig": config})


def _composite(config: Mapping[str, Any], where: str) -> RewardConfig:
    entries = config.get("weightedRewardConfigs") or []
    if not entries:
        raise _wrong(where, "$.weightedRewardConfigs", "there is no reward in it")
    rewards = []
    for index, entry in enumerate(entries):
        path = f"$.weightedRewardConfigs[{index}]"
        single = entry.get("rewardConfig")
        if single is None:
            raise _wrong(where, f"{path}.rewardConfig", "it is missing", "Give the reward that is weighted.")
        _check(single, f"{path}.rewardConfig", where)
        weight = number(entry.get("weight"))
        name = str(single.get("rewardName", ""))
        place = f"weighted_reward_configs[{index}].reward_config"
        rewards.append(Reward(name or f"reward_{index + 1}", name, single, weight, place))
    total = sum(reward.weight for reward in rewards)
    if not (math.isfinite(total) and total > 0):
        raise _wrong(where, "$.weightedRewardConfigs", f"the weights add up to {total:g}: their sum must be above 0")
    return RewardConfig(rewards, True, {"compositeRewardConfig": config})


def _check(config: Mapping[str, Any], path: str, where: str) -> None:
    """What the service would refuse before it computes anything."""
    given = [scorer for scorer in SCORERS if scorer in config]
    if len(given) != 1:
        what = "there is no scorer in it" if not given else f"there is more than one scorer: {', '.join(given)}"
        raise _wrong(where, path, what, f"Give one of {any_of(SCORERS)}.")
    scorer, at = config[given[0]], f"{path}.{given[0]}"
    match given[0]:
        case "stringMatchRewardScorer":
            _check_string_match(scorer, at, where)
        case "codeExecutionRewardScorer" if not str(scorer.get("pythonCodeSnippet", "")).strip():
            raise _wrong(where, f"{at}.pythonCodeSnippet", "it is missing")
        case "cloudRunRewardScorer" if not scorer.get("cloudRunUri"):
            raise _wrong(where, f"{at}.cloudRunUri", "it is missing")
    parse = config.get("parseResponseConfig", {})
    if str(parse.get("parseType", "")).upper() == "REGEX_EXTRACT" and not parse.get("regexExtractExpression"):
        raise _wrong(where, f"{path}.parseResponseConfig.regexExtractExpression", "REGEX_EXTRACT needs it")


def _check_string_match(scorer: Mapping[str, Any], path: str, where: str) -> None:
    given = [name for name in ("stringMatchExpression", "jsonMatchExpression") if name in scorer]
    if len(given) != 1:
        raise _wrong(where, path, "give either stringMatchExpression or jsonMatchExpression")
    expression, at = scorer[given[0]], f"{path}.{given[0]}"
    if given[0] == "jsonMatchExpression":
        if not expression.get("keyName"):
            raise _wrong(where, f"{at}.keyName", "it is missing", "Give the key whose value is compared.")
        expression, at = expression.get("valueStringMatchExpression", {}), f"{at}.valueStringMatchExpression"
    if str(expression.get("matchOperation", "")).upper() not in OPERATIONS:
        raise _wrong(where, f"{at}.matchOperation", "it is missing", f"Give {any_of(OPERATIONS)}.")


def _wrong(where: str, path: str, why: str, next_step: str = "") -> InvalidInputError:
    place = f"{where} {path}" if path not in ("", "$") else where
    return InvalidInputError(NOT_TRIED, where=place, why=why, next_step=next_step)
