"""A stub of the engine's own service: takes the Log calls of a provider's host and remembers them."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

LOG_LIMIT_S = 30.0  # far beyond what any message takes: it ends a test that waits for one that never comes


@dataclass(frozen=True)
class LogLine:
    """One message to the engine; `severity` is `DEBUG`, `INFO`, `WARNING` or `ERROR`."""

    severity: str
    text: str
    urn: str
    ephemeral: bool


class EngineStub(engine_pb2_grpc.EngineServicer):
    """A gRPC server on a free loopback port, `address`; `logs` are all messages so far."""

    def __init__(self) -> None:
        self.logs: list[LogLine] = []
        self._changed = threading.Condition()
        self._server = grpc.server(ThreadPoolExecutor(16))
        engine_pb2_grpc.add_EngineServicer_to_server(self, self._server)
        self.address = f"127.0.0.1:{self._server.add_insecure_port('127.0.0.1:0')}"
        self._server.start()

    def Log(self, request: engine_pb2.LogRequest, context: Any) -> empty_pb2.Empty:
        severity = engine_pb2.LogSeverity.Name(request.severity)
        with self._changed:
            self.logs.append(LogLine(severity, request.message, request.urn, request.ephemeral))
            self._changed.notify_all()
        return empty_pb2.Empty()

    def wait_for(self, wanted: Callable[[LogLine], bool], *, count: int = 1) -> list[LogLine]:
        """The messages that `wanted` accepts, once there are `count` of them; TimeoutError after half a minute."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self._matching(wanted)) >= count, LOG_LIMIT_S):
                raise TimeoutError(f"{len(self._matching(wanted))} of {count} messages came; all: {self.logs}")
            return self._matching(wanted)

    def wait_for_text(self, text: str, *, count: int = 1) -> list[LogLine]:
        """The messages that hold `text`, once there are `count` of them."""
        return self.wait_for(lambda line: text in line.text, count=count)

    def stop(self) -> None:
        """Close the port; connections break."""
        self._server.stop(None).wait()

    def _matching(self, wanted: Callable[[LogLine], bool]) -> list[LogLine]:
        return [line for line in self.logs if wanted(line)]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()
