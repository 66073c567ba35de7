"""Interruptions of a wait: the user's Ctrl-C, and an engine that is gone.

Who waits in a provider holds a `Watch` and waits on it; an interruption ends the wait at once. Two things interrupt:

- Cancel. With the first Ctrl-C or SIGTERM the engine asks every provider to cancel and then waits, without limit, for
  what runs to come back; what it brings is saved. `host` hears of it and calls `interrupt(Interruption.CANCELLED)`: all
  watches, for good.
- The end of a call's context: the engine closed the connection (second Ctrl-C) or died. gRPC tells through the
  context's callback; nobody listens to the result any more, and about five seconds are left at most.

Nothing here polls: each watch has one event that both set. Without a context a watch still hears of
Cancel and of an engine that `orphan_watch` found gone. Order of use, engine 3.259:
https://github.com/pulumi/pulumi/blob/master/pkg/backend/cancellation_scope.go
"""

import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import Enum
from functools import partial

from pulumi_ctune.core.kind import Call


class Interruption(Enum):
    """Why a wait ends early."""

    CANCELLED = "cancelled"
    """The first Ctrl-C or SIGTERM: come back soon; id and outputs will be saved."""
    ENGINE_GONE = "engine gone"
    """The connection is lost: nothing can be saved any more."""


class Watch:
    """Waiting that an interruption ends. Made at the start of an operation, in any thread; one per operation.

    `call` is the operation's, with gRPC's context; without one only interruptions of the whole process are seen.
    """

    def __init__(self, call: Call | None = None) -> None:
        self._reason: Interruption | None = None
        self._listeners: dict[object, Callable[[], None]] = {}
        self._interrupted = threading.Event()
        with _lock:
            _watches.add(self)
            reason = _of_process
        if reason is not None:
            self.interrupt(reason)
        # False: the call has ended already. The callback also fires when the call ends as it should; then nobody waits
        # any more.
        if call is not None and call.context is not None and not call.context.add_callback(self._call_ended):
            self._call_ended()

    def wait(self, seconds: float) -> Interruption | None:
        """Wait so many seconds, or until an interruption (at once, if there was one); return that, or None."""
        return self._reason if self._interrupted.wait(max(0.0, seconds)) else None

    def check(self) -> Interruption | None:
        """The interruption so far, without waiting. `ENGINE_GONE` takes the place of `CANCELLED`."""
        return self._reason

    def pause(self, seconds: float) -> bool:
        """Like `wait`, for callers who only ask whether to stop: True = interrupted."""
        return self.wait(seconds) is not None

    def is_interrupted(self) -> bool:
        """Whether to stop, without waiting."""
        return self.check() is not None

    def interrupt(self, reason: Interruption) -> None:
        """End this watch's wait, now and later ones."""
        if self._reason is not Interruption.ENGINE_GONE:
            self._reason = reason
        self._interrupted.set()
        for listener in list(self._listeners.values()):
            listener()

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Have `listener` called at an interruption (now, if there was one); it must be quick, and may be called twice.

        Returns what takes that back.
        """
        key = object()
        self._listeners[key] = listener
        if self._interrupted.is_set():
            listener()
        return partial(self._forget, key)

    def _forget(self, key: object) -> None:
        self._listeners.pop(key, None)

    def _call_ended(self) -> None:
        # gRPC calls this in its only serving thread: no work here.
        self.interrupt(Interruption.ENGINE_GONE)


_current: "ContextVar[Watch | None]" = ContextVar("watch", default=None)


@contextmanager
def heard_by(watch: Watch) -> Iterator[None]:
    """Make `watch` the one of everything that is done in the block, for those who cannot be handed it."""
    token = _current.set(watch)
    try:
        yield
    finally:
        _current.reset(token)


def current() -> Watch:
    """The watch of the operation that the caller is part of; outside of one, a watch on the process."""
    return _current.get() or Watch()


_lock = threading.Lock()
_watches: "weakref.WeakSet[Watch]" = weakref.WeakSet()
_of_process: Interruption | None = None


def interrupt(reason: Interruption) -> None:
    """Interrupt every watch of this process, those to come included; the engine never takes a Cancel back."""
    global _of_process
    with _lock:
        if _of_process is not Interruption.ENGINE_GONE:
            _of_process = reason
        watches = list(_watches)
    for watch in watches:
        watch.interrupt(reason)
