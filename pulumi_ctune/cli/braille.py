"""Curves in a terminal: braille characters have two by four dots each, so a small field shows a fine line.

Pure text: knows no job and no terminal. A curve is a line through its points, each with a style; where two cross the
later one wins the cell.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from rich.text import Text

_BLANK = 0x2800
_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))  # by row, then column, of a cell
_ROWS, _COLUMNS = len(_DOTS), len(_DOTS[0])
_LABEL = 8  # characters of a value at the left
MARK = "●"


@dataclass(frozen=True)
class Line:
    """A curve to draw: x and y of its points, in order of x. `marked`: each point is a mark, for curves of few."""

    points: Sequence[tuple[float, float]]
    style: str = ""
    marked: bool = False


def plot(lines: Sequence[Line], width: int, height: int) -> list[Text]:
    """A picture of `width` by `height` characters, axes and their labels included; empty where there is no point.

    Points that are no number are left out, with a gap in the line.
    """
    field_width, field_height = max(1, width - _LABEL - 1), max(1, height - 1)
    usable = [point for line in lines for point in line.points if math.isfinite(point[1])]
    if not usable:
        return []
    left, right = min(x for x, _ in usable), max(x for x, _ in usable)
    low, high = min(y for _, y in usable), max(y for _, y in usable)
    canvas = _Canvas(field_width, field_height, (left, right), (low, high))
    for line in lines:
        canvas.draw(line)
    rows = canvas.rows()
    labels = {0: _number(high), field_height - 1: _number(low)} if high > low else {field_height // 2: _number(high)}
    pictured = [Text(f"{labels.get(index, ''):>{_LABEL}}┤") + row for index, row in enumerate(rows)]
    return [*pictured, Text(_axis(left, right, field_width), style="dim")]


class _Canvas:
    def __init__(self, width: int, height: int, x: tuple[float, float], y: tuple[float, float]) -> None:
        self._width, self._height = width, height
        self._x, self._y = x, y
        self._cells = [[_BLANK] * width for _ in range(height)]
        self._styles = [[""] * width for _ in range(height)]
        self._marks: dict[tuple[int, int], str] = {}

    def draw(self, line: Line) -> None:
        before: tuple[int, int] | None = None
        for x, y in line.points:
            if not math.isfinite(y):
                before = None
                continue
            at = self._dot(x, y)
            for dot in _between(before or at, at):
                self._set(dot, line.style)
            if line.marked:
                self._marks[at[1] // _ROWS, at[0] // _COLUMNS] = line.style
            before = at

    def rows(self) -> list[Text]:
        found = []
        for number, (cells, styles) in enumerate(zip(self._cells, self._styles, strict=True)):
            row = Text()
            for column, (cell, style) in enumerate(zip(cells, styles, strict=True)):
                mark = self._marks.get((number, column))
                if mark is not None:
                    row.append(MARK, mark)
                else:
                    row.append(" " if cell == _BLANK else chr(cell), style)
            found.append(row)
        return found

    def _dot(self, x: float, y: float) -> tuple[int, int]:
        (left, right), (low, high) = self._x, self._y
        across = (x - left) / (right - left) if right > left else 0.5
        up = (y - low) / (high - low) if high > low else 0.5
        return (
            round(across * (self._width * _COLUMNS - 1)),
            round((1 - up) * (self._height * _ROWS - 1)),
        )

    def _set(self, dot: tuple[int, int], style: str) -> None:
        column, row = dot
        self._cells[row // _ROWS][column // _COLUMNS] |= _DOTS[row % _ROWS][column % _COLUMNS]
        self._styles[row // _ROWS][column // _COLUMNS] = style


def _between(start: tuple[int, int], end: tuple[int, int]) -> list[tuple[int, int]]:
    """The dots of a straight line, both ends included."""
    (x0, y0), (x1, y1) = start, end
    steps = max(abs(x1 - x0), abs(y1 - y0))
    if not steps:
        return [start]
    return [(x0 + round(n * (x1 - x0) / steps), y0 + round(n * (y1 - y0) / steps)) for n in range(steps + 1)]


def _number(value: float) -> str:
    return f"{value:.4g}"[:_LABEL]


def _axis(left: float, right: float, width: int) -> str:
    first, last = f"{left:,.0f}", f"step {right:,.0f}"
    room = width - len(first) - len(last)
    axis = f"{first}{' ' * room}{last}" if right > left and room > 0 else f"{last:>{width}}"
    return " " * (_LABEL + 1) + axis[:width]
