"""The executable `pulumi-resource-gcp`, by which the engine finds the emulator's plugin.

`python -m vertex_emulator.pulumi_gcp.launcher DIR` writes it. It lies in a folder of its own, since whatever is
called so on PATH would be taken by every stack (with a warning).
`pulumi plugin install resource gcp VERSION --file DIR` puts it where only the stacks of one PULUMI_HOME find it;
VERSION is what this module prints.
"""

import shlex
import sys
from pathlib import Path

from vertex_emulator.pulumi_gcp.provider import version

NAME = "pulumi-resource-gcp"
# -P: the current folder is the user's program, whose modules must not take the place of ours.
_SCRIPT = """#!/bin/sh
exec {python} -P -m vertex_emulator.pulumi_gcp "$@"
"""


def write(folder: Path) -> Path:
    """Write the launcher, for the Python that runs this, into `folder` (made if absent) and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    launcher = folder / NAME
    launcher.write_text(_SCRIPT.format(python=shlex.quote(sys.executable)))
    launcher.chmod(0o755)
    return launcher


def main() -> None:
    """Write the launcher into the folder that is named, and print the version of pulumi-gcp that it stands in for."""
    if len(sys.argv) != 2:
        sys.exit("usage: python -m vertex_emulator.pulumi_gcp.launcher DIR")
    write(Path(sys.argv[1]))
    print(version())


if __name__ == "__main__":
    main()
