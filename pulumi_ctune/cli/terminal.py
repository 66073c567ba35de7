"""Where commands print: what was asked for on stdout, all else on stderr.

Both consoles take texts as they are: names of others may look like styles or emoji.
"""

import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from typing import Any

from rich.console import Console

from pulumi_ctune.cli.json_output import json_text

OUT = Console(highlight=False, soft_wrap=True, emoji=False, markup=False)
ERR = Console(stderr=True, highlight=False, soft_wrap=True, emoji=False, markup=False)


def write_json(document: Any) -> None:
    """Print a document for machines."""
    sys.stdout.write(json_text(document, indent=2) + "\n")


@contextlib.contextmanager
def status_line(text: str = "") -> Iterator[Callable[[str], None]]:
    """A line on a terminal for as long as something takes; elsewhere nothing. Gives what changes its text."""
    if not can_redraw(ERR):
        yield lambda _: None
        return
    with ERR.status(text) as line:
        yield line.update


def can_redraw(console: Console) -> bool:
    """Whether a picture can stay in its place here, with braille in it; the log of a CI system takes lines."""
    is_log = console.is_dumb_terminal or bool(os.environ.get("CI"))
    return console.is_terminal and not is_log and console.encoding.lower().startswith("utf")
