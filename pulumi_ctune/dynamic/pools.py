"""The thread pools that serve the engine's calls.

gRPC's server runs a handler in the pool that the handler names in an attribute `experimental_thread_pool`, else in the
server's own, which has four threads in Pulumi's host. Attribute:
https://github.com/grpc/grpc/blob/master/src/python/grpcio/grpc/_server.py (`_select_thread_pool_for_behavior`), the
same in grpcio 1.68 to 1.85. A pool must be a `ThreadPoolExecutor`; its threads start one by one when they are needed
and take some 32 KB each. Who sets the attribute, and what if it has no effect: `host`.
"""

import threading
import weakref
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from pulumi_ctune.dynamic.frames import callers
from pulumi_ctune.verbs.running import Running

THREAD_NAME = "ctune-operation"


class OperationPool(ThreadPoolExecutor):
    """Threads for long operations, each counted in `running` from its start."""

    def __init__(self, workers: int, running: Running) -> None:
        super().__init__(workers, thread_name_prefix=THREAD_NAME)
        self._running = running

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        def counted() -> Any:
            with self._running:
                return fn(*args, **kwargs)

        return super().submit(counted)


class CancelPool(ThreadPoolExecutor):
    """One thread for the engine's Cancel, and a hook: `on_cancel` runs as soon as a Cancel arrives.

    The host's own Cancel does nothing, and it queues behind the four calls that run. `on_cancel` runs in gRPC's only
    serving thread and under its locks: it may set events and no more.
    """

    def __init__(self, on_cancel: Callable[[], None]) -> None:
        super().__init__(1, thread_name_prefix="ctune-cancel")
        self._on_cancel = on_cancel

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        self._on_cancel()
        return super().submit(fn, *args, **kwargs)


def in_operation_thread() -> bool:
    """Whether the current thread belongs to an `OperationPool`."""
    return threading.current_thread().name.startswith(THREAD_NAME)


def raise_server_limit(workers: int) -> bool:
    """Let the pool that this thread belongs to grow to so many threads; return whether that was possible. Never raises.

    For operations that got into the server's own pool. The pool is found in the frame of the worker loop, which holds a
    weak reference to it; its limit is a private field that it reads with every submit, and only a submit starts a
    thread, so what is queued already needs a push each (CPython 3.11 to 3.14). Weaker than an own pool: short calls
    share its threads.
    """
    pool = _pool_of_this_thread()
    try:
        if pool is None or pool._max_workers >= workers:
            return pool is not None
        pool._max_workers = workers
        for _ in range(pool._work_queue.qsize()):
            pool.submit(_push)
    except Exception:
        return False
    return True


def handler_names_pool() -> bool:
    """Whether the gRPC handler that this thread runs has the attribute, so that later calls find their pool.

    Looked up among the variables of gRPC's own frames, the one place where a wrapped handler shows as what it is.
    """
    return any(
        isinstance(getattr(value, "experimental_thread_pool", None), OperationPool)
        for caller in callers()
        if caller.module == "grpc._server"
        for value in caller.values
        if callable(value)
    )


def _push() -> None:
    pass


def _pool_of_this_thread() -> ThreadPoolExecutor | None:
    for caller in callers():
        for value in caller.values:
            pool = value() if type(value) is weakref.ref else None
            if isinstance(pool, ThreadPoolExecutor) and threading.current_thread() in getattr(pool, "_threads", ()):
                return pool
    return None
