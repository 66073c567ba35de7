"""Prod goes on to the next release: as a canary, in full, back again; and not at all where a gate is missed.

Staging follows it (`releaseFrom: prod`), which a playground would do.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.engine.harness import Run

from .looks import aliases, forget, steps, traffic
from .project import ProjectCopy, changed
from .releases import released

ALIAS, DEPLOYMENT = "ModelVersionAlias support-bot-alias", "ModelDeployment support-bot"


@dataclass
class Looked:
    """One `up`, what was asked of the emulator meanwhile, and what was there afterwards."""

    up: Run
    steps: list[str]
    traffic: dict[str, int]
    aliases: dict[str, set[str]]
    """By version."""
    jobs: int


@dataclass
class Rollouts:
    """Releases by what they are, and the steps that were taken with them, in order."""

    first: str
    second: str
    bad: str
    canary: Looked
    full: Looked
    back: Looked
    missed: Looked
    settled: Run
    followed: Looked
    """Staging, once prod was back at the first release; before, it had gone along with the second one."""
    released_when_missed: dict[str, Any]
    follower_when_missed: Run


@pytest.fixture(scope="module")
def rollouts(tmp_path_factory: pytest.TempPathFactory, pulumi_bin: Path) -> Rollouts:
    """All steps; the release of each is in `Pulumi.prod.yaml`, as `ctune promote` would write it."""
    project = ProjectCopy(tmp_path_factory.mktemp("prod"), pulumi_bin=pulumi_bin, stages=["prod", "staging"])
    releases = [released(project), released(project, reward=0.2), released(project, reward=0.0625)]
    first, second, bad = (release["tuned_model_name"] for release in releases)

    def up(stage: str = "prod", *, fails: bool = False) -> Looked:
        forget(project)
        run = project.up(stage, fails=fails)
        by_version = {version: aliases(project, version) for version in (first, second, bad)}
        return Looked(run, steps(project), traffic(project, stage), by_version, len(project.vertex.emulator.jobs()))

    project.configure("prod", release=releases[0])
    project.up("prod")
    before = project.stack_file("prod").read_text()
    project.configure("prod", release=releases[1], trafficPercent=10)
    canary = up()
    project.configure("prod", trafficPercent=100)
    full = up()
    project.configure("staging", releaseFrom="prod")
    project.up("staging")
    project.stack_file("prod").write_text(before)  # as `git revert` does
    back = up()
    followed = up("staging")
    project.configure("prod", release=releases[2])
    missed = up(fails=True)
    released_when_missed = project.outputs("prod")["release"]
    follower_when_missed = project.preview("staging")
    project.stack_file("prod").write_text(before)
    settled = project.preview("prod", "--refresh")
    return Rollouts(
        first,
        second,
        bad,
        canary,
        full,
        back,
        missed,
        settled,
        followed,
        released_when_missed,
        follower_when_missed,
    )


def test_canary_gets_its_share_beside_the_version_before(rollouts: Rollouts) -> None:
    """`trafficPercent: 10` deploys the new version and leaves nine tenths to the old one; the address stays."""
    assert changed(rollouts.canary.up) == {ALIAS: "delete-replaced", DEPLOYMENT: "update"}
    assert rollouts.canary.traffic == {rollouts.first: 90, rollouts.second: 10}


def test_next_release_is_gated_then_deployed_then_gets_the_traffic(rollouts: Rollouts) -> None:
    """In that order; the alias leaves the old version last."""
    assert rollouts.canary.steps == [
        "read series",
        "deployModel",
        "PATCH endpoints",
        "mergeVersionAliases",
    ]
    assert rollouts.canary.aliases == {
        rollouts.first: {"default"},
        rollouts.second: {"default", "prod"},
        rollouts.bad: {"default"},
    }


def test_full_share_takes_the_canary_over(rollouts: Rollouts) -> None:
    """`trafficPercent: 100` shifts the rest and undeploys the old version; nothing is deployed anew."""
    assert changed(rollouts.full.up) == {DEPLOYMENT: "update"}
    assert rollouts.full.steps == ["read series", "PATCH endpoints", "undeployModel"]
    assert rollouts.full.traffic == {rollouts.second: 100}


def test_reverted_config_rolls_back_without_training(rollouts: Rollouts) -> None:
    """One `up` with the release before: it serves again, has the alias again, and no job was made."""
    assert changed(rollouts.back.up) == {ALIAS: "delete-replaced", DEPLOYMENT: "update"}
    assert rollouts.back.traffic == {rollouts.first: 100}
    assert rollouts.back.aliases[rollouts.first] == {"default", "prod"}
    assert rollouts.back.aliases[rollouts.second] == {"default", "staging"}
    assert rollouts.back.jobs == rollouts.canary.jobs == 3


def test_missed_gate_says_value_step_and_limit(rollouts: Rollouts) -> None:
    """One line, no traceback."""
    assert rollouts.missed.up.errors[0].startswith(
        f"{rollouts.bad} was not deployed [require]: {rollouts.bad} misses 1 of 2: '/eval_mean_reward' is 0.0625 "
        "at step 10 (last), at least 0.08 is required."
    )
    assert "Traceback" not in rollouts.missed.up.stdout


def test_missed_gate_changes_nothing(rollouts: Rollouts) -> None:
    """The old version serves, the alias is where it was, and nothing was deployed."""
    assert rollouts.missed.steps == ["read series"]
    assert rollouts.missed.traffic == {rollouts.first: 100}
    assert rollouts.missed.aliases == rollouts.followed.aliases


def test_config_without_the_refused_release_has_nothing_to_do(rollouts: Rollouts) -> None:
    """The refused `up` leaves no trace in the state."""
    assert set(rollouts.settled.changes) == {"same"}


def test_stage_that_follows_goes_along(rollouts: Rollouts) -> None:
    """Its next `up` deploys what the other stage has released by then, and moves its own alias."""
    assert changed(rollouts.followed.up) == {ALIAS: "delete-replaced", DEPLOYMENT: "update"}
    assert rollouts.followed.traffic == {rollouts.first: 100}
    assert rollouts.followed.aliases[rollouts.first] == {"default", "prod", "staging"}
    assert rollouts.followed.aliases[rollouts.second] == {"default"}


def test_refused_version_is_no_release(rollouts: Rollouts) -> None:
    """A version that a gate has refused goes no further: whoever follows keeps what serves."""
    assert rollouts.released_when_missed["tuned_model_name"] == rollouts.first
    assert set(rollouts.follower_when_missed.changes) == {"same"}
