"""The facts of a report, read from the service, the datasets and the saved states.

A report is for information: what cannot be read is left out and said, and only a list of jobs that cannot be read is an
error. Datasets are read where they still are what was trained on, and small enough to be read while somebody waits.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from pulumi_ctune.core.api import EvaluationRun, ModelVersion, StorageObject, TuningJob, Vertex
from pulumi_ctune.core.errors import ApiError, CtuneError
from pulumi_ctune.core.fields import snake_case
from pulumi_ctune.core.spending import AS_USUAL, Spending
from pulumi_ctune.data import references
from pulumi_ctune.data.check import Options, check_dataset
from pulumi_ctune.data.estimate import Estimate, HyperParameters, estimate
from pulumi_ctune.data.limits import Method
from pulumi_ctune.data.prices import Prices
from pulumi_ctune.data.report import Report as DataReport
from pulumi_ctune.gate import evaluation_gate, training_series
from pulumi_ctune.gate.evaluation_gate import EvaluationRequirement, Subject
from pulumi_ctune.gate.evaluation_result import AVERAGE, BASELINE, CANDIDATE
from pulumi_ctune.gate.training_series import Requirement, Training
from pulumi_ctune.gate.verdict import requirements_of
from pulumi_ctune.insight.hints import hints
from pulumi_ctune.insight.inventory import Inventory, key_of, text
from pulumi_ctune.insight.lineage import Lineage, datasets_of, label_of, lineage_of, resource_of, spec_of
from pulumi_ctune.insight.report.facts import (
    CheckpointFacts,
    Cost,
    DataCard,
    Evaluated,
    Gate,
    HyperParameter,
    Report,
    RunFacts,
    Serving,
)
from pulumi_ctune.insight.series import JobSeries
from pulumi_ctune.tuning_job.spending import base_model_of, method_of, prices_of

LARGEST = 256 * 1024 * 1024
"""Bytes of a dataset that is read for a report: about two seconds."""

_ROLES = {"trainingDatasetUri": "training", "validationDatasetUri": "validation"}
_DEVIATION = "STANDARD_DEVIATION"


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
    doing: Callable[[str], None] = lambda _: None,
) -> Report:
    """The facts of the jobs of an inventory, or of `only` these, by name. `doing` is told what takes its time."""
    wanted = {key_of(name) for name in only}
    jobs = [job for job in found.jobs.values() if not wanted or key_of(job.name) in wanted]
    objects = datasets_of(vertex, jobs)
    graph = lineage_of(found, objects)
    gaps = [*found.gaps]
    runs = []
    for job in jobs:
        doing(f"reading series and datasets of {resource_of(found, job)}")
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
        self._prices = prices
        self._gaps = gaps
        self._version = found.version(job.tuned_model_name) if job.tuned_model_name else None
        self._series = self._read_series()

    def facts(self, objects: Mapping[str, StorageObject], *, reads_data: bool) -> RunFacts:
        job = self._job
        source, source_checkpoint = self._found.source_of(job)
        known_source = self._found.version(source) if source else None
        read = self._read_data(objects) if reads_data else None
        return RunFacts(
            job=job,
            title=resource_of(self._found, job),
            method=method_of(job) or "",
            base_model=base_model_of(job),
            source=label_of(known_source) if known_source else source,
            source_checkpoint_id=source_checkpoint,
            version=self._version,
            hyper_parameters=[*self._hyper_parameters()],
            reward=[*_reward_rows(spec_of(job))],
            data=[*self._data(objects, read)],
            series=self._series,
            hints=hints(job, self._series),
            checkpoints=[*self._checkpoints()],
            cost=self._cost(read),
            evaluations=[*self._evaluations()],
            gates=[*self._gates()],
            serving=[*self._serving()],
        )

    def _read_series(self) -> JobSeries:
        if not self._job.experiment:
            return JobSeries()
        try:
            return JobSeries.of(self._vertex.read_metrics(self._job.experiment))
        except ApiError as error:
            self._gaps.append(f"the series of {self._job.name} cannot be read: {error.why or error.what}")
            return JobSeries()

    def _hyper_parameters(self) -> Iterator[HyperParameter]:
        """All that were asked for or that the record has, the program's order first."""
        held = self._found.holder(self._job.name)
        specs = [value for key, value in held.outputs.items() if key.endswith("_tuning_spec")] if held else []
        specs += [held.outputs["preference_optimization_spec"]] if held and _asked(held, "preference") else []
        given = next((spec.get("hyper_parameters") for spec in specs if isinstance(spec, Mapping)), None)
        asked = given if isinstance(given, Mapping) else {}
        there = spec_of(self._job).get("hyperParameters")
        resolved = {snake_case(key): value for key, value in there.items()} if isinstance(there, Mapping) else {}
        for name in dict.fromkeys((*asked, *resolved)):
            yield HyperParameter(str(name), asked.get(name) if held else resolved.get(name), resolved.get(name))

    def _read_data(self, objects: Mapping[str, StorageObject]) -> DataReport | None:
        """The training set with the validation set beside it; None where one of them cannot be had as it was."""
        spec, method = spec_of(self._job), method_of(self._job)
        uris = [str(spec[key]) for key in _ROLES if spec.get(key)]
        if method is None or not spec.get("trainingDatasetUri") or any(self._is_unread(uri, objects) for uri in uris):
            return None
        try:
            sources = [self._vertex.open_object(uri, objects[uri].generation) for uri in uris]
            if sources[0] is None:
                return None
            reward = spec.get("singleRewardConfig") or spec.get("compositeRewardConfig")
            options = Options(method, base_model_of(self._job) or None, references.read_by(reward), digest=True)
            return check_dataset(sources[0], sources[1] if len(sources) > 1 else None, options)
        except CtuneError as error:
            self._gaps.append(f"a dataset of {self._job.name} cannot be read: {error.why or error.what}")
            return None

    def _is_unread(self, uri: str, objects: Mapping[str, StorageObject]) -> str:
        """Why a dataset is not read; empty where it is."""
        there = objects.get(uri)
        if there is None:
            return "not looked at, or not there any more"
        if self._has_changed(there):
            return "changed since the job was submitted"
        return "too large to be read for a report" if there.size_bytes > LARGEST else ""

    def _has_changed(self, there: StorageObject) -> bool:
        made = self._job.create_time
        return bool(there.update_time and made and there.update_time > made)

    def _data(self, objects: Mapping[str, StorageObject], read: DataReport | None) -> Iterator[DataCard]:
        spec = spec_of(self._job)
        for key, role in _ROLES.items():
            uri = spec.get(key)
            if not uri:
                continue
            there, note = objects.get(str(uri)), self._is_unread(str(uri), objects)
            card = DataCard(role, str(uri), note=note or ("" if read else "not read"))
            if there is not None:
                changed = self._has_changed(there)
                generation = "" if changed else there.generation
                card = DataCard(role, str(uri), generation, changed, there.size_bytes, note=card.note)
            yield _with_content(card, read)

    def _cost(self, read: DataReport | None) -> Cost:
        method, model = method_of(self._job), base_model_of(self._job)
        price = self._prices.of(model, method) if method else None
        estimated = self._estimate(read, method, model) if read is not None and method else None
        return Cost(estimated, self._job.billable_token_count, self._job.training_token_count, price)

    def _estimate(self, read: DataReport, method: Method, model: str) -> Estimate | None:
        asked = {each.name: each.asked for each in self._hyper_parameters() if each.asked is not None}
        spec = spec_of(self._job)
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

    def _evaluations(self) -> Iterator[Evaluated]:
        for run in self._found.evaluations.values():
            judged = self._found.judged_by(run)
            if judged is None or self._version is None or judged[0].name != self._version.name:
                continue
            node = self._graph.node(run.name)
            yield Evaluated(node.label if node else run.display_name, run, judged[1], [*_metric_rows(run)])

    def _gates(self) -> Iterator[Gate]:
        """The limits of aliases and deployments that are on this version, judged by what there is now."""
        if self._version is None:
            return
        for kind in ("ModelVersionAlias", "ModelDeployment"):
            for resource in self._found.of_type(kind):
                on = self._found.version(text(resource, "tuned_model_name"))
                require = resource.outputs.get("require")
                if on is None or on.name != self._version.name or not isinstance(require, list):
                    continue
                checkpoint = text(resource, "checkpoint_id") or self._version.default_checkpoint_id
                for entry in require:
                    yield from self._gate(resource.name, entry, self._version, checkpoint)

    def _gate(self, resource: str, entry: Any, version: ModelVersion, checkpoint_id: str) -> Iterator[Gate]:
        try:
            (item,) = requirements_of([entry])
        except (KeyError, TypeError, ValueError, AttributeError):  # a secret, or of a newer version
            return
        if isinstance(item, EvaluationRequirement):
            subject = Subject(
                version.name, checkpoint_id, lambda other: key_of(other) == key_of(version.name), checkpoint_id
            )
            value = item.result.value(item.metric, item.aggregate)
            reason = evaluation_gate.missed(item, subject)
        else:
            training = Training(self._series.by_name, self._job.name)
            (reason,) = training_series.missed([item], training) or [""]
            value = training_series.judged(item, training) if not reason else None
            points = self._series.by_name.get(item.metric)
            value = points[-1].value if value is None and points and item.aggregate == "last" else value
        yield Gate(resource, item.metric, _limit_of(item), value, reason)

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


def _asked(held: Any, word: str) -> bool:
    return any(key.startswith(word) for key in held.outputs)


def _with_content(card: DataCard, read: DataReport | None) -> DataCard:
    if read is None:
        return card
    part = "training" if card.role == "training" else "validation"
    counts: dict[str, int] = {}
    for problem in read.problems:
        if problem.part == part:
            counts[problem.rule] = counts.get(problem.rule, 0) + 1
    if card.role == "training":
        tokens = f"{read.tokens.low:,.0f} to {read.tokens.high:,.0f}"
        if read.tokens.low == read.tokens.high:
            tokens = f"{read.tokens.estimate:,.0f}"
        return replace(card, sha256=read.sha256 or "", examples=read.examples, tokens=tokens, problems=counts)
    beside = read.validation
    return replace(card, examples=beside.examples if beside else None, problems=counts)


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


def _metric_rows(run: EvaluationRun) -> Iterator[tuple[str, float | None, float | None, float | None]]:
    def of(model: str, metric: str, aggregate: str) -> float | None:
        return run.summary.get(f"{model}/{metric}/{aggregate}")

    keys = (key.split("/") for key in run.summary)
    for metric in dict.fromkeys(
        "/".join(parts[1:-1]) for parts in keys if parts[0] == CANDIDATE and parts[-1] == AVERAGE
    ):
        mean, baseline = of(CANDIDATE, metric, AVERAGE), of(BASELINE, metric, AVERAGE)
        yield metric, mean, baseline, of(CANDIDATE, metric, _DEVIATION)


def _limit_of(item: Requirement | EvaluationRequirement) -> str:
    limits = {"at least": item.at_least, "at most": item.at_most}
    if isinstance(item, EvaluationRequirement):
        above = item.at_least_above_baseline, item.at_most_above_baseline
        limits |= dict(zip(("above baseline by at least", "above baseline by at most"), above, strict=True))
    told = [f"{words} {value:g}" for words, value in limits.items() if value is not None]
    confidence = getattr(item, "confidence", None)
    return ", ".join(told) + (f" (confidence {confidence:g})" if confidence else "")
