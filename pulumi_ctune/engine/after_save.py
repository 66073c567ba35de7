"""Do something once the engine has saved the state of a create.

The engine saves what a Create returns right after the answer has arrived, and tells nobody. So: wait for the end of the
call, give the engine a moment, and ask whether it is still alive. An engine that died in between has saved nothing, and
nothing is done. The threads are not daemons: a host that is ended in order finishes this first, within the five seconds
that the engine leaves it.
"""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from pulumi_ctune.engine import calls, status
from pulumi_ctune.engine.status import Severity

SAVING_TIME = timedelta(seconds=1)  # a file is written within milliseconds, Pulumi Cloud answers within a second
_AT_ONCE = 16  # jobs seldom end in the same second


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
        ended = threading.Event()
        if context.add_callback(ended.set):
            self._threads.submit(self._work_after, ended, work)

    def _work_after(self, ended: threading.Event, work: Callable[[], None]) -> None:
        ended.wait()
        threading.Event().wait(SAVING_TIME.total_seconds())
        if status.log("the state is saved", severity=Severity.DEBUG):  # taken: the engine is alive
            work()
