"""Drive Pulumi's real dynamic host, the way the engine does: its process, its gRPC calls, its end.

Generic over the provider. Knows how the engine starts the host (`python -u -m pulumi.dynamic ADDRESS`, stdin a pipe
that it keeps), how it reads errors (the trailer `grpc-status-details-bin` before the plain text, as grpc-go does) and
how it ends. What it decodes it decodes with protobuf's and Google's own classes, not with the package's code.
"""

import ctypes
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

import grpc
from google.protobuf import empty_pb2, struct_pb2
from google.rpc import status_pb2
from pulumi.dynamic import ResourceProvider
from pulumi.dynamic.dynamic import serialize_provider
from pulumi.runtime import rpc
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from .engine_stub import EngineStub, LogLine

REPOSITORY = Path(__file__).resolve().parents[2]
PULUMI_HOST = ("-m", "pulumi.dynamic")
PROVIDER_KEY = "__provider"
UNKNOWN = rpc.UNKNOWN  # give this as an input's value for one that is not known yet
CALL_LIMIT_S = 60.0  # far beyond any call here: it ends a test that hangs
EXIT_LIMIT_S = 20.0
ENGINE_PATIENCE_S = 5.0  # between SIGINT and SIGKILL

Answer = TypeVar("Answer")
Values = Mapping[str, Any]


def serialize(provider: ResourceProvider) -> str:
    """What Pulumi's SDK puts into a resource's `__provider` property for this provider."""
    return str(serialize_provider(provider))


def urn(name: str = "sft", *, type: str = "pulumi-python:dynamic/toy:Toy", stack: str = "local") -> str:
    """A URN as the engine makes them, in a project `acme`."""
    return f"urn:pulumi:{stack}::acme::{type}::{name}"


@dataclass(frozen=True)
class Checked:
    inputs: dict[str, Any]
    failures: list[tuple[str, str]]  # property ("" = the whole resource) and reason


@dataclass(frozen=True)
class Diffed:
    changes: bool | None  # None: the engine is to compare the inputs itself
    replaces: list[str]
    delete_before_replace: bool


@dataclass(frozen=True)
class Created:
    id: str
    outputs: dict[str, Any]


@dataclass(frozen=True)
class ReadBack:
    id: str  # "": it is gone
    outputs: dict[str, Any]
    inputs: dict[str, Any]


@dataclass(frozen=True)
class InitFailed:
    """The state that the engine keeps of an operation that failed. `provider` is what it holds as `__provider`."""

    id: str
    outputs: dict[str, Any]
    inputs: dict[str, Any]
    reasons: list[str]
    provider: str


class ProviderError(Exception):
    """An answer that is an error. `message` is what the engine takes for its text, `raw` gRPC's own text."""

    def __init__(self, code: str, message: str, raw: str, partial: InitFailed | None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.raw = raw
        self.partial = partial


class Pending(Generic[Answer]):
    """A call under way."""

    def __init__(self, future: Any, convert: Callable[[Any], Answer]) -> None:
        self._future = future  # ends by itself at the call's limit
        self._convert = convert

    def done(self) -> bool:
        return bool(self._future.done())

    def result(self) -> Answer:
        """The answer. Raises ProviderError for an error, and for a connection that is lost."""
        try:
            return self._convert(self._future.result())
        except grpc.RpcError as error:
            raise _provider_error(error) from None
        except grpc.FutureCancelledError:
            raise ProviderError("CANCELLED", "the connection was closed", "", None) from None

    def error(self) -> ProviderError:
        """The error that this call must end with."""
        try:
            answer = self.result()
        except ProviderError as error:
            return error
        raise AssertionError(f"expected an error, got {answer}")


class ProviderHost:
    """One host process with one provider; a context manager. `provider` is the provider itself or its serialized form.

    `command` are the arguments of `python -u` before the engine's address, `stdin` False gives the host no pipe.
    A call that is not answered within `call_limit_s` fails.
    """

    def __init__(
        self,
        provider: ResourceProvider | str,
        *,
        config: Values | None = None,
        command: Sequence[str] = PULUMI_HOST,
        stdin: bool = True,
        env: Mapping[str, str] | None = None,
        cwd: Path = REPOSITORY,
        call_limit_s: float = CALL_LIMIT_S,
    ) -> None:
        self.provider = provider if isinstance(provider, str) else serialize(provider)
        self.engine = EngineStub()
        self._call_limit_s = call_limit_s
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115  # closed with the host
        self.process = subprocess.Popen(
            [sys.executable, "-u", *command, self.engine.address],
            stdin=subprocess.PIPE if stdin else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            cwd=cwd,
            env={**os.environ, "PULUMI_PROJECT": "acme", **(env or {})},
            start_new_session=True,
        )
        assert self.process.stdout is not None
        port = self.process.stdout.readline().decode().strip()
        if not port:
            raise RuntimeError(f"the host did not start: {self.stderr()}")
        self._channel = grpc.insecure_channel(
            f"127.0.0.1:{port}",
            # As much metadata as grpc-go takes; C-core's default is 8 KB.
            options=[("grpc.max_metadata_size", 16 << 20), ("grpc.absolute_max_metadata_size", 16 << 20)],
        )
        self._calls: list[Any] = []
        self._stub: Any = provider_pb2_grpc.ResourceProviderStub(self._channel)
        self.configure(config or {})

    @property
    def logs(self) -> list[LogLine]:
        return self.engine.logs

    def stderr(self) -> str:
        """What the host has written to stderr so far."""
        self._stderr.seek(0)
        return self._stderr.read().decode(errors="replace")

    def configure(self, config: Values) -> None:
        self._stub.Configure(provider_pb2.ConfigureRequest(args=_struct(config)), timeout=self._call_limit_s)

    def check(self, inputs: Values, olds: Values | None = None, *, urn: str = urn()) -> Checked:
        """Check these inputs; `olds` are the resource's inputs so far (none on create)."""
        old_inputs = self._struct(olds) if olds else struct_pb2.Struct()
        request = provider_pb2.CheckRequest(urn=urn, news=self._struct(inputs), olds=old_inputs)
        return self._start("Check", request, _checked).result()

    def diff(self, id: str, olds: Values, news: Values, *, urn: str = urn()) -> Diffed:
        """Compare the resource's outputs so far with checked inputs."""
        request = provider_pb2.DiffRequest(id=id, urn=urn, olds=self._struct(olds), news=self._struct(news))
        return self._start("Diff", request, _diffed).result()

    def create(self, inputs: Values, *, urn: str = urn(), timeout_s: float = 0) -> Created:
        return self.start_create(inputs, urn=urn, timeout_s=timeout_s).result()

    def start_create(self, inputs: Values, *, urn: str = urn(), timeout_s: float = 0) -> Pending[Created]:
        """Send the call and come back at once, as the engine does with resources that do not depend on each other."""
        request = provider_pb2.CreateRequest(urn=urn, properties=self._struct(inputs), timeout=timeout_s)
        return self._start("Create", request, lambda answer: Created(answer.id, _outputs(answer.properties)))

    def update(self, id: str, olds: Values, news: Values, *, urn: str = urn(), timeout_s: float = 0) -> dict[str, Any]:
        """The outputs after an update in place."""
        return self.start_update(id, olds, news, urn=urn, timeout_s=timeout_s).result()

    def start_update(
        self, id: str, olds: Values, news: Values, *, urn: str = urn(), timeout_s: float = 0
    ) -> Pending[dict[str, Any]]:
        request = provider_pb2.UpdateRequest(
            id=id, urn=urn, olds=self._struct(olds), news=self._struct(news), timeout=timeout_s
        )
        return self._start("Update", request, lambda answer: _outputs(answer.properties))

    def delete(self, id: str, outputs: Values, *, urn: str = urn(), timeout_s: float = 0) -> None:
        self.start_delete(id, outputs, urn=urn, timeout_s=timeout_s).result()

    def start_delete(self, id: str, outputs: Values, *, urn: str = urn(), timeout_s: float = 0) -> Pending[None]:
        request = provider_pb2.DeleteRequest(id=id, urn=urn, properties=self._struct(outputs), timeout=timeout_s)
        return self._start("Delete", request, lambda _: None)

    def read(self, id: str, outputs: Values, inputs: Values | None = None, *, urn: str = urn()) -> ReadBack:
        """Read as in a refresh."""
        return self.start_read(id, outputs, inputs, urn=urn).result()

    def start_read(
        self, id: str, outputs: Values, inputs: Values | None = None, *, urn: str = urn()
    ) -> Pending[ReadBack]:
        request = provider_pb2.ReadRequest(
            id=id, urn=urn, properties=self._struct(outputs), inputs=self._struct(inputs or {})
        )
        return self._start("Read", request, _read_back)

    def cancel(self) -> None:
        """What the engine sends with the first Ctrl-C; comes back when the host has answered."""
        self._stub.Cancel(empty_pb2.Empty(), timeout=self._call_limit_s)

    def disconnect(self) -> None:
        """Close the connection to the host, as the engine does with the second Ctrl-C; calls under way end."""
        self._channel.close()

    def kill_engine(self) -> None:
        """What `kill -9` of the engine means for the host: stdin ends, the port closes, the connection breaks."""
        self.close_stdin()
        self.engine.stop()
        self.disconnect()

    def close_stdin(self) -> None:
        if self.process.stdin is not None:
            self.process.stdin.close()

    def wait_for_exit(self) -> int:
        """The exit code, once the process has ended. Raises subprocess.TimeoutExpired."""
        return self.process.wait(EXIT_LIMIT_S)

    def stop(self) -> bool:
        """End the host as the engine does; False if it had to be killed."""
        if self.process.poll() is not None:
            return True
        self.disconnect()
        _interrupt(self.process.pid)
        try:
            self.process.wait(ENGINE_PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(EXIT_LIMIT_S)
            return False
        return True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()
        self.engine.stop()
        self._channel.close()
        self.close_stdin()
        assert self.process.stdout is not None
        self.process.stdout.close()
        self._stderr.close()

    def _struct(self, values: Values) -> struct_pb2.Struct:
        return _struct({**values, PROVIDER_KEY: self.provider})

    def _start(self, verb: str, request: Any, convert: Callable[[Any], Answer]) -> Pending[Answer]:
        future = getattr(self._stub, verb).future(request, timeout=self._call_limit_s)
        self._calls.append(future)  # gRPC cancels a call whose future nobody holds
        return Pending(future, convert)


def _interrupt(pid: int) -> None:
    # Once in a hundred times a SIGINT to the process reaches one of gRPC's threads, and Python's main thread sleeps on:
    # seen with the bare host as well, where the engine's SIGKILL ends it. A signal to the main thread always wakes it.
    try:
        to_thread = ctypes.CDLL(None).tgkill
    except (AttributeError, OSError):  # not glibc
        os.kill(pid, signal.SIGINT)
    else:
        to_thread(pid, pid, int(signal.SIGINT))


def _struct(values: Values) -> struct_pb2.Struct:
    struct = struct_pb2.Struct()
    struct.update(dict(values))
    return struct


def _python(value: struct_pb2.Value) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "struct_value":
        return {key: _python(item) for key, item in value.struct_value.fields.items()}
    if kind == "list_value":
        return [_python(item) for item in value.list_value.values]
    return None if kind in ("null_value", None) else getattr(value, kind)


def _values(struct: struct_pb2.Struct) -> dict[str, Any]:
    return {key: _python(value) for key, value in struct.fields.items()}


def _outputs(struct: struct_pb2.Struct) -> dict[str, Any]:
    return {key: value for key, value in _values(struct).items() if key != PROVIDER_KEY}


def _checked(answer: Any) -> Checked:
    return Checked(_outputs(answer.inputs), [(failure.property, failure.reason) for failure in answer.failures])


def _diffed(answer: Any) -> Diffed:
    changes = {answer.DIFF_SOME: True, answer.DIFF_NONE: False}.get(answer.changes)
    return Diffed(changes, list(answer.replaces), answer.deleteBeforeReplace)


def _read_back(answer: Any) -> ReadBack:
    return ReadBack(answer.id, _outputs(answer.properties), _outputs(answer.inputs))


def _provider_error(error: Any) -> ProviderError:
    raw = error.details() or ""
    trailers = dict(error.trailing_metadata() or ())
    if "grpc-status-details-bin" not in trailers:
        return ProviderError(error.code().name, raw, raw, None)
    status = status_pb2.Status.FromString(trailers["grpc-status-details-bin"])
    # grpc-go takes the Status only if its code is that of the answer.
    assert status.code == error.code().value[0]
    return ProviderError(error.code().name, status.message, raw, _init_failed(status))


def _init_failed(status: status_pb2.Status) -> InitFailed | None:
    for detail in status.details:
        failed = provider_pb2.ErrorResourceInitFailed()
        assert detail.Unpack(failed)
        properties = _values(failed.properties)
        provider = properties.pop(PROVIDER_KEY, "")
        return InitFailed(failed.id, properties, _outputs(failed.inputs), list(failed.reasons), provider)
    return None
