"""The lineage of an inventory: its jobs, versions, endpoints and evaluation runs as nodes and edges.

What people call jobs and versions is said here, since labels of nodes are that. Asks nobody.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pulumi_ctune.core import names
from pulumi_ctune.core.api import ModelVersion, StorageObject, TuningJob
from pulumi_ctune.core.ownership import NAME
from pulumi_ctune.core.values import timestamp
from pulumi_ctune.insight.datasets import has_changed_since
from pulumi_ctune.insight.inventory import Inventory, key_of
from pulumi_ctune.insight.lineage import Edge, EdgeKind, Lineage, Node
from pulumi_ctune.tuning_job.outputs import endpoints_of
from pulumi_ctune.tuning_job.request import Submitted


def lineage_of(found: Inventory, objects: Mapping[str, StorageObject] | None = None) -> Lineage:
    """The graph of an inventory. `objects` are datasets by URI, as `datasets_of` reads them."""
    return _Building(found, objects or {}).build()


def connected(jobs: Sequence[TuningJob], model: str) -> frozenset[str]:
    """The names of the jobs that made this model, what it comes from or what comes from it. By the names of models
    alone, so that nothing else has to be read.
    """
    ends = {job.name: {*_models(job)} for job in jobs}
    reached = {key_of(model)}
    for _ in jobs:
        grown = reached.union(*(models for models in ends.values() if models & reached))
        if grown == reached:
            break
        reached = grown
    return frozenset(name for name, models in ends.items() if models & reached)


class _Building:
    def __init__(self, found: Inventory, objects: Mapping[str, StorageObject]) -> None:
        self._found = found
        self._objects = objects
        self._nodes: dict[str, Node] = {}
        self._edges: list[Edge] = []

    def build(self) -> Lineage:
        for job in self._found.jobs.values():
            self._nodes[job.name] = Node(job.name, "job", resource_of(self._found, job), _facts_of_job(job))
        makers = {version.name: self._found.job_of(version) for version in self._found.versions.values()}
        for version in self._found.versions.values():
            self._version(version, makers[version.name])
        made = {job.name for job in makers.values() if job is not None}
        for job in self._found.jobs.values():
            if job.name not in made:  # it goes on, or came to nothing
                self._training(job.name, job)
        self._deployments()
        self._evaluations()
        return Lineage([*self._nodes.values()], self._edges)

    def _version(self, version: ModelVersion, job: TuningJob | None) -> None:
        self._nodes[version.name] = Node(version.name, "version", label_of(version), _facts_of_version(version))
        if version.copied_from:
            self._link(version.name, self._known_version(version.copied_from), "copied_from")
        elif job is not None:
            self._training(version.name, job)
        elif version.base_model:
            self._link(version.name, self._base_model(version.base_model), "tuned_from")
        for alias in version.aliases:
            called = f"{version.model}@{alias}"
            self._nodes[called] = Node(called, "alias", alias, {"alias": alias, "model": version.model})
            self._link(called, version.name, "points_at")

    def _training(self, start: str, job: TuningJob) -> None:
        source, checkpoint_id = self._found.source_of(job)
        facts = {"checkpoint_id": checkpoint_id} if checkpoint_id else {}
        if source:
            self._link(start, self._known_version(source), "tuned_from", job.name, facts)
        elif base := Submitted.of(job).base_model:
            self._link(start, self._base_model(base), "tuned_from", job.name)
        for role, uri in Submitted.of(job).datasets.items():
            self._dataset(uri, job)
            self._link(start, uri, "trained_on", job.name, {"role": role})

    def _known_version(self, name: str) -> str:
        """The id of a source's node; of one that is gone the name is all that there is."""
        version = self._found.version(name)
        if version is not None:
            return version.name
        self._nodes.setdefault(name, Node(name, "version", names.last_segment(name), {"gone": True}))
        return name

    def _base_model(self, name: str) -> str:
        self._nodes.setdefault(name, Node(name, "base_model", name))
        return name

    def _dataset(self, uri: str, job: TuningJob) -> None:
        """With the generation that was trained on, where the object has not been changed since."""
        there = self._objects.get(uri)
        facts: dict[str, Any] = {}
        if there is not None:
            changed = has_changed_since(job, there)
            facts = {"generation": None if changed else there.generation or None, "bytes": there.size_bytes}
            facts |= {"changed_since": True} if changed else {"md5_hash": there.md5_hash or None}
        self._nodes.setdefault(uri, Node(uri, "dataset", names.last_segment(uri), facts))

    def _deployments(self) -> None:
        of_jobs = {key_of(name) for job in self._found.jobs.values() for name in endpoints_of(job)}
        for endpoint in self._found.endpoints.values():
            for deployed in endpoint.deployed_models:
                version = self._found.version(deployed.model_version)
                if version is None:
                    continue
                called = f"{endpoint.name}/deployedModels/{deployed.deployed_model_id}"
                facts = {
                    "endpoint": endpoint.name,
                    "deployed_model_id": deployed.deployed_model_id,
                    "traffic_percent": endpoint.traffic_split.get(deployed.deployed_model_id, 0),
                    "of_job": key_of(endpoint.name) in of_jobs,
                }
                label = endpoint.display_name or names.last_segment(endpoint.name)
                self._nodes[called] = Node(called, "deployment", label, facts)
                at = {"checkpoint_id": deployed.checkpoint_id} if deployed.checkpoint_id else {}
                self._link(called, version.name, "serves", facts=at)

    def _evaluations(self) -> None:
        for run in self._found.evaluations.values():
            judged = self._found.judged_by(run)
            if judged is None:
                continue
            version, checkpoint_id = judged
            held = self._found.holder(run.name)
            facts = {"state": run.state, "items": run.total_items, "create_time": timestamp(run.create_time)}
            label = held.name if held else run.display_name or names.last_segment(run.name)
            self._nodes[run.name] = Node(run.name, "evaluation", label, facts)
            at = {"checkpoint_id": checkpoint_id} if checkpoint_id else {}
            self._link(run.name, version.name, "evaluates", facts=at)

    def _link(
        self, start: str, end: str, kind: EdgeKind, job: str = "", facts: Mapping[str, Any] | None = None
    ) -> None:
        self._edges.append(Edge(start, end, kind, job, facts or {}))


def resource_of(found: Inventory, job: TuningJob) -> str:
    """What people call a job: its resource in the program, else its model, else its id."""
    held = found.holder(job.name)
    named = held.name if held else job.labels.get(NAME) or Submitted.of(job).tuned_model_display_name
    return str(named or names.last_segment(job.name))


def label_of(version: ModelVersion) -> str:
    return f"{version.display_name or names.last_segment(version.model)}@{version.version_id}"


def _facts_of_job(job: TuningJob) -> dict[str, Any]:
    return {
        "method": Submitted.of(job).method,
        "state": job.state,
        "create_time": timestamp(job.create_time),
        "training_tokens": job.training_token_count,
    }


def _facts_of_version(version: ModelVersion) -> dict[str, Any]:
    return {
        "model": version.model,
        "version_id": version.version_id,
        "default_checkpoint_id": version.default_checkpoint_id or None,
        "checkpoints": [
            {"checkpoint_id": point.checkpoint_id, "epoch": point.epoch, "step": point.step}
            for point in version.checkpoints
        ],
        "create_time": timestamp(version.create_time),
    }


def _models(job: TuningJob) -> Iterator[str]:
    source = Submitted.of(job).source
    for name in (names.model_name(source.tuned_model_name if source else None), names.model_name(job.tuned_model_name)):
        if name is not None:
            yield key_of(name.model)
