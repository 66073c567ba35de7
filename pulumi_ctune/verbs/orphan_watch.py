"""The host process leaves when the engine is gone.

An engine that ends in order sends SIGINT, and SIGKILL after five seconds. One that was killed (kill -9, out of memory,
a CI runner that is taken away) tells nobody: the host, and operations in it, would go on for ever. Its stdin is a pipe
that only the engine holds, so the end of that stream is the first sign; a refused connection at the engine's address is
the proof. Then operations are interrupted, get some time to come back, and the process ends, whatever they do.

Without a pipe at stdin the address alone is asked, now and then. Without an address nothing is watched. How the engine
starts and ends plugins, 3.259: https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/plugin/plugin.go
"""

import contextlib
import os
import socket
import stat
import threading
import time
from collections.abc import Callable
from datetime import timedelta

from pulumi_ctune.verbs import interruption

WaitIdle = Callable[[float], object]

STDIN = 0
FIRST_LOOK = timedelta(milliseconds=100)  # a dying engine closes the pipe and its port one shortly after the other
CONNECT_TIMEOUT = timedelta(seconds=5)


def follow(
    address: str,
    *,
    wait_idle: WaitIdle,
    grace: timedelta,
    look_every: timedelta,
) -> bool:
    """End this process once the engine at `address` (`host:port`) is gone; False: no address, nothing is watched.

    `wait_idle(seconds)` returns when no operation runs any more, or after the given time, which is `grace`.
    `look_every` is the longest pause between two looks at the address.
    """
    host, _, port = address.rpartition(":")
    if not host or not port.isdigit():
        return False

    def leave_with_engine() -> None:
        _wait_for_end_of(STDIN)
        _wait_until_refused(host, int(port), look_every)
        interruption.interrupt(interruption.Interruption.ENGINE_GONE)
        wait_idle(grace.total_seconds())
        # Not sys.exit: interpreter and thread pools would join the operations that did not come back.
        os._exit(1)

    threading.Thread(target=leave_with_engine, name="ctune-departure", daemon=True).start()
    return True


def _wait_for_end_of(descriptor: int) -> None:
    with contextlib.suppress(OSError):  # closed, or not readable: as good as ended
        if stat.S_ISFIFO(os.fstat(descriptor).st_mode):
            while os.read(descriptor, 4096):
                pass


def _wait_until_refused(host: str, port: int, look_every: timedelta) -> None:
    pause = FIRST_LOOK
    while not _refused(host, port):
        time.sleep(pause.total_seconds())
        pause = min(2 * pause, look_every)


def _refused(host: str, port: int) -> bool:
    # Only a refusal is proof: a busy machine can make any connection time out, and a wrong guess would end paid work.
    try:
        socket.create_connection((host, port), CONNECT_TIMEOUT.total_seconds()).close()
    except ConnectionRefusedError:
        return True
    except OSError:
        return False
    return False
