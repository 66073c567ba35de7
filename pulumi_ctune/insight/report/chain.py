"""A lineage as SVG: what came later stands to the right of what it rests on, or below it on a narrow page.

A version's box has its data and its aliases in it. Endpoints that a job made for its checkpoints are left out: each job
makes some, and they say nothing. A line of versions that is too long for its page is drawn from top to bottom alone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from pulumi_ctune.core import job_states
from pulumi_ctune.core.printable import one_line
from pulumi_ctune.insight.lineage import BUILT_ON, Edge, Lineage, Node
from pulumi_ctune.insight.lineage_text import method_in_words
from pulumi_ctune.insight.report.markup import Markup, element

_WIDE, _COLUMN_GAP, _ROW_GAP = 232, 40, 14
_TALL, _INDENT, _DEEPEST = 352, 18, 6  # width on a narrow page; levels that are indented
_MOST_COLUMNS = 5  # on a wide page
_PAD, _LINE, _PILL = 12, 17, 20
_EM = 0.63  # width of a small letter
_WIDE_SCRIPTS = 0x2E7F  # letters from here on are as wide as they are high
MOST_VERSIONS = 24
"""In a picture: the newest ones."""

_FILLS = {"base_model": "#f1f3f5", "version": "#ffffff", "job": "#ffffff", "deployment": "#e8f5ee"}
_INK, _QUIET, _EDGE = "#1f2328", "#57606a", "#c3c9d0"


@dataclass
class _Box:
    kind: str
    title: str
    lines: Sequence[str]
    pills: Sequence[str] = ()
    below: list["_Box"] = field(default_factory=list)
    x: float = 0
    y: float = 0
    width: float = _WIDE

    @property
    def height(self) -> float:
        return 2 * _PAD + _LINE * (1 + len(self.lines)) + (_PILL + 4 if self.pills else 0) - 2

    def all(self) -> Iterator["_Box"]:
        yield self
        for box in self.below:
            yield from box.all()


def pictures(graph: Lineage) -> Markup:
    """The picture for wide pages and the one for narrow ones; styles show one of them."""
    graph, left_out = graph.newest(MOST_VERSIONS)
    if not graph.of_kind("version") and not graph.of_kind("job"):
        return element("p", "There is no version yet.", class_="quiet")
    note = element("p", f"{left_out:,} earlier versions are left out.", class_="quiet note") if left_out else ""
    is_deep = max(_depth(root) for root in _forest(graph)) > _MOST_COLUMNS
    tall = element("div", _tall(_forest(graph)), note, class_="chain" if is_deep else "chain tall")
    return tall if is_deep else Markup(element("div", _wide(_forest(graph)), note, class_="chain wide") + tall)


def _forest(graph: Lineage) -> list[_Box]:
    seen: set[str] = set()
    firsts = [
        node
        for node in graph.nodes
        if node.kind == "base_model" or (node.kind == "version" and not graph.out_of(node.id, *BUILT_ON))
    ]
    return [_box(graph, node, None, seen) for node in firsts]


def _box(graph: Lineage, node: Node, edge: Edge | None, seen: set[str]) -> _Box:
    seen.add(node.id)
    box = _Box(node.kind, node.label, [*_words(graph, node, edge)], [*_pills(graph, node)])
    for each in graph.into(node.id, *BUILT_ON):
        later = graph.node(each.start)
        if later is not None and later.id not in seen:
            box.below.append(_box(graph, later, each, seen))
    for each in graph.into(node.id, "serves"):
        deployment = graph.node(each.start)
        if deployment is not None and not deployment.facts.get("of_job"):
            share = f"{deployment.facts.get('traffic_percent')} % of traffic"
            box.below.append(_Box("deployment", deployment.label, [f"endpoint, {share}"]))
    return box


def _words(graph: Lineage, node: Node, edge: Edge | None) -> Iterator[str]:
    if node.kind == "base_model":
        yield "base model"
        return
    if node.facts.get("gone"):
        yield "no longer there"
    if edge is not None:
        job = graph.node(edge.job)
        how = "copy" if edge.kind == "copied_from" else method_in_words(job.facts.get("method") if job else "")
        parts = [how]
        if job is not None and node.kind == "job":
            parts.append(job_states.words(str(job.facts.get("state"))))
        if checkpoint := edge.facts.get("checkpoint_id"):
            parts.append(f"from checkpoint {checkpoint}")
        yield " · ".join(parts)
    for data in graph.out_of(node.id, "trained_on"):
        if data.facts.get("role") == "training" and (found := graph.node(data.end)) is not None:
            yield f"on {found.label}"
    if judged := len(graph.into(node.id, "evaluates")):
        yield f"{judged} evaluation{'s' if judged > 1 else ''}"


def _pills(graph: Lineage, node: Node) -> Iterator[str]:
    for edge in graph.into(node.id, "points_at"):
        alias = graph.node(edge.start)
        if alias is not None:
            yield alias.label


def _depth(box: _Box) -> int:
    return 1 + max((_depth(each) for each in box.below), default=0)


def _wide(roots: Sequence[_Box]) -> Markup:
    bottom = 1.0
    for root in roots:
        bottom += _place_right(root, 1, bottom) + _ROW_GAP
    width = max(box.x + box.width for root in roots for box in root.all()) + 1
    edges = [part for root in roots for part in _edges_right(root)]
    return _svg(width, bottom - _ROW_GAP + 1, roots, edges)


def _place_right(box: _Box, x: float, top: float) -> float:
    """Place a box and what is below it; returns the height that all of it takes."""
    box.x, taken = x, 0.0
    for each in box.below:
        taken += _place_right(each, x + _WIDE + _COLUMN_GAP, top + taken) + _ROW_GAP
    height = max(box.height, taken - _ROW_GAP)
    box.y = top + (height - box.height) / 2
    if box.below and taken - _ROW_GAP < box.height:  # the only child is lower than its parent: level with it
        for each in box.below:
            _shift(each, (box.height - taken + _ROW_GAP) / 2)
    return height


def _shift(box: _Box, down: float) -> None:
    for each in box.all():
        each.y += down


def _edges_right(box: _Box) -> Iterator[Markup]:
    x1, y1 = box.x + box.width, box.y + box.height / 2
    for each in box.below:
        x2, y2 = each.x, each.y + each.height / 2
        middle = (x1 + x2) / 2
        yield _edge(f"M{x1:.1f} {y1:.1f}C{middle:.1f} {y1:.1f} {middle:.1f} {y2:.1f} {x2:.1f} {y2:.1f}")
        yield from _edges_right(each)


def _tall(roots: Sequence[_Box]) -> Markup:
    bottom = 1.0
    for root in roots:
        bottom = _place_below(root, 0, bottom)
    edges = [part for root in roots for part in _edges_below(root)]
    return _svg(_TALL, bottom - _ROW_GAP + 1, roots, edges)


def _place_below(box: _Box, depth: int, top: float) -> float:
    indent = _INDENT * min(depth, _DEEPEST)
    box.x, box.y, box.width = 1 + indent, top, _TALL - 2 - indent
    bottom = top + box.height + _ROW_GAP
    for each in box.below:
        bottom = _place_below(each, depth + 1, bottom)
    return bottom


def _edges_below(box: _Box) -> Iterator[Markup]:
    for each in box.below:
        x = box.x + _INDENT / 2
        yield _edge(f"M{x:.1f} {box.y + box.height:.1f}V{each.y + each.height / 2:.1f}H{each.x:.1f}")
        yield from _edges_below(each)


def _edge(path: str) -> Markup:
    return element("path", d=path, fill="none", stroke=_EDGE, stroke_width=1.5, class_="edge")


def _svg(width: float, height: float, roots: Sequence[_Box], edges: Sequence[Markup]) -> Markup:
    return element(
        "svg",
        element("title", "What rests on what"),
        *edges,
        *(_drawn(box) for root in roots for box in root.all()),
        viewBox=f"0 0 {width:.0f} {height:.0f}",
        width=f"{width:.0f}",
        role="img",
        font_family="system-ui, sans-serif",
        font_size="12.5",
    )


def _drawn(box: _Box) -> Markup:
    """A box with its text. The inner `svg` cuts off what is wider than any guess."""
    room = box.width - 2 * _PAD
    y = _PAD + 11.0
    parts = [
        element(
            "rect",
            x=0.5,
            y=0.5,
            width=box.width - 1,
            height=box.height - 1,
            rx=8,
            class_=f"box {box.kind}",
            fill=_FILLS.get(box.kind, "#ffffff"),
            stroke=_EDGE,
        ),
        element(
            "text",
            _fit(box.title, room, 13.5),
            x=_PAD,
            y=y,
            class_="box-title",
            fill=_INK,
            font_weight="600",
            font_size="13.5",
        ),
    ]
    for line in box.lines:
        y += _LINE
        parts.append(element("text", _fit(line, room, 12.5), x=_PAD, y=y, class_="box-line", fill=_QUIET))
    x = float(_PAD)
    for number, pill in enumerate(box.pills):
        text = _fit(pill, room / 2, 11.5)
        width = _width(text, 11.5) + 16
        if x + width > box.width - _PAD - (26 if number + 1 < len(box.pills) else 0):
            parts.append(
                element("text", f"+{len(box.pills) - number}", x=x + 2, y=y + 23, class_="box-line", fill=_QUIET)
            )
            break
        parts.append(element("rect", x=x, y=y + 9, width=width, height=_PILL, rx=10, class_="pill", fill="#ede9fe"))
        parts.append(
            element(
                "text",
                text,
                x=x + width / 2,
                y=y + 23,
                text_anchor="middle",
                class_="pill-text",
                fill="#5b21b6",
                font_size="11.5",
            )
        )
        x += width + 6
    return element(
        "svg",
        element("title", f"{box.title}: {', '.join(box.lines)}"),
        *parts,
        x=box.x,
        y=box.y,
        width=box.width,
        height=box.height,
    )


def _width(text: str, size: float) -> float:
    """About, and rather too wide: fonts differ, and what is too long is cut off."""
    return size * sum(_em(letter) for letter in text)


def _em(letter: str) -> float:
    if ord(letter) > _WIDE_SCRIPTS:
        return 1.0
    if letter in "WMmw@%":
        return 1.02
    return 0.76 if letter.isupper() else 0.4 if letter in "ijlft.,:;'| " else _EM


def _fit(text: str, room: float, size: float) -> str:
    """As much of the beginning and the end as there is room for."""
    shown = one_line(text, 400)
    if _width(shown, size) <= room:
        return shown
    most = len(shown)
    while most > 6 and _width(shown[: most - most // 3] + "…" + shown[len(shown) - most // 3 :], size) > room:
        most -= 1
    return f"{shown[: most - most // 3]}…{shown[len(shown) - most // 3 :]}"
