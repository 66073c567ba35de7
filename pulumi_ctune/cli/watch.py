"""`ctune watch`: one job, looked at until it has ended.

Owns the options, which form it takes, and the exit codes: 0 succeeded, 1 ended in vain, 2 no such job or misuse, 130
left by Ctrl-C, which leaves the job alone. `insight.watching` looks, `watch_live` and `watch_lines` show.
"""

import contextlib
import enum
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from pulumi_ctune.cli.ending import FAILED, INTERRUPTED, ending
from pulumi_ctune.cli.options import CwdOption, JobArgument, LocationOption, ProjectOption, StackOption
from pulumi_ctune.cli.terminal import ERR, OUT, can_redraw, status_line

if TYPE_CHECKING:
    from pulumi_ctune.cli.scope_options import OpenedScope
    from pulumi_ctune.insight.jobs import Row
    from pulumi_ctune.insight.watching import View

_NOT_DONE = "nothing is watched"
_HEARTBEAT = timedelta(seconds=1)  # how late a Ctrl-C or a new size of the terminal may show


class Format(enum.StrEnum):
    live = "live"
    lines = "lines"
    json = "json"


def watch(
    job: JobArgument,
    stack: StackOption = None,
    project: ProjectOption = None,
    location: LocationOption = None,
    cwd: CwdOption = None,
    output: Annotated[
        Format | None,
        typer.Option(
            "--format",
            metavar="live|lines|json",
            help="A view with curves, a line for each change, or a JSON object for each. Default: live on a terminal, "
            "else lines.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Watch a tuning job until it ends: state, progress, expected end, curves, and what is odd about it.

    Ctrl-C stops watching, and the job goes on. Exit code 0: it has succeeded, 1: it has failed or was cancelled, 2:
    there is no such job, 130: Ctrl-C. A job that has ended is shown once.

    Example: ctune watch support-sft --stack dev
    """
    from pulumi_ctune.cli.scope_options import ScopeOptions, opened
    from pulumi_ctune.insight import jobs

    with ending("watch"), contextlib.ExitStack() as resources:
        with status_line("asking for the job"):
            options = ScopeOptions(stack, project, location, cwd, job)
            found = resources.enter_context(opened(options, _NOT_DONE))
            row = jobs.find(found.scope, job, datetime.now(UTC))
        view = _watched(found, row, output or (Format.live if can_redraw(OUT) else Format.lines))
        if not view.has_succeeded:
            raise typer.Exit(FAILED)


def _watched(found: "OpenedScope", row: "Row", output: Format) -> "View":
    from pulumi_ctune.cli.waiting import wait_context
    from pulumi_ctune.insight import watching

    with _shown(output) as show:
        context = wait_context(watching.NO_TIMEOUT, poll_interval=found.settings.poll_interval, heartbeat=_HEARTBEAT)
        with contextlib.suppress(KeyboardInterrupt):
            return watching.watch(found.scope, row, context, show)
    ERR.print(f"ctune watch: stopped watching; {row.job.name} goes on (`ctune cancel` ends it)")
    raise typer.Exit(INTERRUPTED)


def _shown(output: Format) -> "AbstractContextManager[Callable[[View], None]]":
    """What shows a view, for as long as it is open."""
    if output is Format.live:
        from pulumi_ctune.cli.watch_live import live

        return live(OUT)
    from pulumi_ctune.cli import watch_lines

    return contextlib.nullcontext(watch_lines.Lines(sys.stdout, as_json=output is Format.json))
