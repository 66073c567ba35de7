"""Series as SVG: axes, one line for each curve, checkpoints and the kept one.

Presentation attributes carry the light colours, so that a picture can be read where a page's styles are forbidden;
`report.css` overrides them. Points that are no numbers part a line. Nothing here needs a script.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from pulumi_ctune.core.api import SeriesPoint
from pulumi_ctune.insight.report import numbers
from pulumi_ctune.insight.report.markup import Markup, element

WIDTH, HEIGHT = 420, 236
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 14, 24, 28
COLOURS = ("#2563eb", "#d97706", "#0d9488", "#be185d", "#7c3aed", "#4d7c0f", "#0369a1", "#b45309")
"""Of the lines `c0` to `c7`, on white."""
_KEPT, _INK, _GRID = "#7c3aed", "#57606a", "#e4e7eb"
_MANY = 48  # points from which a line is noise that needs its mean
_MARKED = 32  # points at most that get a dot each
_BANDS = 40  # over which a pointer shows values
_DETAILED = 120  # points of a line from which there is room for bands


@dataclass(frozen=True)
class Line:
    """`number` chooses the colour. `is_sparse`: few points, each of which counts, so each is marked."""

    label: str
    points: Sequence[SeriesPoint]
    number: int = 0
    is_sparse: bool = False


@dataclass(frozen=True)
class Mark:
    """A step at which a checkpoint was written."""

    step: int
    label: str
    is_kept: bool = False


def chart(lines: Sequence[Line], marks: Sequence[Mark] = (), *, most_points: int = 240, title: str = "") -> Markup:
    """One picture. `most_points` of each line are drawn."""
    frame = _Frame.around(lines, marks)
    if frame is None:
        return element("p", "No point of it is a number.", class_="quiet")
    return element(
        "svg",
        element("title", title),
        *_grid(frame),
        *_marks(frame, marks),
        *(part for line in lines for part in _line(frame, line, most_points)),
        *(_bands(frame, lines) if most_points >= _DETAILED else ()),
        viewBox=f"0 0 {WIDTH} {HEIGHT}",
        role="img",
        class_="chart",
        font_family="system-ui, sans-serif",
        font_size="12",
    )


def spark(points: Sequence[SeriesPoint]) -> Markup:
    """A line without axes, for a table."""
    frame = _Frame.around([Line("", points)], (), box=(2, 2, 118, 22))
    if frame is None:
        return Markup("")
    paths = [
        element("path", d=path, class_="line c0", fill="none", stroke=COLOURS[0], stroke_width=1.5)
        for path in _paths(frame, thinned(points, 60))
    ]
    return element("svg", *paths, viewBox="0 0 120 24", class_="spark", width=120, height=24, aria_hidden="true")


def thinned(points: Sequence[SeriesPoint], most: int) -> Sequence[SeriesPoint]:
    """So many points at most, peaks kept: of each stretch the lowest and the highest."""
    if len(points) <= most:
        return points
    stretch = math.ceil(2 * len(points) / most)
    kept = {0, len(points) - 1}
    for first in range(0, len(points), stretch):
        part = [i for i in range(first, min(first + stretch, len(points))) if math.isfinite(points[i].value)]
        if part:
            kept |= {min(part, key=lambda i: points[i].value), max(part, key=lambda i: points[i].value)}
    return [points[i] for i in sorted(kept)]


def smoothed(points: Sequence[SeriesPoint], window: int) -> list[SeriesPoint]:
    """The mean of each point and its neighbours."""
    finite = [point for point in points if math.isfinite(point.value)]
    half, found = window // 2, []
    for i, point in enumerate(finite):
        near = finite[max(0, i - half) : i + half + 1]
        found.append(SeriesPoint(point.step, sum(each.value for each in near) / len(near)))
    return found


@dataclass(frozen=True)
class _Frame:
    first: float
    last: float
    low: float
    high: float
    ticks: Sequence[float]
    box: tuple[float, float, float, float]  # left, top, right, bottom

    @classmethod
    def around(
        cls, lines: Sequence[Line], marks: Sequence[Mark], box: tuple[float, float, float, float] | None = None
    ) -> "_Frame | None":
        values = [p.value for line in lines for p in line.points if math.isfinite(p.value)]
        if not values:
            return None
        steps = [float(p.step) for line in lines for p in line.points] + [float(mark.step) for mark in marks]
        room = box or (_LEFT, _TOP, WIDTH - _RIGHT, HEIGHT - _BOTTOM)
        low, high = min(values), max(values)
        ticks = _ticks(low, high, 4) if box is None else [low, high]
        low, high = min(low, ticks[0]), max(high, ticks[-1])
        return cls(min(steps), max(steps), low, high, ticks, room)

    def x(self, step: float) -> float:
        left, _, right, _ = self.box
        span = self.last - self.first
        return left + (right - left) * ((step - self.first) / span if span else 0.5)

    def y(self, value: float) -> float:
        _, top, _, bottom = self.box
        span = self.high - self.low
        return bottom - (bottom - top) * ((value - self.low) / span if span else 0.5)


def _ticks(low: float, high: float, about: int) -> list[float]:
    """Round numbers from below the lowest to above the highest value."""
    if not math.isfinite(high - low) or high - low < 1e-12 * max(abs(high), abs(low), 1e-12):
        return [low - abs(low) * 0.1 - 1e-9, low, low + abs(low) * 0.1 + 1e-9]
    raw = (high - low) / about
    power = 10 ** math.floor(math.log10(raw))
    step = next(step for factor in (1, 2, 2.5, 5, 10) if (step := factor * power) >= raw * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [i * step for i in range(first, last + 1)]


def _grid(frame: _Frame) -> Iterator[Markup]:
    left, _, right, bottom = frame.box
    for tick in frame.ticks:
        y = frame.y(tick)
        yield element("line", x1=left, x2=right, y1=y, y2=y, class_="grid", stroke=_GRID)
        shown = numbers.value(0.0 if abs(tick) < 1e-12 else tick)
        yield element("text", shown, x=left - 6, y=y + 4, text_anchor="end", class_="tick", fill=_INK)
    steps = sorted({round(step) for step in _step_ticks(frame)})
    for step in steps:
        anchor = "start" if step == steps[0] and len(steps) > 1 else "end" if step == steps[-1] else "middle"
        x = frame.x(step)
        yield element("text", f"{step:,}", x=x, y=bottom + 18, text_anchor=anchor, class_="tick", fill=_INK)


def _step_ticks(frame: _Frame) -> list[float]:
    """The first and the last step, and round ones between them that are not too near to either."""
    between = _ticks(frame.first, frame.last, 4) if frame.last - frame.first >= 4 else []
    room = (frame.last - frame.first) * 0.12
    return [
        frame.first,
        *(tick for tick in between if frame.first + room < tick < frame.last - room and tick == round(tick)),
        frame.last,
    ]


def _marks(frame: _Frame, marks: Sequence[Mark]) -> Iterator[Markup]:
    _, top, _, bottom = frame.box
    for mark in marks:
        x = frame.x(mark.step)
        colour = _KEPT if mark.is_kept else _GRID
        yield element(
            "line",
            element("title", f"{mark.label}, step {mark.step:,}{', kept' if mark.is_kept else ''}"),
            x1=x,
            x2=x,
            y1=top,
            y2=bottom,
            class_="kept" if mark.is_kept else "checkpoint",
            stroke=colour,
            stroke_width=1.5 if mark.is_kept else 1,
            stroke_dasharray=None if mark.is_kept else "3 3",
        )
        if mark.is_kept:
            anchor, shift = ("end", 4) if x > WIDTH * 0.6 else ("start", -4)
            yield element(
                "text",
                f"{mark.label} kept",
                x=x + shift,
                y=top - 9,
                text_anchor=anchor,
                class_="kept-label",
                fill=_KEPT,
                font_weight="600",
            )


def _line(frame: _Frame, line: Line, most: int) -> Iterator[Markup]:
    colour, which = COLOURS[line.number % len(COLOURS)], f"c{line.number % len(COLOURS)}"
    is_noisy = len(line.points) >= _MANY and not line.is_sparse

    def stroke(points: Sequence[SeriesPoint], width: float, opacity: float | None = None) -> Iterator[Markup]:
        for path in _paths(frame, points):
            yield element(
                "path",
                d=path,
                class_=f"line {which}",
                fill="none",
                stroke=colour,
                stroke_width=width,
                opacity=opacity,
                stroke_linejoin="round",
            )

    yield from stroke(thinned(line.points, most), 1 if is_noisy else 2, 0.35 if is_noisy else None)
    if is_noisy:
        mean = smoothed(line.points, max(5, len(line.points) // 24))
        yield from stroke(mean[:: max(1, math.ceil(len(mean) / (most // 2)))] + mean[-1:], 2)
    if len(line.points) <= _MARKED:
        for point in line.points:
            if math.isfinite(point.value):
                label = f"{line.label}, step {point.step:,}: {numbers.value(point.value)}"
                yield element(
                    "circle",
                    element("title", label),
                    cx=frame.x(point.step),
                    cy=frame.y(point.value),
                    r=3.5 if line.is_sparse else 2,
                    class_=f"dot {which}" if line.is_sparse else f"dot small {which}",
                    fill=colour,
                )


def _bands(frame: _Frame, lines: Sequence[Line]) -> Iterator[Markup]:
    """Invisible, and each says what all lines are at its step: a browser shows that beside the pointer."""
    _, top, _, bottom = frame.box
    steps = sorted({point.step for line in lines for point in line.points})
    shown = steps[:: math.ceil(len(steps) / _BANDS)]
    edges = [frame.x((one + two) / 2) for one, two in pairwise(shown)]
    for step, left, right in zip(shown, (frame.box[0], *edges), (*edges, frame.box[2]), strict=True):
        labels = [f"{line.label} {numbers.value(_near(line.points, step))}" for line in lines if line.points]
        yield element(
            "rect",
            element("title", " · ".join((f"step {step:,}", *labels))),
            x=left,
            y=top,
            width=right - left,
            height=bottom - top,
            class_="band",
            fill_opacity=0,
        )


def _near(points: Sequence[SeriesPoint], step: int) -> float:
    """The value at the nearest step that has one."""
    return min(points, key=lambda point: abs(point.step - step)).value


def _paths(frame: _Frame, points: Sequence[SeriesPoint]) -> Iterator[str]:
    """A path for each stretch of numbers."""
    path: list[str] = []
    for point in points:
        if math.isfinite(point.value):
            path.append(f"{'L' if path else 'M'}{frame.x(point.step):.1f} {frame.y(point.value):.1f}")
        elif path:
            yield "".join(path)
            path = []
    if path:
        yield "".join(path)
