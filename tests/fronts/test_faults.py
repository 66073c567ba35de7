"""One job for one resource, whatever happens on the way: the same table of faults for both fronts.

Here are the faults whose end is seen within seconds. Those after which a submission is repeated only when every list
must have shown the job are in `tests/core`, in simulated time: they lie behind both fronts.
"""

from collections.abc import Callable
from typing import Any

import pytest

from tests.engine.emulator import SUBMISSION, VertexEmulator

from .front import Front, FrontError, Made

NAME = "sft"
SUCCEEDED, CANCELLED = "JOB_STATE_SUCCEEDED", "JOB_STATE_CANCELLED"
LIST = {"method": "GET", "path": "/tuningJobs$"}
LOOK = {"method": "GET", "path": "/tuningJobs/"}
MARK = {"method": "PATCH", "path": "/models/"}
MANY = 64
TIMEOUT_S = 12  # long enough for a submission on a busy machine


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param({**SUBMISSION, "drop": "after"}, id="answer of the submission lost"),
        pytest.param({**SUBMISSION, "status": 429, "retry_after_s": 0.2}, id="429 to the submission"),
        pytest.param({**LIST, "status": 500}, id="500 to the list of jobs"),
        pytest.param({**LIST, "drop": "after"}, id="list of jobs lost"),
        pytest.param({**LOOK, "status": 503, "times": 2}, id="503 to a look"),
        pytest.param({**LOOK, "status": 404}, id="job not readable everywhere yet"),
        pytest.param({**LOOK, "cut_after_bytes": 20}, id="look cut short"),
        pytest.param({**MARK, "drop": "after"}, id="answer of the mark lost"),
        pytest.param({**MARK, "status": 403, "times": 0}, id="mark refused"),
    ],
)
def test_trouble_that_passes_costs_no_second_job(front: Front, vertex: VertexEmulator, fault: dict[str, Any]) -> None:
    """The create succeeds, and there is one job."""
    vertex.faults.add(**fault)

    id_, _ = front.create(NAME, front.checked(NAME))

    assert vertex.jobs() == {id_: SUCCEEDED}


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        pytest.param(
            {**SUBMISSION, "status": 400, "message": "this adapter size is not supported"},
            "this adapter size is not supported",
            id="submission refused",
        ),
        pytest.param(
            {**SUBMISSION, "status": 403, "times": 0, "message": "no tuningJobs.create"}, "403", id="no right"
        ),
        pytest.param({"path": "/o/", "status": 404, "times": 0}, "does not exist", id="dataset gone"),
    ],
)
def test_refusal_is_one_line_and_keeps_nothing(
    front: Front, vertex: VertexEmulator, fault: dict[str, Any], said: str
) -> None:
    """Nothing was made, so nothing is recorded."""
    inputs = front.checked(NAME)
    vertex.faults.add(**fault)

    with pytest.raises(FrontError) as raised:
        front.create(NAME, inputs)

    assert said in raised.value.message
    assert "\n" not in raised.value.message
    assert raised.value.kept is None
    assert vertex.jobs() == {}


def test_failed_job_is_an_error_and_no_entry(front: Front, vertex: VertexEmulator) -> None:
    """A job that made nothing must not displace what it was to replace."""
    vertex.faults.add(**SUBMISSION, job={"state": "JOB_STATE_FAILED", "message": "Out of quota."})

    with pytest.raises(FrontError, match="Out of quota") as raised:
        front.create(NAME, front.checked(NAME))

    assert "\n" not in raised.value.message
    assert raised.value.kept is None


@pytest.mark.parametrize("manner", ["Ctrl-C", "timeout"])
def test_wait_that_is_cut_short_is_kept_and_resumed(
    front: Front, new_front: Callable[[], Front], vertex: VertexEmulator, manner: str
) -> None:
    """The job goes on; the next run finds it to be updated, waits, and makes no other."""
    kept = cut_short(front, vertex, manner)
    vertex.end_jobs()
    later = new_front()
    inputs = later.checked(NAME)

    assert later.changes(NAME, kept, inputs)
    later.update(NAME, kept, inputs)

    assert vertex.jobs() == {kept[0]: SUCCEEDED}


def test_changed_label_of_a_job_that_goes_on_makes_no_other(
    front: Front, new_front: Callable[[], Front], vertex: VertexEmulator
) -> None:
    """The next run waits, and changes it in place."""
    kept = cut_short(front, vertex, "Ctrl-C")
    vertex.end_jobs()
    later = new_front()

    _, state = later.update(NAME, kept, later.checked(NAME, team="support"))

    assert vertex.jobs() == {kept[0]: SUCCEEDED}
    (job,) = vertex.emulator.jobs()
    assert vertex.get(job["tunedModel"]["model"])["labels"]["team"] == state["labels"]["team"] == "support"


@pytest.mark.parametrize("manner", ["kill -9", "Ctrl-C twice"])
def test_process_that_is_killed_costs_no_second_job(
    front: Front, new_front: Callable[[], Front], vertex: VertexEmulator, manner: str
) -> None:
    """No state was written: the next create takes the job over while it runs. An engine that is told twice to end does
    not wait for the answer to the first time.
    """
    vertex.make_jobs_long()
    front.start(NAME, front.checked(NAME))
    front.wait_for("submitted tuning job")
    if manner == "Ctrl-C twice":
        front.cancel()
    front.kill()
    later = new_front()
    pending = later.start(NAME, later.checked(NAME))
    later.wait_for("took over tuning job")

    vertex.end_jobs()
    id_, _ = pending()

    assert vertex.jobs() == {id_: SUCCEEDED}


def test_process_leaves_with_a_killed_engine_and_costs_no_second_job(
    front: Front, new_front: Callable[[], Front], vertex: VertexEmulator
) -> None:
    """Nobody is left behind, and the next create takes over what has succeeded meanwhile."""
    vertex.make_jobs_long()
    front.start(NAME, front.checked(NAME))
    front.wait_for("submitted tuning job")

    front.leave_with_engine()

    vertex.end_jobs()
    later = new_front()
    id_, _ = later.create(NAME, later.checked(NAME))
    assert vertex.jobs() == {id_: SUCCEEDED}


def test_destroy_cancels_a_job_that_goes_on(
    front: Front, new_front: Callable[[], Front], vertex: VertexEmulator
) -> None:
    """Nobody would wait for it any more."""
    kept = cut_short(front, vertex, "Ctrl-C")

    new_front().delete(NAME, kept)

    vertex.end_jobs()
    assert vertex.jobs() == {kept[0]: CANCELLED}


def test_unchanged_job_is_no_change_for_a_later_run(
    front: Front, new_front: Callable[[], Front], vertex: VertexEmulator
) -> None:
    """State and inputs of one process are understood by the next."""
    made = front.create(NAME, front.checked(NAME))
    later = new_front()

    assert not later.changes(NAME, made, later.checked(NAME))
    assert later.is_there(NAME, made)


def test_job_that_is_deleted_at_google_is_gone(front: Front, vertex: VertexEmulator) -> None:
    """A refresh takes out of the state what cannot be served any more."""
    made = front.create(NAME, front.checked(NAME))
    vertex.emulator.reset()

    assert not front.is_there(NAME, made)


def test_64_at_once_make_64_jobs(front: Front, vertex: VertexEmulator) -> None:
    """None is lost and none doubled, in the time of one."""
    names = [f"sft-{number}" for number in range(MANY)]
    inputs = {name: front.checked(name) for name in names}
    vertex.make_jobs_long()
    pending = [front.start(name, inputs[name]) for name in names]
    front.wait_for("submitted tuning job", MANY)

    vertex.end_jobs()
    made = {result()[0] for result in pending}

    assert vertex.jobs() == dict.fromkeys(made, SUCCEEDED)
    assert len(made) == MANY


def test_64_that_are_cut_short_at_once_are_all_kept_and_resumed(
    front: Front, new_front: Callable[[], Front], vertex: VertexEmulator
) -> None:
    """One Ctrl-C for all of them: each is kept by its own id, and the next run makes no job."""
    names = [f"sft-{number}" for number in range(MANY)]
    vertex.make_jobs_long()
    pending = {name: front.start(name, front.checked(name)) for name in names}
    front.wait_for("submitted tuning job", MANY)

    front.cancel()
    kept = {name: kept_of(each) for name, each in pending.items()}
    vertex.end_jobs()
    later = new_front()
    states = [later.update(name, made, later.checked(name))[1]["state"] for name, made in kept.items()]

    assert states == [SUCCEEDED] * MANY
    assert vertex.jobs() == dict.fromkeys((id_ for id_, _ in kept.values()), SUCCEEDED)
    assert len(vertex.jobs()) == MANY


def cut_short(front: Front, vertex: VertexEmulator, manner: str) -> Made:
    """Create a job that runs for long, end the wait, and return what the engine keeps of it."""
    vertex.make_jobs_long()
    pending = front.start(NAME, front.checked(NAME), timeout_s=TIMEOUT_S if manner == "timeout" else 0)
    front.wait_for("submitted tuning job")
    if manner == "Ctrl-C":
        front.cancel()

    kept = kept_of(pending)
    assert [*vertex.jobs()] == [kept[0]]
    return kept


def kept_of(pending: Callable[[], Made]) -> Made:
    """Id and state that come with the error of an operation."""
    with pytest.raises(FrontError) as raised:
        pending()

    assert raised.value.kept is not None
    return raised.value.kept
