"""Stacks whose pulumi-gcp is the emulator, put where `make` puts it, and a look at what they made.

Knows how to install the plugin and how to ask the emulator; nothing of a resource type.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

from tests.engine.harness import STACK_NAME, Run, Stack, resources_of
from vertex_emulator.app import Emulator
from vertex_emulator.pulumi_gcp import launcher
from vertex_emulator.pulumi_gcp.client import RECORDS
from vertex_emulator.pulumi_gcp.provider import version
from vertex_emulator.store import Store
from vertex_emulator.transport import EmbeddedTransport

PROJECT, REGION = "acme", "us-central1"
_NO_CHANGE = ("same", "refresh", "read", "read-replacement", "discard", "discard-replaced")


class Place:
    """A state directory of the Vertex AI emulator, and requests to it behind Pulumi's back."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.emulator = Emulator(folder)
        self.emulator.configure(job_start_delay_s=0.1, job_duration_s=0.4, operation_duration_s=0.01)
        self._http = httpx2.Client(transport=EmbeddedTransport(self.emulator), base_url="http://embedded.localhost")

    def ask(self, method: str, path: str, **request: Any) -> dict[str, Any]:
        """The answer's JSON; a status that is no success raises."""
        answer = self._http.request(method, path, **request).raise_for_status()
        document: dict[str, Any] = answer.json() if answer.content else {}
        return document

    def content(self, bucket: str, name: str) -> bytes:
        """The bytes of an object in Cloud Storage."""
        path = f"/storage/v1/b/{bucket}/o/{name}"
        return self._http.get(path, params={"alt": "media"}).raise_for_status().content

    def has(self, path: str) -> bool:
        """Whether a GET finds something."""
        return self._http.get(path).is_success

    def policy(self, endpoint: str) -> dict[str, list[str]]:
        """Who has which role on an endpoint."""
        policy = self.ask("POST", f"/v1beta1/{endpoint}:getIamPolicy", json={})
        return {binding["role"]: binding["members"] for binding in policy.get("bindings", [])}

    def records(self) -> list[str]:
        """Type and id of everything that is a record."""
        with Store(self.folder).transaction() as tx:
            return [name for name, _ in tx.list(RECORDS)]

    def forget_record(self, token: str, resource_id: str) -> None:
        """Delete a record."""
        with Store(self.folder).transaction() as tx:
            assert tx.delete(RECORDS, f"{token} {resource_id}")


def gcp_stack(
    folder: Path, pulumi_bin: Path, program: str, *, config: dict[str, str], files: dict[str, str] | None = None
) -> Stack:
    """A stack with the emulator installed in its own PULUMI_HOME; `config` is all that its config holds."""
    settings = {f"Pulumi.{STACK_NAME}.yaml": json.dumps({"config": config})}
    stack = Stack(folder, program, pulumi_bin=pulumi_bin, files=settings | (files or {}))
    stack.run(*plugin_installation(folder))
    return stack


def plugin_installation(folder: Path) -> tuple[str, ...]:
    """The arguments with which the CLI installs the emulator; its launcher is written below `folder`."""
    where = launcher.write(folder / "launcher").parent
    return ("plugin", "install", "resource", "gcp", version(), "--file", str(where))


def on(place: Place) -> dict[str, str]:
    """The config of a stack on an emulator: the same place for both providers."""
    return {
        "gcp:project": PROJECT,
        "gcp:region": REGION,
        "gcp:vertexAiCustomEndpoint": f"embedded:{place.folder}",
        "ctune:apiEndpoint": f"embedded:{place.folder}",
        "ctune:pollInterval": "200ms",
    }


@dataclass
class Step:
    """One command and what was there after it: the stack's resources by name, its outputs."""

    run: Run
    resources: dict[str, dict[str, Any]] = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)

    def changed(self) -> dict[str, str]:
        """What happened, without what stayed the same or was only looked at."""
        return {name: op for name, op in self.run.ops.items() if op not in _NO_CHANGE}


def taken(stack: Stack, run: Run) -> Step:
    """The step that `run` was, with the state as it is now."""
    by_name = resources_of(stack.export())
    root: dict[str, Any] = next((found for found in by_name.values() if found["type"] == "pulumi:pulumi:Stack"), {})
    return Step(run, by_name, root.get("outputs", {}))
