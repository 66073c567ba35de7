"""The engine's calls, turned into those of a kind of resource and back.

Owns the protocol; what a kind of resource does is in `kinds`. Secrets are declined, so every value is plain here and
the engine marks again what was secret before. One process may serve several providers (`PULUMI_DEBUG_PROVIDERS` does
that), so the configuration is kept by the connection that it came over. Cancel ends nothing: the engine waits for
running calls anyway, and these are short.

Messages: https://github.com/pulumi/pulumi/blob/master/proto/pulumi/provider.proto
"""

import contextlib
import functools
import json
import os
from collections.abc import Callable
from importlib import metadata
from typing import Any, TypeVar

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2_grpc
from pulumi.runtime.proto import provider_pb2 as pb

from vertex_emulator.pulumi_gcp import (
    access,
    client,
    differences,
    functions,
    inputs,
    schema,
    values,
)
from vertex_emulator.pulumi_gcp.catalogue import kind_of
from vertex_emulator.pulumi_gcp.configuration import Configuration
from vertex_emulator.pulumi_gcp.errors import InvalidInputError, NotFoundError, PluginError
from vertex_emulator.pulumi_gcp.kinds import Found, Kind
from vertex_emulator.pulumi_gcp.values import (
    DEFAULTS,
    UNKNOWN,
    Properties,
    plain,
    struct,
)

OLDEST_VERSION = "10.2.0"  # of pulumi-gcp, where that is not installed beside us
_ABANDON, _PREVENT = "ABANDON", "PREVENT"
_KIND_OF_CHANGE = {  # what PropertyDiff calls it: in place, with a replacement
    "ADD": (pb.PropertyDiff.ADD, pb.PropertyDiff.ADD_REPLACE),
    "DELETE": (pb.PropertyDiff.DELETE, pb.PropertyDiff.DELETE_REPLACE),
    "UPDATE": (pb.PropertyDiff.UPDATE, pb.PropertyDiff.UPDATE_REPLACE),
}
Answer = TypeVar("Answer")


def version() -> str:
    """The version of pulumi-gcp that this plugin stands in for: that of the installed SDK, which asks for it."""
    try:
        return metadata.version("pulumi-gcp")
    except metadata.PackageNotFoundError:
        return OLDEST_VERSION


def _in_one_line(method: Callable[[Any, Any, grpc.ServicerContext], Answer]) -> Callable[..., Answer]:
    @functools.wraps(method)
    def served(self: "Provider", request: Any, context: grpc.ServicerContext) -> Answer:
        try:
            return method(self, request, context)
        except PluginError as error:
            context.abort(grpc.StatusCode.UNKNOWN, str(error))

    return served


class Provider(provider_pb2_grpc.ResourceProviderServicer):
    """Serves every provider resource of a program that connects. Safe for threads."""

    def __init__(self) -> None:
        self._configurations: dict[str, Configuration] = {}

    def Handshake(
        self, request: pb.ProviderHandshakeRequest, context: grpc.ServicerContext
    ) -> pb.ProviderHandshakeResponse:
        return pb.ProviderHandshakeResponse(supports_autonaming_configuration=True)

    def GetPluginInfo(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> plugin_pb2.PluginInfo:
        return plugin_pb2.PluginInfo(version=version())

    @_in_one_line
    def GetSchema(self, request: pb.GetSchemaRequest, context: grpc.ServicerContext) -> pb.GetSchemaResponse:
        """Asked for by programs in YAML."""
        return pb.GetSchemaResponse(schema=json.dumps(schema.of_emulator(version())))

    def Attach(self, request: plugin_pb2.PluginAttach, context: grpc.ServicerContext) -> empty_pb2.Empty:
        return empty_pb2.Empty()

    def Cancel(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> empty_pb2.Empty:
        return empty_pb2.Empty()

    @_in_one_line
    def Configure(self, request: pb.ConfigureRequest, context: grpc.ServicerContext) -> pb.ConfigureResponse:
        self._configurations[context.peer()] = Configuration.read(request.variables, os.environ)
        return pb.ConfigureResponse(supportsPreview=True)

    @_in_one_line
    def Check(self, request: pb.CheckRequest, context: grpc.ServicerContext) -> pb.CheckResponse:
        naming = inputs.Naming(request.name, request.randomSeed, request.autonaming.proposed_name)
        kind, configuration = kind_of(request.type), self._configuration(context)
        checked = inputs.complete(kind, plain(request.news), plain(request.olds), naming, configuration)
        failures = [pb.CheckFailure(property=name, reason=reason) for name, reason in checked.refusals.items()]
        return pb.CheckResponse(inputs=struct(checked.inputs), failures=failures)

    @_in_one_line
    def Diff(self, request: pb.DiffRequest, context: grpc.ServicerContext) -> pb.DiffResponse:
        plan = differences.compare(kind_of(request.type), request.id, plain(request.old_inputs), plain(request.news))
        return pb.DiffResponse(
            changes=pb.DiffResponse.DIFF_SOME if plan.differences else pb.DiffResponse.DIFF_NONE,
            diffs=list(plan.differences),
            replaces=[name for name, difference in plan.differences.items() if difference.replaces],
            detailedDiff={
                name: pb.PropertyDiff(kind=_KIND_OF_CHANGE[difference.change][difference.replaces], inputDiff=True)
                for name, difference in plan.differences.items()
            },
            hasDetailedDiff=True,
            deleteBeforeReplace=plan.delete_before_replace,
        )

    @_in_one_line
    def Create(self, request: pb.CreateRequest, context: grpc.ServicerContext) -> pb.CreateResponse:
        kind, given = kind_of(request.type), plain(request.properties)
        if request.preview:
            return pb.CreateResponse(properties=struct(_shown(given) | dict.fromkeys(kind.computed, UNKNOWN)))
        outputs = kind.create(self._emulator(context), given)
        return pb.CreateResponse(id=kind.id_of(given), properties=struct(_shown(given) | outputs))

    @_in_one_line
    def Read(self, request: pb.ReadRequest, context: grpc.ServicerContext) -> pb.ReadResponse:
        kind, resource_id = kind_of(request.type), access.canonical_id(request.id)
        outputs = plain(request.properties)
        found = kind.read(self._emulator(context), resource_id, outputs)
        if found is None:
            return pb.ReadResponse()
        inputs_now = _inputs_now(kind, plain(request.inputs), found)
        return pb.ReadResponse(id=resource_id, properties=struct(outputs | found.outputs), inputs=struct(inputs_now))

    @_in_one_line
    def Update(self, request: pb.UpdateRequest, context: grpc.ServicerContext) -> pb.UpdateResponse:
        kind, old_inputs, given = kind_of(request.type), plain(request.old_inputs), plain(request.news)
        if request.preview:
            changed = differences.changed_inputs(kind, old_inputs, given)
            outputs = {name: value for name, value in plain(request.olds).items() if name not in changed}
            outputs |= {name: value for name, value in _shown(given).items() if name in changed}
            return pb.UpdateResponse(
                properties=struct(outputs | dict.fromkeys(kind.outputs_of_change(changed), UNKNOWN))
            )
        outputs = kind.update(self._emulator(context), request.id, old_inputs, given)
        return pb.UpdateResponse(properties=struct(_shown(given) | outputs))

    @_in_one_line
    def Delete(self, request: pb.DeleteRequest, context: grpc.ServicerContext) -> empty_pb2.Empty:
        kind, outputs = kind_of(request.type), plain(request.properties)
        if outputs.get(differences.DELETION_POLICY) == _PREVENT:
            raise InvalidInputError(
                "nothing was deleted",
                where=request.id,
                why=f"its deletion policy is {_PREVENT}",
                next_step="Change deletion_policy and run pulumi up first.",
            )
        if outputs.get(differences.DELETION_POLICY) != _ABANDON:
            with contextlib.suppress(NotFoundError):
                kind.delete(self._emulator(context), request.id, outputs)
        return empty_pb2.Empty()

    @_in_one_line
    def Invoke(self, request: pb.InvokeRequest, context: grpc.ServicerContext) -> pb.InvokeResponse:
        result = functions.invoke(request.tok, plain(request.args), self._configuration(context))
        response = pb.InvokeResponse()
        getattr(response, "return").CopyFrom(struct(result))  # the field is named like Python's keyword
        return response

    def _configuration(self, context: grpc.ServicerContext) -> Configuration:
        return self._configurations[context.peer()]

    def _emulator(self, context: grpc.ServicerContext) -> client.Client:
        return client.at(self._configuration(context).state_dir)


def _shown(given: Properties) -> Properties:
    """Inputs as outputs."""
    return {name: value for name, value in given.items() if name != DEFAULTS and values.can_be_output(value)}


def _inputs_now(kind: Kind, recorded: Properties, found: Found) -> Properties:
    """The recorded inputs with what is different now; without recorded ones (`.get()`, import) what the server knows.

    What the program leaves to the server is not its input, so it never drifts.
    """
    if not recorded:
        return {name: value for name, value in found.inputs.items() if value not in (None, {}, [])}
    drifted = {
        name: found.inputs[name]
        for name in recorded
        if name in found.inputs and not kind.same(name, recorded[name], found.inputs[name])
    }
    return recorded | drifted
