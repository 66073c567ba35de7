"""`python -m bench [--json FILE] [--docs] [NAME ...]`: take all measurements, or those named, and print one table.

Each is taken in a process of its own, which is ended with all that it has started when its time is over. All of them
together end within `BUDGET_S`.
"""

import argparse
import compileall
import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import pulumi_ctune
import vertex_emulator
from bench import report
from bench.machine import this_machine
from bench.measurements import BUDGET_S, MEASUREMENTS
from bench.report import Line
from tests.engine.harness import NoPulumiCliError, find_pulumi_bin


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure, with a baseline each.")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the numbers as JSON too")
    parser.add_argument("--docs", action="store_true", help="put the table into docs/benchmarks.md too")
    parser.add_argument("--lines-of", metavar="NAME", help=argparse.SUPPRESS)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"some of: {', '.join(MEASUREMENTS)}")
    arguments = parser.parse_args()
    if arguments.lines_of:
        arguments.json.write_text(report.lines_as_json(MEASUREMENTS[arguments.lines_of].take()))
        return
    unknown = set(arguments.names) - set(MEASUREMENTS)
    if unknown:
        parser.error(f"there is no measurement {', '.join(sorted(unknown))}; there are {', '.join(MEASUREMENTS)}")
    if arguments.docs and arguments.names:
        parser.error("--docs takes all measurements, so that the table is of one run")

    # As pip does when it installs: else the first runs after an edit compile.
    for package in (pulumi_ctune, vertex_emulator):
        compileall.compile_dir(Path(package.__file__ or "").parent, quiet=1)
    try:
        machine = this_machine(find_pulumi_bin(os.environ))
    except NoPulumiCliError as error:
        sys.exit(str(error))
    lines: list[Line] = []
    names = arguments.names or list(MEASUREMENTS)
    ends = time.monotonic() + BUDGET_S
    for index, name in enumerate(names):
        sys.stderr.write(f"measuring {name} ...\n")
        # What the later ones usually take is theirs; the rest is for whichever takes longer than usual.
        lines += _measured(
            name, ends - time.monotonic() - sum(MEASUREMENTS[later].usual_s for later in names[index + 1 :])
        )
    table = report.table(machine, lines)
    sys.stdout.write(table)
    if arguments.json:
        arguments.json.write_text(report.as_json(machine, lines))
    if arguments.docs:
        report.put_into_docs(table)


def _measured(name: str, limit_s: float) -> list[Line]:
    with tempfile.TemporaryDirectory() as folder:
        found = Path(folder) / "lines.json"
        command = [sys.executable, "-m", "bench", "--json", str(found), "--lines-of", name]
        with subprocess.Popen(command, start_new_session=True) as process:
            try:
                code = process.wait(limit_s)
            except BaseException as error:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                if not isinstance(error, subprocess.TimeoutExpired):
                    raise
                return [report.not_measured(name, f"not measured within {limit_s:.0f} s")]
        if code:
            return [report.not_measured(name, f"not measured: exit code {code}")]
        return report.lines_of_json(found.read_text())


if __name__ == "__main__":
    main()
