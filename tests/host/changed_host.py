"""Run Pulumi's dynamic host with changes that a later version might bring.

`python -m tests.host.changed_host CHANGE ADDRESS`, where CHANGE is

wrapped     the servicer's methods are registered inside wrappers, as an interceptor or tracing would do it
own-pool    wrapped, and the server's four threads are not those of concurrent.futures
"""

import queue
import runpy
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any

import grpc
from pulumi.runtime.proto import provider_pb2_grpc


class Wrapped(provider_pb2_grpc.ResourceProviderServicer):
    """The servicer behind functions that have none of its methods' attributes."""

    def __init__(self, servicer: provider_pb2_grpc.ResourceProviderServicer) -> None:
        for name in (name for name in dir(servicer) if name[0].isupper()):
            setattr(self, name, self._wrapper(getattr(servicer, name)))

    @staticmethod
    def _wrapper(method: Callable[..., Any]) -> Callable[..., Any]:
        return lambda request, context: method(request, context)


class FourThreads(Executor):
    """A pool that shares nothing with ThreadPoolExecutor but its interface."""

    def __init__(self) -> None:
        self._work: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        for _ in range(4):
            threading.Thread(target=self._serve, daemon=True).start()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self._work.put(lambda: future.set_result(fn(*args, **kwargs)))
        return future

    def _serve(self) -> None:
        while True:
            self._work.get()()


def main() -> None:
    change = sys.argv[1]
    register, make_server = provider_pb2_grpc.add_ResourceProviderServicer_to_server, grpc.server
    provider_pb2_grpc.add_ResourceProviderServicer_to_server = lambda servicer, server: register(
        Wrapped(servicer), server
    )
    if change == "own-pool":
        grpc.server = lambda _, **options: make_server(FourThreads(), **options)
    runpy.run_module("pulumi.dynamic", run_name="__main__", alter_sys=True)


main()
