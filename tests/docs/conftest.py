"""Fixtures for tests of the guides: a copy of the project, on the emulator, whose stacks nobody has made yet."""

from pathlib import Path

import pytest

from tests.engine.conftest import pulumi_bin
from tests.stacks.project import STAGES, ProjectCopy, put_on_emulator

__all__ = ["pulumi_bin"]

REWARD = "/eval_mean_reward"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a module's tests leave things."""
    return tmp_path_factory.mktemp("docs")


@pytest.fixture(scope="module")
def project(place: Path, pulumi_bin: Path) -> ProjectCopy:
    """Stages on the emulator, and jobs whose rewards meet every gate of the stages."""
    project = ProjectCopy(place, pulumi_bin=pulumi_bin, stages=())
    for stage in STAGES:
        put_on_emulator(project.stack_file(stage))
    project.vertex.emulator.faults.add(method="POST", path="tuningJobs$", times=0, job={"metrics": {REWARD: 0.12}})
    return project
