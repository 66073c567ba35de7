"""What would make a job useless or end it early: seen in a config, and in what a trial gave.

One sentence each, a warning: the reward may still be meant like this.
"""

import statistics
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pulumi_ctune.core.messages import any_of, show
from pulumi_ctune.core.printable import some_of
from pulumi_ctune.data.references import PLACEHOLDER
from pulumi_ctune.data.rewards.cases import Case, names_read
from pulumi_ctune.data.rewards.config import Reward, RewardConfig, number
from pulumi_ctune.data.rewards.examples import Example
from pulumi_ctune.data.rewards.patterns import PatternError, compiled
from pulumi_ctune.data.rewards.trial import Result

_MOST_FAILURES = 0.8  # share of failed calls that ends a job
_AUTORATER_NAMES = ("prompt", "response", "system_instruction")
_PATTERN_CHARACTERS = frozenset(r"\.^$*+?{}[]|()")
_RIGHT_CASES: Sequence[Case] = ("reference", "references as JSON")
_WRONG_CASES: Sequence[Case] = ("empty", "truncated", "other line")


def of_config(config: RewardConfig, examples: Sequence[Example]) -> list[str]:
    """What the config and the references of the data show, before anything is scored."""
    found = [sentence for reward in config.rewards for sentence in _of_reward(reward, examples)]
    names = [reward.given_name for reward in config.rewards]
    if config.is_composite and len({*names, ""}) <= len(names):
        found.append("give each reward of a composite a rewardName of its own: its series carry it")
    for reward in config.rewards:
        if reward.weight < 0:
            found.append(f"{reward.name}: the weight {reward.weight:g} is negative: the reward is turned round")
    for name in sorted(names_read(config)):
        without = [example for example in examples if name not in example.references]
        if without and examples[0].line:
            which = (
                "no line has it" if len(without) == len(examples) else f"{len(without):,} of {len(examples):,} lack it"
            )
            found.append(f"the reward reads the reference {show(name)}: {which} (first: line {without[0].line})")
    return found


def of_result(result: Result) -> list[str]:
    """What the rewards show."""
    return [*_of_failures(result), *_of_values(result), *_of_order(result), *_of_samples(result)]


def _of_reward(reward: Reward, examples: Sequence[Example]) -> Iterator[str]:
    parse = reward.config.get("parseResponseConfig", {})
    is_parsed = str(parse.get("parseType", "")).upper() == "REGEX_EXTRACT"
    if scorer := reward.config.get("stringMatchRewardScorer"):
        if number(scorer.get("correctAnswerReward")) == number(scorer.get("wrongAnswerReward")):
            yield f"{reward.name}: right and wrong answers earn the same: nothing can be learnt from it"
        expression = scorer.get("stringMatchExpression", {})
        if not is_parsed and str(expression.get("matchOperation", "")).upper() == "EXACT_MATCH":
            yield (
                f"{reward.name}: EXACT_MATCH without parse_response_config compares the whole answer: "
                "a final full stop or line break makes it wrong"
            )
        expression = expression or scorer.get("jsonMatchExpression", {}).get("valueStringMatchExpression", {})
        if str(expression.get("matchOperation", "")).upper() == "REGEX_CONTAINS":
            yield from _of_filled_pattern(reward, str(expression.get("expression", "")), examples)
    if scorer := reward.config.get("autoraterScorer"):
        yield from _of_autorater(reward, scorer)


def _of_filled_pattern(reward: Reward, expression: str, examples: Sequence[Example]) -> Iterator[str]:
    for name in sorted({*PLACEHOLDER.findall(expression)}):
        odd = [example for example in examples if _PATTERN_CHARACTERS & {*example.references.get(name, "")}]
        if odd:
            value = odd[0].references[name]
            yield (
                f"{reward.name}: the reference {show(name)} becomes part of a pattern, and {show(value)} "
                f"(line {odd[0].line}) has characters with a meaning there: use PARTIAL_MATCH, or escape them"
            )


def _of_autorater(reward: Reward, scorer: Mapping[str, Any]) -> Iterator[str]:
    prompt = str(scorer.get("autoraterPrompt", ""))
    plain = PLACEHOLDER.sub("", prompt)
    used = [part.partition("}}")[0].strip() for part in plain.split("{{")[1:] if "}}" in part]
    if wrong := sorted({*used} - {*_AUTORATER_NAMES}):
        allowed = any_of([*_AUTORATER_NAMES, "references.KEY"])
        yield f"{reward.name}: nobody fills in {some_of(wrong)} in the autorater's prompt; there is {allowed}"
    if prompt and "response" not in used:
        yield f"{reward.name}: the autorater's prompt has no {{{{response}}}}: it never sees the answer"
    parse = scorer.get("autoraterResponseParseConfig", {})
    if pattern := str(parse.get("regexExtractExpression", "")):
        try:
            groups = compiled(pattern).groups
        except PatternError as error:
            if not error.is_unknown:
                yield f"{reward.name}: autoraterResponseParseConfig {show(pattern)}: {error}"
        else:
            if groups != 1:
                yield f"{reward.name}: autoraterResponseParseConfig {show(pattern)} has {groups} groups: write one"


def _of_failures(result: Result) -> Iterator[str]:
    overall = result.overall
    if overall and result.failed > _MOST_FAILURES * len(overall):
        yield (
            f"{result.failed:,} of {len(overall):,} answers got no reward: "
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
