"""Vertex AI for the tests that run the real CLI: an emulator on a folder that test and provider process share.

Owns datasets, pace and what the test asks of the server. Each side has an `Emulator` of its own on the folder, so a
test can order faults, move the clock, and count jobs while the CLI runs.
"""

import json
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest

from vertex_emulator.app import Emulator, FaultPlan
from vertex_emulator.transport import EmbeddedTransport

from .harness import COMMAND_LIMIT_S, STACK_NAME, RunningCommand, Stack
from .programs import OTHER_PROMPTS, PROMPTS, TRAINING, VALIDATION

SUBMISSION = {"method": "POST", "path": "/tuningJobs$"}
"""Which requests a fault hits: those that make a job."""
LOCATIONS = ("us-central1", "us")  # of the jobs, and of the endpoints of a Gemini 3 job
_SHORT_S = 0.4
_FOR_EVER_S = 3600.0
_OPERATION_S = 10.0  # longer than any long-running operation of the emulator


class VertexEmulator:
    """A server whose jobs take half a second, and what it knows: jobs, requests, models, endpoints."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.emulator = Emulator(folder)
        self.emulator.configure(job_start_delay_s=0.1, job_duration_s=_SHORT_S, cancel_duration_s=0.1)
        examples = [{"contents": [_said("user", f"Order {n}?"), _said("model", f"Sent: {n}.")]} for n in range(16)]
        prompts = [
            {"contents": [_said("user", f"{n} plus 1?")], "references": {"answer": str(n + 1)}} for n in range(32)
        ]
        for uri, documents in (
            (TRAINING, examples[:8]),
            (VALIDATION, examples[8:]),
            (PROMPTS, prompts[:16]),
            (OTHER_PROMPTS, prompts[16:]),
        ):
            bucket, _, name = uri.removeprefix("gs://").partition("/")
            self.emulator.put_object(bucket, name, "\n".join(map(json.dumps, documents)).encode())

    @property
    def faults(self) -> FaultPlan:
        return self.emulator.faults

    def jobs(self) -> dict[str, str]:
        """State by name of every job, from old to new."""
        return {job["name"]: job["state"] for job in self.emulator.jobs()}

    def submissions(self) -> list[dict[str, Any]]:
        """The bodies of the requests that make a job, without our labels."""
        bodies = [entry["body"] for entry in self.emulator.requests() if _is_submission(entry)]
        return [_without_our_labels(body) for body in bodies]

    def writes(self) -> list[str]:
        """The requests that can change something, as `METHOD path`; the log starts at `forget_requests`."""
        return [f"{entry['method']} {entry['path']}" for entry in self.emulator.requests() if entry["method"] != "GET"]

    def forget_requests(self) -> None:
        self.emulator.forget_requests()

    def make_jobs_long(self) -> None:
        """Jobs that are made from now on run until `end_jobs`."""
        self.emulator.configure(job_duration_s=_FOR_EVER_S)

    def make_jobs_short(self) -> None:
        """Jobs that are made from now on are as short as ever; those that run go on."""
        self.emulator.configure(job_duration_s=_SHORT_S)

    def end_jobs(self) -> None:
        """Whatever runs is through, and later jobs are short."""
        self.make_jobs_short()
        self.emulator.advance(timedelta(seconds=2 * _FOR_EVER_S))

    def end_operations(self) -> None:
        """Whatever long-running operation is under way is done."""
        self.emulator.advance(timedelta(seconds=_OPERATION_S))

    def wait_for_fault(self) -> None:
        """Return once the fault on order has hit a request, which may still wait for its delay to pass."""
        _wait_until(lambda: any(fault["hit"] for fault in self.faults.list()), "no request met the fault")

    def wait_for_mark(self) -> None:
        """Return once the model version of a job says who holds it: the last that a create writes."""
        _wait_until(
            lambda: any("ctune-recorded" in str(entry["body"]) for entry in self.emulator.requests()),
            "no model version was marked",
        )

    def wait_for_jobs(self, count: int, running: RunningCommand) -> list[str]:
        """The names of the jobs once there are `count` of them and the command has said so."""
        _wait_until(lambda: len(self.jobs()) >= count, f"there were never {count} jobs")
        for name in self.jobs():
            running.wait_for(f"submitted tuning job {name}")
        return list(self.jobs())

    def get(self, path: str) -> dict[str, Any]:
        """What the API answers to a GET, a path such as `projects/acme/...`."""
        return self._ask("GET", path)

    def post(self, path: str, body: dict[str, Any]) -> None:
        """Call a custom verb (`models/1@2:mergeVersionAliases`) behind Pulumi's back."""
        self._ask("POST", path, json=body)

    def patch(self, path: str, field: str, value: Any) -> None:
        """Change one field of a resource behind Pulumi's back."""
        self._ask("PATCH", path, params={"updateMask": field}, json={field: value})

    def delete_model_of(self, outputs: dict[str, Any]) -> None:
        """Delete the model that a job made, and what serves it, behind Pulumi's back."""
        for endpoint in {point["endpoint"] for point in outputs["checkpoints"]}:
            for deployed in self.get(endpoint)["deployedModels"]:
                self._ask("POST", f"{endpoint}:undeployModel", json={"deployedModelId": deployed["id"]})
            self.end_operations()
        self._ask("DELETE", outputs["model"])
        self.end_operations()

    def count(self, kind: str) -> int:
        """How many `models` or `endpoints` there are, in any location."""
        return sum(len(self.get(f"projects/acme/locations/{location}/{kind}").get(kind, [])) for location in LOCATIONS)

    def _ask(self, method: str, path: str, **request: Any) -> dict[str, Any]:
        with httpx2.Client(transport=EmbeddedTransport(self.emulator), base_url="http://embedded.localhost") as http:
            answer = http.request(method, f"/v1beta1/{path}", **request).raise_for_status()
        document: dict[str, Any] = answer.json()
        return document


@pytest.fixture(name="vertex")
def vertex_fixture(tmp_path: Path) -> Iterator[VertexEmulator]:
    """This test's own server."""
    emulator = VertexEmulator(tmp_path / "vertex")
    with emulator.emulator:
        yield emulator


@pytest.fixture(name="new_tuning_stack")
def new_tuning_stack_fixture(new_stack: Callable[..., Stack], vertex: VertexEmulator) -> Callable[..., Stack]:
    """`new_tuning_stack(program, config=..., env=...)`: a stack on `vertex`; None takes a setting away."""

    def make(program: str, *, config: dict[str, str | None] | None = None, env: dict[str, str] | None = None) -> Stack:
        settings: dict[str, str | None] = {
            "gcp:project": "acme",
            "gcp:region": "us-central1",
            "ctune:apiEndpoint": f"embedded:{vertex.folder}",
            "ctune:pollInterval": "200ms",
            **(config or {}),
        }
        # As a file, since each CLI command costs as much as a job here; JSON is YAML too.
        given = {key: value for key, value in settings.items() if value is not None}
        return new_stack(program, env=env, files={f"Pulumi.{STACK_NAME}.yaml": json.dumps({"config": given})})

    return make


def _wait_until(condition: Callable[[], bool], otherwise: str) -> None:
    deadline = time.monotonic() + COMMAND_LIMIT_S
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(otherwise)
        time.sleep(0.05)


def _said(role: str, text: str) -> dict[str, Any]:
    return {"role": role, "parts": [{"text": text}]}


def _is_submission(entry: dict[str, Any]) -> bool:
    return bool(entry["method"] == "POST" and entry["path"].endswith("/tuningJobs"))


def _without_our_labels(body: dict[str, Any]) -> dict[str, Any]:
    labels = {key: value for key, value in body.get("labels", {}).items() if not key.startswith("ctune-")}
    rest = {key: value for key, value in body.items() if key != "labels"}
    return {**rest, "labels": labels} if labels else rest
