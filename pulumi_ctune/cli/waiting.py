"""What the waits of a command are given: the real clock, and pauses out of which Ctrl-C is raised."""

import time
from datetime import timedelta
from typing import Any

from pulumi_ctune.core.retry import SILENT, Report, WaitContext


def wait_context(timeout: timedelta, report: Report = SILENT, **others: Any) -> WaitContext:
    return WaitContext(now=time.monotonic, pause=_pause, report=report, timeout=timeout, **others)


def _pause(seconds: float) -> bool:
    time.sleep(seconds)
    return False  # never interrupted: KeyboardInterrupt ends the command
