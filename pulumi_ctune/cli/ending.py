"""How commands end: a foreseeable error on one line, and an exit code that says what it was."""

import contextlib
from collections.abc import Iterator

import typer

from pulumi_ctune.cli import spelling
from pulumi_ctune.cli.terminal import ERR
from pulumi_ctune.core.errors import CtuneError, InvalidInputError

FAILED, MISUSE, INTERRUPTED = 1, 2, 130


@contextlib.contextmanager
def ending(command: str, failed: int = FAILED) -> Iterator[None]:
    """Exit code 2 for what is named wrongly, `failed` for another error, 130 for Ctrl-C.

    Commands whose exit code 1 is a finding, such as a dataset with errors, pass `MISUSE` as `failed`.
    """
    spelling.begin()
    try:
        yield
    except CtuneError as error:
        ERR.print(f"ctune {command}: {spelling.spelled(str(error))}")
        raise typer.Exit(MISUSE if isinstance(error, InvalidInputError) else failed) from None
    except KeyboardInterrupt:
        raise typer.Exit(INTERRUPTED) from None
