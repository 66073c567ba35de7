"""A lineage in words: as a tree for a terminal, and as a Mermaid flowchart for Markdown.

Names in it are whatever people wrote: nothing of them steers the terminal, or ends a label of Mermaid's. Both read from
the first link on: what came later stands below, or to the right.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from pulumi_ctune.core import job_states, names
from pulumi_ctune.core.printable import one_line
from pulumi_ctune.insight.lineage import BUILT_ON, Edge, Lineage, Node

_LONGEST = 100  # characters of a name in a tree
_LONGEST_LABEL = 40  # in a box of a picture
_DEEPEST = 12  # generations that are indented
_METHODS = {"sft": "SFT", "rft": "RFT", "dpo": "DPO"}

Branch = tuple[str, Sequence["Branch"]]
"""A line of a tree, and what stands below it."""


def tree_lines(graph: Lineage) -> Iterator[str]:
    """The lines of the tree, without an end of line."""
    for line, below in _Tree(graph).roots():
        yield line
        yield from _indented(below, "")


def mermaid_lines(graph: Lineage, *, with_endpoints_of_jobs: bool = False) -> Iterator[str]:
    """The lines of a flowchart, from left to right."""
    shown = [node for node in graph.nodes if node.kind != "job" or graph.out_of(node.id)]
    if not with_endpoints_of_jobs:
        shown = [node for node in shown if not node.facts.get("of_job")]
    ids = {node.id: f"n{number}" for number, node in enumerate(shown, 1)}
    yield "flowchart LR"
    for node in shown:
        yield f"  {ids[node.id]}{_box(node)}"
    for edge in graph.edges:
        if edge.start in ids and edge.end in ids:
            yield _arrow(graph, edge, ids[edge.start], ids[edge.end])


def method_in_words(method: Any) -> str:
    return _METHODS.get(str(method), "tuned")


class _Tree:
    def __init__(self, graph: Lineage) -> None:
        self._graph = graph
        self._shown: set[str] = set()

    def roots(self) -> Iterator[Branch]:
        for node in self._graph.nodes:
            is_first = node.kind == "base_model" or (
                node.kind in ("version", "job")
                and not self._graph.out_of(node.id, *BUILT_ON)
                and (node.kind == "version" or bool(self._graph.out_of(node.id)))
            )
            if is_first:
                yield self._branch(node, "")

    def _branch(self, node: Node, how: str, depth: int = 0) -> Branch:
        line = self._line(node, how)
        if node.id in self._shown:  # a picture of a loop would have no end
            return line, ()
        self._shown.add(node.id)
        below = [*self._belongings(node)]
        if depth < _DEEPEST:
            below += [self._branch(later, how, depth + 1) for later, how in self._offspring(node)]
        else:
            below += self._generations(node)
        return line, below

    def _generations(self, node: Node) -> Iterator[Branch]:
        """All that comes from a node, one below the other: a chain that grows each night has no room for indents."""
        waiting = [*self._offspring(node)]
        while waiting:
            later, how = waiting.pop(0)
            if later.id not in self._shown:
                self._shown.add(later.id)
                yield self._line(later, how), [*self._belongings(later)]
                waiting[:0] = self._offspring(later)

    def _line(self, node: Node, how: str) -> str:
        gone = "  (no longer there)" if node.facts.get("gone") else ""
        return f"{_short(node.label)}{how}{gone}"

    def _belongings(self, node: Node) -> Iterator[Branch]:
        for edge in self._graph.out_of(node.id, "trained_on"):
            yield (
                f"{'trained on' if edge.facts.get('role') == 'training' else 'validated on'} {self._dataset(edge)}",
                (),
            )
        for edge in self._graph.into(node.id, "points_at"):
            yield f"alias {_short(self._label(edge.start))}", ()
        for edge in self._graph.into(node.id, "serves"):
            yield self._deployment(edge), ()
        for edge in self._graph.into(node.id, "evaluates"):
            run = self._graph.node(edge.start)
            state = f", {job_states.words(str(run.facts.get('state')))}" if run else ""
            yield f"evaluated by {_short(self._label(edge.start))}{_at_checkpoint(edge)}{state}", ()

    def _offspring(self, node: Node) -> Iterator[tuple[Node, str]]:
        """What was made of a node, and how."""
        for edge in self._graph.into(node.id, *BUILT_ON):
            if (later := self._graph.node(edge.start)) is not None:
                yield later, self._how(edge, later)

    def _how(self, edge: Edge, later: Node) -> str:
        if edge.kind == "copied_from":
            return "  a copy"
        job = self._graph.node(edge.job)
        if job is None:
            return ""
        parts = [method_in_words(job.facts.get("method"))]
        if later.kind == "job":
            parts.append(job_states.words(str(job.facts.get("state"))))
        else:
            parts[0] += f" by {_short(job.label)}"
        if checkpoint_id := edge.facts.get("checkpoint_id"):
            parts.append(f"from checkpoint {_short(str(checkpoint_id))}")
        if tokens := job.facts.get("training_tokens"):
            parts.append(f"{tokens:,} tokens")
        return f"  {', '.join(parts)}"

    def _dataset(self, edge: Edge) -> str:
        data = self._graph.node(edge.end)
        facts = data.facts if data else {}
        if facts.get("changed_since"):
            return f"{_short(edge.end)} (changed since)"
        generation = facts.get("generation")
        return f"{_short(edge.end)} (generation {generation})" if generation else _short(edge.end)

    def _deployment(self, edge: Edge) -> str:
        node = self._graph.node(edge.start)
        if node is None:
            return "served"
        endpoint = names.last_segment(str(node.facts.get("endpoint")))
        whose = "the job's endpoint" if node.facts.get("of_job") else f"endpoint {_short(node.label)}"
        share = f", {node.facts['traffic_percent']} % of its traffic"
        return f"served by {whose} ({endpoint}){_at_checkpoint(edge)}{share}"

    def _label(self, node_id: str) -> str:
        node = self._graph.node(node_id)
        return node.label if node else node_id


def _at_checkpoint(edge: Edge) -> str:
    point = edge.facts.get("checkpoint_id")
    return f" at checkpoint {_short(str(point))}" if point else ""


def _indented(branches: Sequence[Branch], before: str) -> Iterator[str]:
    for line, below in branches:
        is_last = (line, below) == branches[-1]
        yield f"{before}{'└─ ' if is_last else '├─ '}{line}"
        yield from _indented(below, before + ("   " if is_last else "│  "))


def _short(text: str) -> str:
    return one_line(text, _LONGEST)


_SHAPES = {
    "base_model": ('(["', '"])'),
    "dataset": ('[("', '")]'),
    "version": ('["', '"]'),
    "job": ('["', '"]'),
    "alias": ('>"', '"]'),
    "deployment": ('{{"', '"}}'),
    "evaluation": ('[/"', '"/]'),
}


def _box(node: Node) -> str:
    before, after = _SHAPES[node.kind]
    words = node.label if node.kind != "job" else f"{node.label}: {job_states.words(str(node.facts.get('state')))}"
    return f"{before}{_label(words)}{after}"


def _arrow(graph: Lineage, edge: Edge, start: str, end: str) -> str:
    match edge.kind:
        case "tuned_from":
            job = graph.node(edge.job)
            return f"  {end} -->|{_label(method_in_words(job.facts.get('method') if job else ''))}| {start}"
        case "copied_from":
            return f"  {end} -->|copy| {start}"
        case "trained_on":
            return f"  {end} -.->|{'data' if edge.facts.get('role') == 'training' else 'validation'}| {start}"
        case "serves":
            node = graph.node(edge.start)
            return f"  {end} ==>|{node.facts.get('traffic_percent') if node else 0} %| {start}"
    return f"  {end} --- {start}"


def _label(text: str) -> str:
    """Text that Mermaid takes for nothing but text: what could mean more is written by its number."""
    return re.sub(r"[^\w .,:@/()-]", lambda match: f"#{ord(match[0])};", one_line(text, _LONGEST_LABEL))
