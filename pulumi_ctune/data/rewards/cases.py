"""Answers for a reward where nobody gave any: the references, an empty one, a truncated one, another line's.

A reference is put where the config looks for the answer: between the marks of a simple `regex_extract_expression`, and
under the key of a JSON match. Code may want several references in one answer, which is then JSON most often.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from pulumi_ctune.data import references
from pulumi_ctune.data.rewards.config import Reward, RewardConfig
from pulumi_ctune.data.rewards.examples import Example
from pulumi_ctune.data.rewards.string_match import Uncomputable, parsed

Case = Literal["reference", "references as JSON", "empty", "truncated", "other line", "given", "sample"]

_MARKS = r"(?:[^\\()\[\].*+?{}|^$]|\\[^A-Za-z0-9]|\\[sn][*+?]?)*"
_EXTRACTED = re.compile(rf"(?:\(\?[ims]+\))?(?:\.\*\??)?({_MARKS})\((?:\?P?<\w+>)?[^()]*\)({_MARKS})(?:\.\*\??)?\$?")
_ESCAPED = re.compile(r"\\([sn])[*+?]?|\\(.)")


@dataclass(frozen=True)
class Answer:
    text: str
    case: Case


def answers(config: RewardConfig, example: Example, following: Example) -> Iterator[Answer]:
    """The answers to try on one example; `following` is the line whose references are the wrong ones."""
    own = references_of(config, example)
    for value in own:
        yield Answer(shaped(config, value), "reference")
    together = _together(config, example)
    if together:
        yield Answer(together, "references as JSON")
    yield Answer("", "empty")
    if own and len(own[0]) > 1:
        yield Answer(shaped(config, own[0][: len(own[0]) // 2]), "truncated")
    other = next((value for value in references_of(config, following) if value not in own), None)
    if other is not None:
        yield Answer(shaped(config, other), "other line")
    if together and (others := _together(config, following)) not in ("", together):
        yield Answer(others, "other line")


def of_examples(config: RewardConfig, examples: Sequence[Example]) -> list[tuple[Example, Answer]]:
    """The answers to try on each example, in their order."""
    following = [*examples[1:], *examples[:1]]
    return [
        (example, answer)
        for example, other in zip(examples, following, strict=True)
        for answer in answers(config, example, other)
    ]


def _together(config: RewardConfig, example: Example) -> str:
    """All references as one JSON object, where the reward is code and there are several; else ""."""
    names = names_read(config)
    found = {key: value for key, value in example.references.items() if not names or key in names}
    if len(found) < 2 or not any(reward.snippet for reward in config.rewards):
        return ""
    return shaped(config, json.dumps(found, ensure_ascii=False))


def references_of(config: RewardConfig, example: Example) -> Sequence[str]:
    """The references that the reward reads, or all where it is not known which; none of them twice."""
    names = names_read(config)
    found = [value for key, value in example.references.items() if not names or key in names]
    return [*dict.fromkeys(found or example.references.values())]


def names_read(config: RewardConfig) -> frozenset[str]:
    """The names of the references that texts and snippets of the config ask for."""
    snippets = (references.named_in(reward.snippet) for reward in config.rewards)
    return references.read_by([reward.config for reward in config.rewards]).union(*snippets)


def shaped(config: RewardConfig, value: str) -> str:
    """`value` as an answer that the first reward with a shape can read it from; as it is where there is none."""
    for reward in config.rewards:
        answer = _shaped(reward, value)
        if answer != value:
            return answer
    return value


def _shaped(reward: Reward, value: str) -> str:
    by_key = reward.config.get("stringMatchRewardScorer", {}).get("jsonMatchExpression")
    inner = json.dumps({by_key["keyName"]: value}, ensure_ascii=False) if by_key else value
    parse = reward.config.get("parseResponseConfig", {})
    found = _EXTRACTED.fullmatch(str(parse.get("regexExtractExpression", "")))
    if found is None:
        return inner
    answer = f"{_unescaped(found[1])}{inner}{_unescaped(found[2])}"
    try:
        return answer if parsed(parse, answer) == inner else inner
    except Uncomputable:
        return inner


def _unescaped(marks: str) -> str:
    return _ESCAPED.sub(lambda match: {"s": " ", "n": "\n"}.get(match[1] or "", match[2] or ""), marks)
