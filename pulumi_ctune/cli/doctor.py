"""`ctune doctor`: is there all that a first paid `pulumi up` needs?

Owns the options, how a stack is read, and the exit codes: 0 nothing is wrong, 1 something is, 2 misuse. What is looked
at is `insight.doctor`; `doctor_report` prints it.
"""

import contextlib
import os
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pulumi_ctune.cli.ending import FAILED, MISUSE, ending
from pulumi_ctune.cli.options import CwdOfStackOption, TextOrJson, TextOrJsonOption
from pulumi_ctune.cli.pulumi_project import check_named, open_project
from pulumi_ctune.cli.terminal import OUT, status_line, write_json
from pulumi_ctune.core.errors import InvalidInputError

if TYPE_CHECKING:
    from pulumi_ctune.config import Settings
    from pulumi_ctune.insight.doctor.finding import Finding
    from pulumi_ctune.insight.doctor.subject import PlannedJob

_NOT_DONE = "nothing was looked at"
_PREVIEW_WITHIN = timedelta(minutes=3)
_CONFIG_WITHIN = timedelta(minutes=1)
_VERSION_WITHIN = timedelta(seconds=20)
_WORD = ({"role": "user", "parts": [{"text": "hello"}]},)


def doctor(
    stack: Annotated[
        str | None,
        typer.Option(
            metavar="STACK",
            help="The stack whose settings and planned jobs are looked at. Default: the environment alone.",
            show_default=False,
        ),
    ] = None,
    cwd: CwdOfStackOption = None,
    output: TextOrJsonOption = TextOrJson.text,
) -> None:
    """Look at what a first paid `pulumi up` needs: sign-in, project, APIs, roles, data, quota, versions.

    Each line is ok, wrong, or cannot be known, with the command that mends it. Nothing is written and nothing is
    paid for; with --stack a preview of the stack is run. Exit code 1: something is wrong.

    Example: ctune doctor --stack dev
    """
    with ending("doctor", failed=MISUSE):
        check_named("--stack", stack, _NOT_DONE)
        if stack is None and cwd is not None:
            raise InvalidInputError(_NOT_DONE, where="--cwd", why="it is for --stack")
        with status_line() as progress:
            service, findings = _findings((stack or "").strip(), cwd, progress)
    from pulumi_ctune.cli import doctor_report

    if output == TextOrJson.json:
        write_json(doctor_report.as_dict(service, (stack or "").strip(), findings))
    else:
        doctor_report.show(OUT, service, findings)
    if any(finding.result == "wrong" for finding in findings):
        raise typer.Exit(FAILED)


def _findings(stack: str, cwd: Path | None, progress: Callable[[str], None]) -> "tuple[str, list[Finding]]":
    """What service it is, empty where the settings do not tell, and all that was found."""
    from pulumi_ctune.cli import pulumi_cli
    from pulumi_ctune.config import Settings
    from pulumi_ctune.insight.doctor import versions
    from pulumi_ctune.insight.doctor.finding import in_words, wrong

    executable = shutil.which("pulumi")
    version = pulumi_cli.version_of(executable, _VERSION_WITHIN) if executable else ""
    found = [*versions.python(), *versions.libraries(), *versions.cli(version)]
    with contextlib.ExitStack() as open_until_end:
        try:
            if stack:
                settings, jobs, trouble = _of_stack(stack, cwd, open_until_end, progress)
                found += trouble
            else:
                settings, jobs = Settings.load(lambda _: None, os.environ), []
        except InvalidInputError as error:
            return "", [*found, wrong("settings", in_words(error), error.next_step)]
        return settings.service, [*found, *_of_service(settings, stack, jobs, progress)]


def _of_stack(
    stack: str, cwd: Path | None, open_until_end: contextlib.ExitStack, progress: Callable[[str], None]
) -> "tuple[Settings, list[PlannedJob] | None, list[Finding]]":
    """Settings and planned jobs (None where a preview does not tell them), and what is wrong with either.

    The folder of the program stays the current one until the end.
    """
    from pulumi_ctune.cli import planned_inputs
    from pulumi_ctune.cli.pulumi_cli import PulumiError
    from pulumi_ctune.cli.stack_settings import settings_of
    from pulumi_ctune.insight.doctor.finding import wrong

    pulumi, project = open_project(cwd, _NOT_DONE)
    progress(f"pulumi preview --stack {stack}")
    preview, trouble = None, []
    try:
        preview = pulumi.preview(stack, _PREVIEW_WITHIN)
    except PulumiError as error:
        step = f"Fix what `pulumi preview --stack {stack}` says; what jobs need is looked at after that."
        trouble = [wrong("preview", f"`{error.command}` failed: {error.words}", step)]
    try:
        settings_in_place = settings_of(pulumi, project, stack, _CONFIG_WITHIN, preview=preview)
        settings = open_until_end.enter_context(settings_in_place)
    except PulumiError as error:
        raise error.explained(_NOT_DONE) from None
    return settings, None if preview is None else planned_inputs.of_preview(preview), trouble


def _of_service(
    settings: "Settings", stack: str, jobs: "list[PlannedJob] | None", progress: Callable[[str], None]
) -> "list[Finding]":
    from pulumi_ctune.insight.doctor.examination import examine
    from pulumi_ctune.insight.doctor.subject import Subject
    from pulumi_ctune.vertex.client import VertexClient

    subject: Subject = Subject(settings, stack, jobs)
    client = VertexClient(settings)
    try:
        return examine(
            subject,
            client,
            client.cloud,
            lambda project, location, model: client.count_tokens(project, location, model, _WORD),
            progress=progress,
        )
    finally:
        client.close()
