"""A reward tried: every answer scored here, and by the service's validator where there is one."""

import contextlib
import statistics
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from pulumi_ctune.data.rewards import string_match
from pulumi_ctune.data.rewards.cases import Answer, Case
from pulumi_ctune.data.rewards.code import SERVICE, Limits, Snippet
from pulumi_ctune.data.rewards.config import Reward, RewardConfig
from pulumi_ctune.data.rewards.examples import Example
from pulumi_ctune.data.rewards.score import Score, clipped, none

TOTAL = "composite"
"""The name of the total of several rewards."""
_EQUAL = 1e-4  # the service computes in 32 bits
ELSEWHERE = {
    "autoraterScorer": "an autorater, which only the service can ask: --google does",
    "cloudRunRewardScorer": "a Cloud Run service, which only the service calls: --google makes it",
}
"""Why there is no reward of what only the service computes: that is no failure of the reward."""


@dataclass(frozen=True)
class Verdict:
    """What the service's validator says: the overall reward and those by name, None where it gives none."""

    overall: float | None
    rewards: Mapping[str, float | None]
    trouble: str = ""


@dataclass(frozen=True)
class Tried:
    """One reward of one answer. `is_overall` marks what the job would go by, a composite's total."""

    name: str
    line: int
    case: Case
    answer: str
    reward: float | None
    reason: str
    ms: float
    is_overall: bool = True

    def as_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "line": self.line or None,
            "answer": self.answer,
            "reward": self.reward,
            "reason": self.reason,
            "ms": self.ms,
        }


@dataclass(frozen=True)
class Compared:
    """One overall reward beside the service's own."""

    tried: Tried
    google: float | None
    trouble: str

    @property
    def differs(self) -> bool:
        ours = self.tried.reward
        if ours is None or self.google is None:
            return (ours is None) != (self.google is None)
        return abs(ours - self.google) > _EQUAL

    def as_dict(self) -> dict[str, Any]:
        tried = self.tried
        return {
            "name": tried.name,
            "line": tried.line or None,
            "answer": tried.answer,
            "reward": tried.reward,
            "google": self.google,
            "reason": self.trouble or tried.reason,
        }


@dataclass
class Result:
    """All that was tried. `compared` is None where the service was not asked."""

    tried: list[Tried] = field(default_factory=list)
    compared: list[Compared] | None = None

    @property
    def overall(self) -> list[Tried]:
        return [each for each in self.tried if each.is_overall]

    @property
    def rewards(self) -> list[float]:
        return [each.reward for each in self.overall if each.reward is not None]

    @property
    def failed(self) -> int:
        return sum(each.reward is None for each in self.overall)

    @property
    def mean(self) -> float | None:
        return statistics.fmean(self.rewards) if self.rewards else None

    @property
    def spread(self) -> float | None:
        """The standard deviation among the answers to one prompt, on average; of all where each prompt has one."""
        groups = [group for group in self.by_line().values() if len(group) > 1] or [self.rewards]
        return statistics.fmean(map(statistics.pstdev, groups)) if self.rewards else None

    def by_line(self) -> Mapping[int, list[float]]:
        found: dict[int, list[float]] = {}
        for each in self.overall:
            if each.reward is not None:
                found.setdefault(each.line, []).append(each.reward)
        return found

    @property
    def learnable(self) -> tuple[int, int]:
        """At how many prompts the answers earn different rewards, and of how many."""
        groups = self.by_line().values()
        return sum(len({*group}) > 1 for group in groups), len(groups)

    @property
    def differences(self) -> list[Compared]:
        return [each for each in self.compared or () if each.differs]

    def as_dict(self) -> dict[str, Any]:
        """The document of the contract, in its order."""
        document: dict[str, Any] = {
            "rewards": [each.as_dict() for each in self.tried],
            "mean": self.mean,
            "spread": self.spread,
            "failed": self.failed,
        }
        if self.compared is not None:
            differences = [each.as_dict() for each in self.differences]
            document["google"] = {"compared": len(self.compared), "differences": differences}
        return document


class Trial:
    """Scores answers; holds the processes of the snippets until it is left."""

    def __init__(self, config: RewardConfig, limits: Limits = SERVICE) -> None:
        self._config = config
        self._limits = limits
        self._stack = contextlib.ExitStack()
        self._snippets: dict[str, Snippet] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._stack.close()

    def run(self, asked: Iterable[tuple[Example, Answer]], verdicts: Sequence[Verdict] | None = None) -> Result:
        """Score each answer to each example. `verdicts` are the service's on the same, in the same order."""
        result = Result(compared=None if verdicts is None else [])
        for index, (example, answer) in enumerate(asked):
            verdict = None if verdicts is None else verdicts[index]
            tried = [*self._tried(example, answer, verdict)]
            result.tried += tried
            if verdict is not None and result.compared is not None:
                result.compared.append(Compared(tried[-1], verdict.overall, verdict.trouble))
        return result

    def _tried(self, example: Example, answer: Answer, verdict: Verdict | None) -> Iterator[Tried]:
        """The last one is the overall reward."""
        parts: list[tuple[Reward, Score]] = []
        for reward in self._config.rewards:
            score = self._score(reward, example, answer.text, verdict)
            parts.append((reward, score))
            yield self._entry(reward.name, example, answer, score, is_overall=not self._config.is_composite)
        if self._config.is_composite:
            yield self._entry(TOTAL, example, answer, total(parts))

    def _entry(self, name: str, example: Example, answer: Answer, score: Score, is_overall: bool = True) -> Tried:
        return Tried(
            name, example.line, answer.case, answer.text, score.reward, score.reason, score.ms, is_overall=is_overall
        )

    def _score(self, reward: Reward, example: Example, text: str, verdict: Verdict | None) -> Score:
        if reason := ELSEWHERE.get(reward.scorer):
            return none(reason) if verdict is None else self._of_google(reward, verdict)
        began = time.perf_counter()
        try:
            text = string_match.parsed(reward.config.get("parseResponseConfig", {}), text)
        except string_match.Uncomputable as error:
            return none(str(error))
        if reward.snippet:
            return self._snippet(reward.snippet).score(example.content, response_of(text))
        score = string_match.score(reward.config["stringMatchRewardScorer"], text, example.references)
        return score.taking(time.perf_counter() - began)

    def _of_google(self, reward: Reward, verdict: Verdict) -> Score:
        found = verdict.rewards.get(reward.given_name)
        if found is None and not self._config.is_composite:
            found = verdict.overall
        return none(verdict.trouble or "Google gives no reward") if found is None else clipped(found, "by Google")

    def _snippet(self, source: str) -> Snippet:
        if source not in self._snippets:
            self._snippets[source] = self._stack.enter_context(Snippet(source, self._limits))
        return self._snippets[source]


def total(parts: Sequence[tuple[Reward, Score]]) -> Score:
    """sum(weight x reward) / sum(weight); none where one of them has no reward."""
    weighted, weights, ms = 0.0, 0.0, 0.0
    for reward, score in parts:
        if score.reward is None:
            return none(f"{reward.name}: {score.reason}")
        weighted, weights, ms = weighted + reward.weight * score.reward, weights + reward.weight, ms + score.ms
    said = ", ".join(f"{reward.name} {score.reward:g}" for reward, score in parts)
    return clipped(weighted / weights, f"weighted mean of {said}").taking(ms / 1000)


def response_of(text: str) -> Mapping[str, Any]:
    """An answer as a `Content`."""
    return {"role": "model", "parts": [{"text": text}]}
