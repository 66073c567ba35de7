"""The project that a command works in: the folder that `--cwd` names, its file, the user's `pulumi`, stacks by name."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pulumi_ctune.cli import pulumi_cli, spelling
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
    spelling.use(document(project))
    return PulumiCli(executable, folder), project


def document(project: Path) -> Mapping[str, Any]:
    """What the file of a project says; nothing where it cannot be read, which `pulumi` itself tells better."""
    import yaml

    try:
        found = yaml.safe_load(project.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError):
        return {}
    return found if isinstance(found, Mapping) else {}
