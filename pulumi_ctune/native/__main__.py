"""The process of the plugin: `pulumi-resource-ctune ENGINE`, started by the engine, which reads the port from stdout.

It ends by SIGINT, which the engine sends, or when the engine is gone.
"""

import contextlib
import signal
import socket
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from pulumi_ctune.native.servicer import Servicer
from pulumi_ctune.native.wording import worded
from pulumi_ctune.verbs import orphan_watch, status
from pulumi_ctune.verbs.running import Running

WORKERS = 1024  # an upper bound, threads start when needed; the engine's --parallel is the limit that users know
GRACE = timedelta(seconds=30)
LOOK_EVERY = timedelta(seconds=30)
_MESSAGES = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1), ("grpc.so_reuseport", 0)]


def main() -> None:
    wait = _end_asked_for()
    status.spell(worded)
    running = Running()
    server = grpc.server(ThreadPoolExecutor(WORKERS, thread_name_prefix="ctune"), options=_MESSAGES)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Servicer(running), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)
    # Tracing options of the CLI come before the address, so it is the last argument.
    orphan_watch.follow(sys.argv[-1], wait_idle=running.wait_idle, grace=GRACE, look_every=LOOK_EVERY)
    wait.recv(1)
    server.stop(0).wait()  # ends the contexts of calls, and with them their waits


def _end_asked_for() -> socket.socket:
    """A socket that can be read once SIGINT or SIGTERM has come, whichever thread it reached."""
    read, write = socket.socketpair()
    write.setblocking(False)
    signal.set_wakeup_fd(write.detach())
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(ValueError):  # no such signal here
            signal.signal(number, lambda *_: None)
    return read


if __name__ == "__main__":
    main()
