"""Whatever ends a process, the next one goes on: no job is submitted twice, and nothing is left."""

from collections import Counter
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

from pulumi_ctune.conformance.steps import STEPS
from pulumi_ctune.core.errors import UnavailableError, WaitInterruptedError
from tests.conformance.rig import NOTHING_LEFT, Answer, Killed, Rig

PAID = 3
REMOVALS = tuple(
    f"removal {number}" for number in range(2, 10)
)  # the job that the first one removes has been cancelled before


def goes_on(rig: Rig) -> None:
    """Until the run is over, however often it is ended; then all of it must be right."""
    rig.clock.interrupt_at_s = float("inf")
    rig.google.dies = lambda: False
    rig.run()
    statuses = {step["id"]: step["status"] for step in rig.document()["steps"]}
    assert statuses == {step.id: "done" for step in STEPS}
    assert len(rig.submissions()) == PAID
    assert (rig.document()["left"], rig.left()) == ([], NOTHING_LEFT)


@pytest.mark.parametrize(
    ("write", "loses_answer"),
    [(1, True), (2, True), (1, False)],
    ids=["first-write", "second-write", "before-the-first-write"],
)
def test_run_that_is_killed_in_every_step_goes_on(tmp_path: Path, write: int, loses_answer: bool) -> None:
    """One process after the other is killed at a write of a step; the next one finds what was made."""
    with Rig.start(tmp_path) as rig:
        writes: Counter[str] = Counter()

        def dies() -> bool:
            step_in_progress = rig.step_in_progress()
            writes[step_in_progress] += 1
            return writes[step_in_progress] == write

        rig.google.dies, rig.google.loses_answer = dies, loses_answer
        killed = 0
        while killed < 100:
            try:
                rig.run()
                break
            except Killed:
                killed += 1

        steps = [step.id for step in STEPS]
        assert [step for step in (*steps, *REMOVALS) if not writes[step]] == []
        assert killed >= (len(steps) + len(REMOVALS) if write == 1 else len(steps))
        goes_on(rig)


def at_write(number: int) -> Callable[[], bool]:
    """Dies at this write of the process."""
    writes = count(1)
    return lambda: next(writes) == number


@pytest.mark.parametrize("seconds", [20, 80])
def test_interrupted_run_goes_on(tmp_path: Path, seconds: float) -> None:
    """Ctrl-C during a wait."""
    with Rig.start(tmp_path) as rig:
        rig.clock.interrupt_at_s = seconds
        with pytest.raises(WaitInterruptedError):
            rig.run()

        goes_on(rig)


def test_lost_network_ends_the_run_as_it_is(tmp_path: Path) -> None:
    """What may pass is no finding."""

    def out_of_order(line: str, status: int, document: dict[str, object]) -> Answer | None:
        is_meant = rig.step_in_progress() == "deployment"
        return (503, {"error": {"code": 503, "message": "down", "status": "UNAVAILABLE"}}) if is_meant else None

    with Rig.start(tmp_path) as rig:
        rig.google.alter.append(out_of_order)
        with pytest.raises(UnavailableError):
            rig.run()
        rig.google.alter.clear()

        goes_on(rig)


@pytest.mark.parametrize("write", [5, 9, 30], ids=["submission", "endpoint", "evaluation"])
def test_clean_takes_away_what_a_killed_run_has_left(tmp_path: Path, write: int) -> None:
    """Nothing is submitted for that."""
    with Rig.start(tmp_path) as rig:
        rig.google.dies = at_write(write)
        with pytest.raises(Killed):
            rig.run()
        submitted = len(rig.submissions())

        rig.run(only_clean=True)

        assert (rig.document()["left"], rig.left()) == ([], NOTHING_LEFT)
        assert len(rig.submissions()) == submitted
        states = [job["state"] for job in rig.google.emulator.jobs()]
        assert [state for state in states if not state.endswith(("SUCCEEDED", "CANCELLED"))] == []


def test_job_that_failed_is_not_submitted_again(tmp_path: Path) -> None:
    """Also when the process was killed before it could note that."""
    with Rig.start(tmp_path) as rig:
        rig.google.emulator.faults.add(job={"state": "JOB_STATE_FAILED", "at": 0.5}, method="POST", times=1)
        rig.google.dies = at_write(5)
        with pytest.raises(Killed):
            rig.run()
        rig.google.dies = lambda: False
        rig.clock.pause(3600)

        rig.run()

        assert len(rig.submissions()) == 1
        assert [step["status"] for step in rig.document()["steps"]][:3] == ["done", "refused", "skipped"]
        assert rig.left() == NOTHING_LEFT


def test_jobs_that_would_break_the_budget_are_left_out(tmp_path: Path) -> None:
    """The service counts more tokens than anybody had thought."""

    def many(line: str, status: int, document: dict[str, object]) -> Answer | None:
        stats = document.get("tuningDataStats")
        if "/tuningJobs/" not in line or not isinstance(stats, dict):
            return None
        counted = {**stats["supervisedTuningDataStats"], "totalBillableTokenCount": "20000"}
        return status, {**document, "tuningDataStats": {"supervisedTuningDataStats": counted}}

    with Rig.start(tmp_path, many, budget_usd=0.125) as rig:
        rig.run()

        whys = {step["id"]: step["why"] for step in rig.document()["steps"] if step["status"] == "skipped"}
    assert "would be above the budget" in whys["continued"]
    assert "would be above the budget" in whys["cancelled"]
