"""Prod's canary does badly: the release is taken back while the new version has a tenth of the traffic."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.engine.harness import Run

from .looks import aliases, forget, steps, traffic
from .project import ProjectCopy, changed
from .releases import released


@dataclass
class BadCanary:
    """A canary of `second` beside `first`, then the way back: by half, and in full."""

    project: ProjectCopy
    first: str
    second: str
    taken_back: dict[str, Any]
    """The release of `second`."""
    beside: dict[str, int]
    """The traffic while the canary runs."""
    by_half: Run
    by_half_steps: list[str]
    by_half_traffic: dict[str, int]
    back: Run
    back_steps: list[str]
    settled: Run


@pytest.fixture(scope="module")
def canary(tmp_path_factory: pytest.TempPathFactory, pulumi_bin: Path) -> BadCanary:
    """All of it, in order."""
    project = ProjectCopy(tmp_path_factory.mktemp("prod"), pulumi_bin=pulumi_bin, stages=["prod"])
    first, second = released(project), released(project, reward=0.2)
    project.configure("prod", release=first)
    before = project.stack_file("prod").read_text()
    project.up("prod")
    project.configure("prod", release=second, trafficPercent=10)
    project.up("prod")
    beside = traffic(project, "prod")
    project.configure("prod", release=first)
    forget(project)
    by_half, by_half_steps = project.up("prod", fails=True), steps(project)
    by_half_traffic = traffic(project, "prod")
    project.stack_file("prod").write_text(before)  # as `git revert` does
    forget(project)
    return BadCanary(
        project,
        first["tuned_model_name"],
        second["tuned_model_name"],
        second,
        beside,
        by_half,
        by_half_steps,
        by_half_traffic,
        back=project.up("prod"),
        back_steps=steps(project),
        settled=project.preview("prod", "--refresh"),
    )


def test_reverted_canary_gives_all_traffic_back_in_one_up(canary: BadCanary) -> None:
    """The old version was there all the time, so nothing is deployed; the canary is undeployed, the alias is back."""
    assert canary.beside == {canary.first: 90, canary.second: 10}
    assert changed(canary.back)["ModelDeployment support-bot"] == "update"
    assert [step for step in canary.back_steps if "Alias" not in step] == [
        "read series",
        "PATCH endpoints",
        "undeployModel",
    ]
    assert traffic(canary.project, "prod") == {canary.first: 100}
    assert aliases(canary.project, canary.first) == {"default", "prod"}
    assert aliases(canary.project, canary.second) == {"default"}


def test_what_was_taken_back_is_named_with_its_checkpoint(canary: BadCanary) -> None:
    """The output is a release, for the way back without Git: a version alone may not be what served."""
    named = canary.project.outputs("prod")["roll_back_to"]

    assert named == {key: canary.taken_back[key] for key in ("tuned_model_name", "checkpoint_id")}


def test_reverted_canary_leaves_nothing_to_do(canary: BadCanary) -> None:
    """Nor does a refresh find anything."""
    assert set(canary.settled.changes) == {"same"}


def test_version_alone_taken_back_is_refused(canary: BadCanary) -> None:
    """With `trafficPercent` still at 10 the old version would get a tenth, and the bad one the rest."""
    line = canary.by_half.errors[0]

    assert line.startswith(f"{canary.first} gets no traffic [traffic_percent]: ")
    assert line.endswith(" To take the canary back, leave traffic_percent out.")
    assert canary.by_half_steps == ["read series"]
    assert canary.by_half_traffic == canary.beside
