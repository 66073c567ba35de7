"""The series of a job as curves with a name, read from the emulator's own."""

import math
from typing import Any

from pulumi_ctune.core.api import SeriesPoint
from pulumi_ctune.insight import series
from pulumi_ctune.insight.series import Curve, JobSeries
from tests.core.rig import RFT_SPEC, TRAINING, VALIDATION, Rig
from tests.insight.scopes import submit

SFT_SPEC = {
    "training_dataset_uri": TRAINING,
    "validation_dataset_uri": VALIDATION,
    "hyper_parameters": {"epoch_count": 3},
}


def after(rig: Rig, seconds: float, **changes: Any) -> JobSeries:
    job = submit(rig, **changes)
    rig.clock.pause(seconds)
    return series.read(rig.client, rig.client.get_job(job.name))


def test_supervised_job_has_losses_and_accuracies(rig: Rig) -> None:
    found = after(rig, 600, supervised_tuning_spec=SFT_SPEC)

    assert found.eval_loss.last is not None
    assert len(found.train_loss.points) > len(found.eval_loss.points) == 3
    assert [curve.label for curve in found.shown[0]] == ["loss, training", "loss, evaluation"]
    assert found.headline == found.eval_loss
    assert found.eval_loss.is_evaluation
    assert 0 < found.train_accuracy.points[0].value < found.train_accuracy.points[-1].value < 1


def test_reinforcement_job_has_rewards_and_their_spread(rig: Rig) -> None:
    found = after(rig, 600, supervised_tuning_spec=None, reinforcement_tuning_spec=RFT_SPEC)

    assert [curve.label for curve in found.shown[0]] == ["mean reward, training", "mean reward, evaluation"]
    assert found.headline == found.train_reward
    assert found.learnable_ratio.points
    assert found.generation_length.points


def test_running_job_has_the_steps_that_are_done(rig: Rig) -> None:
    part, whole = (after(rig, seconds, supervised_tuning_spec=SFT_SPEC) for seconds in (400, 600))

    assert 0 < len(part.train_loss.points) < len(whole.train_loss.points)


def test_job_without_experiment_has_no_series(rig: Rig) -> None:
    """One that is queued, or failed early, names none: that is no error."""
    assert not after(rig, 0)


def test_best_point_is_the_lowest_loss_and_the_highest_reward() -> None:
    points = [SeriesPoint(1, 0.5), SeriesPoint(2, math.nan), SeriesPoint(3, 0.2), SeriesPoint(4, 0.2)]

    assert Curve("/eval_total_loss", "", points, "low").best == SeriesPoint(3, 0.2)
    assert Curve("/eval_mean_reward", "", points, "high").best == SeriesPoint(1, 0.5)
    assert Curve("/train_generation_length", "", points).best is None


def test_failures_of_a_reward_are_named_in_words() -> None:
    found = JobSeries.of({"tone/train_rpc_error_ratio": [SeriesPoint(1, 0)]})

    assert [curve.label for curve in found.failure_ratios] == ["tone: rpc error ratio, training"]
