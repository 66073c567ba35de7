"""The plugin's process: `python -m vertex_emulator.pulumi_gcp ENGINE_ADDRESS`, started by the engine.

The engine reads the port from the first line. It ends the process with SIGINT; a killed engine says nothing, but it
holds the other end of our stdin. A request of ours is one transaction, so leaving at once breaks nothing.
"""

import os
import signal
import stat
import threading
from concurrent.futures import ThreadPoolExecutor

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from vertex_emulator.pulumi_gcp.provider import Provider

_THREADS = 64  # the engine asks for four things per core at a time
_STDIN = 0
_OPTIONS = [("grpc.max_receive_message_length", -1)]  # texts of assets may be longer than gRPC's 4 MiB


def start() -> tuple[grpc.Server, int]:
    """A server on a free loopback port, running, and the port."""
    server = grpc.server(ThreadPoolExecutor(_THREADS), options=_OPTIONS)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Provider(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    return server, port


def main() -> None:
    """Serve until the engine is done."""
    signal.signal(signal.SIGINT, lambda *_: os._exit(0))
    if stat.S_ISFIFO(os.fstat(_STDIN).st_mode):
        threading.Thread(target=_leave_with_stdin, daemon=True).start()
    server, port = start()
    print(port, flush=True)
    server.wait_for_termination()


def _leave_with_stdin() -> None:
    while os.read(_STDIN, 4096):
        pass
    os._exit(0)


if __name__ == "__main__":
    main()
