"""A version in one project and a stage in another, on the emulator: who copies, what is there, how a copier dies."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal, Self

import httpx2

from pulumi_ctune.config import ApiEndpoint, Settings
from pulumi_ctune.core.api import ModelVersion
from pulumi_ctune.core.hidden import OWNER
from pulumi_ctune.core.outcomes import Found
from pulumi_ctune.model_copy import creation, deletion, kind, reading
from pulumi_ctune.vertex.client import VertexClient
from tests.core.rig import Rig
from tests.core.serving import MortalTransport
from vertex_emulator.names import project_number
from vertex_emulator.transport import EmbeddedTransport

PROD = "projects/acme-prod/locations/us-central1"
ROLE = "roles/aiplatform.serviceAgent"
AGENT = f"serviceAccount:service-{project_number('acme-prod')}@gcp-sa-aiplatform.iam.gserviceaccount.com"


@dataclass
class Copies:
    """Verbs of a copy from project `acme` to `acme-prod`; `stack` says whose copy it is."""

    rig: Rig
    http: httpx2.Client
    versions: tuple[str, ...] = ()
    stack: str = "prod"

    @classmethod
    @contextmanager
    def start(cls, rig: Rig, *, versions: int = 2) -> Iterator[Self]:
        """Versions of one model, and the role that a copy of them relies on."""
        url = "http://embedded.localhost/v1beta1/"
        with httpx2.Client(transport=EmbeddedTransport(rig.emulator), base_url=url) as http:
            made = [rig.create(rig.inputs(labels={"team": "support"}))["tuned_model_name"]]
            for _ in range(versions - 1):
                made.append(rig.create(rig.continued(made[-1]))["tuned_model_name"])
            rig.emulator.grant("acme", ROLE, AGENT)
            rig.emulator.forget_requests()
            yield cls(rig, http, tuple(made))

    def inputs(self, source: str = "", **changes: Any) -> dict[str, Any]:
        """Inputs of a copy of the first version, with changes (None takes an input away)."""
        owner = {"organization": "acme-org", "project": "infra", "stack": self.stack, "name": "support"}
        owner["urn"] = f"urn:pulumi:{self.stack}::infra::pulumi-python:dynamic/ctune:ModelCopy::support"
        given = {
            "source_model_name": source or self.versions[0],
            "project": "acme-prod",
            "location": "us-central1",
            OWNER: owner,
            **changes,
        }
        return {key: value for key, value in given.items() if value is not None}

    def create(self, source: str = "", *, client: VertexClient | None = None, **changes: Any) -> dict[str, Any]:
        context = self.rig.verbs(timeout=kind.DEFAULT_TIMEOUT).context
        return creation.create(client or self.rig.client, context, self.inputs(source, **changes))

    def update(self, state: dict[str, Any], source: str = "", **changes: Any) -> dict[str, Any]:
        context = self.rig.verbs(timeout=kind.DEFAULT_TIMEOUT).context
        return creation.update(self.rig.client, context, state, self.inputs(source, **changes))

    def read(self, state: dict[str, Any], id_: str = "") -> Found | None:
        return reading.read(self.rig.client, self.rig.verbs().context, id_ or state["tuned_model_name"], state)

    def delete(self, state: dict[str, Any], *, is_replaced: bool = False) -> None:
        context = self.rig.verbs(timeout=kind.DEFAULT_TIMEOUT).context
        deletion.delete(self.rig.client, context, state, is_replaced=lambda: is_replaced)

    def mortal(self, kill_at: int, when: Literal["before", "after"]) -> VertexClient:
        """A client of a process that dies at a write."""
        transport = MortalTransport(self.rig)
        transport.kill_at, transport.when = kill_at, when

        def sleep(seconds: float) -> None:
            self.rig.clock.pause(seconds)

        settings = Settings(project="acme-prod", api_endpoint=ApiEndpoint("embedded"))
        return VertexClient(settings, transport=transport, sleep=sleep)

    def parent_model(self) -> str:
        """A model of the destination, of one version that is no copy of ours."""
        version = self.rig.create(self.rig.inputs(project="acme-prod"))["tuned_model_name"]
        self.rig.emulator.forget_requests()
        return str(version).partition("@")[0]

    def copy_by_hand(self, source: str, **target: str) -> str:
        """Somebody else's copy, without our marks."""
        body = {"sourceModel": source, **target}
        started = self.http.post(f"{PROD}/models:copy", json=body).raise_for_status().json()
        self.rig.clock.pause(60)
        made = self.http.get(started["name"]).json()["response"]
        return f"{made['model']}@{made['modelVersionId']}"

    def there(self) -> list[ModelVersion]:
        """All copies in the destination, the oldest first."""
        models = self.http.get(f"{PROD}/models").raise_for_status().json().get("models", [])
        versions = [item for model in models for item in self.rig.client.list_model_versions(model["name"])]
        copies = [version for version in versions if version.copied_from]
        return sorted(copies, key=lambda version: (version.create_time, int(version.version_id)))

    def requests(self) -> list[dict[str, Any]]:
        """Bodies of the requests that ask for a copy."""
        return [entry["body"] for entry in self.rig.emulator.requests() if entry["path"].endswith("/models:copy")]
