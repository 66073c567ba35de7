"""The string match: which part of an answer is looked at, and how it is compared.

`{{references.KEY}}` is replaced by the reference as it is, also in a pattern: there its characters mean what they mean
in a pattern, as the API's own text shows it. Nobody knows whether the service escapes them.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from pulumi_ctune.core.messages import show
from pulumi_ctune.core.printable import some_of
from pulumi_ctune.data.references import PLACEHOLDER
from pulumi_ctune.data.rewards import patterns
from pulumi_ctune.data.rewards.config import number
from pulumi_ctune.data.rewards.patterns import PatternError
from pulumi_ctune.data.rewards.score import Score, clipped, none


class Uncomputable(Exception):
    """There is no reward; `str()` is why."""


def parsed(config: Mapping[str, Any], text: str) -> str:
    """The part of an answer that `parse_response_config` leaves. Without a match nothing is left.

    Raises `Uncomputable` for a pattern that cannot be.
    """
    if str(config.get("parseType", "")).upper() != "REGEX_EXTRACT":
        return text
    pattern = str(config["regexExtractExpression"])
    try:
        return patterns.last_extracted(pattern, text) or ""
    except PatternError as error:
        raise Uncomputable(f"regexExtractExpression {show(pattern)}: {error}") from None


def score(scorer: Mapping[str, Any], text: str, references: Mapping[str, str]) -> Score:
    """The reward for the parsed text."""
    try:
        matches, reason = _compared(scorer, text, references)
    except Uncomputable as error:
        return none(str(error))
    reward = scorer.get("correctAnswerReward" if matches else "wrongAnswerReward")
    return clipped(number(reward), reason)


def _compared(scorer: Mapping[str, Any], text: str, references: Mapping[str, str]) -> tuple[bool, str]:
    if by_key := scorer.get("jsonMatchExpression"):
        key = by_key["keyName"]
        try:
            document = json.loads(text)
        except (ValueError, RecursionError):
            return False, f"{show(text)} is not JSON"
        if not isinstance(document, dict) or key not in document:
            return False, f"{show(text)} has no key {show(key)}"
        value = document[key]
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        return _matched(by_key["valueStringMatchExpression"], text, references)
    return _matched(scorer["stringMatchExpression"], text, references)


def _matched(expression: Mapping[str, Any], text: str, references: Mapping[str, str]) -> tuple[bool, str]:
    wanted = filled(str(expression.get("expression", "")), references)
    match str(expression["matchOperation"]).upper():
        case "EXACT_MATCH":
            equal = text == wanted
            return equal, f"{show(text)} {'equals' if equal else 'is not'} {show(wanted)}"
        case "PARTIAL_MATCH":
            within = wanted in text
            return within, f"{show(wanted)} is {'' if within else 'not '}in {show(text)}"
        case _:
            try:
                found = patterns.contains(wanted, text)
            except PatternError as error:
                raise Uncomputable(f"expression {show(wanted)}: {error}") from None
            return found, f"{show(wanted)} is {'' if found else 'not '}found in {show(text)}"


def filled(expression: str, references: Mapping[str, str]) -> str:
    """The expression with its references in it. Raises `Uncomputable` for one that the example does not have."""

    def value(match: re.Match[str]) -> str:
        if match[1] not in references:
            has = some_of(sorted(references))
            raise Uncomputable(f"the example has no reference {show(match[1])}; it has {has}")
        return references[match[1]]

    return PLACEHOLDER.sub(value, expression)
