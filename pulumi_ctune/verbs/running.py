"""How many operations a process has under way: who ends it waits for them, for a while."""

import threading


class Running:
    """How many operations run, waiting ones included: a context manager around each."""

    def __init__(self) -> None:
        self._count = 0
        self._changed = threading.Condition()

    def __enter__(self) -> None:
        with self._changed:
            self._count += 1

    def __exit__(self, *_: object) -> None:
        with self._changed:
            self._count -= 1
            self._changed.notify_all()

    def wait_idle(self, seconds: float) -> bool:
        """Wait until no operation is left, so many seconds at most. Returns whether that came true."""
        with self._changed:
            return self._changed.wait_for(lambda: self._count == 0, seconds)
