"""One version serves, and none is deployed twice: whatever happens to a deployment, in whatever order.

Random sequences of releases, kills, interruptions, faults and refreshes on the emulator in simulated time. Each one
ends with proof that a run without trouble puts everything right.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from pulumi_ctune.core.errors import CtuneError
from pulumi_ctune.core.outcomes import Unfinished
from pulumi_ctune.deployment import creation, kind
from pulumi_ctune.deployment.attributes import LEFT_OVER
from pulumi_ctune.deployment.diff import plan
from tests.core.rig import Rig
from tests.core.serving import ENDPOINT, Killed, Serving

OPERATION_S = 60.0
ID_TAKEN_S = 3600.0
LONGEST_RUN_S = 2 * 3600.0  # the timeout of a verb is half of it

_PATHS = ("/endpoints/[^/]*$", ":deployModel$", r"/operations/\d+$", "/operations$", ":undeployModel$", "/models/")
_faults = st.fixed_dictionaries(
    {"path": st.sampled_from(_PATHS), "times": st.sampled_from((1, 2, 4, 0)), "skip": st.integers(0, 2)}
)
_effects = st.sampled_from(({"status": 429}, {"status": 503}, {"status": 401}, {"drop": "before"}, {"drop": "after"}))
# Right after a deployment was begun is the worst moment: nobody but Google knows of it.
_kills = st.sampled_from(((1, "before"), *[(1, "after")] * 3, (2, "after"), (3, "before"), (3, "after"), (4, "after")))
_runs = st.fixed_dictionaries(
    {"version": st.integers(0, 1), "refresh": st.booleans()},
    optional={
        "fault": st.builds(lambda where, effect: {**where, **effect}, _faults, _effects),
        "kill": _kills,
        "interrupt_after_s": st.sampled_from((0.5, 20.0, 70.0, 130.0)),
    },
)


class Engine:
    """What the engine does with one deployment: it saves what a verb brings, and what a failure says must be kept."""

    def __init__(self, serving: Serving) -> None:
        self.serving = serving
        self.state: dict[str, Any] | None = None

    def run(
        self,
        version: int,
        *,
        refresh: bool,
        fault: dict[str, Any] | None = None,
        kill: tuple[int, Any] = (0, "before"),
        interrupt_after_s: float = float("inf"),
    ) -> None:
        """`pulumi up`, or `pulumi up --refresh`, of a program that names this version, with trouble."""
        rig = self.serving.rig
        inputs = self.serving.inputs(self.serving.versions[version])
        client, world = self.serving.mortal(*kill), rig.verbs(timeout=kind.DEFAULT_TIMEOUT).context
        if refresh:
            self.refresh()
        if fault:
            rig.emulator.faults.add(**fault)
        rig.clock.interrupt_at_s = rig.clock.now_s + interrupt_after_s
        try:
            if self.state is None:
                self.state = creation.create(client, world, inputs)
            elif plan(self.state, inputs).changes:
                self.state = creation.update(client, world, self.state, inputs)
        except Unfinished as unfinished:
            self.state = unfinished.state
        except (Killed, CtuneError):  # nothing was saved
            pass
        finally:
            rig.clock.interrupt_at_s = float("inf")
            rig.emulator.faults.clear()

    def refresh(self) -> None:
        found = self.serving.read(self.state) if self.state else None
        self.state = dict(found.state) if found else None


def operations(serving: Serving) -> list[bool]:
    """Whether it has ended, for each deployment that was begun on the endpoint and has not failed."""
    return [item.done for item in serving.rig.client.list_deployment_operations(ENDPOINT) if item.error is None]


@pytest.fixture(scope="module", name="serving")
def serving_fixture(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    with Rig.start(tmp_path_factory.mktemp("rig")) as rig, Serving.start(rig) as serving:
        rig.emulator.configure(operation_duration_s=OPERATION_S)
        yield serving


@pytest.mark.parametrize("id_taken_s", [0.0, ID_TAKEN_S], ids=["ids are free again", "ids stay taken"])
def test_no_sequence_deploys_twice_or_leaves_the_endpoint_empty(serving: Serving, id_taken_s: float) -> None:
    """Once something serves, something has all traffic after each run; in the end it is what the program names."""
    serving.rig.emulator.configure(undeployed_id_taken_s=id_taken_s)

    @seed(0)
    @settings(settings.get_profile("ci"), max_examples=15)
    @given(runs=st.lists(_runs, min_size=1, max_size=6), last=st.integers(0, 2))
    def play(runs: list[dict[str, Any]], last: int) -> None:
        clock, engine = serving.rig.clock, Engine(serving)
        allowed, under_way = {0, 100}, -1
        for run in runs:
            began_s, begun = clock.now_s, len(operations(serving))
            is_there = run["version"] == under_way or str(run["version"] + 1) in serving.deployed().values()
            engine.run(**run)
            percent = sum(serving.split().values())
            assert clock.now_s - began_s <= LONGEST_RUN_S
            assert len(operations(serving)) - begun <= (0 if is_there else 1)
            assert percent in allowed
            allowed = {100} if percent else allowed
            under_way = -1 if all(operations(serving)) else run["version"]

        clock.pause(2 * OPERATION_S)
        engine.run(last, refresh=True)

        assert engine.state is not None
        assert LEFT_OVER not in engine.state
        assert serving.split() == {engine.state["deployed_model_id"]: 100}
        assert serving.deployed() == {engine.state["deployed_model_id"]: str(last + 1)}
        serving.delete(engine.state)
        clock.pause(2 * ID_TAKEN_S)
        assert serving.deployed() == {}

    play()
