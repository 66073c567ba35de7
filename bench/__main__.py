"""`python -m bench [--json FILE] [NAME ...]`: run all measurements, or those named, and print one table."""

import argparse
import compileall
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pulumi_ctune
from bench import report
from bench.data import data
from bench.endings import endings
from bench.hosts import many_jobs, many_waits
from bench.machine import this_machine
from bench.previews import previews
from bench.report import Line
from bench.requests import requests
from bench.starts import checks, imports
from tests.engine.harness import NoPulumiCliError, find_pulumi_bin


def main() -> None:
    measurements: dict[str, Callable[[], list[Line]]] = {
        "imports": imports,
        "checks": checks,
        "previews": lambda: previews(find_pulumi_bin(os.environ)),
        "jobs": many_jobs,
        "waits": many_waits,
        "endings": endings,
        "requests": requests,
        "data": data,
    }
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure, with a baseline each.")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the numbers as JSON too")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"some of: {', '.join(measurements)}")
    arguments = parser.parse_args()
    unknown = set(arguments.names) - set(measurements)
    if unknown:
        parser.error(f"there is no measurement {', '.join(sorted(unknown))}; there are {', '.join(measurements)}")

    # As pip does when it installs: else the first runs after an edit compile.
    compileall.compile_dir(Path(pulumi_ctune.__file__).parent, quiet=1)
    try:
        machine = this_machine(find_pulumi_bin(os.environ))
    except NoPulumiCliError as error:
        sys.exit(str(error))
    lines: list[Line] = []
    for name in arguments.names or measurements:
        sys.stderr.write(f"measuring {name} ...\n")
        lines += measurements[name]()
    report.print_table(machine, lines)
    if arguments.json:
        arguments.json.write_text(report.as_json(machine, lines))


if __name__ == "__main__":
    main()
