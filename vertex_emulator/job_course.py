"""The course of a job that differs from the usual one: how it ends, how long it takes, what it shows on the way."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from vertex_emulator import json_orders
from vertex_emulator.wsgi import ApiProblem

# As recorded, with code 13.
_INTERNAL = "Internal error occurred. Contact Vertex AI."
_NO_ENDPOINT = "Failed to create endpoint. Tuned model is uploaded and can be accessed through Model Registry."


@dataclass(frozen=True)
class JobCourse:
    """What a test orders for one job; the defaults are a job that succeeds in the emulator's usual time.

    All times are seconds of the emulator's clock.
    """

    state: str = "JOB_STATE_SUCCEEDED"
    """The final state; a name that no client knows is possible too."""
    code: int = 13
    """gRPC code of the error of a failed or cancelled job."""
    message: str = ""
    """Message of that error; Google's own (recorded) if empty."""
    at: float = 1.0
    """When it ends, as a share of its running time; below a fifth, before any checkpoint. Success takes all of it."""
    with_model: bool = True
    """Whether checkpoints made till then stay, with the model version that has them, where it does not succeed."""
    with_endpoint: bool = True
    """Whether such a version has endpoints: without, the job shows its name and nothing else of what it made."""
    never_ends: bool = False
    """It trains to the middle and stays there."""
    duration_s: float | None = None
    """Running time, instead of the setting."""
    start_delay_s: float | None = None
    """Time in `JOB_STATE_PENDING`, instead of the setting."""
    paused_s: float = 0.0
    """Time in `JOB_STATE_PAUSED` in the middle, added to the running time."""
    running_state: str = "JOB_STATE_RUNNING"
    """What it shows as its state while it runs."""
    metrics: Mapping[str, float | str] = field(default_factory=dict)
    """Last values of training series by name, `"NaN"` included; the other points are scaled towards them."""

    @staticmethod
    def of(document: Mapping[str, Any]) -> "JobCourse":
        """A course from JSON with the names of the fields above. Raises `ApiProblem` 400 for what is not one."""
        course = JobCourse(**json_orders.checked(JobCourse, document, "the course of a job"))
        try:
            {name: float(value) for name, value in course.metrics.items()}
        except (TypeError, ValueError):
            raise ApiProblem(400, "The metrics in the course of a job must be numbers, or 'NaN'.") from None
        return course

    @property
    def succeeds(self) -> bool:
        return self.state == "JOB_STATE_SUCCEEDED"

    @property
    def makes_checkpoints(self) -> bool:
        """Whether checkpoints, and the model version that has them, are made on the way."""
        return self.succeeds or self.with_model

    @property
    def makes_endpoints(self) -> bool:
        """Whether each checkpoint gets an endpoint."""
        return self.succeeds or self.with_endpoint

    @property
    def error_message(self) -> str:
        """The message of the error of a failed or cancelled job."""
        return self.message or (_NO_ENDPOINT if self.with_model and not self.with_endpoint else _INTERNAL)
