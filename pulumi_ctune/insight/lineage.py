"""What rests on what: base models, datasets, jobs, versions, aliases, deployments and evaluations as a graph.

Edges go from what came later to what it rests on. Checkpoints are no nodes: a version lists its own, and an edge that
means one of them names it. `lineage_building` makes the graph, `lineage_text` and `report` draw it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

NodeKind = Literal["base_model", "dataset", "job", "version", "alias", "deployment", "evaluation"]
EdgeKind = Literal["tuned_from", "copied_from", "trained_on", "points_at", "serves", "evaluates"]
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
