"""Draw what `pulumi stack export` prints as an SVG: a frame for each component, a box for each resource in it.

Knows no stack, only the prefix of our types. A component stands in a column as near to those that need it as it can,
and arrows between components run from left to right. An arrow that others imply is left out. Types and names only, in
an order that depends on nothing else: each run of a program gives the same picture.

In this order: `read` makes frames of the export's resources and puts their rows in order, `Layout` places them and
leads the arrows, `svg` writes it all down.
"""

import argparse
import json
import math
import sys
from collections.abc import Collection, Iterator
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from html import escape
from itertools import chain, pairwise
from pathlib import Path
from statistics import fmean
from typing import Any

OURS = "pulumi-python:dynamic/ctune"
PROVIDERS = "pulumi:providers:"

# Pixels at the picture's own size.
MARGIN = 18  # around everything
HEADER = 40  # title and legend
COLUMN_GAP = 54
FRAME_GAP = 24  # above and below a frame
FRAME_TOP = 40  # from a frame's edge, with its title, to the first box
FRAME_BOTTOM = 18
PADDING = 12  # beside the boxes in a frame, and before the text in a box
BOX = 48  # height
BOX_GAP = 16
INDENT = 24  # what a box leaves on its left for an arrow that passes it
LANE = 14  # height of the way of an arrow through a column
CORNER = 6  # radius of an arrow's corner
TIP = 3  # from the end of an arrow's line to the box
SWATCH = 14  # a square of the legend
TITLE_SIZE, NAME_SIZE, KIND_SIZE = 16, 15, 13  # of letters
NAME_GAP = 8  # between a title and the name behind it

# Widths in em, rounded up, of DejaVu Sans Bold: a picture in a page gets the fonts of its reader's system, and of those
# that stand in where Helvetica is missing this is the widest. Not every program that shows an SVG obeys `textLength`.
WIDTHS = {
    0.38: " ',./IJijl|\\",
    0.41: "-:;",
    0.53: '!"()*[]_`frt',
    0.6: "?csz",
    0.66: "Lvxy",
    0.7: "$0123456789EFTaeko",
    0.86: "#&+<=>^~ABCDGHKNOQRUVX",
    1.01: "%@Mw",
    1.11: "Wm",
}
OTHER_WIDTH = 0.73
EMS = {character: width for width, characters in WIDTHS.items() for character in characters}

STYLE = Path(__file__).with_suffix(".css")


class PictureError(Exception):
    """This input cannot be drawn; the text says why in one line."""


class Strip:
    """What takes room in a column: a frame, or the lane of a resource's arrows to columns behind."""

    def __init__(self, urn: str, height: float = LANE) -> None:
        self.urn, self.height = urn, height
        self.x = self.y = self.width = 0.0

    @property
    def middle(self) -> float:
        return self.y + self.height / 2

    @property
    def right(self) -> float:
        return self.x + self.width


class Node(Strip):
    """A resource's box, or a component's frame around its `rows`; `needs` is all that the state says it waits for."""

    def __init__(self, state: dict[str, Any], nodes: dict[str, "Node"]) -> None:
        super().__init__(state["urn"], BOX)
        head, self.project, types, self.name = self.urn.split("::", 3)
        self.stack = head.removeprefix("urn:pulumi:")
        package, kind = types.split("$")[-1].rsplit(":", 1)
        self.provider = package.split(":")[0]
        self.is_ours, self.is_component = package == OURS, not state.get("custom")
        self.kind = kind if self.is_ours or self.is_component else f"{package.split(':')[1].split('/')[0]}.{kind}"
        self.frame: Node = self if self.is_component else nodes[state["parent"]].frame
        by_property = filter(None, (state.get("propertyDependencies") or {}).values())
        urns = {state.get("parent"), *(state.get("dependencies") or ()), *chain.from_iterable(by_property)}
        self.needs = frozenset(nodes[urn] for urn in urns if urn in nodes)
        self.rows: list[Node] = []
        self.branches: list[Node] = []  # rows of the same frame that wait for it, unless that is the next row alone
        self.indent = 0

    @cached_property
    def before(self) -> frozenset["Node"]:
        return self.needs.union(*(node.before for node in self.needs))

    @cached_property
    def direct(self) -> list["Node"]:
        """The resources that it needs and that nothing else it needs waits for."""
        direct = self.needs.difference(*(node.before for node in self.needs))
        return sorted((node for node in direct if not node.is_component), key=lambda node: node.urn)


def draw(export: str) -> str:
    """The SVG of what `pulumi stack export` printed.

    Raises:
        PictureError: it is no such export, or it has no resources, or its components wait for each other.
    """
    try:
        states = (json.loads(export)["deployment"] or {}).get("resources") or []
    except (ValueError, TypeError, KeyError, AttributeError):
        raise PictureError("this is not what `pulumi stack export` prints") from None
    return "".join(f"{line}\n" for line in svg(Layout(read(states))))


def read(states: list[dict[str, Any]]) -> list[Node]:
    """The frames that hold resources, with rows in order; the stack is the frame of what is in no component."""
    nodes: dict[str, Node] = {}
    for state in states:
        if not state.get("delete") and not state["type"].startswith(PROVIDERS):
            nodes[state["urn"]] = Node(state, nodes)
    frames = sorted({node.frame for node in nodes.values() if not node.is_component}, key=lambda frame: frame.urn)
    if not frames:
        raise PictureError("this stack has no resources; `make up` gives stack `local` some")
    for frame in frames:
        frame.rows = in_order({node for node in nodes.values() if node.frame is frame} - {frame}, nodes.values())
        indent(frame.rows)
        measure(frame)
    return frames


def in_order(members: set[Node], nodes: Collection[Node]) -> list[Node]:
    """A frame's rows: each behind what it needs, chains unbroken, and in the order in which others wait for them."""
    rows: list[Node] = []

    def key(row: Node) -> tuple[int, bool, int, str]:
        outside = [len(node.before) for node in nodes if row in node.direct and node not in members]
        return len(row.before & members), members.issuperset(row.direct), min(outside, default=0), row.urn

    def add(row: Node) -> None:
        for need in sorted(members.intersection(row.direct), key=key):
            add(need)
        if row not in rows:
            rows.append(row)

    for last in sorted(members.difference(*(member.direct for member in members)), key=key):
        add(last)
    return rows


def indent(rows: list[Node]) -> None:
    """Find the rows whose arrows run beside other rows, and shift those."""
    for index, row in enumerate(rows):
        waiting = [other for other in rows if row in other.direct]
        row.branches = waiting if waiting != rows[index + 1 : index + 2] else []
        passing = [other for other in rows[:index] if set(other.branches) & set(rows[index:])]
        row.indent = max((other.indent + INDENT for other in passing), default=0)


def measure(frame: Node) -> None:
    """Make a frame as large as its title and its rows ask for."""
    frame.height = FRAME_TOP + len(frame.rows) * (BOX + BOX_GAP) - BOX_GAP + FRAME_BOTTOM
    texts = [max(extent(row.name, NAME_SIZE), extent(row.kind, KIND_SIZE)) for row in frame.rows]
    boxes = [row.indent + 2 * PADDING + text for row, text in zip(frame.rows, texts, strict=True)]
    frame.width = 2 * PADDING + max(extent(frame.kind + frame.name, NAME_SIZE) + NAME_GAP, *boxes)


def in_columns(frames: list[Node], arrows: list[tuple[Node, Node]]) -> list[list[Node]]:
    """The frames, each as far right as those that wait for it allow."""
    waiting = {frame: {node.frame for need, node in arrows if need.frame is frame} - {frame} for frame in frames}
    behind: dict[Node, int] = {}
    try:
        for frame in TopologicalSorter(waiting).static_order():
            behind[frame] = max((behind[other] + 1 for other in waiting[frame]), default=0)
    except CycleError as error:
        names = ", ".join(sorted({frame.name for frame in error.args[1]}))
        raise PictureError(f"these components wait for each other: {names}") from None
    return [[frame for frame in frames if behind[frame] == place] for place in range(max(behind.values()), -1, -1)]


class Layout:
    """Where everything is. `stops` has for each resource its box, then its lane in each column that its arrows pass."""

    def __init__(self, frames: list[Node]) -> None:
        self.arrows = [(need, node) for frame in frames for node in (frame, *frame.rows) for need in node.direct]
        self.columns = in_columns(frames, self.arrows)
        self.index = {frame: index for index, column in enumerate(self.columns) for frame in column}
        self.stops: dict[Node, list[Strip]] = {}
        self.width, self.height = float(MARGIN), 0.0
        for index, column in enumerate(self.columns):
            self.place(index, column)
        self.width += MARGIN - COLUMN_GAP
        self.height += HEADER + 2 * MARGIN

    def place(self, index: int, column: list[Node]) -> None:
        """Stack a column's frames and lanes around y = 0, in the order of where their arrows come from."""
        origins: dict[Strip, list[float]] = {frame: [] for frame in column}
        for need, stops in self.stops.items():
            targets = {node.frame for other, node in self.arrows if other is need}
            for frame in targets.intersection(column):
                origins[frame].append(stops[-1].middle)
            if any(self.index[frame] > index for frame in targets):
                lane = Strip(need.urn)
                origins[lane] = [stops[-1].middle]
                stops.append(lane)
        strips = sorted(origins, key=lambda strip: (fmean(origins[strip] or [math.inf]), strip.urn))
        gaps = [FRAME_GAP if isinstance(one, Node) or isinstance(other, Node) else 0 for one, other in pairwise(strips)]
        height, width = sum(gaps) + sum(strip.height for strip in strips), max(frame.width for frame in column)
        y = -height / 2
        for strip, gap in zip(strips, [*gaps, 0], strict=True):
            strip.x, strip.y, strip.width = self.width, y, width
            y += strip.height + gap
        for frame in column:
            for number, row in enumerate(frame.rows):
                row.x, row.y = frame.x + PADDING + row.indent, frame.y + FRAME_TOP + number * (BOX + BOX_GAP)
                row.width = frame.right - PADDING - row.x
                self.stops[row] = [row]
        self.width += width + COLUMN_GAP
        self.height = max(self.height, height)

    def way(self, need: Node, node: Node) -> list[Strip]:
        """A resource and the lanes that its arrow takes to another frame."""
        return self.stops[need][: self.index[node.frame] - self.index[need.frame]]

    def port(self, need: Node, node: Node) -> float:
        """The y at which an arrow arrives: first those beside the rows, then those from outside as they come."""
        if node.is_component:
            is_from_above = self.way(need, node)[-1].middle < node.middle
            return node.y + (FRAME_TOP / 2 if is_from_above else node.height - FRAME_BOTTOM / 2)
        beside = [row for row in node.frame.rows if node in row.branches]
        outside = [other for other in node.direct if other.frame is not node.frame]
        arriving = [*beside, *sorted(outside, key=lambda other: self.way(other, node)[-1].middle)]
        return node.y + BOX * (arriving.index(need) + 1) / (len(arriving) + 1)

    def path(self, need: Node, node: Node) -> str:
        """An arrow as an SVG path."""
        if need.frame is node.frame and not need.branches:
            x = (max(need.x, node.x) + node.right) / 2
            return f"M{x:g} {need.y + BOX:g}V{node.y - TIP:g}"
        y, tip = self.port(need, node), node.x - TIP
        if need.frame is node.frame:  # down from the box, or from where the branch before leaves, and round a corner
            before = need.branches[: need.branches.index(node)]
            x, start = need.x + INDENT / 2, self.port(need, before[-1]) - CORNER if before else need.y + BOX
            return f"M{x:g} {start:g}V{y - CORNER:g}Q{x:g} {y:g} {x + CORNER:g} {y:g}H{tip:g}"
        way, edge = self.way(need, node), min(node.frame.x, tip)
        lanes = "".join(f"{bend(one, other.x, other.middle)}H{other.right:g}" for one, other in pairwise(way))
        return f"M{need.right:g} {need.middle:g}{lanes}{bend(way[-1], edge, y)}H{tip:g}"


def bend(origin: Strip, x: float, y: float) -> str:
    half = (origin.right + x) / 2
    return f"C{half:g} {origin.middle:g} {half:g} {y:g} {x:g} {y:g}"


def svg(layout: Layout) -> Iterator[str]:
    """The lines of the file."""
    width, height = layout.width, layout.height
    frames = list(chain.from_iterable(layout.columns))
    rows = list(chain.from_iterable(frame.rows for frame in frames))
    project, stack = frames[0].project, f"stack {frames[0].stack}"
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" '
        f'viewBox="0 0 {width:g} {height:g}" role="img" aria-labelledby="title desc">'
    )
    yield f'<title id="title">{escape(f"The resources of {project}, {stack}, and what they wait for")}</title>'
    content = (f"{frame.kind} {frame.name}: {', '.join(row.name for row in frame.rows)}." for frame in frames)
    yield f'<desc id="desc">{escape(" ".join(content))}</desc>'
    yield f"<style>\n{STYLE.read_text()}</style>"
    yield from arrow_heads()
    yield box("page", 0.5, 0.5, width - 1, height - 1, radius=12)
    yield heading(MARGIN, MARGIN + TITLE_SIZE, project, stack, TITLE_SIZE)
    yield from legend(width - MARGIN, {row.provider for row in rows if not row.is_ours})
    yield f'<g transform="translate(0 {(height + HEADER) / 2:g})">'
    for frame in frames:
        yield box("frame", frame.x, frame.y, frame.width, frame.height, radius=10)
        yield heading(frame.x + PADDING, frame.y + 26, frame.kind, frame.name, NAME_SIZE)
    for need, node in layout.arrows:
        head, kind = ("head-ours", "arrow ours") if need.is_ours and node.is_ours else ("head", "arrow")
        yield f'<path class="{kind}" marker-end="url(#{head})" d="{layout.path(need, node)}"/>'
    for row in rows:
        yield box("box ours" if row.is_ours else "box", row.x, row.y, row.width, BOX, radius=7)
        yield text("strong ours" if row.is_ours else "strong", row.x + PADDING, row.y + 21, row.name, NAME_SIZE)
        yield text("ours" if row.is_ours else "muted", row.x + PADDING, row.y + 38, row.kind, KIND_SIZE)
    yield "</g>"
    yield "</svg>"


def arrow_heads() -> Iterator[str]:
    for kind in ("head", "head ours"):
        yield (
            f'<marker id="{kind.replace(" ", "-")}" markerUnits="userSpaceOnUse" markerWidth="9" markerHeight="9" '
            f'refX="6" refY="4.5" orient="auto"><path class="{kind}" d="M0 0L9 4.5L0 9Z"/></marker>'
        )


def legend(right: float, providers: set[str]) -> Iterator[str]:
    """What the colours mean, from the right edge to the left."""
    others = [("box", f"pulumi-{provider}") for provider in sorted(providers, reverse=True)]
    for kind, label in [*others, ("box ours", "pulumi-ctune")]:
        label_x = right - extent(label, KIND_SIZE)
        swatch_x = label_x - SWATCH - 8
        yield text("muted", label_x, MARGIN + TITLE_SIZE, label, KIND_SIZE)
        yield box(kind, swatch_x, MARGIN + 4, SWATCH, SWATCH, radius=4)
        right = swatch_x - 20


def box(kind: str, x: float, y: float, width: float, height: float, *, radius: int) -> str:
    return f'<rect class="{kind}" x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="{radius}"/>'


def heading(x: float, y: float, title: str, name: str, size: int) -> str:
    return text("strong", x, y, title, size, f'<tspan class="muted" dx="{NAME_GAP}">{escape(name)}</tspan>')


def text(kind: str, x: float, y: float, content: str, size: int, more: str = "") -> str:
    return f'<text class="{kind}" x="{x:g}" y="{y:g}" font-size="{size}">{escape(content)}{more}</text>'


def extent(content: str, size: int) -> int:
    """The room that a text needs, whichever font it is shown in."""
    return math.ceil(sum(EMS.get(character, OTHER_WIDTH) for character in content) * size)


def main() -> int:
    parser = argparse.ArgumentParser(description="Draw what `pulumi stack export` prints as an SVG, on stdout.")
    parser.add_argument("export", nargs="?", type=Path, help="the file to read; without it, stdin")
    options = parser.parse_args()
    try:
        sys.stdout.write(draw(options.export.read_text() if options.export else sys.stdin.read()))
    except (OSError, PictureError) as error:
        print(f"no picture was drawn: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
