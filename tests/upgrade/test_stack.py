"""A stack that an earlier release left, under today's code in the real CLI: nothing changes, and destroy works."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.engine.emulator import VertexEmulator, vertex_fixture  # noqa: F401  # a fixture goes by its name
from tests.engine.harness import STACK_NAME, Stack
from tests.engine.programs import TRAINING

from .saved import PATHS, RELEASES, UNFINISHED, class_of, entry

Resources = dict[str, dict[str, Any]]
"""Saved resources by name."""

LOCATION, URNS = "projects/acme/locations/us-central1", f"urn:pulumi:{STACK_NAME}::engine-test::"
FOREIGN = "7"  # the id of a deployment that is none of the stack's


def saved_by(release: str, model: str) -> Resources:
    """What a release saved; alias and deployments are those of `model` instead of the one they had."""
    saved = {path.stem: entry(path) for path in PATHS if path.parent.name == release}
    renamed: Resources = json.loads(json.dumps(saved).replace(saved["golden"]["outputs"]["model"], model))
    return renamed


def program_of(saved: Resources) -> str:
    """The program whose resources these are."""
    lines = ["import pulumi_ctune as ctune"]
    for name, resource in saved.items():
        given = {key: value for key, value in resource["inputs"].items() if not key.startswith("__")}
        lines.append(f"ctune.{class_of(resource)}({name!r}, **{given!r})")
    return "\n".join(lines)


def give_state(stack: Stack, saved: Resources, config: dict[str, str]) -> None:
    """Give an empty stack the saved resources, with the stack and the provider above them."""
    parent, provider = f"{URNS}pulumi:pulumi:Stack::engine-test-{STACK_NAME}", f"{URNS}pulumi:providers:pulumi-python"
    id_ = "00000000-0000-4000-8000-000000000000"
    kind = {"custom": True, "id": id_, "type": "pulumi:providers:pulumi-python"}
    above = [
        {"urn": parent, "custom": False, "type": "pulumi:pulumi:Stack"},
        {"urn": f"{provider}::default", **kind, "inputs": config, "outputs": config},
    ]
    belongs = {"custom": True, "parent": parent, "provider": f"{provider}::default::{id_}"}
    resources = [{"urn": f"{URNS}{found['type']}::{name}", **belongs, **found} for name, found in saved.items()]
    state = {"version": 3, "deployment": {**stack.export(), "resources": above + resources}}
    stack.write("state.json", json.dumps(state))
    stack.run("stack", "import", "--stack", STACK_NAME, "--file", "state.json")


def post(vertex: VertexEmulator, path: str, body: dict[str, Any]) -> None:
    """Ask for something; it is done when this returns."""
    vertex.post(path, body)
    vertex.emulator.advance(timedelta(minutes=5))


def train_two_versions(vertex: VertexEmulator) -> str:
    """The name of a model with two versions."""
    spec = {"supervisedTuningSpec": {"trainingDatasetUri": TRAINING}}
    post(vertex, f"{LOCATION}/tuningJobs", {"baseModel": "gemini-3.5-flash", **spec})
    (job,) = vertex.jobs()
    first = vertex.get(job)["tunedModel"]["model"]
    post(vertex, f"{LOCATION}/tuningJobs", {"preTunedModel": {"tunedModelName": first}, **spec})
    return str(first.partition("@")[0])


def deploy(vertex: VertexEmulator, outputs: dict[str, Any]) -> None:
    """Make the endpoint of a saved deployment, with all that it had on it, and a deployment of somebody else."""
    location, _, endpoint_id = outputs["endpoint"].partition("/endpoints/")
    post(vertex, f"{location}/endpoints?endpointId={endpoint_id}", {"displayName": endpoint_id})
    for id_ in (outputs["deployed_model_id"], *outputs.get("__left_over", {}), FOREIGN):
        split = {"0": 100} if id_ == outputs["deployed_model_id"] else {}
        body = {"deployedModel": {"id": id_, "model": outputs["tuned_model_name"]}, "trafficSplit": split}
        post(vertex, f"{outputs['endpoint']}:deployModel", body)


@pytest.mark.parametrize("release", RELEASES)
def test_stack_of_an_earlier_release_stays_as_it_is_and_can_be_destroyed(
    new_stack: Callable[..., Stack], vertex: VertexEmulator, release: str
) -> None:
    """A preview changes nothing but what was cut short; destroy takes alias and deployments away, and only them."""
    model = train_two_versions(vertex)
    saved = saved_by(release, model)
    deployments = [found["outputs"] for found in saved.values() if class_of(found) == "ModelDeployment"]
    post(vertex, f"{model}@2:mergeVersionAliases", {"versionAliases": ["golden"]})
    for outputs in deployments:
        deploy(vertex, outputs)
    config = {"gcp:project": "acme", "gcp:region": "us-central1", "ctune:apiEndpoint": f"embedded:{vertex.folder}"}
    stack = new_stack(program_of(saved), files={f"Pulumi.{STACK_NAME}.yaml": json.dumps({"config": config})})
    give_state(stack, saved, config)

    preview, destroy = stack.preview(), stack.destroy()

    assert {name: preview.ops[name] for name in saved} == {
        name: "update" if name in UNFINISHED else "same" for name in saved
    }
    assert {name: destroy.ops[name] for name in saved} == dict.fromkeys(saved, "delete")
    versions = vertex.get(f"{model}:listVersions")["models"]
    assert [version.get("versionAliases") for version in versions] == [["default"], None]
    left = [vertex.get(outputs["endpoint"])["deployedModels"] for outputs in deployments]
    assert [[item["id"] for item in items] for items in left] == [[FOREIGN], [FOREIGN]]
