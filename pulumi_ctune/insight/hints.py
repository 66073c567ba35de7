"""What is odd about a job, told from its series and its record, with what to do about it.

Every rule has thresholds for which a person can be given a reason; none looks at a single noisy point. A job without
any hint may still be a bad one. Nothing here asks anybody.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean

from pulumi_ctune.core.api import Checkpoint, SeriesPoint, TuningJob
from pulumi_ctune.core.message_rules import DEFAULT_MAX_OUTPUT_TOKENS
from pulumi_ctune.insight.series import Curve, JobSeries, Points
from pulumi_ctune.tuning_job.request import Submitted

RISES_FOR = 2
"""So many evaluations in a row must be worse than the best one: a single one is noise."""
RISES_BY = 0.02
"""And the last one by this share of the best: a loss that stays level moves by less."""
SPREAD_LEAST = 0.1
"""Below one learnable prompt in ten a batch of 32 has three from which anything is learnt."""
COLLAPSES_BY = 0.2
"""A tenth of the range of rewards, -1 to 1: a mean over `SMOOTH` steps hardly moves by that without a reason."""
COLLAPSES_SHARE = 0.5
"""And half of what training had gained must be lost: a dip on the way up is none."""
FAILING_SHARE = 0.5
STOPPED_SHARE = 0.8
"""The service stops a job of which more computations of the reward than this fail; half of them is near enough."""
LENGTH_SHARE = 0.8
"""A mean length this near to the limit means that many answers are cut, and a cut answer earns as a wrong one does."""
SMOOTH = 5
"""Steps that are averaged."""
LEAST_STEPS = 3
"""Fewer steps than this say nothing."""


@dataclass(frozen=True)
class Hint:
    """Something odd. `text` is one line: what is seen, and what to do. `step`: where it shows; None: at none.

    `key` is `overfit`, `no-spread`, `reward-collapse`, `failing-rewards`, `length-limit`, `dropped-examples` or
    `not-a-number`. `checkpoint_id` is the checkpoint to use instead; empty: none is known.
    """

    key: str
    text: str
    step: int | None = None
    checkpoint_id: str = ""


def hints(job: TuningJob, series: JobSeries) -> list[Hint]:
    """All hints on a job that runs or has ended, the most telling first. `series` may be empty."""
    return [hint for rule in _RULES if (hint := rule(job, series))]


def overfits(job: TuningJob, series: JobSeries) -> Hint | None:
    """The evaluation loss rises while the training loss still falls: the model learns the lines, not the task."""
    evaluation, training = series.eval_loss, series.train_loss
    best = evaluation.best
    if best is None or not training.points:
        return None
    after = [point for point in evaluation.points if point.step > best.step]
    last = after[-1] if after else best
    if len(after) < RISES_FOR or any(point.value <= best.value for point in after[-RISES_FOR:]):
        return None
    if not last.value >= best.value * (1 + RISES_BY) or not _falls_after(training.points, best.step):
        return None
    kept = _checkpoint_at(job.checkpoints, best.step)
    advice = (
        f"checkpoint '{kept.checkpoint_id}' (step {kept.step}) is before that" if kept else "train for fewer epochs"
    )
    return Hint(
        "overfit",
        f"the evaluation loss rises since step {best.step} ({best.value:.4g} to {last.value:.4g}) while the training "
        f"loss falls: {advice}",
        best.step,
        kept.checkpoint_id if kept else "",
    )


def lacks_spread(_: TuningJob, series: JobSeries) -> Hint | None:
    """Nearly all answers to a prompt earn the same, so hardly anything is learnt."""
    points = _finite(series.learnable_ratio)
    if len(points) < LEAST_STEPS or not (ratio := _mean(points[-SMOOTH:])) < SPREAD_LEAST:
        return None
    return Hint(
        "no-spread",
        f"rewards have no spread: only {_percent(ratio)} of the prompts have answers that earn differently, so hardly "
        "anything is learnt; a finer reward, or prompts that are neither solved nor hopeless, would help",
        points[-1].step,
    )


def reward_collapsed(job: TuningJob, series: JobSeries) -> Hint | None:
    """The mean reward had risen, and most of it is lost again."""
    points = _finite(series.train_reward)
    if len(points) < 2 * SMOOTH:
        return None
    means = [_mean(points[first : first + SMOOTH]) for first in range(len(points) - SMOOTH + 1)]
    peak = max(range(len(means)), key=means.__getitem__)
    lost, gained = means[peak] - means[-1], means[peak] - means[0]
    if lost < COLLAPSES_BY or lost < COLLAPSES_SHARE * gained:
        return None
    step = points[peak + SMOOTH - 1].step
    kept = _checkpoint_at(job.checkpoints, step)
    advice = f"checkpoint '{kept.checkpoint_id}' (step {kept.step}) is before that" if kept else "look at its answers"
    return Hint(
        "reward-collapse",
        f"the mean reward fell from {means[peak]:.3g} around step {step} to {means[-1]:.3g}: {advice}",
        step,
        kept.checkpoint_id if kept else "",
    )


def rewards_fail(_: TuningJob, series: JobSeries) -> Hint | None:
    """Many computations of a reward fail, and above a share the service stops the job."""
    found = []
    for curve in series.failure_ratios:
        points = _finite(curve)
        if not curve.is_evaluation and len(points) >= LEAST_STEPS:
            found.append((_mean(points[-SMOOTH:]), curve.key, points[-1].step))
    share, key, step = max(found, default=(0.0, "", 0))
    if share < FAILING_SHARE:
        return None
    return Hint(
        "failing-rewards",
        f"{_percent(share)} of the rewards fail ({key}), and the service stops a job above "
        f"{_percent(STOPPED_SHARE)}: look at the reward's own logs, or try it with `ctune reward test`",
        step,
    )


def answers_are_cut(job: TuningJob, series: JobSeries) -> Hint | None:
    """Answers are about as long as they may be."""
    points = _finite(series.generation_length)
    if len(points) < LEAST_STEPS:
        return None
    given = Submitted.of(job).hyper_parameters.get("maxOutputTokens")
    limit = given if isinstance(given, int) and given > 0 else DEFAULT_MAX_OUTPUT_TOKENS
    length = _mean(points[-SMOOTH:])
    if length < LENGTH_SHARE * limit:
        return None
    return Hint(
        "length-limit",
        f"answers are {length:,.0f} tokens long on average, of {limit:,} at most (max_output_tokens), so many are cut: "
        "raise the limit, or reward short answers",
        points[-1].step,
    )


def examples_dropped(job: TuningJob, _: JobSeries) -> Hint | None:
    """The service left examples out, without failing the job."""
    count = job.dropped_example_count or 0
    if not count:
        return None
    were = "example was" if count == 1 else "examples were"
    return Hint(
        "dropped-examples",
        f"{count:,} training {were} dropped by the service: `ctune validate` says which, and why",
    )


def is_not_a_number(_: TuningJob, series: JobSeries) -> Hint | None:
    """Training has diverged: a loss or a reward that is no number does not become one again."""
    for curve in (series.train_loss, series.eval_loss, series.train_reward):
        if curve.last and not math.isfinite(curve.last.value):
            return Hint(
                "not-a-number",
                f"{curve.key} is no longer a number: training has diverged; a lower learning_rate_multiplier may help",
                curve.last.step,
            )
    return None


_RULES: Sequence[Callable[[TuningJob, JobSeries], Hint | None]] = (
    is_not_a_number,
    rewards_fail,
    reward_collapsed,
    lacks_spread,
    overfits,
    answers_are_cut,
    examples_dropped,
)


def _falls_after(points: Points, step: int) -> bool:
    """Whether the mean of the last steps is below that of those up to `step`."""
    before = [point for point in points if point.step <= step][-SMOOTH:]
    after = [point for point in points if point.step > step][-SMOOTH:]
    return bool(before and after) and _mean(after) < _mean(before)


def _checkpoint_at(checkpoints: Sequence[Checkpoint], step: int) -> Checkpoint | None:
    """The last checkpoint that is not after a step."""
    before = [point for point in checkpoints if point.step is not None and point.step <= step]
    return max(before, key=lambda point: point.step or 0, default=None)


def _finite(curve: Curve) -> list[SeriesPoint]:
    return [point for point in curve.points if math.isfinite(point.value)]


def _mean(points: Sequence[SeriesPoint]) -> float:
    return fmean(point.value for point in points)


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
