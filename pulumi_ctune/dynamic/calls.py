"""The engine's call that the current thread serves: URN, timeout, preview.

Pulumi's host hands a provider's method the properties and nothing else, though the request that it holds says more. So
the request and gRPC's context are looked up in the frames that led here, by their types, since the names of local
variables are nobody's promise. Works in the thread that the host called the method in, and only there: look first,
start threads later.

Without such a frame (another thread, a host that is written differently, no host at all) everything still works with an
empty `Call`: no URN, so messages land on the stack's row; no timeout, so the caller's default holds; no context, so
errors show a traceback.

Messages: https://github.com/pulumi/pulumi/blob/master/proto/pulumi/provider.proto
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import grpc
from pulumi.runtime import rpc
from pulumi.runtime.proto import provider_pb2

from pulumi_ctune.core import kind
from pulumi_ctune.core.hidden import SECRETS
from pulumi_ctune.dynamic.frames import callers

REQUESTS = (
    provider_pb2.CheckRequest,
    provider_pb2.DiffRequest,
    provider_pb2.CreateRequest,
    provider_pb2.UpdateRequest,
    provider_pb2.DeleteRequest,
    provider_pb2.ReadRequest,
)
PROVIDER_KEY = "__provider"  # where the host keeps the pickled provider among a resource's properties

# In which of a request's property structs the host looks for the provider, best first.
_PROPERTIES = ("news", "properties", "inputs", "olds", "old_inputs")


@dataclass(frozen=True)
class Call(kind.Call):
    """One call of the engine, as the host serves it. An empty one (`Call()`) stands for one that could not be found.

    `provider` is the reference to the pickled provider that all stored properties must hold. `recorded_inputs` are
    the inputs in the state, which the host keeps from a Read. `secrets` is what they hold as `SECRETS`, also those
    that the host does not hand on. `context` is gRPC's, None when not found.
    """

    provider: str = ""
    recorded_inputs: Mapping[str, Any] = field(default_factory=dict, repr=False)
    secrets: tuple[Any, ...] = ()
    context: grpc.ServicerContext | None = field(default=None, repr=False, compare=False)  # with trailers, for failure


def current() -> Call:
    """The call that this thread serves, or an empty `Call`. Never raises."""
    for caller in callers():
        request, context = _served_by(caller.values)
        if request is not None and context is not None:
            return _call_of(request, context)
    return Call()


def _served_by(values: tuple[Any, ...]) -> tuple[Any, grpc.ServicerContext | None]:
    request: Any = None
    context: grpc.ServicerContext | None = None
    for value in values:
        # The type is asked, not the value: isinstance would run `__class__` of any object that happens to lie there.
        its_type = type(value)
        if its_type in REQUESTS:
            request = value
        elif issubclass(its_type, grpc.ServicerContext):
            context = value
    return request, context


def _call_of(request: Any, context: grpc.ServicerContext) -> Call:
    seconds = getattr(request, "timeout", 0.0)
    return Call(
        verb=type(request).__name__.removesuffix("Request"),
        urn=getattr(request, "urn", ""),
        timeout=timedelta(seconds=seconds) if seconds > 0 else None,
        preview=getattr(request, "preview", False),
        provider=_provider_in(request),
        recorded_inputs=_recorded_inputs(request),
        secrets=tuple(_secrets_in(request)),
        context=context,
    )


def _recorded_inputs(request: Any) -> Mapping[str, Any]:
    if type(request) is not provider_pb2.ReadRequest or not request.properties.fields:  # else those of `.get()`
        return {}
    found: Mapping[str, Any] = rpc.deserialize_properties(request.inputs)
    return found


def _provider_in(request: Any) -> str:
    for name in _PROPERTIES:
        properties = getattr(request, name, None)
        if properties is not None and PROVIDER_KEY in properties.fields:
            return str(properties.fields[PROVIDER_KEY].string_value)
    return ""


def _secrets_in(request: Any) -> Iterator[Any]:
    for name in _PROPERTIES:
        properties = getattr(request, name, None)
        if properties is not None and SECRETS in properties.fields:
            paths = rpc.deserialize_property(properties[SECRETS])
            yield from paths if isinstance(paths, list) else ()
