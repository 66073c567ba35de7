"""What the training runs of a `pulumi` run take together: the provider writes the line, the program takes it.

No provider is told which resource is the last one, so the program, which knows, tells the line. Both name one file, and
each provider process writes its own beside it, which it removes at its end at the latest. What a killed process leaves
is removed by a run of a later day. Says nothing of what is in the line. Imports little: the program needs it too.
"""

import atexit
import contextlib
import os
import secrets
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

_PREFIX = "pulumi-ctune-"
_NAME_BYTES = 16
_LEFT_BEHIND_S = 24 * 3600.0
"""The age of a file that nobody takes any more: one of a process that was killed with -9."""

_own_files: set[Path] = set()


def new_file() -> str:
    """A name that nobody else uses or guesses. Nothing is made until there is a line."""
    return str(Path(tempfile.gettempdir()) / f"{_PREFIX}{secrets.token_hex(_NAME_BYTES)}")


def write(file: str, line: str) -> None:
    """Put the line in place of the one before. Lost where the folder cannot be written: it is for information only."""
    own = Path(f"{file}.{os.getpid()}")
    new = own.with_suffix(".new")
    with contextlib.suppress(OSError):
        if own not in _own_files:
            _own_files.add(own)
            atexit.register(_remove, own)  # of an `up` that failed, the program takes no line
            _remove_left_behind(own.parent)
        new.write_text(line, encoding="utf-8")
        new.replace(own)


def take(file: str) -> Iterator[str]:
    """The line of each provider process, as a rule one; afterwards there is none."""
    path = Path(file)
    for own in sorted(path.parent.glob(f"{path.name}.*")):
        with contextlib.suppress(OSError):
            line = own.read_text(encoding="utf-8")
            own.unlink()
            yield line


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink()


def _remove_left_behind(folder: Path) -> None:
    for path in folder.glob(f"{_PREFIX}{'[0-9a-f]' * 2 * _NAME_BYTES}.*"):
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime > _LEFT_BEHIND_S:
                path.unlink()
