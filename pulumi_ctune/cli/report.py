"""`ctune report`: tuning runs as one page, or as Markdown for a pull request.

Owns the options and the file. `insight.report` has the facts and how they look.
"""

import enum
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pulumi_ctune.cli.ending import ending
from pulumi_ctune.cli.options import CwdOption, LocationOption, ProjectOption, StackOption
from pulumi_ctune.cli.terminal import ERR, status_line
from pulumi_ctune.core import names
from pulumi_ctune.core.errors import CtuneError
from pulumi_ctune.core.printable import count_of

if TYPE_CHECKING:
    from pulumi_ctune.cli.scope_options import OpenedScope, ScopeOptions
    from pulumi_ctune.insight.report.facts import Report
    from pulumi_ctune.insight.scope import Place

_NOT_DONE = "no report was written"
_PAGE = Path("report.html")


class Format(enum.StrEnum):
    html = "html"
    markdown = "markdown"


def report(
    jobs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[JOB]...",
            help="Only these: full name or id of a job, or the name of its resource. Default: all.",
            show_default=False,
        ),
    ] = None,
    stack: StackOption = None,
    project: ProjectOption = None,
    location: LocationOption = None,
    cwd: CwdOption = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Where to write it, - for stdout. Default: report.html; Markdown goes to stdout.",
            show_default=False,
        ),
    ] = None,
    compare: Annotated[bool, typer.Option("--compare", help="Overlay the runs.")] = False,
    no_data: Annotated[bool, typer.Option("--no-data", help="Do not read the datasets.")] = False,
    form: Annotated[
        Format, typer.Option("--format", metavar="html|markdown", help="A page, or text for a pull request.")
    ] = Format.html,
) -> None:
    """Report on tuning runs: chain, curves, checkpoints, data, hyperparameters, cost, evaluations, gates, what serves.

    The page is one file that loads nothing. It can be mailed, printed, and kept beside a build.

    Example: ctune report --stack dev -o report.html
    """
    from pulumi_ctune.cli.scope_options import ScopeOptions
    from pulumi_ctune.insight.report import markdown, page

    file = None if output is not None and str(output) == "-" else output
    if output is None and form == Format.html:
        file = _PAGE
    file = file.absolute() if file else None  # before the folder of the stack's program is entered
    options = ScopeOptions(stack, project, location, cwd, job=(jobs or [""])[0])
    with ending("report"):
        with status_line("asking for the jobs") as progress:
            found = _read(options, jobs or (), reads_data=not no_data, progress=progress)
        written = (page.html if form == Format.html else markdown.markdown)(found, compare=compare)
        if file is None:
            sys.stdout.write(written)
            return
        _write(file, written)
        near = os.path.relpath(file)
        ERR.print(f"{count_of(len(found.runs), 'run')}: {file if near.startswith(os.pardir) else near}")


def _read(
    options: "ScopeOptions", named: Sequence[str], *, reads_data: bool, progress: Callable[[str], None]
) -> "Report":
    from pulumi_ctune.cli.scope_options import opened
    from pulumi_ctune.insight import inventory
    from pulumi_ctune.insight import jobs as known
    from pulumi_ctune.insight.report.gather import gather

    now = datetime.now(UTC)
    with opened(options, _NOT_DONE) as found:
        scope = found.scope
        only = [known.find(scope, name, now).job.name for name in named]
        meant = {inventory.key_of(name) for name in only}
        elsewhere = [
            place for place in map(_place_of, only) if place.location not in {p.location for p in scope.places}
        ]
        scope = replace(scope, places=[*scope.places, *elsewhere])
        wanted = (lambda job: inventory.key_of(job.name) in meant) if meant else None
        there = inventory.take(scope, wanted=wanted, with_makers=True, progress=progress)
        return gather(
            scope.vertex,
            there,
            *_titles(found, named),
            now,
            only=only,
            spending=found.settings.spending,
            reads_data=reads_data,
            progress=progress,
        )


def _place_of(job: str) -> "Place":
    from pulumi_ctune.insight.scope import Place

    return Place(names.project_of(job), names.location_of(job))


def _titles(found: "OpenedScope", named: Sequence[str]) -> tuple[str, str]:
    scope = found.scope
    places = ", ".join(f"{place.location} of {place.project}" for place in scope.places)
    if scope.owner is None:
        return (named[0] if len(named) == 1 else f"Project {scope.places[0].project}"), places
    title = scope.owner.project if len(named) != 1 else names.last_segment(named[0])
    return title, f"stack {scope.stack}, {places}"


def _write(file: Path, text: str) -> None:
    """All of it or nothing: a page that ends in its middle looks like a whole one."""
    new = file.with_name(f".{file.name}.{os.getpid()}.new")
    try:
        new.write_text(text, encoding="utf-8")
        new.replace(file)
    except OSError as error:
        new.unlink(missing_ok=True)
        raise CtuneError(_NOT_DONE, where=f"--output {file}", why=error.strerror or str(error)) from None
