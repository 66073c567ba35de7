"""What would make a job useless or end it early: seen in a config, in the data beside it, and in what a trial gave.

What no answer could change is certain: every call fails, or all answers earn the same. The rest is likely, and the
reward may still be meant like this.
"""

import math
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pulumi_ctune.core.fields import snake_case
from pulumi_ctune.core.messages import any_of, show
from pulumi_ctune.core.printable import some_of
from pulumi_ctune.data.references import PLACEHOLDER
from pulumi_ctune.data.rewards.cases import Case, names_read
from pulumi_ctune.data.rewards.config import Reward, RewardConfig, number
from pulumi_ctune.data.rewards.examples import Examples
from pulumi_ctune.data.rewards.patterns import PatternError, compiled
from pulumi_ctune.data.rewards.snippet_look import flaws_of
from pulumi_ctune.data.rewards.string_match import Uncomputable, filled
from pulumi_ctune.data.rewards.trial import ELSEWHERE, Result

_MOST_FAILURES = 0.8  # share of failed calls that ends a job
_AUTORATER_NAMES = ("prompt", "response", "system_instruction")
_PATTERN_CHARACTERS = frozenset(r"\.^$*+?{}[]|()")
_RIGHT_CASES: Sequence[Case] = ("reference", "references as JSON")
_WRONG_CASES: Sequence[Case] = ("empty", "truncated", "other line")


@dataclass(frozen=True)
class Trap:
    """One sentence. `reward` is the name of the one that it is about, "" for all together; `path` is its field, as
    users of the resource write it.
    """

    reward: str
    path: str
    text: str
    is_certain: bool = False

    def __str__(self) -> str:
        return f"{self.reward}: {self.text}" if self.reward else self.text


def of_config(config: RewardConfig) -> list[Trap]:
    """What the config alone shows. In a composite of several, one reward that is always the same is not certain to
    make the total so.
    """
    is_alone = len(config.rewards) == 1
    found = [
        Trap(reward.name, _joined(reward.path, path), text, is_certain)
        for reward in config.rewards
        for path, text, is_certain in _of_reward(reward, is_alone)
    ]
    names = [reward.given_name for reward in config.rewards]
    if config.is_composite and len({*names, ""}) <= len(names):
        found.append(Trap("", "", "give each reward of a composite a rewardName of its own: its series carry it"))
    for reward in config.rewards:
        if reward.weight < 0:
            text = f"the weight {reward.weight:g} is negative: the reward is turned round"
            found.append(Trap(reward.name, reward.path.removesuffix(".reward_config"), text))
    return found


def of_examples(config: RewardConfig, examples: Examples) -> list[Trap]:
    """What the references of the data show, before anything is scored. Only what was read counts."""
    found = []
    for name in sorted(names_read(config)):
        without = [example for example in examples.tried if name not in example.references]
        if without and examples.tried[0].line:
            all_lack_it = len(without) == len(examples.tried)
            if examples.is_all:
                which = "no line has it" if all_lack_it else f"{len(without):,} of {examples.total:,} lack it"
            else:
                number = len(examples.tried)
                which = (
                    f"none of {number:,} lines has it"
                    if all_lack_it
                    else f"{len(without):,} of {number:,} lines lack it"
                )
            text = f"the reward reads the reference {show(name)}: {which} (first: line {without[0].line})"
            found.append(Trap("", "", text))
    for reward in config.rewards:
        found += [Trap(reward.name, reward.path, text) for text in _of_filled_pattern(reward, examples)]
    return found


def of_result(result: Result) -> list[str]:
    """What the rewards show."""
    return [*_of_failures(result), *_of_values(result), *_of_order(result), *_of_samples(result)]


_Found = tuple[str, str, bool]
"""The path within a reward, the sentence, and whether it is certain."""


def _of_reward(reward: Reward, is_alone: bool) -> Iterator[_Found]:
    parse = reward.config.get("parseResponseConfig", {})
    if is_parsed := str(parse.get("parseType", "")).upper() == "REGEX_EXTRACT":
        yield from _of_pattern("parse_response_config.regex_extract_expression", parse["regexExtractExpression"])
    if scorer := reward.config.get("stringMatchRewardScorer"):
        yield from _of_string_match(scorer, is_parsed, is_alone)
    if scorer := reward.config.get("autoraterScorer"):
        yield from _of_autorater(scorer, is_alone)
    if reward.snippet:
        path = "code_execution_reward_scorer.python_code_snippet"
        for flaw in flaws_of(reward.snippet):
            yield path, flaw.text, flaw.is_certain and (is_alone or not flaw.is_same)


def _of_string_match(scorer: Mapping[str, Any], is_parsed: bool, is_alone: bool) -> Iterator[_Found]:
    path = "string_match_reward_scorer"
    yield from _of_nan(path, scorer)
    if _earn_the_same(scorer):
        yield path, "right and wrong answers earn the same: nothing can be learnt from it", is_alone
    by_key = scorer.get("jsonMatchExpression", {})
    expression = by_key.get("valueStringMatchExpression") or scorer.get("stringMatchExpression", {})
    wanted, operation = str(expression.get("expression", "")), str(expression.get("matchOperation", "")).upper()
    at = f"{path}.{'json_match_expression.value_string_match_expression' if by_key else 'string_match_expression'}"
    if not is_parsed and not by_key and operation == "EXACT_MATCH":
        text = (
            "EXACT_MATCH without parse_response_config compares the whole answer: "
            "a final full stop or line break makes it wrong"
        )
        yield at, text, False
    if not wanted and not by_key and operation != "EXACT_MATCH":
        yield f"{at}.expression", "it is empty, and every answer contains it: nothing can be learnt from it", is_alone
    if operation == "REGEX_CONTAINS":
        yield from _of_pattern(f"{at}.expression", PLACEHOLDER.sub("x", wanted))
    elif others := _placeholders(wanted):
        text = f"nobody fills in {some_of(others)}, which is compared as it stands; there is {{{{references.KEY}}}}"
        yield f"{at}.expression", text, False


def _of_pattern(path: str, pattern: str) -> Iterator[_Found]:
    """Every call fails with a pattern that cannot be."""
    try:
        compiled(str(pattern))
    except PatternError as error:
        if not error.is_unknown:
            yield path, f"{show(pattern)}: {error}", True


def _of_nan(path: str, scorer: Mapping[str, Any]) -> Iterator[_Found]:
    for name in ("correctAnswerReward", "wrongAnswerReward"):
        if math.isnan(number(scorer.get(name))):
            yield f"{path}.{snake_case(name)}", "it is NaN, which counts as failed", True


def _earn_the_same(scorer: Mapping[str, Any]) -> bool:
    """Whether both are the same number once the service has clipped them."""
    right, wrong = (number(scorer.get(name)) for name in ("correctAnswerReward", "wrongAnswerReward"))
    if math.isnan(right + wrong):
        return False
    return max(-1.0, min(1.0, right)) == max(-1.0, min(1.0, wrong))


def _placeholders(text: str) -> list[str]:
    """The names in double braces that are no references."""
    plain = PLACEHOLDER.sub("", text)
    return sorted({part.partition("}}")[0].strip() for part in plain.split("{{")[1:] if "}}" in part})


def _of_filled_pattern(reward: Reward, examples: Examples) -> Iterator[str]:
    """References become part of a pattern: nobody knows whether the service escapes them."""
    scorer = reward.config.get("stringMatchRewardScorer", {})
    by_key = scorer.get("jsonMatchExpression", {})
    expression = by_key.get("valueStringMatchExpression") or scorer.get("stringMatchExpression", {})
    if str(expression.get("matchOperation", "")).upper() != "REGEX_CONTAINS":
        return
    pattern = str(expression.get("expression", ""))
    if not PLACEHOLDER.search(pattern):
        return
    for example in examples.tried:
        try:
            compiled(filled(pattern, example.references))
        except PatternError as error:
            if not error.is_unknown:
                yield (
                    f"with the references of line {example.line}, {show(filled(pattern, example.references))} is no "
                    f"pattern ({error}): use PARTIAL_MATCH, or escape them"
                )
                return
        except Uncomputable:  # a reference that is missing is told elsewhere
            continue
    for name in sorted({*PLACEHOLDER.findall(pattern)}):
        odd = [each for each in examples.tried if _PATTERN_CHARACTERS & {*each.references.get(name, "")}]
        if odd:
            value = odd[0].references[name]
            yield (
                f"the reference {show(name)} becomes part of a pattern, and {show(value)} "
                f"(line {odd[0].line}) has characters with a meaning there: use PARTIAL_MATCH, or escape them"
            )


def _of_autorater(scorer: Mapping[str, Any], is_alone: bool) -> Iterator[_Found]:
    path, prompt = "autorater_scorer", str(scorer.get("autoraterPrompt", ""))
    used = _placeholders(prompt)
    if wrong := sorted({*used} - {*_AUTORATER_NAMES}):
        allowed = any_of([*_AUTORATER_NAMES, "references.KEY"])
        text = f"nobody fills in {some_of(wrong)} in the autorater's prompt; there is {allowed}"
        yield f"{path}.autorater_prompt", text, False
    if prompt and "response" not in used:
        yield (f"{path}.autorater_prompt", "the prompt has no {{response}}: the autorater never sees the answer", False)
    exact = scorer.get("exactMatchScorer")
    yield from _of_nan(f"{path}.exact_match_scorer", exact or {})
    if exact is not None and _earn_the_same(exact):
        yield f"{path}.exact_match_scorer", "both replies earn the same: nothing can be learnt from it", is_alone
    parse = scorer.get("autoraterResponseParseConfig", {})
    if pattern := str(parse.get("regexExtractExpression", "")):
        at = f"{path}.autorater_response_parse_config.regex_extract_expression"
        wrong_pattern = [*_of_pattern(at, pattern)]
        yield from wrong_pattern
        if not wrong_pattern and (groups := _groups(pattern)) not in (None, 1):
            yield at, f"{show(pattern)} has {groups} groups: write one", False


def _groups(pattern: str) -> int | None:
    try:
        return compiled(pattern).groups
    except PatternError:
        return None


def _joined(path: str, rest: str) -> str:
    return f"{path}.{rest}" if path and rest else path or rest


def _of_failures(result: Result) -> Iterator[str]:
    overall = [each for each in result.overall if not each.reason.endswith(tuple(ELSEWHERE.values()))]
    failed = sum(each.reward is None for each in overall)
    if overall and failed > _MOST_FAILURES * len(overall):
        reason = next(each.reason for each in overall if each.reward is None)
        yield (
            f"{failed:,} of {len(overall):,} answers got no reward ({reason}): "
            "the service stops a job in which more than 80 % of the calls fail"
        )
    if any(each.reason.startswith("evaluate returned a bool") for each in result.tried):
        yield "evaluate returns True and False, where the API asks for a float: return 1.0 and 0.0"
    if clipped := sum(" is clipped to " in each.reason and each.reward is not None for each in result.tried):
        yield f"rewards outside of [-1, 1] are clipped ({clipped:,} of them): what lies beyond makes no difference"


def _of_values(result: Result) -> Iterator[str]:
    values, answers = {*result.rewards}, {each.answer for each in result.overall}
    if len(values) == 1 and len(answers) > 1:
        made = {*_RIGHT_CASES, *_WRONG_CASES}.issuperset(each.case for each in result.overall)
        hint = "; --answers tries your own" if made else ""
        yield f"every answer earns {min(values):g}: nothing can be learnt from a reward that is always the same{hint}"


def _of_order(result: Result) -> Iterator[str]:
    """The references should earn more than what is made to be wrong: the best form of them on each line."""
    best: dict[int, float] = {}
    for each in result.overall:
        if each.case in _RIGHT_CASES and each.reward is not None:
            best[each.line] = max(each.reward, best.get(each.line, each.reward))
    if not best:
        return
    right = [*best.values()]
    for case in _WRONG_CASES:
        wrong = _rewards(result, case)
        if wrong and len({*right, *wrong}) > 1 and statistics.fmean(right) <= statistics.fmean(wrong):
            name = {"empty": "an empty answer", "truncated": "half of it", "other line": "another line's"}[case]
            yield (
                f"the reference as the answer earns {statistics.fmean(right):.3g} on average, and {name} "
                f"{statistics.fmean(wrong):.3g}: look at what the reward compares"
            )


def _of_samples(result: Result) -> Iterator[str]:
    if not any(each.case == "sample" for each in result.tried):
        return
    learnable, prompts = result.learnable
    if learnable < prompts:
        yield (
            f"at {prompts - learnable:,} of {prompts:,} prompts all samples earn the same: "
            "nothing is learnt from these (/learnable_prompt_ratio)"
        )


def _rewards(result: Result, case: Case) -> list[float]:
    return [each.reward for each in result.overall if each.case == case and each.reward is not None]
