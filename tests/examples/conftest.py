"""The fixtures of the examples: each one is gone through once, then looked at by as many tests as it has promises."""

from pathlib import Path

import pytest

from tests.engine.conftest import pulumi_bin

from .course import Course, go_through

__all__ = ["pulumi_bin"]

pytest.register_assert_rewrite(f"{__package__}.promises")  # pytest looks into test modules only by itself


@pytest.fixture(scope="class")
def course(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, pulumi_bin: Path) -> Course:
    """What happened when the class's `example` was gone through."""
    example = request.cls.example
    return go_through(example, tmp_path_factory.mktemp(example.folder.replace("/", "-")), pulumi_bin)
