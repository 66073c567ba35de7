"""One table and one JSON document of what was measured, and the table's place in the docs. Knows nothing of how."""

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

from bench.machine import Machine

_WIDTH = 190  # so that no cell wraps
_PAGE = Path(__file__).resolve().parents[1] / "docs" / "benchmarks.md"
_BLOCK = re.compile(r"(?<=^```text\n).*?(?=^```$)", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Line:
    """One number of ours, and its baseline's."""

    what: str
    unit: str  # "" for plain counts
    ours: float | None  # None: not measured
    baseline: float | None
    baseline_is: str
    note: str = ""  # of how many runs it is the median, what it must not exceed


def table(machine: Machine, lines: Sequence[Line]) -> str:
    """The whole report as plain text."""
    console = Console(width=_WIDTH, highlight=False, color_system=None)
    table = Table(box=box.ASCII, show_edge=False, pad_edge=False)
    for heading in ("measured", "ours", "baseline", "what the baseline is", "note"):
        table.add_column(heading, justify="right" if heading in ("ours", "baseline") else "left")
    for line in lines:
        ours, baseline = ("" if value is None else _shown(value, line.unit) for value in (line.ours, line.baseline))
        table.add_row(line.what, ours, baseline, line.baseline_is, line.note)
    with console.capture() as printed:
        console.print(table)
    rows = [row.rstrip() for row in printed.get().splitlines()]
    return "\n".join([*machine.described(), *rows]) + "\n"


def put_into_docs(table: str) -> None:
    """Let the table take the place of the one in docs/benchmarks.md."""
    page = _PAGE.read_text()
    _PAGE.write_text(_BLOCK.sub(lambda _: table, page, count=1))


def not_measured(name: str, why: str) -> Line:
    return Line(name, "", None, None, "", why)


def lines_as_json(lines: Sequence[Line]) -> str:
    return json.dumps([asdict(line) for line in lines])


def lines_of_json(text: str) -> list[Line]:
    return [Line(**line) for line in json.loads(text)]


def as_json(machine: Machine, lines: Sequence[Line]) -> str:
    """The same as a document: `machine` and `lines`, with the names of the fields here."""
    return json.dumps({"machine": asdict(machine), "lines": [asdict(line) for line in lines]}, indent=2) + "\n"


def _shown(value: float, unit: str) -> str:
    digits = 0 if value >= 100 or value == int(value) else 1 if value >= 10 else 2
    return f"{value:,.{digits}f} {unit}".rstrip()
