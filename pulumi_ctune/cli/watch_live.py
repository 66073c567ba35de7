"""A watched job as a view that stays in its place on the terminal, with curves.

It fits the terminal, whatever its size: what does not find room is left out, curves first. Its clock goes on between
two looks.
"""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live
from rich.text import Text

from pulumi_ctune.cli.braille import MARK, Line, plot
from pulumi_ctune.cli.jobs_report import state_style
from pulumi_ctune.cli.watch_words import hint_lines, state_words, time_words
from pulumi_ctune.core import amounts
from pulumi_ctune.core.printable import one_line
from pulumi_ctune.insight.series import Curve
from pulumi_ctune.insight.watching import View

_SIDE_BY_SIDE = 150  # columns, from which on two pictures fit
_TALLEST, _LOWEST = 14, 5  # lines of a picture with its title,
_LOWEST_OF_TWO = 9  # and of each of two below each other
_BAR = 30  # characters
_LONGEST = 2_000  # characters of a text
_STYLES = ("cyan", "yellow")
_REFRESH = 2  # a second


@contextlib.contextmanager
def live(out: Console, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Iterator[Callable[[View], None]]:
    """Gives what is to be called with each view. The last one stays on the terminal."""
    picture = _Picture(clock)
    with Live(picture, console=out, refresh_per_second=_REFRESH, vertical_overflow="crop") as shown:

        def show(view: View) -> None:
            is_first, picture.view = picture.view is None, view
            if is_first or not view.row.is_going:
                shown.refresh()

        try:
            yield show
        finally:
            picture.is_left = True


class _Picture:
    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self.view: View | None = None
        self.is_left = False

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        if self.view is None:
            return
        view = self.view
        if view.row.is_going:
            view = replace(view, row=replace(view.row, now=self._clock()))
        yield from _rendered(view, options.max_width, console.size.height - 1, is_left=self.is_left)


def _rendered(view: View, width: int, height: int, *, is_left: bool) -> Iterator[Text]:
    head = [*_head(view), *_wrapped(hint_lines(view), width, "bold yellow"), *_wrapped(view.notes[-2:], width, "dim")]
    foot = [] if is_left or not view.row.is_going else [Text("Ctrl-C stops watching; the job goes on", style="dim")]
    room = height - len(head) - len(foot) - 1
    pictures = _pictures(view, width, room)
    for line in [*head, *([Text()] if pictures else []), *pictures, *foot]:
        line.truncate(width, overflow="ellipsis")
        line.no_wrap = True
        yield line


def _head(view: View) -> Iterator[Text]:
    row, job = view.row, view.job
    title = Text(one_line(row.resource or job.name, _LONGEST), style="bold")
    about = [f"stack {row.stack}" if row.stack else "", row.method, f"from {row.source}" if row.source else ""]
    title.append(f"  {one_line(' · '.join(filter(None, about)), _LONGEST)}", style="not bold dim")
    yield title
    yield Text(job.console_url or job.name, style="dim")
    state = Text(state_words(view), style=state_style(row))
    if row.counted:
        state.append(f"  {row.counted}", style="default")
    if row.progress is not None and row.is_going:
        state.append("  ").append_text(_bar(row.progress))
    yield state
    tokens = f"{amounts.count(row.tokens)} tokens" if row.tokens else ""
    dropped = f"{job.dropped_example_count:,} examples dropped" if job.dropped_example_count else ""
    if words := "  ".join(filter(None, (time_words(view), tokens, dropped))):
        yield Text(words)
    if view.has_succeeded:
        yield Text(f"made {job.tuned_model_name}", style="green")


def _bar(share: float) -> Text:
    done = round(share * _BAR)
    return Text("━" * done, style="cyan").append("╌" * (_BAR - done), style="dim").append(f" {100 * share:.0f} %")


def _wrapped(lines: Sequence[str], width: int, style: str) -> Iterator[Text]:
    for line in lines:
        text = Text(one_line(line, _LONGEST), style=style)
        yield from text.wrap(Console(width=width), width)


def _pictures(view: View, width: int, room: int) -> list[Text]:
    """One picture, or two: beside each other on a wide terminal, below each other on a tall one."""
    shown = view.series.shown
    if not shown or room < _LOWEST:
        return []
    if len(shown) > 1 and width >= _SIDE_BY_SIDE:
        half, height = (width - 2) // 2, min(_TALLEST, room)
        left, right = (_picture(curves, half, height) for curves in shown[:2])
        return [_beside(a, b, half) for a, b in zip(left, right, strict=True)]
    count = 2 if len(shown) > 1 and room >= 2 * _LOWEST_OF_TWO else 1
    return [line for curves in shown[:count] for line in _picture(curves, width, min(_TALLEST, room // count))]


def _picture(curves: Sequence[Curve], width: int, height: int) -> list[Text]:
    title, lines = Text(curves[0].about), []
    for curve, style in zip(curves, _STYLES, strict=False):
        title.append("  ").append(MARK if curve.is_evaluation else "─", style=style)
        title.append(f" {_value(curve, is_alone=curve is curves[-1])}")
        points = [(float(point.step), point.value) for point in curve.points]
        lines.append(Line(points, style, marked=curve.is_evaluation))
    drawn = plot(lines, width, height - 1)
    return [title, *drawn, *([Text()] * (height - 1 - len(drawn)))]


def _value(curve: Curve, *, is_alone: bool) -> str:
    """`evaluation 0.52 (best 0.5 at step 40)`: where the best is, for the last curve of a picture only."""
    last, best = curve.last, curve.best
    words = f"{curve.phase} {last.value:.4g}" if last else curve.phase
    return f"{words} (best {best.value:.4g} at step {best.step:,})" if is_alone and best and best != last else words


def _beside(left: Text, right: Text, width: int) -> Text:
    left.truncate(width, overflow="ellipsis", pad=True)
    return left + Text("  ") + right
