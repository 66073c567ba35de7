"""Curves of braille dots: size, shape, labels, and what cannot be drawn."""

import math

from pulumi_ctune.cli.braille import MARK, Line, plot


def shown(lines: list[Line], width: int = 20, height: int = 4) -> list[str]:
    return [row.plain for row in plot(lines, width, height)]


def test_falling_line_goes_from_the_upper_left_to_the_lower_right() -> None:
    assert shown([Line([(0, 1.0), (10, 0.0)])], width=24, height=4) == [
        "       1┤⠉⠒⠤⢄⣀          ",
        "        ┤     ⠉⠒⠢⠤⣀     ",
        "       0┤          ⠉⠑⠒⠤⣀",
        "         0       step 10",
    ]


def test_picture_has_the_size_that_was_asked_for() -> None:
    rows = shown([Line([(step, math.sin(step / 9)) for step in range(100)])], width=60, height=12)

    assert len(rows) == 12
    assert {len(row) for row in rows} == {60}


def test_axes_show_the_range() -> None:
    rows = shown([Line([(1, 2.5), (1_200, 0.25)])], width=40)

    assert (rows[0].split("┤")[0].strip(), rows[2].split("┤")[0].strip()) == ("2.5", "0.25")
    assert rows[-1].split() == ["1", "step", "1,200"]


def test_few_points_are_marked() -> None:
    """An evaluation is told from training without any colour."""
    assert sum(row.count(MARK) for row in shown([Line([(1, 1.0), (2, 0.5), (3, 0.2)], marked=True)])) == 3


def test_level_line_is_drawn_in_the_middle() -> None:
    rows = shown([Line([(1, 0.5), (2, 0.5)])])

    assert "0.5" in rows[1]


def test_value_that_is_no_number_leaves_a_gap() -> None:
    whole = shown([Line([(0, 0.0), (5, 0.5), (10, 1.0)])], width=40, height=8)
    gap = shown([Line([(0, 0.0), (5, math.nan), (10, 1.0)])], width=40, height=8)

    assert len(gap) == len(whole)
    assert _dots(gap) < _dots(whole)


def test_nothing_is_drawn_without_a_point() -> None:
    assert shown([Line([]), Line([(1, math.inf)])]) == []


def test_one_point_is_drawn() -> None:
    assert _dots(shown([Line([(1, 1.0)])])) == 1


def _dots(rows: list[str]) -> int:
    return sum((ord(character) - 0x2800).bit_count() for row in rows for character in row if ord(character) >= 0x2800)
