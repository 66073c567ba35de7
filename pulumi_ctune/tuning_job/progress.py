"""The status line of a job: state, epoch or step n of m, detail, and how long it has taken.

Knows the API's fields; when to show the line is the waiter's business.
"""

from dataclasses import dataclass

from pulumi_ctune.core import job_states
from pulumi_ctune.core.api import REINFORCEMENT_SPEC, TuningJob
from pulumi_ctune.tuning_job.request import Submitted

_UNITS = ("epoch", "step")


@dataclass(frozen=True)
class Counted:
    """How far a job is: so many epochs or steps are `done`, of `goal` in all (None: nobody knows)."""

    unit: str
    done: int
    goal: int | None

    def __str__(self) -> str:
        """`epoch 2 of 4`, `step 30`."""
        return f"{self.unit} {self.done} of {self.goal}" if self.goal else f"{self.unit} {self.done}"


def progress_line(job: TuningJob) -> str:
    """`running, epoch 2 of 4`, `queued: waiting for quota`: the shortest that tells how far it is, since a narrow
    terminal shows the beginning. That a job that counts is tuning goes without saying.
    """
    line = job_states.words(job.state)
    if how_far := counted(job):
        line += f", {how_far}"
    detail = job_states.words(job.detail)
    goes_without_saying = detail in ("", "unspecified") or (detail == "tuning" and how_far is not None)
    if not job_states.is_final(job.state) and not goes_without_saying:
        line += f": {detail}"
    return line


def seconds_taken(job: TuningJob) -> float | None:
    """From a job's making to its end, both by the server's clock; None where a time is missing."""
    began = job.create_time or job.start_time
    return None if began is None or job.end_time is None else max(0.0, (job.end_time - began).total_seconds())


def counted(job: TuningJob) -> Counted | None:
    """What the job counts towards its goal, else what it counts at all; None for one that tells nothing."""
    done = {"epoch": job.completed_epoch_count, "step": job.completed_step_count}
    reported = [unit for unit in _UNITS if done[unit] is not None]
    if not reported:
        return None
    goals = {unit: goal_of(job, unit) for unit in _UNITS}
    if REINFORCEMENT_SPEC in job.request and job.step_count and "step" in reported:  # it has few epochs, or less
        return Counted("step", done["step"] or 0, job.step_count)
    unit = next((unit for unit in reported if goals[unit]), reported[-1])
    return Counted(unit, done[unit] or 0, goals[unit])


def goal_of(job: TuningJob, unit: str) -> int | None:
    """How many epochs or steps were asked for, or chosen by the service; None where the record does not say."""
    asked = Submitted.of(job).hyper_parameters.get(f"{unit}Count")
    try:
        return int(asked) if asked else None
    except (TypeError, ValueError, OverflowError):
        return None


def share_done(job: TuningJob) -> tuple[float, float] | None:
    """The share of the training that is through (0 to 1), and what one more step, or epoch, adds to it.

    None for a job that does not tell how far it is, or how far it has to go.
    """
    if job_states.meaning(job.state) is job_states.Meaning.SUCCEEDED:
        return 1.0, 0.0
    goals = {"step": goal_of(job, "step") or job.step_count, "epoch": goal_of(job, "epoch")}
    done = {"step": job.completed_step_count, "epoch": job.completed_epoch_count}
    for unit, goal in goals.items():
        so_far = done[unit]
        if goal and so_far is not None:
            return min(1.0, so_far / goal), 1.0 / goal
    return None


def tokens_so_far(job: TuningJob) -> int | None:
    """The tokens that were trained on by now, as the service counts the dataset; None where it has not counted, or its
    count is not what is billed (reinforcement tuning).
    """
    if job.billable_token_count is None or REINFORCEMENT_SPEC in job.request:
        return None
    if job.training_token_count is None:
        how_far = counted(job)
        return job.billable_token_count * how_far.done if how_far and how_far.unit == "epoch" else None
    share = share_done(job)
    return None if share is None else round(job.training_token_count * share[0])
