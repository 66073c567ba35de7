"""One table and one JSON document of what was measured. Knows nothing of how."""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from rich import box
from rich.console import Console
from rich.table import Table

from bench.machine import Machine

_WIDTH = 160  # so that no cell wraps


@dataclass(frozen=True)
class Line:
    """One number of ours, and its baseline's."""

    what: str
    unit: str  # "" for plain counts
    ours: float
    baseline: float
    baseline_is: str
    note: str = ""  # of how many runs it is the median, what it must not exceed


def print_table(machine: Machine, lines: Sequence[Line]) -> None:
    """Write the whole report to stdout, as plain text."""
    console = Console(width=_WIDTH, highlight=False, color_system=None)
    table = Table(box=box.ASCII, show_edge=False, pad_edge=False)
    for heading in ("measured", "ours", "baseline", "what the baseline is", "note"):
        table.add_column(heading, justify="right" if heading in ("ours", "baseline") else "left")
    for line in lines:
        table.add_row(
            line.what, _shown(line.ours, line.unit), _shown(line.baseline, line.unit), line.baseline_is, line.note
        )
    with console.capture() as printed:
        console.print(table)
    rows = [row.rstrip() for row in printed.get().splitlines()]
    sys.stdout.write("\n".join([*machine.described(), *rows]) + "\n")


def as_json(machine: Machine, lines: Sequence[Line]) -> str:
    """The same as a document: `machine` and `lines`, with the names of the fields here."""
    return json.dumps({"machine": asdict(machine), "lines": [asdict(line) for line in lines]}, indent=2) + "\n"


def _shown(value: float, unit: str) -> str:
    digits = 0 if value >= 100 or value == int(value) else 1 if value >= 10 else 2
    return f"{value:,.{digits}f} {unit}".rstrip()
