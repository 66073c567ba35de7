"""What the training runs of a `pulumi` run take together: the provider writes the line, the program takes it.

No provider is told which resource is the last one, so the program, which knows, tells the line. Both name one file, and
each provider process writes its own beside it. Says nothing of what is in the line. Imports little: the program needs
it too.
"""

import contextlib
import os
import secrets
import tempfile
from collections.abc import Iterator
from pathlib import Path


def new_file() -> str:
    """A name that nobody else uses or guesses. Nothing is made until there is a line."""
    return str(Path(tempfile.gettempdir()) / f"pulumi-ctune-{secrets.token_hex(16)}")


def write(file: str, line: str) -> None:
    """Put the line in place of the one before. Lost where the folder cannot be written: it is for information only."""
    own = Path(f"{file}.{os.getpid()}")
    new = own.with_suffix(".new")
    with contextlib.suppress(OSError):
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
