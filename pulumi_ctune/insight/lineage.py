"""What rests on what: base models, datasets, jobs, versions, aliases, deployments and evaluations as a graph.

Edges go from what came later to what it rests on. Checkpoints are no nodes: a version lists its own, and an edge that
means one of them names it. Drawing the graph is for `lineage_text` and `report`.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from pulumi_ctune.core import names
from pulumi_ctune.core.api import ModelVersion, StorageObject, TuningJob, Vertex
from pulumi_ctune.core.errors import CtuneError
from pulumi_ctune.core.values import timestamp
from pulumi_ctune.insight.inventory import Inventory, key_of
from pulumi_ctune.tuning_job.outputs import endpoints_of
from pulumi_ctune.tuning_job.spending import base_model_of, method_of

NodeKind = Literal["base_model", "dataset", "job", "version", "alias", "deployment", "evaluation"]
EdgeKind = Literal["tuned_from", "copied_from", "trained_on", "points_at", "serves", "evaluates"]
_SPECS = ("supervisedTuningSpec", "reinforcementTuningSpec", "preferenceOptimizationSpec")
BUILT_ON: Collection[EdgeKind] = ("tuned_from", "copied_from")
"""Edges along which one version comes from another."""
_HANGS_ON: Collection[EdgeKind] = ("points_at", "serves", "evaluates")


@dataclass(frozen=True)
class Node:
    """`id` is the full name of a resource, the URI of a dataset, the short name of a base model, `MODEL@ALIAS`.
    `label` is what people call it; `facts` are plain values of JSON.
    """

    id: str
    kind: NodeKind
    label: str
    facts: Mapping[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        return {"id": self.id, "kind": self.kind, "label": self.label, **self.facts}


@dataclass(frozen=True)
class Edge:
    """`start` came later and rests on `end`. `job` is the name of the job behind it, where there is one."""

    start: str
    end: str
    kind: EdgeKind
    job: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        return {"from": self.start, "to": self.end, "kind": self.kind, "job": self.job or None, **self.facts}


@dataclass(frozen=True)
class Lineage:
    nodes: Sequence[Node] = ()
    edges: Sequence[Edge] = ()

    def node(self, node_id: str) -> Node | None:
        return self._nodes_by_id.get(node_id)

    def of_kind(self, kind: NodeKind) -> list[Node]:
        return [node for node in self.nodes if node.kind == kind]

    def into(self, node_id: str, *kinds: EdgeKind) -> list[Edge]:
        """Edges of these kinds, or all, from what rests on a node."""
        return [edge for edge in self._edges_into.get(node_id, ()) if not kinds or edge.kind in kinds]

    def out_of(self, node_id: str, *kinds: EdgeKind) -> list[Edge]:
        """Edges of these kinds, or all, to what a node rests on."""
        return [edge for edge in self._edges_out_of.get(node_id, ()) if not kinds or edge.kind in kinds]

    def newest(self, most: int) -> tuple["Lineage", int]:
        """What belongs to the newest versions, so many at most, and how many are left out: a picture has its limits."""
        versions = self.of_kind("version")
        left_out = {node.id for node in versions[: max(0, len(versions) - most)]}
        if not left_out:
            return self, 0
        edges = [edge for edge in self.edges if edge.start not in left_out and edge.end not in left_out]
        ids = {end for edge in edges for end in (edge.start, edge.end)}
        ids |= {edge.job for edge in edges} | {node.id for node in versions if node.id not in left_out}
        return Lineage([node for node in self.nodes if node.id in ids], edges), len(left_out)

    @cached_property
    def _nodes_by_id(self) -> Mapping[str, Node]:
        return {node.id: node for node in self.nodes}

    @cached_property
    def _edges_into(self) -> Mapping[str, Sequence[Edge]]:
        found: dict[str, list[Edge]] = {}
        for edge in self.edges:
            found.setdefault(edge.end, []).append(edge)
        return found

    @cached_property
    def _edges_out_of(self) -> Mapping[str, Sequence[Edge]]:
        found: dict[str, list[Edge]] = {}
        for edge in self.edges:
            found.setdefault(edge.start, []).append(edge)
        return found

    def around(self, versions: Iterable[str]) -> "Lineage":
        """What these versions rest on, all the way, what rests on them, and what belongs to any of those."""
        built = [(edge.start, edge.end) for edge in self.edges if edge.kind in BUILT_ON]
        line = _reached(versions, built) | _reached(versions, [(end, start) for start, end in built])
        kept = [
            edge
            for edge in self.edges
            if (edge.start in line and (edge.kind not in BUILT_ON or edge.end in line))
            or (edge.end in line and edge.kind in _HANGS_ON)
        ]
        ids = line | {end for edge in kept for end in (edge.start, edge.end)} | {edge.job for edge in kept}
        return Lineage([node for node in self.nodes if node.id in ids], kept)

    def as_dict(self) -> dict[str, Any]:
        return {
            "nodes": [node.as_dict() for node in self.nodes],
            "edges": [edge.as_dict() for edge in self.edges],
        }


def _reached(starts: Iterable[str], steps: Iterable[tuple[str, str]]) -> set[str]:
    """These and all that lies behind them, step by step."""
    following: dict[str, list[str]] = {}
    for start, end in steps:
        following.setdefault(start, []).append(end)
    found, waiting = set[str](), [*starts]
    while waiting:
        node = waiting.pop()
        if node not in found:
            found.add(node)
            waiting += following.get(node, ())
    return found


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


def datasets_of(vertex: Vertex, jobs: Iterable[TuningJob]) -> dict[str, StorageObject]:
    """The datasets of these jobs as they lie there now, by URI; without those that are gone or cannot be looked at."""
    found = {}
    for uri in dict.fromkeys(uri for job in jobs for uri in _datasets(job).values()):
        try:
            there = vertex.get_object(uri)
        except CtuneError:  # for information only: the graph stands without it
            continue
        if there is not None:
            found[uri] = there
    return found


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
        elif base := base_model_of(job):
            self._link(start, self._base_model(base), "tuned_from", job.name)
        for role, uri in _datasets(job).items():
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
            changed = bool(there.update_time and job.create_time and there.update_time > job.create_time)
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
    named = held.name if held else job.labels.get("ctune-name") or job.request.get("tunedModelDisplayName")
    return str(named or names.last_segment(job.name))


def label_of(version: ModelVersion) -> str:
    return f"{version.display_name or names.last_segment(version.model)}@{version.version_id}"


def spec_of(job: TuningJob) -> Mapping[str, Any]:
    """The spec of the job's tuning method, as the API writes it; empty where its record has none."""
    found = (job.request.get(spec) for spec in _SPECS)
    return next((spec for spec in found if isinstance(spec, Mapping)), {})


def _facts_of_job(job: TuningJob) -> dict[str, Any]:
    return {
        "method": method_of(job),
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


def _datasets(job: TuningJob) -> dict[str, str]:
    """URIs by role."""
    spec = spec_of(job)
    roles = {"training": "trainingDatasetUri", "validation": "validationDatasetUri"}
    return {role: str(spec[key]) for role, key in roles.items() if spec.get(key)}


def _models(job: TuningJob) -> Iterator[str]:
    source = job.request.get("preTunedModel")
    given = source.get("tunedModelName") if isinstance(source, Mapping) else None
    for name in (names.model_name(given), names.model_name(job.tuned_model_name)):
        if name is not None:
            yield key_of(name.model)
