"""The course of an evaluation run that differs from the usual one: how it ends, where it stays, which rows fail."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from vertex_emulator import json_orders
from vertex_emulator.wsgi import ApiProblem


@dataclass(frozen=True)
class EvaluationCourse:
    """What a test orders for one run; the defaults are a run that ends as its rows say, in the emulator's usual time.

    All times are seconds of the emulator's clock.
    """

    state: str = "SUCCEEDED"
    """The final state; a run that is to succeed still fails if nothing in it can be scored."""
    code: int = 13
    """gRPC code of the error of a failed or cancelled run."""
    message: str = "Internal error encountered."
    """Message of that error."""
    at: float = 1.0
    """When it ends, as a share of its running time. Success takes all of it."""
    stays_in: str = ""
    """A state that the run reaches and never leaves, such as `INFERENCE`."""
    failed_items: int = 0
    """How many rows get no score, the first ones of the set."""
    scores: Mapping[str, float | str] = field(default_factory=dict)
    """Scores of all rows by `candidate/metric`, `"NaN"` included, instead of the computed ones."""
    duration_s: float | None = None
    """Running time, instead of the setting."""
    start_delay_s: float | None = None
    """Time in `PENDING`, instead of the setting."""

    @staticmethod
    def of(document: Mapping[str, Any]) -> "EvaluationCourse":
        """A course from JSON with the names of the fields above. Raises `ApiProblem` 400 for what is not one."""
        course = EvaluationCourse(**json_orders.checked(EvaluationCourse, document, "the course of a run"))
        try:
            {key: float(score) for key, score in course.scores.items()}
        except (TypeError, ValueError):
            raise ApiProblem(400, "The scores in the course of a run must be numbers, or 'NaN'.") from None
        return course

    @property
    def succeeds(self) -> bool:
        return self.state == "SUCCEEDED"
