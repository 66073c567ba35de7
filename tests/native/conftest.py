"""A plugin on an emulator that the test shares, and stacks of the real CLI with the plugin on PATH."""

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.engine.conftest import new_stack, pulumi_bin  # noqa: F401  # fixtures go by their names
from tests.engine.emulator import VertexEmulator, vertex_fixture  # noqa: F401  # a fixture goes by its name
from tests.engine.harness import STACK_NAME, Stack, find_pulumi_bin

from . import launcher
from .plugin import Plugin


@pytest.fixture
def new_plugin(vertex: VertexEmulator) -> Iterator[Callable[..., Plugin]]:
    """`new_plugin(**config)`: the process of one more run of the CLI."""
    started: list[Plugin] = []

    def make(**more: str) -> Plugin:
        config = {"apiEndpoint": f"embedded:{vertex.folder}", "pollInterval": "1s", "region": "us-central1"}
        started.append(Plugin({**config, "project": "acme", **more}))
        return started[-1]

    yield make
    for each in started:
        each.__exit__(None, None, None)


@pytest.fixture
def plugin(new_plugin: Callable[..., Plugin]) -> Plugin:
    """A process of this test's own."""
    return new_plugin()


@pytest.fixture
def new_native_stack(
    tmp_path: Path,
    new_stack: Callable[..., Stack],  # noqa: F811  # a fixture
    vertex: VertexEmulator,
) -> Callable[..., Stack]:
    """`new_native_stack(program)`: a stack on `vertex`, with the plugin on PATH and settings of its own namespace."""
    plugin = launcher.write(tmp_path / "plugin").parent
    path = (plugin, Path(sys.executable).parent, find_pulumi_bin(os.environ), os.environ.get("PATH", ""))

    def make(text: str, **config: str) -> Stack:
        settings = {"project": "acme", "region": "us-central1", "apiEndpoint": f"embedded:{vertex.folder}"}
        settings |= {"pollInterval": "200ms", **config}
        lines = "".join(f"  ctune:{key}: {value}\n" for key, value in settings.items())
        files = {f"Pulumi.{STACK_NAME}.yaml": f"config:\n{lines}"}
        return new_stack(text, files=files, env={"PATH": os.pathsep.join(map(str, path))})

    return make
