"""The status line of a running job: state, detail, epoch or step n of m.

Knows the API's fields; when to show the line is the waiter's business.
"""

from collections.abc import Mapping
from typing import Any

from pulumi_ctune.tuning import states
from pulumi_ctune.tuning.resources import TuningJob


def progress_line(job: TuningJob) -> str:
    """`running: tuning, epoch 2 of 4`, without what is not known."""
    line = states.words(job.state)
    detail = states.words(job.detail)
    if not states.is_final(job.state) and detail and detail != "unspecified":
        line += f": {detail}"
    if counted := _counted(job):
        line += f", {counted}"
    return line


def _counted(job: TuningJob) -> str:
    """`epoch 2 of 4` or `step 30 of 500`: what the job counts towards its goal, else what it counts at all."""
    goals = _hyper_parameters(job.request)
    done = {"epoch": job.completed_epoch_count, "step": job.completed_step_count}
    counted = [unit for unit in ("epoch", "step") if done[unit] is not None]
    if not counted:
        return ""
    unit = next((unit for unit in counted if goals.get(f"{unit}Count")), counted[-1])
    goal = goals.get(f"{unit}Count")
    return f"{unit} {done[unit]} of {goal}" if goal else f"{unit} {done[unit]}"


def _hyper_parameters(request: Mapping[str, Any]) -> Mapping[str, Any]:
    specs = (spec for name, spec in request.items() if name.endswith("Spec") and isinstance(spec, Mapping))
    found: Mapping[str, Any] = next((spec["hyperParameters"] for spec in specs if "hyperParameters" in spec), {})
    return found
