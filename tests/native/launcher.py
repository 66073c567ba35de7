"""The executable `pulumi-resource-ctune` of the package under test, for a PATH or for the CLI to install."""

import sys
from importlib.metadata import version
from pathlib import Path

EXECUTABLE = "pulumi-resource-ctune"


def write(folder: Path) -> Path:
    """Write it into a folder, which is made, and return its path."""
    launcher = folder / EXECUTABLE
    folder.mkdir(parents=True)
    launcher.write_text(f'#!/bin/sh\nexec "{sys.executable}" -P -m pulumi_ctune.native "$@"\n')
    launcher.chmod(0o755)
    return launcher


def installation(folder: Path) -> tuple[str, ...]:
    """The arguments with which the CLI installs it; it is written into `folder`."""
    where = write(folder).parent
    return ("plugin", "install", "resource", "ctune", version("pulumi-ctune"), "--file", str(where))
