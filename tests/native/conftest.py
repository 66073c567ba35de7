"""A plugin on an emulator that the test shares."""

from collections.abc import Callable, Iterator

import pytest

from tests.engine.conftest import new_stack, pulumi_bin  # noqa: F401  # fixtures go by their names
from tests.engine.emulator import VertexEmulator, vertex_fixture  # noqa: F401  # a fixture goes by its name

from .plugin import Plugin


@pytest.fixture
def new_plugin(vertex: VertexEmulator) -> Iterator[Callable[[], Plugin]]:
    """`new_plugin()`: the process of one more run of the CLI."""
    started: list[Plugin] = []

    def make() -> Plugin:
        config = {"apiEndpoint": f"embedded:{vertex.folder}", "pollInterval": "1s", "region": "us-central1"}
        started.append(Plugin({**config, "project": "acme"}))
        return started[-1]

    yield make
    for each in started:
        each.__exit__(None, None, None)


@pytest.fixture
def plugin(new_plugin: Callable[[], Plugin]) -> Plugin:
    """A process of this test's own."""
    return new_plugin()
