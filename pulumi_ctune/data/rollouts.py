"""What reinforcement tuning would train: steps, rollouts, tokens, calls of a judge model.

Google does not publish which tokens of the rollouts are billed, so the band is as wide as what they may be.
Source: https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/tuning
"""

import math
from collections.abc import Mapping
from typing import Any

from pulumi_ctune.core.fields import snake_case
from pulumi_ctune.core.message_rules import (
    DEFAULT_BATCH_SIZE,
    DEFAULT_MAX_OUTPUT_TOKENS,
    DEFAULT_SAMPLES_PER_PROMPT,
    MOST_STEPS,
)
from pulumi_ctune.data.band import Band
from pulumi_ctune.data.hyper_parameters import HyperParameters, whole_number
from pulumi_ctune.data.limits import LIMITS
from pulumi_ctune.data.report import Report
from pulumi_ctune.data.tokens import Tokens

SAMPLING_COUNT = 4  # of a judge model, where its config says none
_DEFAULT_STEPS, _MOST_DEFAULT_EPOCHS = 110, 10
_ANSWER = 1_000  # tokens of an answer with its thoughts, where nobody knows: in the middle of the band only
_VALIDATION_SHARE, _VALIDATION_LEAST = 0.25, 50  # split off the prompts where there is no validation set


def rollouts_of(
    report: Report,
    dataset: Tokens,
    given: HyperParameters,
    reward: Any,
    assumptions: list[str],
    has_validation: bool | None,
) -> dict[str, Any]:
    """The fields of an `Estimate` that follow from the prompts; what they rest on is added to `assumptions`."""
    if not report.examples:
        return {"epochs": given.epochs, "training": Band(0, 0, 0), "steps": 0, "rollouts": 0, "judge_calls": 0}
    prompts = round(report.examples * report.counted.share)
    batch, samples = given.batch_size or DEFAULT_BATCH_SIZE, given.samples_per_prompt or DEFAULT_SAMPLES_PER_PROMPT
    passes = _passes(prompts, given, batch)
    steps, rollouts, share = max(1, round(passes / batch)), round(passes * samples), passes / prompts
    if not given.epochs and not given.steps:
        assumptions.append(f"the service chooses the epochs: by its page {share:.3g} for {prompts:,} prompts")
    answer = given.max_output_tokens or DEFAULT_MAX_OUTPUT_TOKENS
    assumptions.append(
        f"which tokens of the rollouts are billed is not published: the lower end has each prompt once each epoch, the "
        f"middle {rollouts:,} rollouts with answers of {min(_ANSWER, answer):,} tokens, the upper end answers of "
        f"{answer:,} (max_output_tokens)"
    )
    known = report.validation is not None or bool(has_validation)
    if not known:
        assumptions.append(
            "without a validation set the service splits off a quarter of the prompts, or 50: the lower end"
        )
    calls = None
    if reward is None:
        assumptions.append("the reward is not given: calls of a judge model are not counted")
    elif each := judge_samples(reward):
        calls = rollouts * each
        assumptions.append(f"{calls:,} calls of the judge model come on top, at its own price")
    else:
        calls = 0
    fewest = prompts if known else _left_for_training(prompts)
    training = Band(
        _least_prompts(report, dataset, fewest, _passes(fewest, given, batch), batch),
        rollouts * (dataset.estimate / prompts + min(_ANSWER, answer)),
        samples
        * max(_most(report, dataset, each, _passes(each, given, batch), batch, answer) for each in {fewest, prompts}),
    )
    return {
        "epochs": int(share) if share.is_integer() else round(share, 3),
        "training": training,
        "steps": steps,
        "rollouts": rollouts,
        "judge_calls": calls,
    }


def _passes(prompts: int, given: HyperParameters, batch: int) -> float:
    """How many prompts all steps have together. Without a word of the user the service chooses the epochs."""
    epochs = given.epochs or min(_DEFAULT_STEPS * batch / prompts, _MOST_DEFAULT_EPOCHS)
    return float(min(given.steps * batch if given.steps else prompts * epochs, MOST_STEPS * batch))


def _least_prompts(report: Report, dataset: Tokens, pool: int, passes: float, batch: int) -> float:
    """Tokens of the shortest prompts that a run may have: from a pool of so many, in whole batches."""
    if not report.read_all:
        return 0.0
    least = sorted(report.counted.least)
    whole, rest = divmod(passes // batch * batch or passes, pool)
    once = dataset.low if pool == report.examples else sum(least[:pool])
    return whole * once + sum(least[: int(rest)])


def _most(report: Report, dataset: Tokens, pool: int, passes: float, batch: int, answer: int) -> float:
    """Tokens at most of one sample of each prompt with its answer: any pool of prompts, the last batch filled up."""
    passes = math.ceil(passes / batch) * batch
    if report.counted.unread:
        return MOST_STEPS * batch * (LIMITS["rft"].tokens + answer)
    return math.ceil(passes / pool) * dataset.high + passes * answer


def _left_for_training(prompts: int) -> int:
    return max(1, prompts - max(math.ceil(prompts * _VALIDATION_SHARE), _VALIDATION_LEAST))


def judge_samples(reward: Any) -> int:
    """How many calls of a judge model one answer costs with this reward config, in either spelling."""
    if isinstance(reward, Mapping):
        found = 0
        for key, value in reward.items():
            if snake_case(str(key)) == "autorater_scorer" and isinstance(value, Mapping):
                config = next((v for k, v in value.items() if snake_case(str(k)) == "autorater_config"), None)
                given = {snake_case(str(k)): v for k, v in config.items()} if isinstance(config, Mapping) else {}
                found += whole_number(given, "sampling_count") or SAMPLING_COUNT
            else:
                found += judge_samples(value)
        return found
    return sum(map(judge_samples, reward)) if isinstance(reward, list | tuple) else 0
