"""An endpoint that somebody owns, on the emulator: what is deployed on it, who deploys, and how a deployer dies."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal, Self

import httpx2

from pulumi_ctune.config import ApiEndpoint, Settings
from pulumi_ctune.core.hidden import OWNER
from pulumi_ctune.core.outcomes import Found
from pulumi_ctune.deployment import creation, deletion, kind, outputs, reading
from pulumi_ctune.vertex.client import VertexClient
from tests.core.rig import Rig
from vertex_emulator.transport import EmbeddedTransport

PARENT = "projects/acme/locations/us"
ENDPOINT = f"{PARENT}/endpoints/prod-bot"
_OPERATION_S = 1.0  # longer than any operation of the emulator


class Killed(BaseException):
    """The process is gone: nobody catches this."""


class MortalTransport(httpx2.BaseTransport):
    """The embedded emulator, and a process that dies at one of its writes: `kill_at` counts them from 1."""

    def __init__(self, rig: Rig) -> None:
        self._embedded = EmbeddedTransport(rig.emulator)
        self._writes = 0
        self.kill_at = 0
        self.when: Literal["before", "after"] = "before"

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        if request.method == "GET":
            return self._embedded.handle_request(request)
        self._writes += 1
        dies = self._writes == self.kill_at
        if dies and self.when == "before":
            raise Killed
        response = self._embedded.handle_request(request)
        if dies:
            raise Killed
        return response


@dataclass
class Serving:
    """Verbs of a deployment on `ENDPOINT`, and what is there. `stack` says whose deployment it is."""

    rig: Rig
    http: httpx2.Client
    versions: tuple[str, ...] = ()
    stack: str = "prod"

    @classmethod
    @contextmanager
    def start(cls, rig: Rig) -> Iterator[Self]:
        """Three versions of one model, and an endpoint without deployments."""
        url = "http://embedded.localhost/v1beta1/"
        with httpx2.Client(transport=EmbeddedTransport(rig.emulator), base_url=url) as http:
            first = rig.create(rig.inputs())
            versions = [first["tuned_model_name"]]
            for _ in range(2):
                versions.append(rig.create(rig.continued(versions[-1]))["tuned_model_name"])
            serving = cls(rig, http, tuple(versions))
            serving.ask("POST", f"{PARENT}/endpoints?endpointId=prod-bot", {"displayName": "prod-bot"})
            rig.emulator.forget_requests()
            yield serving

    def inputs(self, version: str, **changes: Any) -> dict[str, Any]:
        owner = {"organization": "acme-org", "project": "infra", "stack": self.stack, "name": "support"}
        owner["urn"] = f"urn:pulumi:{self.stack}::infra::pulumi-python:dynamic/ctune:ModelDeployment::support"
        given = {"endpoint": ENDPOINT, "tuned_model_name": version, "traffic_percent": 100, OWNER: owner, **changes}
        return {key: value for key, value in given.items() if value is not None}

    def create(self, version: str, **changes: Any) -> dict[str, Any]:
        context = self.rig.verbs(timeout=kind.DEFAULT_TIMEOUT).context
        return creation.create(self.rig.client, context, self.inputs(version, **changes))

    def update(self, state: dict[str, Any], version: str, **changes: Any) -> dict[str, Any]:
        context = self.rig.verbs(timeout=kind.DEFAULT_TIMEOUT).context
        return creation.update(self.rig.client, context, state, self.inputs(version, **changes))

    def read(self, state: dict[str, Any]) -> Found | None:
        return reading.read(self.rig.client, self.rig.verbs().context, outputs.id_of(state), state)

    def delete(self, state: dict[str, Any], id_: str = "") -> None:
        context = self.rig.verbs(timeout=kind.DEFAULT_TIMEOUT).context
        deletion.delete(self.rig.client, context, id_ or outputs.id_of(state), state)

    def mortal(self, kill_at: int, when: Literal["before", "after"]) -> VertexClient:
        """A client of a process that dies at a write."""
        transport = MortalTransport(self.rig)
        transport.kill_at, transport.when = kill_at, when
        settings = Settings(project="acme", api_endpoint=ApiEndpoint("embedded"))
        clock = self.rig.clock

        def sleep(seconds: float) -> None:
            clock.pause(seconds)

        return VertexClient(settings, transport=transport, sleep=sleep)

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Somebody else's request; an operation that it starts is over when this returns."""
        answer = self.http.request(method, path, json=body).raise_for_status()
        self.rig.clock.pause(_OPERATION_S)
        document: dict[str, Any] = answer.json()
        return document

    def deploy_foreign(self, id_: str, version: str, split: dict[str, int]) -> None:
        deployed = {"id": id_, "model": version, "displayName": "by hand"}
        self.ask("POST", f"{ENDPOINT}:deployModel", {"deployedModel": deployed, "trafficSplit": split})

    def change_split(self, split: dict[str, int]) -> None:
        self.ask("PATCH", f"{ENDPOINT}?updateMask=trafficSplit", {"trafficSplit": split})

    def deployed(self) -> dict[str, str]:
        """Version number by id of what is on the endpoint."""
        endpoint = self.rig.client.get_endpoint(ENDPOINT)
        return {item.deployed_model_id: item.version_id for item in endpoint.deployed_models}

    def split(self) -> dict[str, int]:
        return {key: share for key, share in self.rig.client.get_endpoint(ENDPOINT).traffic_split.items() if share}

    def traffic(self) -> dict[str, int]:
        """Percent by version number of what is served."""
        deployed = self.deployed()
        return {deployed[key]: share for key, share in self.split().items()}

    def writes(self) -> list[str]:
        """The verbs of the requests that changed the endpoint, in order."""
        return [
            entry["path"].rpartition(":")[2] if entry["method"] == "POST" else entry["method"]
            for entry in self.rig.emulator.requests()
            if entry["method"] != "GET" and "/endpoints/" in entry["path"]
        ]

    def forget_requests(self) -> None:
        self.rig.emulator.forget_requests()
