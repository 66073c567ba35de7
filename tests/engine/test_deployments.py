"""Deployments through the real CLI: a version brought to serve, the next one, the way back, and the end."""

from collections.abc import Callable
from typing import Any

import pytest

from .emulator import VertexEmulator, new_tuning_stack_fixture, vertex_fixture  # noqa: F401  # fixtures go by name
from .harness import Run, Stack
from .programs import SFT, SOURCE, program, sft

NewStack = Callable[..., Stack]

SECOND: dict[str, Any] = sft(base_model=None, tuned_model_display_name=None, pre_tuned_model=SOURCE)
"""A supervised job that continues from the job `sft` and makes the next version of its model."""

PARENT = "projects/acme/locations/us"
ENDPOINT = f"{PARENT}/endpoints/prod-bot"
FOR_EVER_S = 3600.0


@pytest.fixture(name="endpoint")
def endpoint_fixture(vertex: VertexEmulator) -> str:
    """An endpoint that somebody made beforehand, in the location where Gemini 3 is served."""
    vertex.post(f"{PARENT}/endpoints?endpointId=prod-bot", {"displayName": "prod-bot"})
    vertex.end_operations()
    vertex.forget_requests()
    return ENDPOINT


def deployed(version: str, *, endpoint: str = ENDPOINT, jobs: dict[str, Any] | None = None, **more: Any) -> str:
    """A program with two versions of one model, of which `version` (code) is deployed."""
    given = "".join(f", {key}={value!r}" for key, value in more.items())
    return (
        f"{program(**(jobs or {'sft': SFT, 'second': SECOND}))}"
        f"live = ctune.ModelDeployment('live', endpoint={endpoint!r}, tuned_model_name={version}{given})\n"
        "pulumi.export('live', live.id)\npulumi.export('previous', live.previous_tuned_model_name)\n"
    )


FIRST, NEXT = deployed("sft.tuned_model_name"), deployed("second.tuned_model_name")


def changed(run: Run) -> dict[str, str]:
    """What happened to the resources that did not stay the same."""
    return {name: op for name, op in run.ops.items() if op not in ("same", "read", "refresh")}


def steps(vertex: VertexEmulator) -> list[str]:
    """What was done to the endpoint, in order."""
    return [
        line.rpartition(":")[2] if line.startswith("POST") else line.partition(" ")[0]
        for line in vertex.writes()
        if "/endpoints/prod-bot" in line
    ]


def traffic(vertex: VertexEmulator) -> dict[str, int]:
    """Percent by version number."""
    found = vertex.get(ENDPOINT)
    split = found.get("trafficSplit", {})
    return {item["modelVersionId"]: split.get(item["id"], 0) for item in found.get("deployedModels", [])}


def test_life_of_a_deployment(new_tuning_stack: NewStack, vertex: VertexEmulator, endpoint: str) -> None:
    """Deployed, moved on to the next version in steps, taken back, and taken off; each time nothing is left to do."""
    stack = new_tuning_stack(FIRST)
    first = stack.up()
    created, served = steps(vertex), traffic(vertex)
    vertex.forget_requests()

    settled = [stack.up(), stack.preview(), stack.up("--refresh")]
    idle = vertex.writes()
    stack.write("__main__.py", NEXT)
    preview, moved = stack.preview(), stack.up()
    in_steps, then_served = steps(vertex), traffic(vertex)
    previous = stack.outputs()["previous"]
    stack.write("__main__.py", deployed(repr(previous)))
    back = stack.up()
    back_served, version = traffic(vertex), stack.resource("live")["outputs"]["version_id"]
    gone = stack.destroy("--target", stack.resource("live")["urn"])

    assert changed(first) == {"sft": "create", "second": "create", "live": "create"}
    assert (created, served) == (["deployModel"], {"1": 100})
    assert [run.changes for run in settled] == [{"same": 4}] * 3
    assert idle == []
    assert changed(preview) == changed(moved) == {"live": "update"}
    assert (in_steps, then_served) == (["deployModel", "PATCH", "undeployModel"], {"2": 100})
    assert previous.endswith("@1")
    assert (changed(back), back_served, version) == ({"live": "update"}, {"1": 100}, "1")
    assert changed(gone) == {"live": "delete"}
    assert traffic(vertex) == {}


def test_missed_gate_keeps_the_old_version(new_tuning_stack: NewStack, vertex: VertexEmulator, endpoint: str) -> None:
    """Nothing is written, the old version serves, and one line says which limit was missed."""
    stack = new_tuning_stack(FIRST)
    stack.up()
    vertex.forget_requests()
    require = [{"metric": "/train_total_loss", "at_most": 0.001}]
    stack.write("__main__.py", deployed("second.tuned_model_name", require=require))

    up = stack.up(fails=True)

    outputs = stack.outputs()
    assert up.errors[0].startswith(
        f"{outputs['second']} was not deployed [require]: {outputs['second']} misses 1 of 1: '/train_total_loss' is "
    )
    assert up.errors[0].endswith(f"(last), at most 0.001 is allowed. {outputs['sft']} keeps serving.")
    assert "Traceback" not in up.stdout
    assert (steps(vertex), traffic(vertex)) == ([], {"1": 100})


def test_canary_is_announced_and_promoted(new_tuning_stack: NewStack, vertex: VertexEmulator, endpoint: str) -> None:
    """A share below 100 leaves the rest to the version before, with a warning; without it the canary takes over."""
    stack = new_tuning_stack(FIRST)
    stack.up()
    stack.write("__main__.py", deployed("second.tuned_model_name", traffic_percent=10))

    canary = stack.up()
    beside, settled = traffic(vertex), stack.up("--refresh")
    stack.write("__main__.py", NEXT)
    promoted = stack.up()

    assert "makes this version a canary, which is experimental" in canary.stdout
    assert beside == {"1": 90, "2": 10}
    assert settled.changes == {"same": 4}
    assert changed(promoted) == {"live": "update"}
    assert traffic(vertex) == {"2": 100}


def test_interrupted_update_is_finished_by_the_next(
    new_tuning_stack: NewStack, vertex: VertexEmulator, endpoint: str
) -> None:
    """Ctrl-C during the deployment: the old version serves, and the next `up` ends with one new deployment."""
    stack = new_tuning_stack(FIRST)
    stack.up()
    stack.write("__main__.py", NEXT)
    vertex.emulator.configure(operation_duration_s=FOR_EVER_S)

    with stack.start("up") as running:
        running.wait_for("deploying ")
        running.interrupt()
        stopped = running.wait()
    while_under_way, kept = traffic(vertex), stack.resource("live")["outputs"]["version_id"]
    vertex.emulator.configure(operation_duration_s=0.1)
    vertex.end_jobs()
    finished = stack.up()

    assert stopped.returncode != 0
    assert any("does not serve yet" in line and "keeps serving." in line for line in stopped.errors)
    assert (while_under_way, kept) == ({"1": 100}, "1")
    assert changed(finished) == {"live": "update"}
    assert steps(vertex).count("deployModel") == 2
    assert traffic(vertex) == {"2": 100}
    assert stack.up().changes == {"same": 4}


def test_killed_update_is_finished_by_the_next(
    new_tuning_stack: NewStack, vertex: VertexEmulator, endpoint: str
) -> None:
    """After a kill -9 the state knows nothing of the deployment; its id does, so that there is only one."""
    stack = new_tuning_stack(FIRST)
    stack.up()
    stack.write("__main__.py", NEXT)
    vertex.emulator.configure(operation_duration_s=FOR_EVER_S)

    with stack.start("up") as running:
        running.wait_for("deploying ")
        running.kill()
    while_under_way = traffic(vertex)
    stack.unlock()
    vertex.emulator.configure(operation_duration_s=0.1)
    vertex.end_jobs()
    finished = stack.up()

    assert while_under_way == {"1": 100}
    assert changed(finished) == {"live": "update"}
    assert steps(vertex) == ["deployModel", "deployModel", "PATCH", "undeployModel"]
    assert traffic(vertex) == {"2": 100}


def test_drift_is_repaired(new_tuning_stack: NewStack, vertex: VertexEmulator, endpoint: str) -> None:
    """Undeployed behind our back: a refresh sees it, and the same `up` deploys anew."""
    stack = new_tuning_stack(FIRST)
    stack.up()
    id_ = stack.resource("live")["outputs"]["deployed_model_id"]
    vertex.post(f"{ENDPOINT}:undeployModel", {"deployedModelId": id_})
    vertex.end_operations()

    up = stack.up("--refresh")

    assert changed(up) == {"live": "update"}
    assert traffic(vertex) == {"1": 100}
    assert stack.preview("--refresh").changes == {"same": 4}


def test_replacement_takes_the_deployment_over(
    new_tuning_stack: NewStack, vertex: VertexEmulator, endpoint: str
) -> None:
    """`--replace` on the same endpoint changes nothing there: the old entry's delete leaves it to the new one."""
    stack = new_tuning_stack(FIRST)
    stack.up()
    vertex.forget_requests()

    replaced = stack.up("--replace", stack.resource("live")["urn"])

    assert changed(replaced) == {"live": "replace"}
    assert (steps(vertex), traffic(vertex)) == ([], {"1": 100})


def test_forced_replacement_of_a_renamed_resource_is_refused(
    new_tuning_stack: NewStack, vertex: VertexEmulator, endpoint: str
) -> None:
    """A rename keeps the deployment; `--replace` gets no old inputs, so not its owner either, and changes nothing."""
    stack = new_tuning_stack(FIRST)
    stack.up()
    renamed = "'now', opts=pulumi.ResourceOptions(aliases=[pulumi.Alias(name='live')]), endpoint"
    stack.write("__main__.py", FIRST.replace("'live', endpoint", renamed))
    kept = stack.up()
    vertex.forget_requests()

    replaced = stack.up("--replace", stack.resource("now")["urn"], fails=True)

    assert changed(kept) == {}
    assert "for a renamed one set `aliases` (`--replace` does not know its earlier name)" in replaced.errors[0]
    assert (steps(vertex), traffic(vertex)) == ([], {"1": 100})


def test_other_endpoint_is_a_replacement(new_tuning_stack: NewStack, vertex: VertexEmulator, endpoint: str) -> None:
    """The version serves on the new endpoint before it leaves the old one."""
    other = f"{PARENT}/endpoints/prod-bot-2"
    vertex.post(f"{PARENT}/endpoints?endpointId=prod-bot-2", {"displayName": "prod-bot-2"})
    stack = new_tuning_stack(FIRST)
    stack.up()
    vertex.forget_requests()
    stack.write("__main__.py", deployed("sft.tuned_model_name", endpoint=other))

    up = stack.up()

    assert changed(up) == {"live": "replace"}
    assert [line.rpartition("/")[2] for line in vertex.writes()] == [
        "prod-bot-2:deployModel",
        "prod-bot:undeployModel",
    ]


def test_metadata_edit_of_the_job_leaves_its_deployment_alone(
    new_tuning_stack: NewStack, vertex: VertexEmulator, endpoint: str
) -> None:
    """While its job is updated in place a preview does not know the version, and shows no change of the deployment."""
    stack = new_tuning_stack(deployed("sft.tuned_model_name", jobs={"sft": SFT}))
    stack.up()
    stack.write("__main__.py", deployed("sft.tuned_model_name", jobs={"sft": sft(description="edited")}))

    preview, up = stack.preview(), stack.up()

    assert changed(preview) == changed(up) == {"sft": "update"}
    assert steps(vertex) == ["deployModel"]


def test_inputs_that_cannot_be_right_fail_in_the_preview(new_tuning_stack: NewStack, vertex: VertexEmulator) -> None:
    """All of them at once, at their own fields, without a request."""
    stack = new_tuning_stack(
        "import pulumi_ctune as ctune\n"
        "ctune.ModelDeployment('live', endpoint='prod-bot', tuned_model_name='projects/p/locations/l/models/1@golden', "
        "traffic_percent=-1, require=[{'metric': '/eval_total_loss'}])\n"
    )

    preview = stack.preview(fails=True)

    said = "\n".join(preview.errors)
    assert "names its version by the alias 'golden', which moves: pin the number" in said
    assert "'prod-bot' is not a full name" in said
    assert "-1 is not a whole number from 0 to 100" in said
    assert "no limit: give at_least, at_most or both" in said
    assert vertex.emulator.requests() == []
