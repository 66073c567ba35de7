"""Requests of a command released by a Ctrl-C: the client waits for them in threads of its own."""

import threading
from collections.abc import Callable


class Interruption:
    """Releases the requests that are under way when Ctrl-C comes: the threads that wait for them end no process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[int, Callable[[], None]] = {}
        self._came = False

    def watch(self, release: Callable[[], None]) -> Callable[[], None]:
        with self._lock:
            self._waiting[id(release)] = release
            came = self._came
        if came:
            release()
        return lambda: self._forget(release)

    def come(self) -> None:
        with self._lock:
            self._came = True
            waiting = [*self._waiting.values()]
        for release in waiting:
            release()

    def _forget(self, release: Callable[[], None]) -> None:
        with self._lock:
            self._waiting.pop(id(release), None)
