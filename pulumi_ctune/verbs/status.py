"""Messages to the engine: a line on the resource's row while it is worked on, and lines that stay in the diagnostics.

What a dynamic host prints lands on the stack's row without a URN. So messages go through the engine's own Log call, at
the address that the host was started with (its last argument). Told while they are `ephemeral`, they stand on the
resource's row and never in the diagnostics. Without a terminal the CLI prints each of them as a line, and it keeps all
in memory: send few.

Nothing here raises or takes longer than `DEADLINE`; an engine that cannot be reached is not told.
Service: https://github.com/pulumi/pulumi/blob/master/proto/pulumi/engine.proto
"""

import os
import sys
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from enum import Enum
from functools import cache

import grpc
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

from pulumi_ctune.core.defaults import HEARTBEAT
from pulumi_ctune.core.printable import one_line

DEADLINE = timedelta(seconds=2)
UNWATCHED_HEARTBEAT = timedelta(minutes=5)
LONGEST_TEXT = 4_000  # characters


class Severity(Enum):
    """How the CLI marks a message; `DEBUG` shows with `pulumi --debug` only."""

    DEBUG = engine_pb2.DEBUG
    INFO = engine_pb2.INFO
    WARNING = engine_pb2.WARNING
    ERROR = engine_pb2.ERROR


_spelling: Callable[[str], str] = str


def spell(spelling: Callable[[str], str]) -> None:
    """Have all that is told go through this: the names and words of those who read it."""
    global _spelling
    _spelling = spelling


def log(text: str, *, urn: str = "", severity: Severity = Severity.INFO, ephemeral: bool = False) -> bool:
    """Show `text` at the resource with that `urn` (empty: at the stack); return whether the engine took it.

    `ephemeral` messages replace each other on the resource's row and are forgotten in the end; only their first line
    shows. After an ERROR for a URN its row keeps showing that.
    """
    request = engine_pb2.LogRequest(
        severity=severity.value, message=one_line(_spelling(text), LONGEST_TEXT), urn=urn, ephemeral=ephemeral
    )
    try:
        _engine(sys.argv[-1]).Log(request, timeout=DEADLINE.total_seconds())
    except Exception:
        return False
    return True


class StatusLine:
    """One resource's live status: sends what changed at once, and the same again as a heartbeat.

    `heartbeat` is by default 30 s where somebody seems to watch, else 5 min, so that a CI log stays short and is never
    silent for long. `clock` returns seconds.
    """

    def __init__(
        self, urn: str, *, heartbeat: timedelta | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._urn = urn
        self._heartbeat = heartbeat if heartbeat is not None else usual_heartbeat()
        self._clock = clock
        self._shown = ""
        self._shown_at = 0.0

    def show(self, text: str, *, detail: str = "") -> bool:
        """Show `text` and `detail`, whose change alone is no reason to send (elapsed time); return whether sent."""
        now = self._clock()
        if text == self._shown and now - self._shown_at < self._heartbeat.total_seconds():
            return False
        self._shown, self._shown_at = text, now
        return log(f"{text} {detail}".rstrip(), urn=self._urn, ephemeral=True)


def usual_heartbeat() -> timedelta:
    """How often an unchanged status is worth repeating here."""
    return HEARTBEAT if _is_watched() else UNWATCHED_HEARTBEAT


@cache
def _is_watched() -> bool:
    # The CLI's terminal is out of sight: all of our streams are pipes. What the host does inherit is the controlling
    # terminal of the CLI's session; runners of CI systems and cron have none.
    if os.environ.get("CI"):
        return False
    try:
        os.close(os.open("/dev/tty", os.O_WRONLY | os.O_NOCTTY))
    except (OSError, AttributeError):  # no terminal, or Windows, which has no O_NOCTTY
        return False
    return True


_engines: dict[str, engine_pb2_grpc.EngineStub] = {}
_engines_lock = threading.Lock()


def _engine(address: str) -> engine_pb2_grpc.EngineStub:
    # One channel for the process. A proxy from the environment is for the internet, not for a neighbour on the loopback
    # interface.
    with _engines_lock:
        if address not in _engines:
            channel = grpc.insecure_channel(address, options=[("grpc.enable_http_proxy", 0)])
            _engines[address] = engine_pb2_grpc.EngineStub(channel)
        return _engines[address]
