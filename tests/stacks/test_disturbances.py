"""Prod, disturbed: a crash in the middle of a promotion, an endpoint that somebody deletes, a rival for the traffic."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from .looks import ENDPOINTS, forget, steps, traffic
from .project import ProjectCopy, changed
from .releases import released

FOR_EVER_S = 3600.0
_OPERATION = timedelta(seconds=10)  # longer than any long-running operation of the emulator
RIVAL = """
import pulumi_ctune as ctune
ctune.ModelDeployment(
    "rival",
    endpoint=serving.endpoint.id,
    tuned_model_name={version!r},
    opts=pulumi.ResourceOptions(depends_on=[serving.deployment]),
)
"""


@dataclass
class Prod:
    """A prod that serves `first`; `second` is there to be promoted."""

    project: ProjectCopy
    releases: list[dict[str, Any]]

    @property
    def first(self) -> str:
        return str(self.releases[0]["tuned_model_name"])

    @property
    def second(self) -> str:
        return str(self.releases[1]["tuned_model_name"])


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory, pulumi_bin: Path) -> Prod:
    """One project for all tests here."""
    project = ProjectCopy(tmp_path_factory.mktemp("prod"), pulumi_bin=pulumi_bin, stages=["prod"])
    return Prod(project, [released(project), released(project, reward=0.2)])


@pytest.fixture
def prod(stage: Prod) -> Prod:
    """Whatever a test before has left: prod serves the first release."""
    stage.project.configure("prod", release=stage.releases[0])
    stage.project.up("prod", "--refresh")
    forget(stage.project)
    return stage


def test_killed_promotion_is_finished_by_the_next_up(prod: Prod) -> None:
    """After a kill -9 during the deployment the old version serves; the next `up` ends with one new deployment."""
    prod.project.configure("prod", release=prod.releases[1])
    prod.project.vertex.emulator.configure(operation_duration_s=FOR_EVER_S)

    with prod.project.start("up", "prod") as running:
        running.wait_for("deploying ")
        running.kill()
    while_under_way = traffic(prod.project, "prod")
    prod.project.unlock("prod")
    prod.project.vertex.emulator.configure(operation_duration_s=0.01)
    prod.project.vertex.emulator.advance(timedelta(seconds=2 * FOR_EVER_S))
    finished = prod.project.up("prod")

    assert while_under_way == {prod.first: 100}
    assert changed(finished)["ModelDeployment support-bot"] == "update"
    assert traffic(prod.project, "prod") == {prod.second: 100}
    assert set(prod.project.preview("prod", "--refresh").changes) == {"same"}


def test_endpoint_that_somebody_has_deleted_comes_back(prod: Prod) -> None:
    """A preview without a refresh cannot know of it; with one it shows what is made anew, and `up` makes that."""
    delete_endpoint(prod.project, ENDPOINTS["prod"])

    blind, seeing = prod.project.preview("prod"), prod.project.preview("prod", "--refresh")
    forget(prod.project)
    prod.project.up("prod", "--refresh")

    assert changed(blind) == {}
    assert changed(seeing) == {
        "AiEndpoint support-bot": "create",
        "ModelDeployment support-bot": "create",
        "AiEndpointIamMember caller-group-support@example.com": "create",
    }
    assert steps(prod.project) == ["POST endpoints", "read series", "deployModel", "setIamPolicy"]
    assert traffic(prod.project, "prod") == {prod.first: 100}


def test_release_to_an_endpoint_that_somebody_has_deleted(prod: Prod) -> None:
    """An `up` without a change sees nothing of it; one with a new release says so, and writes nothing."""
    delete_endpoint(prod.project, ENDPOINTS["prod"])

    silent = prod.project.up("prod")
    prod.project.configure("prod", release=prod.releases[1])
    forget(prod.project)
    up = prod.project.up("prod", fails=True)
    written = steps(prod.project)
    mended = prod.project.up("prod", "--refresh")

    assert changed(silent) == {}
    number = prod.first.split("/")[1]
    assert up.errors[0] == (
        f"{prod.second} was not deployed [endpoint]: HTTP 404 NOT_FOUND: endpoint "
        f'"{ENDPOINTS["prod"].replace("my-project", number)}" not found. It was there before: `pulumi up --refresh` '
        "sees what is gone, and makes again what the program has."
    )
    assert written == []
    assert changed(mended)["AiEndpoint support-bot"] == "create"
    assert traffic(prod.project, "prod") == {prod.second: 100}


def test_second_deployment_on_one_endpoint_is_refused(prod: Prod) -> None:
    """One ModelDeployment owns the split: another one says so, and what serves keeps serving."""
    program = (prod.project.folder / "stacks" / "__main__.py").read_text()
    prod.project.write("stacks/__main__.py", program + RIVAL.format(version=prod.second))

    up = prod.project.up("prod", fails=True)
    prod.project.write("stacks/__main__.py", program)

    endpoint = ENDPOINTS["prod"].replace("my-project", prod.first.split("/")[1])
    owner = prod.project.vertex.ask("GET", f"/v1beta1/{endpoint}")["deployedModels"][0]
    assert up.errors[0] == (
        f"{prod.second} gets no traffic [{endpoint}]: another ModelDeployment owns its traffic split: {owner['id']} "
        f"({owner['displayName']}). Keep one ModelDeployment for each endpoint: for a renamed one set `aliases` "
        "(`--replace` does not know its earlier name), for a canary `traffic_percent`, else destroy the other one "
        "first, or undeploy what no stack has any more."
    )
    assert steps(prod.project) == []
    assert traffic(prod.project, "prod") == {prod.first: 100}


def delete_endpoint(project: ProjectCopy, endpoint: str) -> None:
    """As somebody does in the console: what is deployed first, then the endpoint."""
    for deployed in project.vertex.ask("GET", f"/v1beta1/{endpoint}")["deployedModels"]:
        project.vertex.ask("POST", f"/v1beta1/{endpoint}:undeployModel", json={"deployedModelId": deployed["id"]})
    project.vertex.emulator.advance(_OPERATION)
    project.vertex.ask("DELETE", f"/v1beta1/{endpoint}")
    project.vertex.emulator.advance(_OPERATION)
