"""A bar for reading what takes long: bytes, speed and time left, on a terminal, from the first second on."""

import contextlib
import time
from collections.abc import Callable, Iterator

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

_BAR_AFTER_S = 1.0


@contextlib.contextmanager
def reading(
    console: Console, total: int | None, clock: Callable[[], float] = time.monotonic
) -> Iterator[Callable[[int], None]]:
    """Gives what is to be called with the number of bytes that were read. `total` is None where nobody knows it."""
    if not console.is_terminal:
        yield lambda _: None
        return
    began = clock()
    columns = (TextColumn("checking"), BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    bar = Progress(*columns, console=console, transient=True, get_time=clock)
    task = bar.add_task("checking", total=total)
    is_shown = False

    def advance(size: int) -> None:
        nonlocal is_shown
        bar.advance(task, size)
        if not is_shown and clock() - began > _BAR_AFTER_S:
            bar.start()
            is_shown = True

    try:
        yield advance
    finally:
        if is_shown:
            bar.stop()
