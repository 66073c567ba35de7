"""The status line of a job: state, epoch or step n of m, detail, and how long it has taken.

Knows the API's fields; when to show the line is the waiter's business.
"""

from pulumi_ctune.core import job_states
from pulumi_ctune.core.api import TuningJob
from pulumi_ctune.tuning_job.request import Submitted


def progress_line(job: TuningJob) -> str:
    """`running, epoch 2 of 4: tuning`, without what is not known: a narrow terminal shows the beginning."""
    line = job_states.words(job.state)
    if counted := _counted(job):
        line += f", {counted}"
    detail = job_states.words(job.detail)
    if not job_states.is_final(job.state) and detail and detail != "unspecified":
        line += f": {detail}"
    return line


def seconds_taken(job: TuningJob) -> float | None:
    """From a job's making to its end, both by the server's clock; None where a time is missing."""
    began = job.create_time or job.start_time
    return None if began is None or job.end_time is None else max(0.0, (job.end_time - began).total_seconds())


def _counted(job: TuningJob) -> str:
    """`epoch 2 of 4` or `step 30 of 500`: what the job counts towards its goal, else what it counts at all."""
    goals = Submitted.of(job).hyper_parameters
    done = {"epoch": job.completed_epoch_count, "step": job.completed_step_count}
    counted = [unit for unit in ("epoch", "step") if done[unit] is not None]
    if not counted:
        return ""
    unit = next((unit for unit in counted if goals.get(f"{unit}Count")), counted[-1])
    goal = goals.get(f"{unit}Count")
    return f"{unit} {done[unit]} of {goal}" if goal else f"{unit} {done[unit]}"
