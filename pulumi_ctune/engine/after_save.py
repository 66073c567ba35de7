"""Do something once the engine has saved the state of a create.

The engine saves what a Create returns right after the answer has arrived, and tells nobody. So: wait for the end of the
call, give the engine a moment, and ask whether it is still alive. An engine that died in between has saved nothing, and
nothing is done. The threads are not daemons: a host that is ended in order finishes this first, within the five seconds
that the engine leaves it.
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from pulumi_ctune.engine import calls, status
from pulumi_ctune.engine.status import Severity

SAVING_TIME = timedelta(seconds=1)  # a file is written within milliseconds, Pulumi Cloud answers within a second
_AT_ONCE = 32  # creates that end together wait for the same second, then their work is done so many at a time


class AfterSave:
    """Runs functions after the call of the thread that hands them over. Safe for threads."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="ctune-after-save")

    def then(self, work: Callable[[], None]) -> None:
        """Run `work` when the current call's result is saved; at once where the call cannot be found (see `calls`)."""
        context = calls.current().context
        if context is None:
            work()
            return
        end = _End()
        if context.add_callback(end.note):
            self._threads.submit(_work_after, end, work)


class _End:
    """The moment at which a call ended."""

    def __init__(self) -> None:
        self._noted = threading.Event()
        self._at = 0.0

    def note(self) -> None:
        # gRPC calls this in its only serving thread: no work here.
        self._at = time.monotonic()
        self._noted.set()

    def wait_for(self) -> float:
        """Wait for the end; returns its moment on the monotonic clock."""
        self._noted.wait()
        return self._at


def _work_after(end: _End, work: Callable[[], None]) -> None:
    time.sleep(max(0.0, end.wait_for() + SAVING_TIME.total_seconds() - time.monotonic()))
    if status.log("the state is saved", severity=Severity.DEBUG):  # taken: the engine is alive
        work()
