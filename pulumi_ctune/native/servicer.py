"""The engine's calls, each handed on to the verbs of a kind: values and names in, values and names out.

Protocol: https://github.com/pulumi/pulumi/blob/master/proto/pulumi/provider.proto
"""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from functools import wraps
from typing import Any, NamedTuple, TypeVar

from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2_grpc
from pulumi.runtime.proto import provider_pb2 as pb

from pulumi_ctune import config
from pulumi_ctune.core import secret_inputs
from pulumi_ctune.core.errors import CtuneError
from pulumi_ctune.core.kind import NO_ASSETS, Call, Kind, Values
from pulumi_ctune.core.program_facts import DEFAULT_LABELS
from pulumi_ctune.core.values import UNKNOWN, has_unknown
from pulumi_ctune.native import answers, functions, kept_schema, saved_entries, setting_texts, wire_values, wording
from pulumi_ctune.native.served import PROVIDER, Served, all_served, type_in, without_ours
from pulumi_ctune.verbs import error_status, interruption, status
from pulumi_ctune.verbs.long_verb import LongVerb
from pulumi_ctune.verbs.runner import VerbFailed, VerbRunner
from pulumi_ctune.verbs.running import Running

_NOT_OURS = ("version", "pluginDownloadURL", "pluginChecksums")  # the engine's own, among a provider's inputs

_Method = TypeVar("_Method", bound=Callable[..., Any])


class _Resource(NamedTuple):
    """What serves the resources of one type."""

    served: Served
    kind: Kind
    runner: VerbRunner


def _in_one_line(method: _Method) -> _Method:
    """Whatever goes wrong in a call is an error of one line; what must be kept of the resource goes with it."""

    @wraps(method)
    def served(self: "Servicer", request: Any, context: Any) -> Any:
        kept = None
        try:
            return method(self, request, context)
        except VerbFailed as failed:
            text = failed.text
            if failed.kept:
                state = self.marshal_state(request.urn, failed.kept.state)
                kept = pb.ErrorResourceInitFailed(id=failed.kept.id, properties=state)
        except CtuneError as error:
            text = str(error)
        except Exception as error:
            text = error_status.fault(method.__name__, error)
        answers.tell(context, text, kept)
        return None

    return served  # type: ignore[return-value]


class Servicer(provider_pb2_grpc.ResourceProviderServicer):
    """One provider resource of a stack. `running` counts the long calls."""

    def __init__(self, running: Running) -> None:
        self._running = running
        self._config: Mapping[str, str] = {}
        self._resources: dict[str, _Resource] = {}

    def Handshake(self, request: Any, context: Any) -> pb.ProviderHandshakeResponse:
        return pb.ProviderHandshakeResponse(accept_secrets=True)

    def GetPluginInfo(self, request: Any, context: Any) -> plugin_pb2.PluginInfo:
        return plugin_pb2.PluginInfo(version=_version())

    def GetSchema(self, request: Any, context: Any) -> pb.GetSchemaResponse:
        versioned = {**kept_schema.kept(), "version": _version()}
        return pb.GetSchemaResponse(schema=json.dumps(versioned))

    def Cancel(self, request: Any, context: Any) -> empty_pb2.Empty:
        interruption.interrupt(interruption.Interruption.CANCELLED)
        return empty_pb2.Empty()

    @_in_one_line
    def CheckConfig(self, request: Any, context: Any) -> pb.CheckResponse:
        """A config that cannot be used is told once, at the provider."""
        given = _settings_in(request.news)
        wrong = [str(error) for error in config.unknown_keys(given)]
        try:
            config.Settings.load(given.get, os.environ)
            config.default_labels(given.get)
        except CtuneError as error:
            wrong.append(str(error))
        failures = [pb.CheckFailure(reason=wording.worded(line)) for line in wrong]
        secret = (name for name, said in kept_schema.kept()["config"]["variables"].items() if said.get("secret"))
        return pb.CheckResponse(inputs=wire_values.as_secrets(request.news, secret), failures=failures)

    @_in_one_line
    def DiffConfig(self, request: Any, context: Any) -> pb.DiffResponse:
        """Another config replaces no resource, whatever it is."""
        same = _settings_in(request.olds) == _settings_in(request.news)
        return pb.DiffResponse(changes=pb.DiffResponse.DIFF_NONE if same else pb.DiffResponse.DIFF_SOME)

    @_in_one_line
    def Configure(self, request: Any, context: Any) -> pb.ConfigureResponse:
        variables = request.variables.items()
        named = ((key.removeprefix("ctune:config:"), value) for key, value in variables)
        self._config = {f"ctune:{name}": setting_texts.text_of(name, value) for name, value in named if value}
        for type_, served in all_served().items():
            runner = VerbRunner(served.kind, self._config.get, saved_entries.readable)
            self._resources[type_] = _Resource(served, served.kind, runner)
        return pb.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

    @_in_one_line
    def Invoke(self, request: Any, context: Any) -> pb.InvokeResponse:
        arguments, marks = wire_values.unmarshal(request.args)
        found = functions.call(request.tok, arguments, config.Settings.load(self._config.get, os.environ))
        secret = [[key] for key in found] if marks else []
        answer = pb.InvokeResponse()
        getattr(answer, "return").CopyFrom(wire_values.marshal(found, secret))  # a word of Python's own
        return answer

    @_in_one_line
    def Check(self, request: Any, context: Any) -> pb.CheckResponse:
        served, _, runner = self._resource(request.urn)
        inputs, olds = self._unmarshal(request.urn, request.news, request.olds)
        if assets := [*wire_values.assets_in(inputs)]:
            refused = [pb.CheckFailure(property=served.shape.path_to_wire(path), reason=NO_ASSETS) for path in assets]
            return pb.CheckResponse(inputs=request.news, failures=refused)
        given = served.settled(request.urn, inputs, olds, self._config.get, self._default)
        program = {DEFAULT_LABELS: config.default_labels(self._config.get)}
        checked = runner.check(_call("Check", request, context), olds, given, program)
        failures = [
            pb.CheckFailure(property=served.shape.path_to_wire(found.property), reason=wording.worded(found.reason))
            for found in secret_inputs.printed(request.urn, checked.failures)
        ]
        return pb.CheckResponse(inputs=self._marshal(request.urn, {**given, **checked.settled}), failures=failures)

    @_in_one_line
    def Diff(self, request: Any, context: Any) -> pb.DiffResponse:
        served, _, runner = self._resource(request.urn)
        inputs, state = self._unmarshal(request.urn, request.news, request.olds)
        plan = runner.diff(_call("Diff", request, context), request.id, state, inputs)
        if not plan.changes and PROVIDER in request.olds.fields:
            # A state of the dynamic front: an update writes it anew, by the names that the program knows.
            return pb.DiffResponse(changes=pb.DiffResponse.DIFF_SOME)
        return answers.diff(plan, served, state, inputs)

    @_in_one_line
    def Create(self, request: Any, context: Any) -> pb.CreateResponse:
        served, _, runner = self._resource(request.urn)
        inputs, _ = self._unmarshal(request.urn, request.properties)
        if request.preview:
            unknown = dict.fromkeys(served.outputs(), UNKNOWN)
            return pb.CreateResponse(properties=self._marshal(request.urn, {**inputs, **unknown}))
        served.refuse_unchecked(inputs)
        with self._long("Create", request, context) as under_way:
            made = runner.create(under_way, inputs)
        return pb.CreateResponse(id=made.id, properties=self.marshal_state(request.urn, made.state))

    @_in_one_line
    def Update(self, request: Any, context: Any) -> pb.UpdateResponse:
        served, kind, runner = self._resource(request.urn)
        inputs, state = self._unmarshal(request.urn, request.news, request.olds)
        if request.preview:
            outputs = {key: value for key, value in state.items() if key not in kind.inputs}
            if not kind.keeps_outputs(state, inputs):
                outputs = dict.fromkeys(served.outputs(), UNKNOWN)
            return pb.UpdateResponse(properties=self.marshal_state(request.urn, {**inputs, **outputs}))
        with self._long("Update", request, context) as under_way:
            made = runner.update(under_way, request.id, state, inputs)
        return pb.UpdateResponse(properties=self.marshal_state(request.urn, made))

    @_in_one_line
    def Read(self, request: Any, context: Any) -> pb.ReadResponse:
        """Without a state it is an import, or a look at what the stack does not manage."""
        _, _, runner = self._resource(request.urn)
        state, inputs = self._unmarshal(request.urn, request.properties, request.inputs)
        with self._long("Read", request, context) as under_way:
            found = runner.read(under_way, request.id, state, inputs, {})
        if found is None:
            return pb.ReadResponse()
        properties = self.marshal_state(request.urn, found.state)
        return pb.ReadResponse(id=request.id, properties=properties, inputs=self._marshal(request.urn, found.inputs))

    @_in_one_line
    def Delete(self, request: Any, context: Any) -> empty_pb2.Empty:
        _, _, runner = self._resource(request.urn)
        state, _ = self._unmarshal(request.urn, request.properties)
        with self._long("Delete", request, context) as under_way:
            runner.delete(under_way, request.id, state)
        return empty_pb2.Empty()

    def marshal_state(self, urn: str, state: Values) -> struct_pb2.Struct:
        """A state for the engine."""
        return self._marshal(urn, self._resource(urn).served.readable(state))

    def _marshal(self, urn: str, properties: Values) -> struct_pb2.Struct:
        """Properties for the engine: inputs that are secret as such, and each output that quotes one."""
        shape = self._resource(urn).served.shape
        marks, quoting = secret_inputs.quoting(urn, properties)
        paths = [shape.keys_to_wire(path) for path in (*marks, *([key] for key in quoting))]
        return wire_values.marshal(shape.to_wire(properties), paths)

    def _unmarshal(
        self, urn: str, newest: struct_pb2.Struct, older: struct_pb2.Struct | None = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """The properties of a resource, twice, by the core's names. What is secret in either is hidden from now on."""
        served, kind, _ = self._resource(urn)
        properties, marks = [], []
        for struct in (newest, older or struct_pb2.Struct()):
            values, secret = wire_values.unmarshal(struct)
            properties.append(without_ours(served.shape.to_core(values)))
            paths = [served.shape.keys_to_core(path) for path in secret]
            marks.append([path for path in paths if path[0] in kind.inputs])
        if any(marks):
            secret_inputs.note(urn, kind.inputs, marks[0], marks[1], *properties)
        else:
            secret_inputs.forget(urn)
        return properties[0], properties[1]

    def _resource(self, urn: str) -> _Resource:
        return self._resources[type_in(urn)]

    def _default(self, key: str) -> str | None:
        return config.default_of(key, self._config.get, os.environ)

    @contextmanager
    def _long(self, verb: str, request: Any, context: Any) -> Iterator[LongVerb]:
        call = _call(verb, request, context)
        with self._running:
            yield LongVerb(call, interruption.Watch(call), status.StatusLine(call.urn))


def _version() -> str:
    from importlib import metadata  # slow to load, and asked for once at most

    return metadata.version("pulumi-ctune")


def _call(verb: str, request: Any, context: Any) -> Call:
    seconds = getattr(request, "timeout", 0.0)
    timeout = timedelta(seconds=seconds) if seconds > 0 else None
    return Call(verb, request.urn, timeout, getattr(request, "preview", False), context)


def _settings_in(struct: struct_pb2.Struct) -> dict[str, str]:
    """The inputs of a provider as settings, those left out that are not known yet."""
    values, _ = wire_values.unmarshal(struct)
    known = {name: value for name, value in values.items() if name not in _NOT_OURS and not has_unknown(value)}
    return {f"ctune:{name}": setting_texts.text_of(name, value) for name, value in known.items()}
