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
    goals = _hyper_parameters(job.request)
    for unit, done in (("step", job.completed_step_count), ("epoch", job.completed_epoch_count)):
        if done is not None:
            goal = goals.get(f"{unit}Count")
            return f"{unit} {done} of {goal}" if goal else f"{unit} {done}"
    return ""


def _hyper_parameters(request: Mapping[str, Any]) -> Mapping[str, Any]:
    specs = (spec for name, spec in request.items() if name.endswith("Spec") and isinstance(spec, Mapping))
    found: Mapping[str, Any] = next((spec["hyperParameters"] for spec in specs if "hyperParameters" in spec), {})
    return found
