"""What is known when something is to be pruned, and the things that could be."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from pulumi_ctune.core import job_states, ownership
from pulumi_ctune.core.api import EvaluationRun, ModelVersion, TuningJob
from pulumi_ctune.core.ownership import Owner
from pulumi_ctune.core.values import timestamp
from pulumi_ctune.evaluation_run.wait import SUCCEEDED
from pulumi_ctune.insight.inventory import Inventory, key_of
from pulumi_ctune.insight.prune.mentions import Mentions
from pulumi_ctune.tuning_job.outputs import endpoints_of

IDLE = "nothing, as far as is known, while nobody calls it"
_STORED = "nothing that is documented"


@dataclass(frozen=True)
class Survey:
    """`owner` names the stack. `gaps` are what could not be read and would have to be known: nothing is pruned then.
    `pending` are the URNs of resources of the stack that an update had in hand when it was cut short.
    """

    inventory: Inventory
    owner: Owner
    mentions: Mentions
    now: datetime
    gaps: Sequence[str] = ()
    pending: Collection[str] = ()


@dataclass(frozen=True)
class Item:
    """A version with the endpoints of its job, the endpoints of a job whose version is gone, or an evaluation run.

    `why` says how it came to be left over, `cost` what keeping it costs.
    """

    kind: Literal["version", "endpoints", "evaluation"]
    name: str
    why: str
    cost: str
    made: datetime | None = None
    job: TuningJob | None = None
    version: ModelVersion | None = None
    run: EvaluationRun | None = None
    endpoints: Sequence[str] = field(default=())

    @property
    def labels(self) -> Mapping[str, str]:
        """Those that say who made it."""
        if self.job is not None:
            return self.job.labels
        return self.run.labels if self.run is not None else {}

    @property
    def resource(self) -> str:
        return self.labels.get(ownership.NAME, "")

    def as_dict(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "name": self.name,
            "resource": self.resource or None,
            "job": self.job.name if self.job else None,
            "endpoints": list(self.endpoints),
            "create_time": timestamp(self.made) if self.made else None,
            "trained_tokens": self.job.training_token_count if self.job and self.version else None,
            "why": self.why,
            "cost_to_keep": self.cost,
        }


def items(survey: Survey) -> Iterator[Item]:
    """All that the jobs and evaluations of the inventory have left, whoever made them."""
    found = survey.inventory
    seen: set[str] = set()
    for run in found.evaluations.values():
        made = run.completion_time or run.create_time
        why = "nothing refers to its results" if run.state == SUCCEEDED else "it ended without results"
        yield Item("evaluation", run.name, why, _STORED, made, run=run)
    for job in found.jobs.values():
        version = found.version(job.tuned_model_name) if job.tuned_model_name else None
        endpoints = _there(found, endpoints_of(job))
        if version is not None and version.name not in seen:
            seen.add(version.name)
            made = version.create_time or job.end_time or job.create_time
            yield Item("version", version.name, _why(job, version), IDLE, made, job, version, endpoints=endpoints)
        elif version is None and job.tuned_model_name and endpoints and job_states.is_final(job.state):
            made = job.end_time or job.create_time
            yield Item("endpoints", endpoints[0], "its model version is gone", IDLE, made, job, endpoints=endpoints)


def _there(inventory: Inventory, endpoints: Collection[str]) -> list[str]:
    known = {key_of(name) for name in inventory.endpoints}
    return [name for name in endpoints if key_of(name) in known]


def _why(job: TuningJob, version: ModelVersion) -> str:
    if version.labels.get(ownership.RECORDED) == ownership.ABANDONED:
        return "a destroy or a replacement left it behind"
    if job_states.meaning(job.state) is job_states.Meaning.FAILED:
        return "its job failed, and no state holds it"
    return "no state has ever recorded it"
