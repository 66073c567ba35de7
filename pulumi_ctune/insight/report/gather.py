"""The facts of a report, read from the service, the datasets and the saved states.

A report is for information: what cannot be read is left out and said, and only a list of jobs that cannot be read is an
error. Datasets are read where they still are what was trained on, and small enough to be read while somebody waits.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from pulumi_ctune.core.api import StorageObject, TuningJob, Vertex
from pulumi_ctune.core.errors import ApiError, CtuneError
from pulumi_ctune.core.fields import SPECS, snake_case
from pulumi_ctune.core.spending import AS_USUAL, Spending
from pulumi_ctune.data.estimate import Estimate, estimate
from pulumi_ctune.data.hyper_parameters import HyperParameters
from pulumi_ctune.data.limits import Method
from pulumi_ctune.data.prices import Prices
from pulumi_ctune.data.report import Report as DataReport
from pulumi_ctune.gate.training_series import Training
from pulumi_ctune.insight import series
from pulumi_ctune.insight.datasets import datasets_of
from pulumi_ctune.insight.hints import hints
from pulumi_ctune.insight.inventory import Inventory, key_of
from pulumi_ctune.insight.lineage import Lineage
from pulumi_ctune.insight.lineage_building import label_of, lineage_of, resource_of
from pulumi_ctune.insight.report.data_cards import cards_of, read_data
from pulumi_ctune.insight.report.facts import (
    CheckpointFacts,
    Cost,
    HyperParameter,
    Report,
    RunFacts,
    Serving,
)
from pulumi_ctune.insight.report.judgements import evaluations_of, gates_of
from pulumi_ctune.insight.series import JobSeries
from pulumi_ctune.tuning_job.request import Submitted
from pulumi_ctune.tuning_job.spending import prices_of

SECRET = "[secret]"


def gather(
    vertex: Vertex,
    found: Inventory,
    title: str,
    subtitle: str,
    made_at: datetime,
    *,
    only: Sequence[str] = (),
    spending: Spending = AS_USUAL,
    reads_data: bool = True,
    progress: Callable[[str], None] = lambda _: None,
) -> Report:
    """The facts of the jobs of an inventory, or of `only` these, by name. `progress` is told what takes its time."""
    wanted = {key_of(name) for name in only}
    jobs = [job for job in found.jobs.values() if not wanted or key_of(job.name) in wanted]
    objects = datasets_of(vertex, jobs)
    graph = lineage_of(found, objects)
    gaps = [*found.gaps]
    runs = []
    for job in jobs:
        progress(f"reading series and datasets of {resource_of(found, job)}")
        runs.append(_Run(vertex, found, graph, job, prices_of(spending), gaps).facts(objects, reads_data=reads_data))
    if wanted:
        graph = graph.around(run.version.name if run.version else run.job.name for run in runs)
    return Report(title, subtitle, made_at, runs, graph, gaps, any(job.console_url for job in jobs))


class _Run:
    def __init__(
        self, vertex: Vertex, found: Inventory, graph: Lineage, job: TuningJob, prices: Prices, gaps: list[str]
    ) -> None:
        self._vertex = vertex
        self._found = found
        self._graph = graph
        self._job = job
        self._asked = Submitted.of(job)
        self._prices = prices
        self._gaps = gaps
        self._version = found.version(job.tuned_model_name) if job.tuned_model_name else None
        self._series = self._read_series()

    def facts(self, objects: Mapping[str, StorageObject], *, reads_data: bool) -> RunFacts:
        job = self._job
        source, source_checkpoint = self._found.source_of(job)
        known_source = self._found.version(source) if source else None
        read = self._read_data(objects) if reads_data else None
        version = self._version
        return RunFacts(
            job=job,
            title=resource_of(self._found, job),
            method=self._asked.method or "",
            base_model=self._asked.base_model,
            source=label_of(known_source) if known_source else source,
            source_checkpoint_id=source_checkpoint,
            version=version,
            hyper_parameters=[*self._hyper_parameters()],
            reward=[*_reward_rows(self._asked.spec)],
            data=[*cards_of(job, objects, read)],
            series=self._series,
            hints=hints(job, self._series),
            checkpoints=[*self._checkpoints()],
            cost=self._cost(read),
            evaluations=[*evaluations_of(self._found, self._graph, version)] if version else [],
            gates=[*gates_of(self._found, version, Training(self._series.by_name, job.name))] if version else [],
            serving=[*self._serving()],
        )

    def _read_series(self) -> JobSeries:
        try:
            return series.read(self._vertex, self._job)
        except ApiError as error:
            self._gaps.append(f"the series of {self._job.name} cannot be read: {error.why or error.what}")
            return JobSeries()

    def _hyper_parameters(self) -> Iterator[HyperParameter]:
        """All that were asked for or that the record has, the program's order first."""
        held = self._found.holder(self._job.name)
        specs = [held.outputs.get(spec) for spec in SPECS] if held else []
        given = next((spec.get("hyper_parameters") for spec in specs if isinstance(spec, Mapping)), None)
        asked = given if isinstance(given, Mapping) else {}
        there = self._asked.spec.get("hyperParameters")
        resolved = {snake_case(key): value for key, value in there.items()} if isinstance(there, Mapping) else {}
        for name in dict.fromkeys((*asked, *resolved)):
            if isinstance(asked.get(name), Mapping):  # encrypted in the state: the program calls it a secret
                yield HyperParameter(str(name), SECRET, SECRET)
            else:
                yield HyperParameter(str(name), asked.get(name) if held else resolved.get(name), resolved.get(name))

    def _read_data(self, objects: Mapping[str, StorageObject]) -> DataReport | None:
        try:
            return read_data(self._vertex, self._job, objects)
        except CtuneError as error:
            self._gaps.append(f"a dataset of {self._job.name} cannot be read: {error.why or error.what}")
            return None

    def _cost(self, read: DataReport | None) -> Cost:
        method, model = self._asked.method, self._asked.base_model
        price = self._prices.of(model, method) if method else None
        estimated = self._estimate(read, method, model) if read is not None and method else None
        return Cost(estimated, self._job.billable_token_count, self._job.training_token_count, price)

    def _estimate(self, read: DataReport, method: Method, model: str) -> Estimate | None:
        asked = {each.name: each.asked for each in self._hyper_parameters() if each.asked is not None}
        spec = self._asked.spec
        reward = spec.get("singleRewardConfig") or spec.get("compositeRewardConfig")
        try:
            return estimate(
                read,
                model or None,
                HyperParameters.parse(asked),
                self._prices,
                today=(self._job.create_time or datetime.min).date(),
                reward=reward if method == "rft" else None,
            )
        except (ValueError, TypeError):  # hyperparameters of a newer API
            return None

    def _checkpoints(self) -> Iterator[CheckpointFacts]:
        version = self._version
        points = self._job.checkpoints or (version.checkpoints if version else ())
        kept = version.default_checkpoint_id if version else ""
        kept = kept or next((p.checkpoint_id for p in points if p.endpoint and p.endpoint == self._job.endpoint), "")
        shown = [curve for chart in self._series.shown for curve in chart if curve.is_evaluation]
        for point in points:
            at_step = {
                curve.label: found.value
                for curve in shown
                if (found := next((each for each in curve.points if each.step == point.step), None))
            }
            yield CheckpointFacts(
                point.checkpoint_id, point.epoch, point.step, point.checkpoint_id == kept and bool(kept), at_step
            )

    def _serving(self) -> Iterator[Serving]:
        if self._version is None:
            return
        for edge in self._graph.into(self._version.name, "serves"):
            node = self._graph.node(edge.start)
            if node is not None:
                yield Serving(
                    str(node.facts["endpoint"]),
                    node.label,
                    self._version.name,
                    str(edge.facts.get("checkpoint_id") or ""),
                    int(node.facts["traffic_percent"]),
                    bool(node.facts["of_job"]),
                )


def _reward_rows(spec: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each reward's name and what computes it, with a hash by which two runs can be compared."""
    composite, single = spec.get("compositeRewardConfig"), spec.get("singleRewardConfig")
    if isinstance(composite, Mapping):
        parts = [
            part.get("rewardConfig") for part in composite.get("weightedRewardConfigs") or () if isinstance(part, dict)
        ]
    else:
        parts = [single]
    for part in parts:
        if not isinstance(part, Mapping):
            continue
        kind = next((snake_case(key) for key in part if key.endswith("RewardScorer")), "reward")
        digest = hashlib.sha256(json.dumps(part, sort_keys=True).encode()).hexdigest()[:12]
        yield str(part.get("rewardName") or "reward"), f"{kind.replace('_', ' ')} (sha256 {digest})"
