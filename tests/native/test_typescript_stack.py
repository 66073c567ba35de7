"""The programs of the page on languages in TypeScript, run by the real CLI: stack dev trains, stack prod serves."""

import json
import os
import sys
from pathlib import Path

import pytest

from tests.engine.emulator import VertexEmulator
from tests.engine.harness import Project, find_pulumi_bin

from . import launcher
from .languages import add_to_path, blocks_of, language_hosts, packages_of

PROGRAM = Path(__file__).parents[2] / "examples" / "typescript" / "sft-then-rft"
ENDPOINTS = "projects/acme/locations/eu/endpoints"
BY_STACK = """\
import * as pulumi from "@pulumi/pulumi";

module.exports = pulumi.getStack() === "prod" ? require("./prod") : require("./dev");
"""


def example(number: int) -> str:
    turns = (("user", f"Where is order {number}?"), ("model", f"Order {number} was sent to the warehouse."))
    return json.dumps({"contents": [{"role": role, "parts": [{"text": text}]} for role, text in turns]})


@pytest.fixture
def project(tmp_path: Path, vertex: VertexEmulator) -> Project:
    """A project of both programs, with all that they name in their config."""
    for name in ("train.jsonl", "held-out.jsonl"):
        vertex.emulator.put_object("acme", name, "\n".join(map(example, range(12))).encode())
    vertex.post(f"{ENDPOINTS}?endpointId=bot", {"displayName": "bot"})
    vertex.end_operations()
    pulumi_bin = find_pulumi_bin(os.environ)
    project = Project(tmp_path / "project", pulumi_bin=pulumi_bin)
    plugin = launcher.write(tmp_path / "plugin").parent
    add_to_path(project.env, plugin, Path(sys.executable).parent, *language_hosts(pulumi_bin, "typescript"))
    _, dev, prod = blocks_of("typescript")
    emulated = 'apiEndpoint: new pulumi.Config("ctune").require("apiEndpoint"), pollInterval: "200ms",'
    files = {
        **{name: (PROGRAM / name).read_text() for name in ("package.json", "tsconfig.json")},
        "Pulumi.yaml": "name: support\nruntime: nodejs\n",
        "index.ts": BY_STACK,
        "dev.ts": dev.replace('project: "acme",', f'project: "acme", {emulated}'),
        "prod.ts": prod,
    }
    settings = {
        "ctune:project": "acme",
        "ctune:region": "europe-west4",
        "ctune:apiEndpoint": f"embedded:{vertex.folder}",
    }
    own = {"support:datasets": "gs://acme", "support:endpoint": f"{ENDPOINTS}/bot"}
    for stack in ("dev", "prod"):
        files[f"Pulumi.{stack}.yaml"] = json.dumps({"config": {**settings, **own}})
    for name, text in files.items():
        project.write(name, text)
    for link, target in packages_of("typescript").items():
        (project.folder / link).symlink_to(target)
    for stack in ("dev", "prod"):
        project.pulumi("stack", "init", stack)
    return project


def test_programs_of_the_docs_train_and_hand_a_release_on(project: Project, vertex: VertexEmulator) -> None:
    """A component with a provider of its own, whose second run changes nothing; what it releases serves in prod."""
    made = project.up("dev")
    again = project.preview("dev")
    outputs = project.outputs("dev")
    project.run("ctune", "promote", "--from", "dev", "--to", "prod")
    project.up("prod")

    (job,) = vertex.emulator.jobs()
    version = f"{job['tunedModel']['model']}"
    assert (made.changes, again.changes) == ({"create": 6}, {"same": 6})
    assert outputs["release"]["tunedModelName"] == version
    assert outputs["release"]["evaluations"]["quality"]["tunedModelName"] == version
    assert outputs["rollBackTo"] == "nothing served before"
    assert project.outputs("prod") == {"version": version.rpartition("@")[2]}
