"""What a step of the run is, and what it works with."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pulumi_ctune.conformance.journal import Journal
from pulumi_ctune.conformance.resources import Resources
from pulumi_ctune.conformance.service import Service
from pulumi_ctune.conformance.workload import EPOCHS, HELD_OUT
from pulumi_ctune.core.errors import ApiError

Points = dict[str, tuple[bool, str]]
"""Answers of a step: id of a point -> whether it holds, and what was seen."""


@dataclass(frozen=True)
class StepContext:
    """What a step works with."""

    service: Service
    journal: Journal
    resources: Resources

    @property
    def run_id(self) -> str:
        return self.journal.run_id

    @property
    def bucket(self) -> str:
        return f"ctune-conformance-{self.run_id}"

    def state(self, step: str) -> dict[str, Any]:
        return self.journal.state_of(step)

    def sent_rows(self) -> set[str]:
        """The display names that rows of this run's evaluation have: each ends in a number."""
        sent = {
            str(exchange["body"]["displayName"])
            for exchange in self.journal.exchanges()
            if exchange["method"] == "POST" and exchange["path"].endswith("/evaluationItems")
        }
        starts = {name.rpartition("-")[0] for name in sent}
        return {f"{start}-{number}" for start in starts for number in range(1, HELD_OUT + 1)}

    def is_refuted(self, step: str, point: str) -> bool:
        """Whether an attempt of this step has shown that the point does not hold."""
        entry = self.journal.entries.get(step)
        return entry is not None and point in entry.points and not entry.points[point][0]

    def refute(self, step: str, point: str, error: ApiError) -> None:
        """Note it at once: the step goes on without."""
        self.journal.entries[step].points[point] = (False, str(error))
        self.journal.save()

    def job_inputs(self, dataset: str, source: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "project": self.service.plan.project,
            "location": self.service.plan.location,
            "supervised_tuning_spec": {
                "training_dataset_uri": f"gs://{self.bucket}/{dataset}",
                "hyper_parameters": {"epoch_count": EPOCHS},
                "export_last_checkpoint_only": False,
            },
            "description": "conformance run",
            "labels": {"purpose": "conformance"},
            "budget": {"max_usd": self.service.plan.budget_usd},
            "deletion_policy": "DELETE",
            **source,
        }


@dataclass(frozen=True)
class Step:
    """`needs` are steps that have to be done before. `remove` takes away what it made; None where another step does.

    `is_paid`: its job costs money. `is_first`: a missing permission here is the user's to mend, and no finding.
    """

    id: str
    title: str
    do: Callable[[StepContext], Points]
    needs: tuple[str, ...] = ()
    remove: Callable[[StepContext], None] | None = None
    is_paid: bool = False
    is_first: bool = False
