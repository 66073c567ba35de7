"""An evaluation run whose process dies at one of its writes: the next one finishes what was begun."""

from collections.abc import Iterator
from typing import Literal

import pytest

from pulumi_ctune.config import ApiEndpoint, Settings
from pulumi_ctune.vertex.client import VertexClient
from tests.core.evaluating import Evaluating
from tests.core.rig import Rig
from tests.core.serving import Killed, MortalTransport

ROWS, SET, RUN = 4, 5, 6
"""The writes of a create: four rows, their set, the run."""

When = Literal["before", "after"]


@pytest.fixture
def evaluating(rig: Rig) -> Iterator[Evaluating]:
    with Evaluating.start(rig) as evaluating:
        yield evaluating


def mortal(evaluating: Evaluating, kill_at: int, when: When) -> VertexClient:
    """A client of a process that dies at a write."""
    transport = MortalTransport(evaluating.rig)
    transport.kill_at, transport.when = kill_at, when
    clock = evaluating.rig.clock

    def sleep(seconds: float) -> None:
        clock.pause(seconds)

    return VertexClient(
        Settings(project="acme", api_endpoint=ApiEndpoint("embedded")), transport=transport, sleep=sleep
    )


@pytest.mark.parametrize(
    ("kill_at", "when"), [(ROWS, "after"), (SET, "before"), (SET, "after"), (RUN, "before"), (RUN, "after")]
)
def test_killed_create_and_the_next_one_make_one_run(evaluating: Evaluating, kill_at: int, when: When) -> None:
    with pytest.raises(Killed):
        evaluating.verbs(client=mortal(evaluating, kill_at, when)).create(evaluating.inputs())

    state = evaluating.create()

    assert evaluating.names() == [state["name"]]
    assert state["metrics"] == {"exact_match": 1.0}
    assert evaluating.left()["evaluationSets"] == 2  # rows and results


@pytest.mark.parametrize(
    ("kill_at", "when"), [(1, "before"), (1, "after"), (3, "after"), (6, "before"), (6, "after"), (7, "before")]
)
def test_killed_delete_and_the_next_one_leave_nothing(evaluating: Evaluating, kill_at: int, when: When) -> None:
    """First goes the run, then its four results and their set, then the set of the rows and these."""
    state = evaluating.create(deletion_policy="DELETE")
    with pytest.raises(Killed):
        evaluating.delete(state, client=mortal(evaluating, kill_at, when))

    evaluating.delete(state)

    assert (evaluating.names(), evaluating.left()) == ([], {"evaluationSets": 0, "evaluationItems": 0})
