"""Fixtures for tests of this repository's own stacks: a copy of the project for each module, or for each test."""

from pathlib import Path

import pytest

from tests.engine.conftest import pulumi_bin

from .project import ProjectCopy

__all__ = ["pulumi_bin"]


@pytest.fixture(scope="module")
def fresh_project(tmp_path_factory: pytest.TempPathFactory, pulumi_bin: Path) -> ProjectCopy:
    """The stages `dev`, `staging` and `prod`, nothing applied yet; a module's fixtures and tests share it."""
    return ProjectCopy(tmp_path_factory.mktemp("stages"), pulumi_bin=pulumi_bin)
