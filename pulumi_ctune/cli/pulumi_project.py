"""The project that a command works in: the folder that `--cwd` names, the user's `pulumi` for it, a stack by name."""

import shutil
from pathlib import Path

from pulumi_ctune.cli import pulumi_cli
from pulumi_ctune.cli.pulumi_cli import PulumiCli
from pulumi_ctune.core.errors import CtuneError, InvalidInputError


def check_named(option: str, stack: str | None, not_done: str) -> None:
    """Refuse a stack without a name: the CLI would take the selected one."""
    if stack is not None and not stack.strip():
        raise InvalidInputError(not_done, where=option, why="it is empty", next_step="Name a stack.")


def open_project(cwd: Path | None, not_done: str) -> tuple[PulumiCli, Path]:
    """The CLI, and the project's file. Raises `CtuneError`, which opens with `not_done`."""
    folder = (cwd or Path()).resolve()
    if not folder.is_dir():
        raise InvalidInputError(not_done, where=f"--cwd {cwd}", why="there is no such folder")
    executable = shutil.which("pulumi")
    if executable is None:
        raise CtuneError(
            not_done,
            why="there is no `pulumi` on PATH",
            next_step="Install it (https://www.pulumi.com/docs/install/), or add its folder to PATH.",
        )
    project = pulumi_cli.project_file(folder)
    if project is None:
        raise CtuneError(
            not_done,
            where=f"--cwd {cwd}" if cwd else "",
            why=f"there is no Pulumi.yaml in {folder}, nor above it",
            next_step="Name the folder of the project with --cwd.",
        )
    return PulumiCli(executable, folder), project
