"""The settings of a stack for a command, as the provider has them: the stack's config first, or the inputs of the
plugin's provider that its resources name, the environment second.
"""

import contextlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from pulumi_ctune.cli import explicit_providers
from pulumi_ctune.cli.pulumi_cli import PulumiCli
from pulumi_ctune.cli.pulumi_project import document
from pulumi_ctune.config import Settings
from pulumi_ctune.core import printable


@contextlib.contextmanager
def settings_of(
    pulumi: PulumiCli,
    project: Path,
    stack: str,
    within: timedelta | None = None,
    *,
    preview: Mapping[str, Any] | None = None,
    exported: Mapping[str, Any] | None = None,
) -> Iterator[Settings]:
    """Gives the settings, in the folder where the stack's program runs: paths in them are relative to that. `within` is
    the longest that reading the config may take. `exported` is the saved state, where it was read already; with
    `preview` it is what the update makes of it.

    Raises:
        PulumiError: the config cannot be read.
        InvalidInputError: it cannot be used.
    """
    config = _texts(pulumi.config(stack, within))
    found = explicit_providers.entries(pulumi.exported(stack) if exported is None else exported, preview)
    config = explicit_providers.in_force(found, config, lambda: _revealed(pulumi, stack), printable.hide)
    with contextlib.chdir(_program_folder(project)):
        yield Settings.load(config.get, os.environ)


def _revealed(pulumi: PulumiCli, stack: str) -> Sequence[explicit_providers.Entry]:
    return explicit_providers.entries(pulumi.exported(stack, show_secrets=True))


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
