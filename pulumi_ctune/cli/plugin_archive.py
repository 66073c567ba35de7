"""The archive of the plugin `pulumi-resource-ctune`, as `pulumi plugin install --file` takes it.

Owns what is in it. The CLI unpacks it, makes a virtual environment there and installs the requirements; the engine
starts the executable. Where the environment is differs: `venv` is asked for, and the Python hosts of old CLIs take the
folder itself. `PulumiPlugin.yaml` is what makes the CLI do the former, and `__main__.py` what the latter
would start where there is no executable. The same version makes the same bytes.
"""

import gzip
import io
import tarfile

EXECUTABLE = "pulumi-resource-ctune"
_SCRIPT = """#!/bin/sh
unset PYTHONPATH PYTHONHOME  # those of the user's shell are not for this environment
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
for python in "$here/venv/bin/python" "$here/bin/python"; do
  [ ! -x "$python" ] || exec "$python" -P -m pulumi_ctune.native "$@"
done
echo "there is no Python in $here: install the plugin again, with --reinstall" >&2
exit 1
"""
_MAIN = "from pulumi_ctune.native.__main__ import main\n\nmain()\n"
_PROJECT = """runtime:
  name: python
  options:
    virtualenv: venv
"""


def archive(requirement: str) -> bytes:
    """A tar.gz of the plugin, which needs `requirement`, a line of pip's."""
    files = {
        "PulumiPlugin.yaml": _PROJECT,
        "__main__.py": _MAIN,
        "requirements.txt": f"{requirement}\n",
        EXECUTABLE: _SCRIPT,
    }
    made = io.BytesIO()
    with gzip.GzipFile(fileobj=made, mode="wb", mtime=0) as packed, tarfile.open(fileobj=packed, mode="w") as tar:
        for name, text in files.items():
            content = text.encode()
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            entry.mode = 0o755 if name == EXECUTABLE else 0o644
            tar.addfile(entry, io.BytesIO(content))
    return made.getvalue()


def file_name(version: str) -> str:
    """What the archive is called."""
    return f"{EXECUTABLE}-v{version}.tar.gz"
