"""A piece of work that one thread does and others wait for, until it is over or they are interrupted."""

import threading
from collections.abc import Callable

OnInterruption = Callable[[Callable[[], None]], Callable[[], None]]
"""As in `VertexClient`."""


class Round:
    """Begun by whoever makes it; over once it has said so. Safe for threads."""

    def __init__(self) -> None:
        self.is_over = False
        self._lock = threading.Lock()
        self._waiting: list[threading.Event] = []

    def end(self) -> None:
        with self._lock:
            self.is_over = True
            for woken in self._waiting:
                woken.set()

    def waited_for(self, on_interruption: OnInterruption, limit_s: float | None = None) -> bool:
        """Wait for the end; False where an interruption or the limit came first."""
        woken = threading.Event()
        with self._lock:
            self._waiting.append(woken)
            if self.is_over:
                woken.set()
        forget = on_interruption(woken.set)
        try:
            woken.wait(limit_s)
        finally:
            forget()
        return self.is_over


def pause(seconds: float, on_interruption: OnInterruption) -> None:
    """Sleep for so long, or until an interruption."""
    if seconds > 0:
        Round().waited_for(on_interruption, seconds)
