"""A small engine: calls the provider over a real connection, in plain Python. Knows the protocol, no resource type."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
from pulumi.runtime.proto import provider_pb2 as pb
from pulumi.runtime.proto import provider_pb2_grpc

from vertex_emulator.pulumi_gcp.__main__ import start
from vertex_emulator.pulumi_gcp.values import Properties, plain, struct

SEED = bytes(range(32))
# As the engine: no limit; and a connection of its own for each channel, which gRPC would share within a process.
_OPTIONS = [("grpc.max_receive_message_length", -1), ("grpc.use_local_subchannel_pool", 1)]


class Engine:
    """One provider resource of a program: a connection with a configuration of its own."""

    def __init__(self, port: int) -> None:
        self.channel = grpc.insecure_channel(f"127.0.0.1:{port}", _OPTIONS)
        self.stub = provider_pb2_grpc.ResourceProviderStub(self.channel)

    def configure(self, **settings: str) -> None:
        """Settings by their names in pulumi-gcp: `project`, `region`, `vertexAiCustomEndpoint`."""
        variables = {f"gcp:config:{name}": value for name, value in settings.items()}
        self.stub.Configure(pb.ConfigureRequest(variables=variables))

    def checked(
        self, token: str, inputs: Properties, olds: Properties | None = None, *, proposed: str = "", seed: bytes = SEED
    ) -> tuple[Properties, dict[str, str]]:
        """Completed inputs, and reasons by property."""
        request = pb.CheckRequest(
            type=token, name="name", news=struct(inputs), olds=struct(olds or {}), randomSeed=seed
        )
        request.autonaming.proposed_name = proposed
        response = self.stub.Check(request)
        return plain(response.inputs), {failure.property: failure.reason for failure in response.failures}

    def diff(self, token: str, resource_id: str, olds: Properties, news: Properties) -> pb.DiffResponse:
        response: pb.DiffResponse = self.stub.Diff(
            pb.DiffRequest(type=token, id=resource_id, old_inputs=struct(olds), news=struct(news))
        )
        return response

    def create(self, token: str, inputs: Properties, *, preview: bool = False) -> tuple[str, Properties]:
        """Id and outputs of a resource, its inputs checked before; they must be accepted."""
        checked, refusals = self.checked(token, inputs)
        assert refusals == {}
        response = self.stub.Create(pb.CreateRequest(type=token, properties=struct(checked), preview=preview))
        return response.id, plain(response.properties)

    def read(self, token: str, resource_id: str, outputs: Mapping[str, Any] | None = None) -> tuple[str, Properties]:
        """Id (empty: gone) and inputs, as `.get()` and an import ask, or a refresh with `outputs`."""
        response = self.stub.Read(pb.ReadRequest(type=token, id=resource_id, properties=struct(outputs or {})))
        return response.id, plain(response.inputs)

    def delete(self, token: str, resource_id: str, outputs: Properties) -> None:
        self.stub.Delete(pb.DeleteRequest(type=token, id=resource_id, properties=struct(outputs)))


@contextmanager
def engines(count: int = 1) -> Iterator[list[Engine]]:
    """So many engines on one server, not configured."""
    server, port = start()
    made = [Engine(port) for _ in range(count)]
    try:
        yield made
    finally:
        for engine in made:
            engine.channel.close()
        server.stop(None).wait()


@contextmanager
def engine_on(folder: Path, **settings: str) -> Iterator[Engine]:
    """One engine, configured for a state directory."""
    with engines() as (engine,):
        engine.configure(**{"project": "acme", "vertexAiCustomEndpoint": f"embedded:{folder}"} | settings)
        yield engine
