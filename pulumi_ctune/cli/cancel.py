"""`ctune cancel`: end a tuning job that costs money, after a question.

Owns the options, the question and the exit codes: 0 cancelled, or over already; 1 not cancelled; 2 no such job or
misuse. Without an answer nothing is sent.
"""

import contextlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from pulumi_ctune.cli.ending import FAILED, ending
from pulumi_ctune.cli.options import CwdOption, JobArgument, LocationOption, ProjectOption, StackOption
from pulumi_ctune.cli.terminal import ERR, OUT, status_line

if TYPE_CHECKING:
    from pulumi_ctune.cli.scope_options import OpenedScope
    from pulumi_ctune.insight.jobs import Row

_NOT_DONE = "nothing was cancelled"
_TIMEOUT = timedelta(minutes=5)


def cancel(
    job: JobArgument,
    stack: StackOption = None,
    project: ProjectOption = None,
    location: LocationOption = None,
    cwd: CwdOption = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Cancel a tuning job that runs, after showing it and asking. Says what was spent.

    Google does not document whether it bills what was trained so far. A stack that holds the job trains again with its
    next `pulumi up`. Exit code 1: it was not cancelled, 2: there is no such job.

    Example: ctune cancel support-sft --stack dev
    """
    from pulumi_ctune.cli.scope_options import ScopeOptions, opened
    from pulumi_ctune.core.printable import one_line
    from pulumi_ctune.insight import jobs
    from pulumi_ctune.insight.spent import Spent

    with ending("cancel"), contextlib.ExitStack() as resources:
        with status_line("asking for the job"):
            found = resources.enter_context(opened(ScopeOptions(stack, project, location, cwd, job), _NOT_DONE))
            row = jobs.find(found.scope, job, datetime.now(UTC))
        OUT.print(one_line(_about(row), 2_000))
        if not row.is_going:
            OUT.print("It has already ended, so nothing was sent.")
            return
        OUT.print(f"Spent so far: {Spent.of(row.job, found.settings.spending)}")
        if not yes and not _is_wanted():
            ERR.print(f"ctune cancel: {_NOT_DONE}: it was not confirmed. Answer the question with y, or add --yes.")
            raise typer.Exit(FAILED)
        if not _cancelled(found, row):
            OUT.print("It had ended in the meantime.")
            return
        spent = Spent.of(found.scope.vertex.get_job(row.job.name), found.settings.spending)
        OUT.print(f"Google cancels it, which takes a minute or so. Spent: {spent}")


def _about(row: "Row") -> str:
    from pulumi_ctune.core import job_states

    resource = f"{row.resource} (stack {row.stack}): " if row.resource else ""
    return f"{resource}{row.job.name} is {job_states.words(row.job.state)}"


def _is_wanted() -> bool:
    try:
        return typer.confirm("Cancel it?")
    except typer.Abort:  # Ctrl-C, or nobody there to answer
        ERR.print()
        return False


def _cancelled(found: "OpenedScope", row: "Row") -> bool:
    from pulumi_ctune.cli.waiting import wait_context
    from pulumi_ctune.tuning_job.job_cancellation import cancel as cancel_job

    return cancel_job(found.scope.vertex, wait_context(_TIMEOUT), row.job.name)
