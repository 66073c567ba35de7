"""What the checks of a run have warned of: they come before a decision, and the verb after them does not repeat it."""

import threading
from collections.abc import Iterable


class Reported:
    """Sentences by URN. Safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._reported: set[tuple[str, str]] = set()

    def note(self, urn: str, texts: Iterable[str]) -> None:
        with self._lock:
            self._reported.update((urn, text) for text in texts)

    def not_yet(self, urn: str, texts: Iterable[str]) -> list[str]:
        """Those that no check has told."""
        with self._lock:
            return [text for text in texts if (urn, text) not in self._reported]
