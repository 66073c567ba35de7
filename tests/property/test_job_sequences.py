"""A paid job is never lost, never doubled, never silent: whatever happens, in whatever order.

Random sequences of previews, runs, interruptions, kills, faults, changes and time, on the unmodified google-genai SDK
and the emulator in simulated time. What can happen is in `job_rules`, what has to hold in `promises`.
"""

from collections.abc import Callable, Iterator

import pytest
from hypothesis import seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.property.coverage import CUTS, IN_VAIN, KILL_POINTS, OUTCOMES, SHARDS, UNKNOWN, Coverage
from tests.property.disturbances import kill_at
from tests.property.job_rules import JobSequences
from tests.property.world import World


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with World.start(tmp_path_factory.mktemp("world")) as world:
        yield world


@pytest.fixture
def machine(world: World, record_property: Callable[[str, object], None]) -> Iterator[type[JobSequences]]:
    """Sequences in this world, whose coverage goes into pytest's summary."""
    coverage = Coverage()
    yield type("JobSequences", (JobSequences,), {"world": world, "coverage": coverage})
    record_property("coverage", coverage.to_json())


@pytest.mark.parametrize("point", KILL_POINTS)
def test_kill_at_each_point_is_made_good(machine: type[JobSequences], point: str) -> None:
    """A replacement that is killed anywhere is finished by the next run, without a second job."""
    sequence = machine()
    sequence.start(policy="DELETE", list_lags=True, in_pages=False, source="a base model")
    sequence.up(replace=False, refresh=False, other_python=False)
    sequence.change(change="triggers", of_first=True)

    sequence.up_killed(kill=kill_at(point, nth=1, at_s=4.0), replace=False)
    sequence.teardown()

    assert machine.coverage.counts["kill point"] == {point: 1}
    assert len(sequence.world.jobs()) == 2


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_each_outcome_of_a_job_comes_to_an_end(machine: type[JobSequences], outcome: str) -> None:
    """However a job ends, further runs come to a finished job."""
    sequence = machine()
    sequence.start(policy="DELETE", list_lags=False, in_pages=False, source="a base model")

    sequence.up_with_outcome(outcome=outcome, disturbance=None)
    sequence.teardown()

    assert machine.coverage.counts["outcome"][outcome] >= 1


@pytest.mark.parametrize("how", IN_VAIN)
def test_edit_taken_back_is_free(machine: type[JobSequences], how: str) -> None:
    """Whatever a replacement came to nothing by, the finished job that it was to replace is there, and stays."""
    sequence = machine()
    sequence.start(policy="DELETE", list_lags=True, in_pages=False, source="a base model")
    sequence.up(replace=False, refresh=False, other_python=False)

    sequence.edit_in_vain_and_back(how, 0.0, refresh=False)
    sequence.teardown()

    assert machine.coverage.counts["edit taken back after a replacement that was"] == {how: 1}


@pytest.mark.parametrize("cut", CUTS)
def test_list_that_is_cut_short_is_no_absence(machine: type[JobSequences], cut: str) -> None:
    """A job that no state holds, on a page that cannot be read: none is submitted beside it."""
    sequence = machine()
    sequence.start(policy="DELETE", list_lags=False, in_pages=True, source="a base model")

    sequence.up_on_cut_list(cut, 0, lost=True)
    assert len(sequence.world.jobs()) == 1
    sequence.teardown()

    assert machine.coverage.counts["page of the list"] == {cut: 1}
    assert len(sequence.world.jobs()) == 1


@pytest.mark.parametrize("unknown", UNKNOWN)
def test_input_that_is_not_known_yet_is_announced(machine: type[JobSequences], unknown: str) -> None:
    """A preview that does not know an input tells of the run that its value may bring."""
    sequence = machine()
    sequence.start(policy="DELETE", list_lags=False, in_pages=False, source="a tuned model")
    sequence.up(replace=False, refresh=False, other_python=False)

    sequence.up_with_unknown(unknown=unknown, changes=True, disturbance=None)
    sequence.teardown()

    assert machine.coverage.counts["unknown in the preview"] == {unknown: 1}
    assert sequence.announced_for.get("support", "") == ("" if unknown == "labels" else "may train")


def test_protected_job_that_is_renamed_and_replaced_leaves_the_state(machine: type[JobSequences]) -> None:
    """Its entry is deleted under the earlier name, where nobody refuses any more; its model stays."""
    sequence = machine()
    sequence.start(policy="PREVENT", list_lags=False, in_pages=False, source="a base model")
    sequence.up(replace=False, refresh=False, other_python=False)
    (first,) = sequence.world.jobs()
    sequence.support.inputs |= {"deletion_policy": "ABANDON", "triggers": [1]}

    sequence.rename(disturbance=None)

    assert [entry.pending_delete for entry in sequence.engine.entries] == [False]
    assert sequence.world.version(first["tunedModel"]["model"])


@pytest.mark.parametrize("shard", SHARDS)
def test_no_sequence_loses_or_doubles_a_job(machine: type[JobSequences], shard: str) -> None:
    """Whatever happens, a job that is paid for is held, taken over or cancelled, and none is doubled."""
    run_state_machine_as_test(seed(int(shard))(machine), settings=settings.get_profile("ci"))

    machine.coverage.count("shard", shard)
