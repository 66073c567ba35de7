"""How long a job trains and where it makes checkpoints: epochs, steps, intervals. Plain arithmetic, no state, no clock.

Sources: the pages "Create a supervised tuning job", "Checkpoints" and "Reinforcement tuning hyperparameters" at
https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/tuning/supervised-tuning
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

SUPERVISED = "supervisedTuningSpec"
PREFERENCE = "preferenceOptimizationSpec"
REINFORCEMENT = "reinforcementTuningSpec"

_EXAMPLES_PER_STEP = 8  # of supervised and preference tuning; Google does not publish its own
_EXAMPLE_PASSES = 5_000  # what a run without epochCount aims at
_MOST_DEFAULT_EPOCHS = 40
_SPREAD_CHECKPOINTS = 10  # a run of more epochs has these, evenly, and the final one
_RL_BATCH_SIZE = 32
_RL_MOST_STEPS = 500
_RL_MOST_DEFAULT_EPOCHS = 10.0
_RL_DEFAULT_STEPS = 110  # from the documented default of epochCount: min(110 * batchSize / prompts, 10)
_RL_EVALUATION_SHARE, _RL_EVALUATION_LEAST = 0.25, 50  # split off the training set where no validation set is given


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint to be made: ids count from "1"."""

    checkpoint_id: str
    epoch: int
    step: int


@dataclass(frozen=True)
class TrainingPlan:
    """The whole run. `epochs` is rounded up; steps count from 1 to `steps`."""

    epochs: int
    steps: int
    steps_per_epoch: int
    evaluate_every: int
    checkpoints: tuple[Checkpoint, ...]


def plan(method: str, spec: Mapping[str, Any], *, examples: int, has_validation: bool) -> TrainingPlan:
    """The run for a tuning spec as it is stored (int64 as strings) and so many training examples."""
    if method == REINFORCEMENT:
        return _reinforcement(spec, examples, has_validation)
    return _supervised(spec, examples)


def _supervised(spec: Mapping[str, Any], examples: int) -> TrainingPlan:
    given = spec.get("hyperParameters", {})
    epochs = int(given.get("epochCount", 0)) or max(1, min(_MOST_DEFAULT_EPOCHS, _EXAMPLE_PASSES // examples))
    per_epoch = math.ceil(examples / (int(given.get("batchSize", 0)) or _EXAMPLES_PER_STEP))
    if spec.get("exportLastCheckpointOnly"):
        at = [epochs]
    elif epochs <= _SPREAD_CHECKPOINTS:
        at = list(range(1, epochs + 1))
    else:
        spread = {round(epochs * part / (_SPREAD_CHECKPOINTS + 1)) for part in range(1, _SPREAD_CHECKPOINTS + 1)}
        at = sorted(spread | {epochs})
    checkpoints = (Checkpoint(str(number), epoch, epoch * per_epoch) for number, epoch in enumerate(at, start=1))
    return TrainingPlan(epochs, epochs * per_epoch, per_epoch, per_epoch, tuple(checkpoints))


def _reinforcement(spec: Mapping[str, Any], examples: int, has_validation: bool) -> TrainingPlan:
    given = spec.get("hyperParameters", {})
    prompts = examples if has_validation else _training_share(examples)
    batch_size = given.get("batchSize") or _RL_BATCH_SIZE
    per_epoch = max(1, math.ceil(prompts / batch_size))
    default_epochs = min(_RL_DEFAULT_STEPS * batch_size / prompts, _RL_MOST_DEFAULT_EPOCHS)
    epochs = int(given.get("epochCount", 0)) or default_epochs
    steps = int(given.get("stepCount", 0)) or math.ceil(epochs * per_epoch)
    steps = min(steps, _RL_MOST_STEPS)
    every = given.get("checkpointInterval") or per_epoch
    at = sorted({*range(every, steps + 1, every), steps})
    checkpoints = (
        Checkpoint(str(number), max(1, math.ceil(step / per_epoch)), step) for number, step in enumerate(at, start=1)
    )
    return TrainingPlan(
        epochs=max(1, math.ceil(steps / per_epoch)),
        steps=steps,
        steps_per_epoch=per_epoch,
        evaluate_every=given.get("evaluateInterval") or per_epoch,
        checkpoints=tuple(checkpoints),
    )


def _training_share(examples: int) -> int:
    evaluation = max(math.ceil(examples * _RL_EVALUATION_SHARE), _RL_EVALUATION_LEAST)
    return max(1, examples - min(evaluation, examples // 2))
