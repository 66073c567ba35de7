"""How a command ends: its failure on one line of stderr, and the exit code that goes with it."""

import contextlib
from collections.abc import Iterator

import typer
from rich.console import Console

from pulumi_ctune.core.errors import CtuneError, InvalidInputError

FAILED, MISUSE, INTERRUPTED = 1, 2, 130


@contextlib.contextmanager
def ending(command: str, err: Console) -> Iterator[None]:
    """Exit code 2 for what is named wrongly, 1 for another failure, 130 for Ctrl-C."""
    try:
        yield
    except CtuneError as error:
        err.print(f"ctune {command}: {error}", markup=False)
        raise typer.Exit(MISUSE if isinstance(error, InvalidInputError) else FAILED) from None
    except KeyboardInterrupt:
        raise typer.Exit(INTERRUPTED) from None


@contextlib.contextmanager
def doing(text: str, err: Console) -> Iterator[None]:
    """A line on a terminal for as long as something takes; elsewhere nothing."""
    if not err.is_terminal:
        yield
        return
    with err.status(text):
        yield
