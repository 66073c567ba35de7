"""The training series of a job: their names, and a value for every step.

Losses fall and rewards rise along a smooth curve that depends on the job: the dataset's content sets where a base
model starts, a continued job starts where its source checkpoint ended, the learning rate sets the pace. A little noise,
seeded by the job's id, tells equal jobs apart. Pure functions of step numbers; knows no clock.

Names: the pages "Tuning and validation metrics" and "Monitor job status and metrics" at
https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/tuning/supervised-tuning
"""

import hashlib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from vertex_emulator.tuning.training_steps import PREFERENCE, REINFORCEMENT, TrainingPlan

_NOISE = 0.004
_LOSS_PACE = 0.45  # share of the way to the floor in one epoch, at learning rate multiplier 1
_REWARD_PACE = 0.03  # share of the way to the top in one step
_EVALUATION_GAP = 1.04
_OVERFITTING = 0.01  # added to the loss on validation data by each epoch beyond these:
_OVERFITTING_FROM_EPOCH = 6
_STRING_MATCH, _CODE = "stringMatchRewardScorer", "codeExecutionRewardScorer"


@dataclass(frozen=True)
class Level:
    """How good a model is: the loss and the mean reward that training starts from, or ends at."""

    loss: float
    reward: float


@dataclass(frozen=True)
class Curve:
    """What the series of one job are computed from."""

    method: str
    seed: str
    start_loss: float
    start_reward: float
    floor_loss: float
    top_reward: float
    learning_rate: float
    tokens_per_step: float
    has_validation: bool
    rewards: list[list[str]] = field(default_factory=list)
    """[name, scorer field] of each reward of a composite."""
    last_values: Mapping[str, float | str] = field(default_factory=dict)
    """Ordered last values by series name."""

    def level(self, plan: TrainingPlan, step: int) -> Level:
        """Where training stands after a step."""
        if self.method == REINFORCEMENT:
            return Level(self.start_loss, _reward(self, step))
        return Level(_loss(self, plan, step), self.start_reward)


@dataclass(frozen=True)
class Series:
    """One series: its name as the API shows it, and whether it has a point for each step or for each evaluation."""

    name: str
    at_evaluations: bool
    value: Callable[[int], float]

    def steps(self, plan: TrainingPlan) -> list[int]:
        """All steps that will have a point, in order."""
        if not self.at_evaluations:
            return list(range(1, plan.steps + 1))
        return sorted({*range(plan.evaluate_every, plan.steps + 1, plan.evaluate_every), plan.steps})


def curve_for(
    method: str,
    spec: Mapping[str, Any],
    *,
    job_id: str,
    dataset_text: str,
    source: Level | None,
    tokens_per_step: float,
    last_values: Mapping[str, float | str],
) -> Curve:
    """The curve of a job: `source` is the level of the checkpoint that it continues from, None for a base model."""
    content = hashlib.sha256(dataset_text.encode()).hexdigest()
    start = source or Level(loss=1.6 + 0.8 * _share(content, "loss"), reward=-0.2 + 0.3 * _share(content, "reward"))
    return Curve(
        method=method,
        seed=job_id,
        start_loss=start.loss,
        start_reward=start.reward,
        floor_loss=min(0.3 + 0.3 * _share(content, "floor"), 0.8 * start.loss),
        top_reward=max(0.7 + 0.25 * _share(content, "top"), start.reward + 0.2 * (1 - start.reward)),
        learning_rate=spec.get("hyperParameters", {}).get("learningRateMultiplier") or 1.0,
        tokens_per_step=tokens_per_step,
        has_validation=bool(spec.get("validationDatasetUri")),
        rewards=_composite_rewards(spec),
        last_values=dict(last_values),
    )


def series_of(curve: Curve, plan: TrainingPlan) -> list[Series]:
    """All series that a job with this curve has, in the order in which they are listed."""
    made = _reinforcement(curve) if curve.method == REINFORCEMENT else _supervised(curve, plan)
    return [_ordered(item, curve, plan) for item in made]


def _supervised(curve: Curve, plan: TrainingPlan) -> list[Series]:
    def train_loss(step: int) -> float:
        return _loss(curve, plan, step)

    def eval_loss(step: int) -> float:
        beyond = max(0.0, step / plan.steps_per_epoch - _OVERFITTING_FROM_EPOCH)
        return train_loss(step) * _EVALUATION_GAP + _OVERFITTING * beyond

    if curve.method == PREFERENCE:
        evaluation = [Series("/eval_total_loss", True, eval_loss)] if curve.has_validation else []
        return [Series("/preference_optimization_train_loss", False, train_loss), *evaluation]
    made = []
    for prefix, at_evaluations, loss in (("train", False, train_loss), ("eval", True, eval_loss)):
        if prefix == "train" or curve.has_validation:
            made += [
                Series(f"/{prefix}_total_loss", at_evaluations, loss),
                Series(f"/{prefix}_fraction_of_correct_next_step_preds", at_evaluations, _fraction_of(loss)),
                Series(f"/{prefix}_num_predictions", at_evaluations, lambda step: float(round(curve.tokens_per_step))),
            ]
    return made


def _reinforcement(curve: Curve) -> list[Series]:
    made = []
    for prefix in ("train", "eval"):
        at_evaluations = prefix == "eval"

        def reward(step: int, lag: float = 0.97 if at_evaluations else 1.0) -> float:
            return _reward(curve, step) * lag

        for name, value in (
            ("mean_reward", reward),
            ("generation_length", _drifting(curve, prefix + "length", 220.0, 0.25)),
            ("thinking_token_length", _drifting(curve, prefix + "thinking", 480.0, 0.35)),
            ("mean_reward_latency", _drifting(curve, prefix + "reward latency", 0.4, 0.0)),
            ("p95_reward_latency", _drifting(curve, prefix + "reward p95", 0.9, 0.0)),
            ("mean_sampling_latency", _drifting(curve, prefix + "sampling latency", 6.0, 0.1)),
            ("p95_sampling_latency", _drifting(curve, prefix + "sampling p95", 11.0, 0.1)),
        ):
            made.append(Series(f"/{prefix}_{name}", at_evaluations, value))
        for reward_name, scorer in curve.rewards:
            made += _reward_series(curve, reward_name, scorer, prefix)
    made.append(Series("/learnable_prompt_ratio", False, _drifting(curve, "learnable", 0.8, -0.4)))
    return made


def _reward_series(curve: Curve, reward_name: str, scorer: str, prefix: str) -> list[Series]:
    offset = 0.1 * (_share(curve.seed, reward_name) - 0.5)
    names: list[tuple[str, Callable[[int], float]]] = [
        ("mean_reward", lambda step: max(-1.0, min(1.0, _reward(curve, step) + offset))),
        ("processing_time", _drifting(curve, prefix + reward_name, 0.3, 0.0)),
        ("p95_processing_time", _drifting(curve, prefix + reward_name + "p95", 0.7, 0.0)),
        ("clipping_rewards_ratio", lambda step: 0.0),
    ]
    if scorer != _STRING_MATCH:
        names += [("rpc_error_ratio", lambda step: 0.0), ("invalid_rpc_response_ratio", lambda step: 0.0)]
    if scorer == _CODE:
        names.append(("executing_code_failure_ratio", lambda step: 0.0))
    return [Series(f"{reward_name}/{prefix}_{name}", prefix == "eval", value) for name, value in names]


def _composite_rewards(spec: Mapping[str, Any]) -> list[list[str]]:
    configs = spec.get("compositeRewardConfig", {}).get("weightedRewardConfigs", [])
    rewards = []
    for number, weighted in enumerate(configs, start=1):
        config = weighted.get("rewardConfig", {})
        scorer = next((key for key in config if key.endswith("Scorer")), "")
        rewards.append([config.get("rewardName") or f"reward_{number}", scorer])
    return rewards


def _loss(curve: Curve, plan: TrainingPlan, step: int) -> float:
    pace = -math.log(1 - _LOSS_PACE) * math.sqrt(curve.learning_rate)
    way = math.exp(-pace * step / plan.steps_per_epoch)
    return (curve.floor_loss + (curve.start_loss - curve.floor_loss) * way) * _noise(curve, "loss", step)


def _reward(curve: Curve, step: int) -> float:
    way = math.exp(-_REWARD_PACE * math.sqrt(curve.learning_rate) * step)
    reward = curve.top_reward - (curve.top_reward - curve.start_reward) * way + (_noise(curve, "reward", step) - 1)
    return max(-1.0, min(1.0, reward))


def _fraction_of(loss: Callable[[int], float]) -> Callable[[int], float]:
    return lambda step: math.exp(-loss(step) / 3)


def _drifting(curve: Curve, what: str, around: float, drift: float) -> Callable[[int], float]:
    start = around * (0.8 + 0.4 * _share(curve.seed, what))
    return lambda step: start * (1 + drift * (1 - math.exp(-step / 50))) * _noise(curve, what, step)


def _ordered(series: Series, curve: Curve, plan: TrainingPlan) -> Series:
    """The series bent so that its last value is the one on order, if there is one."""
    if series.name not in curve.last_values:
        return series
    last_step = series.steps(plan)[-1]
    wanted = float(curve.last_values[series.name])
    missing = 0.0 if math.isnan(wanted) else wanted - series.value(last_step)

    def value(step: int) -> float:
        return wanted if step == last_step else series.value(step) + missing * step / last_step

    return Series(series.name, series.at_evaluations, value)


def _noise(curve: Curve, what: str, step: int) -> float:
    return 1 + _NOISE * (2 * _share(curve.seed, what, str(step)) - 1)


def _share(*parts: str) -> float:
    """A number from 0 to 1 that depends on the parts alone."""
    return int.from_bytes(hashlib.sha256("\0".join(parts).encode()).digest()[:8], "big") / 2**64
