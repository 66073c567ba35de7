"""`ctune jobs`: the tuning jobs of a stack, or of a place, that run or have ended.

Owns the options and the output. `insight.jobs` knows what there is, `jobs_report` how a table looks.
"""

import enum
import sys
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console

from pulumi_ctune.cli.ending import doing, ending
from pulumi_ctune.cli.json_output import json_text
from pulumi_ctune.cli.scope_options import CwdOption, LocationOption, ProjectOption, ScopeOptions, StackOption

_NOT_DONE = "the jobs could not be listed"

_out = Console(highlight=False, soft_wrap=True, emoji=False, markup=False)
_err = Console(stderr=True, highlight=False, soft_wrap=True, emoji=False, markup=False)


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
            help="Only these: `ended` in any way, `failed` in vain. Default: all.",
            show_default=False,
        ),
    ] = None,
    cwd: CwdOption = None,
    output: Annotated[Format, typer.Option("--format", metavar="table|json", help="How to print it.")] = Format.table,
) -> None:
    """List tuning jobs, the newest first: what each is, how far, how long still, what it has made.

    Of a stack: the jobs that it made or has taken over, also those that its state does not have (marked with *). Of a
    place: all jobs there are. JSON is a list of objects; a value that nobody knows is null.

    Example: ctune jobs --stack dev --state running
    """
    from pulumi_ctune.cli import jobs_report
    from pulumi_ctune.cli.scope_options import opened
    from pulumi_ctune.insight import jobs as known

    with ending("jobs", _err):
        with (
            doing("asking for the jobs", _err),
            opened(ScopeOptions(stack, project, location, cwd), _NOT_DONE) as found,
        ):
            rows = known.select(known.rows(found.scope, datetime.now(UTC)), state.value if state else "")
        if output == Format.json:
            sys.stdout.write(json_text([row.as_dict() for row in rows], indent=2) + "\n")
        else:
            jobs_report.show(_out, _err, rows)
