"""Jobs as a table: on a terminal as many columns as it is wide, elsewhere plain lines with all of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from rich.console import Console
from rich.table import Table
from rich.text import Text

from pulumi_ctune.core import amounts, job_states
from pulumi_ctune.core.forecast import Forecast
from pulumi_ctune.core.names import last_segment
from pulumi_ctune.core.printable import cut, one_line
from pulumi_ctune.insight.jobs import Row

NOT_HELD = "*"
_LONGEST_CELL = 60  # characters
_SHORTEST_NAME = 16  # characters that a name keeps on a narrow terminal
_GAP = 2  # between two columns
_STYLES: Mapping[job_states.Meaning, str] = {
    job_states.Meaning.GOING: "cyan",
    job_states.Meaning.SUCCEEDED: "green",
    job_states.Meaning.FAILED: "red",
}


@dataclass(frozen=True)
class _Column:
    """`from_width`: a terminal has to be as wide as this to show it."""

    title: str
    cell: Callable[[Row], str]
    from_width: int = 0
    is_number: bool = False


def show(out: Console, err: Console, rows: Sequence[Row]) -> None:
    """Print the rows, and on stderr what there is to say of them."""
    if not rows:
        err.print("no tuning jobs")
        return
    if out.is_terminal:
        out.print(_table(rows, out.width), soft_wrap=False)
    else:
        for line in plain_lines(rows):
            out.print(line)
    if any(row.held is False for row in rows):
        err.print(f"{NOT_HELD} the state does not have it: a `pulumi up` waits for it, or the next one resumes it")


def plain_lines(rows: Sequence[Row]) -> list[str]:
    """All columns, in lines that need no terminal."""
    cells = [[column.title for column in COLUMNS], *([_cell(column, row) for column in COLUMNS] for row in rows)]
    widths = [max(len(line[index]) for line in cells) for index in range(len(COLUMNS))]
    return ["  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip() for line in cells]


def state_style(row: Row) -> str:
    return _STYLES[job_states.meaning(row.job.state)]


def expected_in_words(forecast: Forecast | None, row: Row) -> str:
    """`in 40m ±10m`."""
    left = forecast.left(row.now) if forecast else None
    return f"in {amounts.duration(left)} ±{amounts.duration(forecast.doubt)}" if forecast and left else ""


def _table(rows: Sequence[Row], width: int) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    columns = [column for column in COLUMNS if column.from_width <= width]
    for column in columns:
        table.add_column(
            column.title, justify="right" if column.is_number else "left", no_wrap=True, overflow="ellipsis"
        )
    titles = [column.title for column in columns]
    cells = [[_cell(column, row) for column in columns] for row in rows]
    others = sum(max(len(line[index]) for line in [titles, *cells]) + _GAP for index in range(1, len(columns)))
    for row, (name, *rest) in zip(rows, cells, strict=True):
        texts = [cut(name, max(_SHORTEST_NAME, width - others)), *rest]
        styles = [state_style(row) if title == "STATE" else "" for title in titles]
        table.add_row(*map(Text, texts, styles))
    return table


def _cell(column: _Column, row: Row) -> str:
    return one_line(column.cell(row), _LONGEST_CELL)


def _resource(row: Row) -> str:
    return f"{row.resource or '-'}{NOT_HELD if row.held is False else ''}"


def _progress(row: Row) -> str:
    return str(row.counted or "")


def _end(row: Row) -> str:
    if row.is_going:
        return expected_in_words(row.expected, row)
    return f"took {_elapsed(row)}" if row.elapsed_s is not None else ""


def _elapsed(row: Row) -> str:
    return "" if row.elapsed_s is None else amounts.duration(timedelta(seconds=row.elapsed_s))


def _age(row: Row) -> str:
    return "" if row.job.create_time is None else amounts.duration(row.now - row.job.create_time)


def _tokens(row: Row) -> str:
    return "" if row.tokens is None else amounts.count(row.tokens)


def _source(row: Row) -> str:
    return last_segment(row.source) if row.source else ""


def _version(row: Row) -> str:
    return last_segment(row.job.tuned_model_name) if row.job.tuned_model_name else ""


COLUMNS: Sequence[_Column] = (
    _Column("RESOURCE", _resource),
    _Column("STATE", lambda row: job_states.words(row.job.state)),
    _Column("PROGRESS", _progress),
    _Column("END", _end),
    _Column("AGE", _age, is_number=True),
    _Column("TOKENS", _tokens, is_number=True),
    _Column("METHOD", lambda row: row.method, from_width=90),
    _Column("STACK", lambda row: row.stack, from_width=110),
    _Column("JOB", lambda row: last_segment(row.job.name), from_width=110),
    _Column("SOURCE", _source, from_width=140),
    _Column("VERSION", _version, from_width=160),
)
"""What there is to tell, the most telling first."""
