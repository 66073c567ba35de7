"""What a report tells, as plain records. Where they come from is for `gather`, how they look for `page`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from pulumi_ctune.core import job_states
from pulumi_ctune.core.api import EvaluationRun, ModelVersion, TuningJob
from pulumi_ctune.data.estimate import Estimate
from pulumi_ctune.data.prices import Price
from pulumi_ctune.insight.hints import Hint
from pulumi_ctune.insight.lineage import Lineage
from pulumi_ctune.insight.series import JobSeries


@dataclass(frozen=True)
class DataCard:
    """One dataset of a run. `note` says why it was not read; then the numbers of what lies in it are None."""

    role: str
    uri: str
    generation: str = ""
    size_bytes: int | None = None
    sha256: str = ""
    examples: int | None = None
    tokens: str = ""
    problems: Mapping[str, int] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True)
class CheckpointFacts:
    """`values` are those of the evaluation at its step, by what they are called."""

    checkpoint_id: str
    epoch: int | None
    step: int | None
    is_kept: bool
    values: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class HyperParameter:
    """`asked` is None where the program left it to the service, `resolved` where the record does not say."""

    name: str
    asked: Any
    resolved: Any


@dataclass(frozen=True)
class Cost:
    """`estimate` is None where the dataset was not read, `price` where no price is known."""

    estimate: Estimate | None
    dataset_tokens: int | None
    training_tokens: int | None
    price: Price | None

    @property
    def usd(self) -> float | None:
        """What the service's count comes to by that price."""
        if self.price is None or self.training_tokens is None:
            return None
        return self.price.usd(self.training_tokens)


@dataclass(frozen=True)
class Gate:
    """One limit of `require` of an alias or a deployment. `reason` is why it is missed, empty where it is met."""

    resource: str
    metric: str
    limit: str
    value: float | None
    reason: str

    @property
    def is_met(self) -> bool:
        return not self.reason


@dataclass(frozen=True)
class Serving:
    """One deployment. `of_job`: the endpoint was made by the job, for a checkpoint."""

    endpoint: str
    label: str
    version: str
    checkpoint_id: str
    traffic_percent: int
    of_job: bool


@dataclass(frozen=True)
class Evaluated:
    """One evaluation run. `rows` are metric, candidate's mean, baseline's mean, candidate's deviation."""

    label: str
    run: EvaluationRun
    checkpoint_id: str
    rows: Sequence[tuple[str, float | None, float | None, float | None]]


@dataclass(frozen=True)
class RunFacts:
    """One tuning run: a job, and the version that it made, if it did."""

    job: TuningJob
    title: str
    method: str
    base_model: str
    source: str = ""
    source_checkpoint_id: str = ""
    version: ModelVersion | None = None
    hyper_parameters: Sequence[HyperParameter] = ()
    reward: Sequence[tuple[str, str]] = ()
    data: Sequence[DataCard] = ()
    series: JobSeries = field(default_factory=JobSeries)
    hints: Sequence[Hint] = ()
    checkpoints: Sequence[CheckpointFacts] = ()
    cost: Cost = Cost(None, None, None, None)
    evaluations: Sequence[Evaluated] = ()
    gates: Sequence[Gate] = ()
    serving: Sequence[Serving] = ()

    @property
    def duration(self) -> timedelta | None:
        began = self.job.start_time or self.job.create_time
        return self.job.end_time - began if began and self.job.end_time else None

    @property
    def succeeded(self) -> bool:
        return job_states.meaning(self.job.state) is job_states.Meaning.SUCCEEDED

    @property
    def kept(self) -> CheckpointFacts | None:
        return next((point for point in self.checkpoints if point.is_kept), None)


@dataclass(frozen=True)
class Report:
    """`title` and `subtitle` say what it is of; `gaps` is what could not be read."""

    title: str
    subtitle: str
    made_at: datetime
    runs: Sequence[RunFacts] = ()
    lineage: Lineage = field(default_factory=Lineage)
    gaps: Sequence[str] = ()
    at_google: bool = True

    @property
    def training_tokens(self) -> int:
        return sum(run.cost.training_tokens or 0 for run in self.runs)

    @property
    def usd(self) -> float | None:
        """What is known of all runs together; None where nothing is."""
        known = [run.cost.usd for run in self.runs if run.cost.usd is not None]
        return sum(known) if known else None

    @property
    def without_price(self) -> int:
        return sum(run.cost.usd is None for run in self.runs)
