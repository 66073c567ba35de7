"""What commands have in common: how they end, on one line and with an exit code, and what they show meanwhile."""

import contextlib
import os
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
    if not can_redraw(err):
        yield
        return
    with err.status(text):
        yield


def can_redraw(console: Console) -> bool:
    """Whether a picture can stay in its place here, with braille in it; the log of a CI system takes lines."""
    is_log = console.is_dumb_terminal or bool(os.environ.get("CI"))
    return console.is_terminal and not is_log and console.encoding.lower().startswith("utf")
