"""Each test of this folder runs with both fronts."""

from collections.abc import Callable, Iterator

import pytest

from tests.engine.emulator import VertexEmulator, vertex_fixture  # noqa: F401  # a fixture goes by its name

from .front import DynamicFront, Front, NativeFront


@pytest.fixture(params=[DynamicFront, NativeFront], ids=["dynamic", "native"])
def new_front(request: pytest.FixtureRequest, vertex: VertexEmulator) -> Iterator[Callable[[], Front]]:
    """`new_front()`: the process of one more run of the CLI."""
    started: list[Front] = []

    def make() -> Front:
        started.append(request.param(vertex))
        return started[-1]

    yield make
    for each in started:
        each.close()


@pytest.fixture
def front(new_front: Callable[[], Front]) -> Front:
    """The process of the first run."""
    return new_front()
