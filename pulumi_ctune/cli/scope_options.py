"""`--stack`, or `--project` and `--location`: where a command looks, with settings and sign-in as the provider has.

With `--stack` (or, with none of the three, the stack that is selected in the Pulumi project here) settings are the
stack's config first, the environment second, and its saved state is read. Else they are the environment's alone.
`opened` gives the scope for as long as a command works; in a stack's case in the folder where its program runs, since
paths in settings are relative to that: a command resolves its own paths before.
"""

import contextlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from pulumi_ctune.cli import pulumi_cli
from pulumi_ctune.cli.pulumi_cli import PulumiCli, PulumiError
from pulumi_ctune.cli.pulumi_project import check_named, document, open_project
from pulumi_ctune.cli.stack_settings import settings_of
from pulumi_ctune.config import Settings
from pulumi_ctune.core.errors import CtuneError, InvalidInputError
from pulumi_ctune.core.names import JobName
from pulumi_ctune.core.ownership import Owner
from pulumi_ctune.insight.scope import Place, Scope
from pulumi_ctune.native import saved_entries
from pulumi_ctune.vertex.client import VertexClient


@dataclass(frozen=True)
class ScopeOptions:
    """What was typed. `job` is the full name of a job where one was given: it names its place itself."""

    stack: str | None = None
    project: str | None = None
    location: str | None = None
    cwd: Path | None = None
    job: str = ""


@dataclass(frozen=True)
class OpenedScope:
    """`scope`, the `settings` that it was opened with, and of a stack what else can be asked of `pulumi`: `cli` and
    the `stack` by its full name; None and empty without one.
    """

    scope: Scope
    settings: Settings
    cli: PulumiCli | None = None
    stack: str = ""


@contextlib.contextmanager
def opened(options: ScopeOptions, not_done: str) -> Iterator[OpenedScope]:
    """The scope that the options mean, with its client open.

    Raises:
        InvalidInputError: the options do not go together, or name nothing. They all open with `not_done`.
        CtuneError: `pulumi` cannot be run, or fails; the settings cannot be used.
    """
    _check(options, not_done)
    project = _project_of_stack(options, not_done)
    if project is None:
        settings = _settings_of_environment(options)
        with _client(settings) as client:
            yield OpenedScope(Scope(client, _places(options, settings, not_done)), settings)
        return
    try:
        cli, file = project
        stack = cli.qualified_name((options.stack or "").strip())
        exported = saved_entries.readable_state(cli.exported(stack))
        settings_in_place = settings_of(cli, file, stack, exported=exported)
    except PulumiError as error:
        raise _failed(error, options, not_done) from None
    with contextlib.ExitStack() as resources:
        try:
            settings = resources.enter_context(settings_in_place)
        except PulumiError as error:
            raise _failed(error, options, not_done) from None
        client = resources.enter_context(_client(settings))
        organization, project_name, name = _parts(stack, file)
        owner = Owner(organization, project_name, name, "", "")
        scope = Scope.of_stack(client, owner, exported, settings.project, settings.region)
        if not scope.places:
            raise InvalidInputError(
                not_done,
                where=f"stack {name}",
                why="neither its settings nor its state name a project and a region",
                next_step=f"`pulumi config set gcp:project PROJECT --stack {name}`, and gcp:region.",
            )
        yield OpenedScope(scope, settings, cli, stack)


def _check(options: ScopeOptions, not_done: str) -> None:
    check_named("--stack", options.stack, not_done)
    if options.stack and (options.project or options.location):
        raise InvalidInputError(
            not_done, where="--stack", why="a stack has project and location of its own", next_step="Leave out one."
        )


def _project_of_stack(options: ScopeOptions, not_done: str) -> tuple[PulumiCli, Path] | None:
    """The Pulumi project, and its `pulumi`; None where no stack is meant."""
    if options.stack:
        return open_project(options.cwd, not_done)
    if options.project or options.location:
        return None
    folder = (options.cwd or Path()).resolve()
    if options.cwd is None and (shutil.which("pulumi") is None or pulumi_cli.project_file(folder) is None):
        return None
    return open_project(options.cwd, not_done)


def _settings_of_environment(options: ScopeOptions) -> Settings:
    settings = Settings.load(lambda _: None, os.environ)
    return replace(settings, project=options.project or settings.project, region=options.location or settings.region)


def _places(options: ScopeOptions, settings: Settings, not_done: str) -> list[Place]:
    if options.job and not (options.project or options.location):
        with contextlib.suppress(ValueError):
            job = JobName.parse(options.job)
            return [Place(job.project, job.location)]
    if settings.project and settings.region:
        return [Place(settings.project, settings.region)]
    missing = "--location" if settings.project else "--project"
    raise InvalidInputError(
        not_done,
        where=missing,
        why="no stack is named, and neither the options nor the environment have it",
        next_step="Name a stack with --stack, or a project and a location with --project and --location.",
    )


@contextlib.contextmanager
def _client(settings: Settings) -> Iterator[VertexClient]:
    client = VertexClient(settings)
    try:
        yield client
    finally:
        client.close()


def _parts(stack: str, project: Path) -> tuple[str, str, str]:
    """Organization, project and stack, as the program is told them; of older backends the name alone."""
    parts = stack.split("/")
    if len(parts) == 3:
        return parts[0], parts[1], parts[2]
    return "organization", _project_name(project), parts[-1]


def _project_name(project: Path) -> str:
    return str(document(project).get("name") or project.parent.name)


def _failed(error: PulumiError, options: ScopeOptions, not_done: str) -> CtuneError:
    if error.is_about_the_name:
        return InvalidInputError(not_done, where=f"--stack {options.stack}", why=error.words)
    if not options.stack and "no stack selected" in error.words:
        return InvalidInputError(
            not_done, why="no stack is selected", next_step="Name one with --stack, or use --project and --location."
        )
    return error.explained(not_done)
