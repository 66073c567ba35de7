"""Fixtures for tests that run the real Pulumi CLI."""

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from .harness import NoPulumiCliError, Stack, find_pulumi_bin


@pytest.fixture(scope="session")
def pulumi_bin() -> Path:
    """The folder of the Pulumi CLI. Without one the test fails: an engine test that is skipped proves nothing."""
    try:
        return find_pulumi_bin(os.environ)
    except NoPulumiCliError as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture
def new_stack(tmp_path: Path, pulumi_bin: Path) -> Callable[..., Stack]:
    """`new_stack(program, config=..., env=..., files=...)` makes this test's stack; arguments as of `Stack`."""
    return partial(Stack, tmp_path / "stack", pulumi_bin=pulumi_bin)
