"""Drive the plugin the way the engine does: its process, its gRPC calls, its end. Knows no resource.

Secrets and unknowns are written as the engine writes them, with Pulumi's own constants.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

import grpc
from google.protobuf import empty_pb2, json_format, struct_pb2
from google.rpc import status_pb2
from pulumi.runtime import rpc
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from tests.host.engine_stub import EngineStub

UNKNOWN = rpc.UNKNOWN
CALL_LIMIT_S = 60.0  # far beyond any call here: it ends a test that hangs
EXIT_LIMIT_S = 20.0
Values = Mapping[str, Any]


def secret(value: Any) -> dict[str, Any]:
    """A value as the engine hands a secret over."""
    return {rpc._special_sig_key: rpc._special_secret_sig, "value": value}


def urn(type_: str, name: str = "sft") -> str:
    return f"urn:pulumi:dev::infra::ctune:index:{type_}::{name}"


class PluginError(Exception):
    """An answer that is an error: its text, and the partial state in it (None without one)."""

    def __init__(self, message: str, kept: provider_pb2.ErrorResourceInitFailed | None) -> None:
        super().__init__(message)
        self.message = message
        self.id = kept.id if kept else ""
        self.kept = values(kept.properties) if kept else None


class Plugin:
    """A process of the plugin, as a context manager that leaves none behind. `config` has keys without namespace."""

    def __init__(self, config: Mapping[str, str] | None = None, env: Mapping[str, str] | None = None) -> None:
        self.engine = EngineStub()
        self._calls: list[Any] = []
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "pulumi_ctune.native", self.engine.address],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **(env or {})},
        )
        assert self.process.stdout is not None
        port = self.process.stdout.readline().decode().strip()
        self._channel = grpc.insecure_channel(
            f"127.0.0.1:{port}",
            options=[("grpc.max_metadata_size", 16 << 20), ("grpc.absolute_max_metadata_size", 16 << 20)],
        )
        self._stub: Any = provider_pb2_grpc.ResourceProviderStub(self._channel)
        variables = {f"ctune:config:{key}": value for key, value in (config or {}).items()}
        self.call("Configure", provider_pb2.ConfigureRequest(variables=variables, acceptSecrets=True))

    def call(self, verb: str, request: Any = None) -> Any:
        """One call to its answer. Raises PluginError."""
        return self.result(self.start(verb, request))

    def start(self, verb: str, request: Any = None) -> Any:
        """Send a call and come back at once; `result` waits for it."""
        pending = getattr(self._stub, verb).future(request or empty_pb2.Empty(), timeout=CALL_LIMIT_S)
        self._calls.append(pending)  # gRPC cancels a call whose future nobody holds
        return pending

    def result(self, pending: Any) -> Any:
        try:
            return pending.result()
        except grpc.RpcError as error:
            raise _plugin_error(error) from None

    def check(self, urn: str, inputs: Values, olds: Values | None = None) -> tuple[dict[str, Any], dict[str, str]]:
        """The checked inputs, and reason by property of what is wrong."""
        request = provider_pb2.CheckRequest(urn=urn, news=struct(inputs), olds=struct(olds or {}))
        answer = self.call("Check", request)
        return values(answer.inputs), {failure.property: failure.reason for failure in answer.failures}

    def diff(self, urn: str, id: str, olds: Values, news: Values) -> Any:
        return self.call("Diff", provider_pb2.DiffRequest(id=id, urn=urn, olds=struct(olds), news=struct(news)))

    def create(self, urn: str, inputs: Values, *, preview: bool = False) -> tuple[str, dict[str, Any]]:
        answer = self.result(self.start_create(urn, inputs, preview=preview))
        return answer.id, values(answer.properties)

    def start_create(self, urn: str, inputs: Values, *, preview: bool = False, timeout_s: float = 0) -> Any:
        request = provider_pb2.CreateRequest(urn=urn, properties=struct(inputs), preview=preview, timeout=timeout_s)
        return self.start("Create", request)

    def update(self, urn: str, id: str, olds: Values, news: Values, *, preview: bool = False) -> dict[str, Any]:
        request = provider_pb2.UpdateRequest(id=id, urn=urn, olds=struct(olds), news=struct(news), preview=preview)
        return values(self.call("Update", request).properties)

    def read(self, urn: str, id: str, outputs: Values, inputs: Values) -> tuple[str, dict[str, Any], dict[str, Any]]:
        """The id (empty: it is gone), the state and the inputs."""
        request = provider_pb2.ReadRequest(id=id, urn=urn, properties=struct(outputs), inputs=struct(inputs))
        answer = self.call("Read", request)
        return answer.id, values(answer.properties), values(answer.inputs)

    def delete(self, urn: str, id: str, outputs: Values) -> None:
        self.call("Delete", provider_pb2.DeleteRequest(id=id, urn=urn, properties=struct(outputs)))

    def invoke(self, token: str, arguments: Values) -> dict[str, Any]:
        answer = self.call("Invoke", provider_pb2.InvokeRequest(tok=token, args=struct(arguments)))
        return values(getattr(answer, "return"))

    def stop(self) -> int:
        """End it as the engine does with SIGINT; returns the exit code. Raises subprocess.TimeoutExpired."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(EXIT_LIMIT_S)

    def kill_engine(self) -> None:
        """What `kill -9` of the engine means for the plugin: stdin ends, the port closes, the connection breaks."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.engine.stop()
        self._channel.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._channel.close()
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(EXIT_LIMIT_S)
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                stream.close()
        self.engine.stop()


def struct(given: Values) -> struct_pb2.Struct:
    struct = struct_pb2.Struct()
    struct.update(dict(given))
    return struct


def values(struct: struct_pb2.Struct) -> dict[str, Any]:
    """A Struct as Python, by protobuf's own JSON: every number is a float."""
    found: dict[str, Any] = json_format.MessageToDict(struct)
    return found


def _plugin_error(error: Any) -> PluginError:
    trailers = dict(error.trailing_metadata() or ())
    if "grpc-status-details-bin" not in trailers:
        return PluginError(error.details() or "", None)
    status = status_pb2.Status.FromString(trailers["grpc-status-details-bin"])
    assert status.code == error.code().value[0]
    for detail in status.details:
        kept = provider_pb2.ErrorResourceInitFailed()
        assert detail.Unpack(kept)
        return PluginError(status.message, kept)
    return PluginError(status.message, None)
