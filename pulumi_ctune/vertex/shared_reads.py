"""One read for all who ask for the same thing in the same moments, and never one that began before it was asked for.

With 64 creates at once each would list all jobs of the location. Whoever asks while a read is under way, or a moment
after it began, waits for the next one, which serves all who have asked until then. So an answer is never older than
the question: it counts where a job is looked for whose submission went unanswered.
"""

import copy
import threading
import time
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from pulumi_ctune.core.errors import WaitInterruptedError
from pulumi_ctune.vertex.shared_work import OnInterruption, Round, pause

_APART_S = 0.1  # from the beginning of a read to that of the next one: resources of a stack ask one after the other

_Answer = TypeVar("_Answer")


class _Read(Round, Generic[_Answer]):
    """One read, and what it found."""

    def __init__(self) -> None:
        super().__init__()
        self.answer: list[_Answer] = []  # none where it failed or was given up
        self.error: Exception | None = None


class SharedReads(Generic[_Answer]):
    """Safe for threads. `on_interruption` as in `VertexClient`: who is interrupted waits for nobody else."""

    def __init__(
        self,
        on_interruption: OnInterruption,
        *,
        apart_s: float = _APART_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._on_interruption = on_interruption
        self._apart_s = apart_s
        self._now = clock
        self._lock = threading.Lock()
        self._began_at: dict[Hashable, float] = {}
        self._running: dict[Hashable, _Read[_Answer]] = {}
        self._next: dict[Hashable, _Read[_Answer]] = {}

    def read(self, key: Hashable, read: Callable[[], _Answer]) -> _Answer:
        """What `read` finds, or what somebody else found with a read that began after this was called.

        Raises what the read raised.
        """
        while True:
            with self._lock:
                before = self._running.get(key)
                mine = self._next.get(key)
                leads = mine is None
                waits = before is not None or self._too_soon_s(key) > 0
                if mine is None:
                    mine = _Read()
                    (self._next if waits else self._running)[key] = mine
            if leads and not waits:
                return self._carried_out(key, mine, read)
            if leads:
                if before is not None and not before.waited_for(self._on_interruption):
                    self._give_up(key, mine)
                    return read()  # says that there was an interruption
                pause(self._too_soon_s(key), self._on_interruption)
                with self._lock:
                    self._running[key] = self._next.pop(key)
                return self._carried_out(key, mine, read)
            if not mine.waited_for(self._on_interruption):
                return read()
            if mine.error is not None:
                raise copy.copy(mine.error)
            if mine.answer:
                return mine.answer[0]

    def _too_soon_s(self, key: Hashable) -> float:
        """How long the next read has to wait, so that more may share it."""
        return self._began_at.get(key, float("-inf")) + self._apart_s - self._now()

    def _carried_out(self, key: Hashable, mine: _Read[_Answer], read: Callable[[], _Answer]) -> _Answer:
        self._began_at[key] = self._now()
        try:
            answer = read()
            mine.answer.append(answer)
            return answer
        except WaitInterruptedError:  # whoever else waits asks again
            raise
        except Exception as error:
            mine.error = error
            raise
        finally:
            self._ended(key, mine)

    def _ended(self, key: Hashable, mine: _Read[_Answer]) -> None:
        with self._lock:
            if self._next.get(key) is None:
                del self._running[key]
        mine.end()

    def _give_up(self, key: Hashable, mine: _Read[_Answer]) -> None:
        """Leave a round that has not begun: those who wait for it ask again."""
        with self._lock:
            self._next.pop(key, None)
        mine.end()
