"""`ctune jobs`: the tuning jobs of a stack, or of a place, that run or have ended.

Owns the options and the output. `insight.jobs` knows what there is, `jobs_report` how a table looks.
"""

import enum
from datetime import UTC, datetime
from typing import Annotated

import typer

from pulumi_ctune.cli.ending import ending
from pulumi_ctune.cli.options import CwdOption, LocationOption, ProjectOption, StackOption
from pulumi_ctune.cli.terminal import ERR, OUT, status_line, write_json

_NOT_DONE = "the jobs could not be listed"


class State(enum.StrEnum):
    running = "running"
    ended = "ended"
    failed = "failed"


class Format(enum.StrEnum):
    table = "table"
    json = "json"


def jobs(
    stack: StackOption = None,
    project: ProjectOption = None,
    location: LocationOption = None,
    state: Annotated[
        State | None,
        typer.Option(
            metavar="running|ended|failed",
            help="Only these; `failed` includes cancelled and expired jobs. Default: all.",
            show_default=False,
        ),
    ] = None,
    cwd: CwdOption = None,
    output: Annotated[Format, typer.Option("--format", metavar="table|json", help="How to print it.")] = Format.table,
) -> None:
    """List tuning jobs, the newest first: method, progress, expected end, and what each has made.

    Of a stack: the jobs that it made or has taken over, also those that its state does not have (marked with *). Of a
    place: all jobs there are. JSON is a list of objects; an unknown value is null.

    Example: ctune jobs --stack dev --state running
    """
    from pulumi_ctune.cli import jobs_report
    from pulumi_ctune.cli.scope_options import ScopeOptions, opened
    from pulumi_ctune.insight import jobs as known

    with ending("jobs"):
        with (
            status_line("asking for the jobs"),
            opened(ScopeOptions(stack, project, location, cwd), _NOT_DONE) as found,
        ):
            rows = known.select(known.rows(found.scope, datetime.now(UTC)), state.value if state else "")
        if output == Format.json:
            write_json([row.as_dict() for row in rows])
        else:
            jobs_report.show(OUT, ERR, rows)
