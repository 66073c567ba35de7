"""Set Pulumi's dynamic host up for operations that take hours.

Three things are changed in the running host, once per process:

1. Own threads. The host serves four calls at a time, so four waiting creates hold up every Check and Diff, and with
   them the whole `pulumi up`. Create, Update, Delete and Read get a pool of their own, through the attribute that
   `pools` explains, set on the functions of the host's servicer class. Where that has no effect, which the first
   operation sees, the limit of the host's own pool is raised; if that fails too, four at a time it is.
2. Cancel. The host ignores it. A pool of its own lets us hear it. Lost together with 1: then the first Ctrl-C is not
   noticed, and operations end by themselves or with the second one.
3. Leaving with the engine, see `orphan_watch`.

Other dynamic providers of the same program share the host and so the threads. Nothing here raises. What could not be
had is told once, by `take_warning()`.
"""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from pulumi_ctune.dynamic import pools
from pulumi_ctune.dynamic.frames import callers
from pulumi_ctune.verbs import interruption, orphan_watch
from pulumi_ctune.verbs.running import Running

WORKERS = 1024  # an upper bound, threads start when needed; the engine's --parallel is the limit that users know
GRACE = timedelta(seconds=30)
LOOK_EVERY = timedelta(seconds=30)
LONG_CALLS = ("Create", "Update", "Delete", "Read")

NO_OWN_THREADS = "at most four resources of this provider are worked on at the same time"
NO_CANCEL = "a first Ctrl-C does not end the waiting (a second one does)"
NO_DEPARTURE = "the provider's process may outlive a Pulumi that was killed"


@dataclass
class _Process:
    """What this process is set up for; guarded by `_lock`."""

    installed: bool = False
    limits: list[str] = field(default_factory=list)  # what could not be had, in the words of the warning
    has_warned: bool = False
    running: Running = field(default_factory=Running)

    def limit(self, text: str) -> None:
        if text not in self.limits:
            self.limits.append(text)


_lock = threading.Lock()
_process = _Process()


def install(*, grace: timedelta = GRACE, look_every: timedelta = LOOK_EVERY) -> tuple[str, ...]:
    """Change the host as told above: in `configure()` of every provider, as often as it likes; the first call counts.

    `grace` is how long operations may go on once the engine is gone, `look_every` how often its address is asked where
    stdin is no pipe. Returns what could not be had so far; an operation may find more, so the warning is
    `take_warning()`'s.
    """
    with _lock:
        if not _process.installed:
            _process.installed = True
            if not _serve_in(pools.OperationPool(WORKERS, _process.running)):
                _process.limit(NO_CANCEL)
            if not _follow(grace, look_every):
                _process.limit(NO_DEPARTURE)
        return tuple(_process.limits)


@contextmanager
def settled() -> Iterator[None]:
    """Make sure that the long operation of this thread, which is the body, does not hold up others."""
    if pools.in_operation_thread():
        yield
        return
    # Either the attribute has no effect, or this call came before configure() was through, as in `pulumi destroy`,
    # where no Check comes first: then it sits in one of the host's threads, and more may have queued up behind it.
    with _lock:
        if not pools.raise_server_limit(WORKERS):
            _process.limit(NO_OWN_THREADS)
        if not pools.handler_names_pool():
            _process.limit(NO_CANCEL)
    with _process.running:
        yield


def take_warning() -> str:
    """One line on what could not be had, for the first who asks after something was missed; else empty."""
    with _lock:
        if _process.has_warned or not _process.limits:
            return ""
        _process.has_warned = True
        return (
            f"This combination of pulumi {_version('pulumi')}, grpcio {grpc.__version__} and Python "
            f"{sys.version.split()[0]} is new to pulumi-ctune. Everything works, but {', and '.join(_process.limits)}."
        )


def _serve_in(pool: pools.OperationPool) -> bool:
    servicer = _servicer_class()
    if servicer is None:
        return False
    try:
        for name, own_pool in {**dict.fromkeys(LONG_CALLS, pool), "Cancel": pools.CancelPool(_cancel)}.items():
            getattr(servicer, name).experimental_thread_pool = own_pool
    except Exception:
        return False
    return True


def _cancel() -> None:
    interruption.interrupt(interruption.Interruption.CANCELLED)


def _servicer_class() -> type[provider_pb2_grpc.ResourceProviderServicer] | None:
    # By its type, in the frames that led to configure(): a name in `__main__` would be one more thing to rely on.
    for caller in callers():
        for value in caller.values:
            if issubclass(type(value), provider_pb2_grpc.ResourceProviderServicer):
                return type(value)
    return None


def _follow(grace: timedelta, look_every: timedelta) -> bool:
    try:
        # Tracing options of the CLI come before the address, so it is the last argument.
        return orphan_watch.follow(
            sys.argv[-1], wait_idle=_process.running.wait_idle, grace=grace, look_every=look_every
        )
    except Exception:
        return False


def _version(distribution: str) -> str:
    from importlib import metadata  # slow to load, and hardly ever needed

    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return "?"
