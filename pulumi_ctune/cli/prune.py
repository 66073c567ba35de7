"""`ctune prune`: what a stack has made and nobody needs, listed; and deleted, if the user says so.

Owns the options and the exit codes: 0 listed, or all deleted; 1 something was refused, or could not be read; 2 misuse.
`insight.prune` decides and deletes, `backend_states` reads what may not be touched.
"""

import contextlib
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pulumi_ctune.cli.ending import FAILED, ending
from pulumi_ctune.cli.options import CwdOption, TextOrJson, TextOrJsonOption
from pulumi_ctune.cli.terminal import ERR, OUT, status_line, write_json
from pulumi_ctune.core import durations
from pulumi_ctune.core.errors import InvalidInputError

if TYPE_CHECKING:
    from pulumi_ctune.cli.scope_options import OpenedScope
    from pulumi_ctune.insight.prune.plan import Plan
    from pulumi_ctune.insight.prune.survey import Item, Survey

_NOT_DONE = "nothing was deleted"
_DAYS = re.compile(r"(\d{1,5})d")
_TIMEOUT = timedelta(minutes=30)  # for one thing; operations take minutes


def prune(
    stack: Annotated[str, typer.Option("--stack", "-s", metavar="STACK", help="The stack that made it.")],
    keep: Annotated[
        int, typer.Option(min=0, metavar="N", help="The newest N versions of each resource stay in any case.")
    ] = 0,
    older_than: Annotated[
        str | None,
        typer.Option(metavar="AGE", help="What is younger stays: 30d, 12h. Default: any age.", show_default=False),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Delete what is listed. Without it nothing is.")] = False,
    cwd: CwdOption = None,
    output: TextOrJsonOption = TextOrJson.text,
) -> None:
    """List model versions, endpoints and evaluation runs that a stack has made and nobody needs; delete with --yes.

    Kept is what the stack has not made, what any saved state of the backend or a file of the project names, what an
    alias points at, what an endpoint serves that its job did not make, what a later job continues from, and what
    cannot be told. What is deleted is gone: only another training run brings it back. Exit code 1: something was
    refused, or could not be read.

    Example: ctune prune --stack dev --keep 2 --older-than 30d
    """
    from pulumi_ctune.cli import prune_report
    from pulumi_ctune.cli.scope_options import ScopeOptions, opened

    deleted: list[Item] = []
    with ending("prune"), contextlib.ExitStack() as resources:
        age = _age(older_than)
        folder = (cwd or Path()).resolve()
        with status_line("asking for the stack") as progress:
            found = resources.enter_context(opened(ScopeOptions(stack, cwd=folder), _NOT_DONE))
            survey, warnings = _surveyed(found, folder, progress)
        from pulumi_ctune.insight.prune.plan import plan

        made = plan(survey, keep=keep, older_than=age)
        name, is_text = found.scope.stack, output == TextOrJson.text
        if is_text:
            prune_report.show(OUT, name, made)
        for line in [*warnings, *(f"{_NOT_DONE}, since this could not be read: {gap}" for gap in made.gaps)]:
            ERR.print(f"ctune prune: {line}")
        refused = ""
        try:
            if yes:
                refused = _delete(found, survey, made, deleted, is_text)
            elif made.listed and is_text:
                OUT.print("Nothing was deleted. Add --yes to delete what is listed.")
        except KeyboardInterrupt:
            ERR.print(f"ctune prune: interrupted: {_counted(deleted, made)}. The same command does the rest.")
            raise
        finally:
            if not is_text:
                write_json(prune_report.as_dict(name, made, deleted, refused, warnings))
        if refused or made.gaps:
            raise typer.Exit(FAILED)


def _surveyed(found: "OpenedScope", folder: Path, progress: Callable[[str], None]) -> "tuple[Survey, list[str]]":
    """All that has to be known, and what of it nobody can tell."""
    from pulumi_ctune.cli import backend_states, pulumi_cli
    from pulumi_ctune.cli.pulumi_cli import PulumiError
    from pulumi_ctune.core.ownership import as_label
    from pulumi_ctune.insight import inventory
    from pulumi_ctune.insight.prune.mentions import Mentions
    from pulumi_ctune.insight.prune.survey import Survey

    assert found.cli is not None  # as a stack is named
    assert found.scope.owner is not None
    project = pulumi_cli.project_file(folder)
    folders = {path.parent for path in pulumi_cli.stack_files(project, found.stack)} if project else {folder}
    try:
        states = backend_states.read_all(found.cli, found.stack, sorted(folders), progress)
    except PulumiError as error:
        raise error.explained(_NOT_DONE) from None
    own = [as_label(part) for part in found.stack.split("/")]
    gaps = [
        f"labels cannot tell what {other} has made from what {found.stack} has: they spell both in the same way"
        for other in states.stacks[1:]
        if [as_label(part) for part in other.split("/")] == own
    ]
    taken = inventory.take(found.scope, progress=progress)
    warnings = [
        f"the state of {other} could not be read, so not all that it holds is known: {why}"
        for other, why in states.unreadable.items()
    ]
    return Survey(
        taken, found.scope.owner, Mentions.of(states.texts), datetime.now(UTC), gaps, states.pending
    ), warnings


def _delete(found: "OpenedScope", survey: "Survey", plan: "Plan", deleted: "list[Item]", is_text: bool) -> str:
    """Delete what is listed, and say what went and what did not; what was refused, in one line."""
    from pulumi_ctune.cli import prune_report
    from pulumi_ctune.cli.waiting import wait_context
    from pulumi_ctune.insight.prune.removal import remove_all

    def removed(item: "Item") -> None:
        deleted.append(item)
        if is_text:
            OUT.print(f"deleted {prune_report.title(item)}")

    with status_line() as progress:
        report = _Report(progress)
        failure = remove_all(
            found.scope.vertex,
            lambda: wait_context(_TIMEOUT, report),
            survey,
            list(plan.listed),
            removed,
        )
    if failure is None:
        return ""
    item, error = failure
    left = [each for each in plan.listed if each not in deleted and each is not item]
    line = str(error if error.where else error.but(where=item.name))
    ERR.print(f"ctune prune: {line}")
    for each in left:
        ERR.print(f"ctune prune: not deleted: {prune_report.title(each)}")
    return line


def _counted(deleted: "list[Item]", plan: "Plan") -> str:
    return f"{len(deleted)} of {len(plan.listed)} were deleted"


def _age(text: str | None) -> timedelta:
    if text is None:
        return timedelta()
    if days := _DAYS.fullmatch(text.strip()):
        return timedelta(days=int(days[1]))
    try:
        return durations.parse(text.strip())
    except ValueError:
        raise InvalidInputError(
            _NOT_DONE, where=f"--older-than {text}", why="it is not an age", next_step="Write it as 30d or 12h."
        ) from None


class _Report:
    """Where a deletion tells what goes on."""

    def __init__(self, progress: Callable[[str], None]) -> None:
        self._progress = progress

    def status(self, text: str, *, detail: str = "") -> None:
        self._progress(f"{text} {detail}".strip())

    def info(self, text: str) -> None:
        ERR.print(text)

    def warn(self, text: str) -> None:
        ERR.print(f"warning: {text}")
