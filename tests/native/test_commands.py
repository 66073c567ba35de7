"""Commands of `ctune` on stacks of the plugin: they know its types and names as they know those of Python programs."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from tests.engine.emulator import VertexEmulator
from tests.engine.harness import Stack

from .test_engine import CHAIN, EVERY_KIND, PARENT, SFT

JOB = f"{CHAIN}job('sft', **{SFT!r})\n"
NOWHERE = "http://127.0.0.1:9"
OF_A_PROVIDER = """
from pulumi import CustomResource, Output, ProviderResource, ResourceOptions

secret = {{"accessToken": Output.secret("ya29.secret")}}
provider = ProviderResource("ctune", "its-own", {inputs!r} | secret)
CustomResource("ctune:index:ContinuousTuningJob", "sft", {job!r}, ResourceOptions(provider=provider))
"""


def ctune(stack: Stack, *arguments: str) -> Any:
    """What a command prints as JSON."""
    done = subprocess.run(
        [sys.executable, "-m", "pulumi_ctune", *arguments, "--stack", "test", "--format", "json"],
        cwd=stack.folder,
        env={**os.environ, **stack.env, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_prune_keeps_what_a_state_of_the_plugin_holds(
    new_native_stack: Callable[..., Stack], vertex: VertexEmulator
) -> None:
    """Of two trainings of one resource only what is left behind is listed; all kinds of state entries count."""
    vertex.emulator.configure(copies_need_grants=0)
    vertex.post(f"{PARENT}/endpoints?endpointId=bot", {"displayName": "bot"})
    vertex.end_operations()
    stack = new_native_stack(JOB)
    stack.up()
    (left,) = [job["tunedModel"]["model"] for job in vertex.emulator.jobs()]
    stack.write("__main__.py", EVERY_KIND.replace("'epochCount': 2", "'epochCount': 3"))
    stack.up()
    held = stack.resource("sft")["outputs"]["tunedModelName"]

    pruned = ctune(stack, "prune")

    assert [item["name"] for item in pruned["listed"]] == [left]
    assert held in [item["name"] for item in pruned["kept"]]


def test_jobs_names_the_resource_that_holds_a_job(
    new_native_stack: Callable[..., Stack], vertex: VertexEmulator
) -> None:
    """The state is read by the names of the plugin."""
    stack = new_native_stack(JOB)
    stack.up()

    (row,) = ctune(stack, "jobs")

    assert (row["resource"], row["held"]) == ("sft", True)


def test_commands_ask_the_service_of_an_explicit_provider(
    new_native_stack: Callable[..., Stack], vertex: VertexEmulator
) -> None:
    """Its inputs hold, as for its resources: the stack's config leads nowhere, and nobody listens there."""
    inputs = {"project": "acme", "region": "us-central1", "apiEndpoint": f"embedded:{vertex.folder}"}
    inputs["pollInterval"] = "200ms"
    stack = new_native_stack(OF_A_PROVIDER.format(inputs=inputs, job=SFT), apiEndpoint=NOWHERE)

    (planned,) = ctune(stack, "estimate")["jobs"]
    checks = {check["check"]: check["result"] for check in ctune(stack, "doctor")["checks"]}
    stack.up()
    (row,) = ctune(stack, "jobs")
    kinds = {node["kind"] for node in ctune(stack, "lineage")["nodes"]}

    assert (planned["operation"], planned["examples"]) == ("create", 8)
    assert (checks["models"], checks["datasets"]) == ("ok", "ok")
    assert (row["resource"], row["held"]) == ("sft", True)
    assert {"dataset", "version"} <= kinds
