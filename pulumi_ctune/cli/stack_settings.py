"""The settings of a stack for a command, as the provider has them: the stack's config first, the environment second."""

import contextlib
import json
import os
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from pulumi_ctune.cli.pulumi_cli import PulumiCli
from pulumi_ctune.cli.pulumi_project import document
from pulumi_ctune.config import Settings
from pulumi_ctune.core import printable


@contextlib.contextmanager
def settings_of(pulumi: PulumiCli, project: Path, stack: str, within: timedelta | None = None) -> Iterator[Settings]:
    """Gives the settings, in the folder where the stack's program runs: paths in them are relative to that. `within` is
    the longest that reading the config may take.

    Raises:
        PulumiError: the config cannot be read.
        InvalidInputError: it cannot be used.
    """
    config = _texts(pulumi.config(stack, within))
    with contextlib.chdir(_program_folder(project)):
        yield Settings.load(config.get, os.environ)


def _texts(config: Mapping[str, Any]) -> Mapping[str, str]:
    found = {}
    for key, entry in config.items():
        value = entry.get("value")
        text = value if isinstance(value, str) else json.dumps(entry.get("objectValue", value))
        if entry.get("secret") and text:
            printable.hide(text)
        found[key] = text
    return found


def _program_folder(project: Path) -> Path:
    """Where the program of a project runs: `main` of its file names another folder, or a file in one."""
    main = document(project).get("main")
    if not isinstance(main, str) or not main:
        return project.parent
    place = project.parent / main
    return place if place.is_dir() else place.parent
