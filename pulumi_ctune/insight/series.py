"""The training series of a job as curves with a name: what the API calls `/eval_total_loss` is its evaluation loss.

Knows the API's series names, as the emulator's `tuning.series` does; says nothing of what is good or bad (`hints`).

Names: the pages "Tuning and validation metrics" and "Monitor job status and metrics" at
https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/tuning/supervised-tuning
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from pulumi_ctune.core.api import SeriesPoint, TuningJob, Vertex

Points = Sequence[SeriesPoint]

TRAIN_LOSS = ("/train_total_loss", "/preference_optimization_train_loss")  # of SFT, of DPO
EVAL_LOSS = ("/eval_total_loss",)
TRAIN_REWARD = ("/train_mean_reward",)
EVAL_REWARD = ("/eval_mean_reward",)

_FAILURES = ("rpc_error_ratio", "invalid_rpc_response_ratio", "executing_code_failure_ratio")


@dataclass(frozen=True)
class Curve:
    """One series. `key` is the API's name of it, `label` says it in words; `better` is `low` for a loss, `high` for a
    reward or an accuracy, and empty for what is neither. `is_evaluation`: of validation data, so with few points.
    """

    key: str
    label: str
    points: Points
    better: str = ""
    is_evaluation: bool = False

    @property
    def about(self) -> str:
        """`loss`: the label without the phase."""
        return self.label.partition(", ")[0]

    @property
    def phase(self) -> str:
        """`training` or `evaluation`."""
        return "evaluation" if self.is_evaluation else "training"

    @property
    def last(self) -> SeriesPoint | None:
        return self.points[-1] if self.points else None

    @property
    def best(self) -> SeriesPoint | None:
        """The point with the best value, the earliest of equal ones; None where no value is better, or all are NaN."""
        usable = [point for point in self.points if math.isfinite(point.value)]
        if not usable or not self.better:
            return None
        sign = 1 if self.better == "low" else -1
        return min(usable, key=lambda point: sign * point.value)


@dataclass(frozen=True)
class JobSeries:
    """All series of a job. What it does not have is a curve without points.

    `by_name` has every scalar series by the API's name, also those that are no property here.
    """

    by_name: Mapping[str, Points] = field(default_factory=dict)

    @classmethod
    def of(cls, by_name: Mapping[str, Points]) -> Self:
        """From what `Vertex.read_metrics` answers."""
        return cls({name: points for name, points in by_name.items() if points})

    def __bool__(self) -> bool:
        return bool(self.by_name)

    @property
    def train_loss(self) -> Curve:
        return self._curve(TRAIN_LOSS, "loss, training", "low")

    @property
    def eval_loss(self) -> Curve:
        return self._curve(EVAL_LOSS, "loss, evaluation", "low")

    @property
    def train_accuracy(self) -> Curve:
        """The share of next tokens that were right, 0 to 1."""
        return self._curve(("/train_fraction_of_correct_next_step_preds",), "accuracy, training", "high")

    @property
    def eval_accuracy(self) -> Curve:
        return self._curve(("/eval_fraction_of_correct_next_step_preds",), "accuracy, evaluation", "high")

    @property
    def train_reward(self) -> Curve:
        """The mean reward, -1 to 1."""
        return self._curve(TRAIN_REWARD, "mean reward, training", "high")

    @property
    def eval_reward(self) -> Curve:
        return self._curve(EVAL_REWARD, "mean reward, evaluation", "high")

    @property
    def learnable_ratio(self) -> Curve:
        """The share of prompts whose answers do not all earn the same, 0 to 1: only from these is anything learnt. The
        API has no standard deviation of rewards.
        """
        return self._curve(("/learnable_prompt_ratio",), "learnable prompts", "high")

    @property
    def generation_length(self) -> Curve:
        """Tokens of an answer, the mean of a step."""
        return self._curve(("/train_generation_length",), "answer length in tokens")

    @property
    def thinking_length(self) -> Curve:
        return self._curve(("/train_thinking_token_length",), "thinking length in tokens")

    @property
    def failure_ratios(self) -> Sequence[Curve]:
        """The share of reward computations that failed, 0 to 1: one curve for each reward and kind of failure."""
        return [
            Curve(name, _of_reward(name), points, "low", _is_evaluation(name))
            for name, points in self.by_name.items()
            if name.endswith(_FAILURES)
        ]

    @property
    def shown(self) -> Sequence[Sequence[Curve]]:
        """What belongs into a picture each, the most telling first: training and evaluation of one thing together."""
        pairs = [
            (self.train_loss, self.eval_loss),
            (self.train_reward, self.eval_reward),
            (self.train_accuracy, self.eval_accuracy),
            (self.learnable_ratio,),
            (self.generation_length, self.thinking_length),
        ]
        return [[curve for curve in pair if curve.points] for pair in pairs if any(curve.points for curve in pair)]

    @property
    def headline(self) -> Curve | None:
        """The one curve that a single line has room for: the evaluation loss, else training's, else the reward."""
        for curve in (self.eval_loss, self.train_loss, self.train_reward):
            if curve.points:
                return curve
        return None

    def _curve(self, names: Sequence[str], label: str, better: str = "") -> Curve:
        name = next((name for name in names if name in self.by_name), names[0])
        return Curve(name, label, self.by_name.get(name, ()), better, _is_evaluation(name))


def read(vertex: Vertex, job: TuningJob) -> JobSeries:
    """The series of a job as they are now; none while the job names no experiment.

    Raises `ApiError`: what can be read later is for the caller to try again.
    """
    return JobSeries.of(vertex.read_metrics(job.experiment)) if job.experiment else JobSeries()


def _is_evaluation(name: str) -> bool:
    return name.rpartition("/")[2].startswith("eval_")


def _of_reward(name: str) -> str:
    """`answer/train_mean_reward` in words: `answer: mean reward, training`."""
    reward, _, what = name.rpartition("/")
    phase, _, words = what.partition("_")
    phases = {"train": "training", "eval": "evaluation"}
    if phase not in phases:
        return name
    return f"{reward}: {words.replace('_', ' ')}, {phases[phase]}".removeprefix(": ")
