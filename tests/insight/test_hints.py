"""Each hint on a series on which it must fire, and on one that looks like it and on which it must not."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from pulumi_ctune.core.api import Checkpoint, SeriesPoint, TuningJob
from pulumi_ctune.insight.hints import Hint, hints
from pulumi_ctune.insight.series import JobSeries

TRAIN, EVAL, REWARD = "/train_total_loss", "/eval_total_loss", "/train_mean_reward"
LEARNABLE, LENGTH = "/learnable_prompt_ratio", "/train_generation_length"
FAILURES = "answer/train_executing_code_failure_ratio"
FALLING = [1.5, 1.2, 1.0, 0.8, 0.7, 0.6, 0.5, 0.45, 0.4, 0.35, 0.3, 0.28]
CHECKPOINTS = [Checkpoint("1", 1, 4), Checkpoint("2", 2, 8), Checkpoint("3", 3, 12)]


def job(**fields: Any) -> TuningJob:
    return TuningJob("projects/1/locations/us-central1/tuningJobs/1", "JOB_STATE_RUNNING", **fields)


def series(by_name: Mapping[str, Sequence[float]], every: int = 1) -> dict[str, list[SeriesPoint]]:
    return {
        name: [SeriesPoint(every * number, value) for number, value in enumerate(values, start=1)]
        for name, values in by_name.items()
    }


def found(of: TuningJob, *parts: Mapping[str, Sequence[SeriesPoint]]) -> list[Hint]:
    return hints(of, JobSeries.of({name: points for part in parts for name, points in part.items()}))


def losses(evaluation: Sequence[float], training: Sequence[float] = FALLING) -> list[dict[str, list[SeriesPoint]]]:
    """Training has a point each step, evaluation one each second step."""
    return [series({TRAIN: training}), series({EVAL: evaluation}, every=2)]


def test_overfit_names_the_checkpoint_before_it() -> None:
    (hint,) = found(job(checkpoints=CHECKPOINTS), *losses([1.3, 0.9, 0.8, 0.7, 0.78, 0.85]))

    assert hint == Hint(
        "overfit",
        "the evaluation loss rises since step 8 (0.7 to 0.85) while the training loss falls: checkpoint '2' "
        "(step 8) is before that",
        step=8,
        checkpoint_id="2",
    )


@pytest.mark.parametrize(
    "parts",
    [
        losses([1.3, 0.9, 0.8, 0.7, 0.66, 0.65]),
        losses([1.3, 0.9, 0.8, 0.7, 0.65, 0.70]),
        losses([1.3, 0.9, 0.8, 0.7, 0.704, 0.706]),
        losses([1.3, 0.9, 0.8, 0.7, 0.78, 0.85], [*FALLING[:8], 0.6, 0.7, 0.8, 0.9]),
        [series({TRAIN: FALLING})],
    ],
    ids=["falls too", "one evaluation is worse", "level", "training rises too", "no evaluation"],
)
def test_no_overfit(parts: list[dict[str, list[SeriesPoint]]]) -> None:
    """A single worse evaluation is noise, and where both losses rise it is something else."""
    assert found(job(checkpoints=CHECKPOINTS), *parts) == []


def test_rewards_without_spread() -> None:
    (hint,) = found(job(), series({LEARNABLE: [0.3, 0.12, 0.05, 0.04, 0.03, 0.05, 0.03]}))

    assert hint.key == "no-spread"
    assert hint.text.startswith("rewards have no spread: only 4 % of the prompts")


@pytest.mark.parametrize("ratios", [[0.8, 0.5, 0.4, 0.3, 0.2, 0.15, 0.12], [0.02, 0.03], []])
def test_rewards_with_spread(ratios: list[float]) -> None:
    """A falling ratio is what learning looks like, and two steps say nothing."""
    assert found(job(), series({LEARNABLE: ratios})) == []


def test_reward_that_collapses() -> None:
    rewards = [-0.2, -0.1, 0.0, 0.2, 0.4, 0.6, 0.6, 0.6, 0.6, 0.6, 0.3, 0.1, 0.0, -0.1, -0.1]

    (hint,) = found(job(checkpoints=CHECKPOINTS), series({REWARD: rewards}))

    assert (hint.key, hint.step, hint.checkpoint_id) == ("reward-collapse", 10, "2")


@pytest.mark.parametrize(
    "rewards",
    [
        [-0.2, -0.1, 0.0, 0.2, 0.4, 0.6, 0.6, 0.6, 0.6, 0.6, 0.1, 0.6, 0.6, 0.6, 0.6],
        [-0.8, -0.6, -0.4, -0.2, 0.0, 0.2, 0.4, 0.6, 0.8, 0.9, 0.9, 0.8, 0.7, 0.6, 0.5],
        [0.5, 0.45, 0.5, 0.48, 0.5, 0.47, 0.5, 0.46, 0.5, 0.45, 0.44, 0.45],
    ],
    ids=["one bad step", "dip after a large gain", "level with noise"],
)
def test_reward_that_does_not_collapse(rewards: list[float]) -> None:
    assert found(job(), series({REWARD: rewards})) == []


def test_rewards_that_fail() -> None:
    (hint,) = found(job(), series({FAILURES: [0.2, 0.5, 0.6, 0.7, 0.7, 0.7]}))

    assert (hint.key, hint.step) == ("failing-rewards", 6)
    assert "64 % of the rewards fail (answer/train_executing_code_failure_ratio)" in hint.text
    assert "above 80 %" in hint.text


@pytest.mark.parametrize("ratios", [[0.9, 0.2, 0.1, 0.0, 0.1, 0.0], [0.9, 0.9], [0.1] * 6])
def test_rewards_that_mostly_work(ratios: list[float]) -> None:
    """Failures that have stopped, and those of the first steps alone, are none to act on."""
    assert found(job(), series({FAILURES: ratios})) == []


def rft(**hyper_parameters: Any) -> TuningJob:
    return job(request={"reinforcementTuningSpec": {"hyperParameters": hyper_parameters}})


def test_answers_at_the_length_limit() -> None:
    (hint,) = found(rft(maxOutputTokens=1024), series({LENGTH: [700, 800, 900, 950, 1000, 1000, 1000]}))

    assert hint.key == "length-limit"
    assert hint.text.startswith("answers are 970 tokens long on average, of 1,024 at most (max_output_tokens)")


def test_answers_below_the_length_limit() -> None:
    """The service's own limit holds where the job names none."""
    assert found(rft(), series({LENGTH: [700, 800, 900, 950, 1000, 1000, 1000]})) == []


def test_dropped_examples() -> None:
    assert [hint.key for hint in found(job(dropped_example_count=3))] == ["dropped-examples"]


@pytest.mark.parametrize("count", [0, None])
def test_no_dropped_examples(count: int | None) -> None:
    """None: the service has not counted yet."""
    assert found(job(dropped_example_count=count)) == []


def test_loss_that_is_no_number() -> None:
    (hint,) = found(job(), series({TRAIN: [1.5, 2.0, float("nan")]}))

    assert (hint.key, hint.step) == ("not-a-number", 3)


def test_one_value_that_is_no_number_on_the_way() -> None:
    assert found(job(), series({TRAIN: [1.5, float("nan"), 1.2]})) == []
