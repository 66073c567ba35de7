"""A paid job is never doubled: what create does when an answer is lost, a run was interrupted, or inputs changed."""

from datetime import timedelta
from typing import Any

import pytest

from pulumi_ctune.errors import BadRequestError, TuningJobTimeoutError, WaitInterruptedError
from pulumi_ctune.tuning.results import Unfinished
from tests.core.rig import Rig, owner_in

CREATE = {"method": "POST", "path": "/tuningJobs$"}


@pytest.mark.parametrize(
    "fault",
    [
        {"drop": "before"},
        {"drop": "after"},
        {"status": 500},
        {"status": 503},
        {"status": 429},
        {"cut_after_bytes": 20},
        {"drop": "before", "times": 3},
        {"status": 429, "times": 5, "retry_after_s": 60.0},
    ],
    ids=str,
)
def test_trouble_while_submitting_leaves_one_job(rig: Rig, fault: dict[str, Any]) -> None:
    """Whatever happens to the request or its answer, one job is made and the create succeeds."""
    rig.emulator.faults.add(**CREATE, **fault)

    state = rig.create(rig.inputs())

    assert [job["name"] for job in rig.emulator.jobs()] == [state["name"]]


def test_lost_answer_with_a_list_that_lags_behind_leaves_one_job(rig: Rig) -> None:
    """A job that the list does not show yet is found by looking again, not made again."""
    rig.emulator.faults.add(**CREATE, drop="after")
    rig.emulator.faults.add(method="GET", path="/tuningJobs$", stale_s=10.0, times=0)

    state = rig.create(rig.inputs())

    assert [job["name"] for job in rig.emulator.jobs()] == [state["name"]]


def test_refused_request_is_final(rig: Rig) -> None:
    """A 4xx is raised at once with Google's words; nothing is sent again."""
    rig.emulator.faults.add(**CREATE, status=400, message="adapter size is not supported for this base model", times=0)

    with pytest.raises(BadRequestError) as raised:
        rig.create(rig.inputs())

    assert "adapter size is not supported for this base model" in str(raised.value)
    assert len(rig.submissions()) == 1


def test_interrupted_create_keeps_the_running_job(rig: Rig) -> None:
    """An interruption returns id and what is known, and the job goes on."""
    rig.clock.interrupt_at_s = 100.0

    with pytest.raises(Unfinished) as raised:
        rig.create(rig.inputs())

    assert isinstance(raised.value.cause, WaitInterruptedError)
    assert raised.value.state["state"] == "JOB_STATE_RUNNING"
    assert rig.live_jobs() == [raised.value.resource_id]


def test_timeout_keeps_the_running_job(rig: Rig) -> None:
    """At the deadline the state holds the job, and it goes on."""
    with pytest.raises(Unfinished) as raised:
        rig.verbs(timeout=timedelta(minutes=2)).create(rig.inputs())

    assert isinstance(raised.value.cause, TuningJobTimeoutError)
    assert rig.live_jobs() == [raised.value.resource_id]


def test_update_finishes_what_was_interrupted(rig: Rig) -> None:
    """The next run waits on for the same job and records it."""
    rig.clock.interrupt_at_s = 100.0
    with pytest.raises(Unfinished) as raised:
        rig.create(rig.inputs())
    rig.clock.interrupt_at_s = float("inf")

    state = rig.verbs().update(raised.value.resource_id, raised.value.state, rig.inputs())

    assert (state["name"], state["state"]) == (raised.value.resource_id, "JOB_STATE_SUCCEEDED")
    assert len(rig.submissions()) == 1


@pytest.mark.parametrize("later_s", [0, 3600], ids=["still running", "ended meanwhile"])
def test_create_after_a_crash_takes_the_job_over(rig: Rig, later_s: float) -> None:
    """A run that died after submitting left nothing in the state; the next create finds the job by its labels."""
    rig.clock.interrupt_at_s = 100.0
    with pytest.raises(Unfinished) as crashed:
        rig.create(rig.inputs())
    rig.clock.interrupt_at_s = float("inf")
    rig.clock.now_s += later_s
    rig.token = "token-2"

    state = rig.create(rig.inputs())

    assert state["name"] == crashed.value.resource_id
    assert len(rig.submissions()) == 1


def test_crash_before_the_state_was_saved_costs_no_second_job(rig: Rig) -> None:
    """A create that had finished when the engine died is not recorded anywhere: the next one takes its job over."""
    first = rig.verbs().create(rig.inputs())
    rig.token = "token-2"

    second = rig.create(rig.inputs())

    assert second["name"] == first["name"]


def test_base_model_by_its_full_name_after_a_crash_costs_no_second_job(rig: Rig) -> None:
    """`publishers/google/models/M` and `M` are one model, so the job that was submitted for one serves the other."""
    first = rig.verbs().create(rig.inputs())
    rig.token = "token-2"

    second = rig.create(rig.inputs(base_model=f"publishers/google/models/{first['base_model']}"))

    assert second["name"] == first["name"]


def test_changed_inputs_after_a_crash_make_a_new_job_and_cancel_the_old(rig: Rig) -> None:
    """A job that was left running for other inputs is nobody's: it is cancelled and another one made."""
    rig.clock.interrupt_at_s = 100.0
    with pytest.raises(Unfinished) as crashed:
        rig.create(rig.inputs())
    rig.clock.interrupt_at_s = float("inf")

    state = rig.create(rig.inputs(triggers=["new data"]))

    assert state["name"] != crashed.value.resource_id
    jobs = {job["name"]: job["state"] for job in rig.emulator.jobs()}
    assert jobs[crashed.value.resource_id] == "JOB_STATE_CANCELLED"


def test_model_that_nobody_holds_is_named(rig: Rig) -> None:
    """A job that ended unseen for inputs that changed meanwhile leaves a model: the user hears of it."""
    orphan = rig.verbs().create(rig.inputs())

    rig.create(rig.inputs(triggers=["new data"]))

    assert rig.report.warnings == [
        f"{orphan['tuned_model_name']} was made for other inputs in a run that died, and no stack holds it"
    ]


def test_replaced_job_that_still_runs_is_cancelled_first(rig: Rig) -> None:
    """Where the state holds a running job for other inputs, its replacement does not train beside it."""
    rig.clock.interrupt_at_s = 100.0
    with pytest.raises(Unfinished) as interrupted:
        rig.create(rig.inputs())
    rig.clock.interrupt_at_s = float("inf")
    rig.token = "token-2"

    rig.verbs().create(rig.inputs(triggers=["new data"]), held=[interrupted.value.resource_id])

    old, new = rig.emulator.jobs()
    assert old["state"] == "JOB_STATE_CANCELLED"
    assert old["endTime"] < new["endTime"]


def test_recorded_job_is_not_adopted(rig: Rig) -> None:
    """`up --replace` calls create while the state holds a finished job: it trains anew."""
    first = rig.create(rig.inputs())
    rig.token = "token-2"

    second = rig.create(rig.inputs())

    assert second["name"] != first["name"]


def test_older_job_is_not_adopted_when_triggers_return(rig: Rig) -> None:
    """Triggers 1, 2, 1 are three jobs: what was replaced does not come back."""
    names = []
    for number, trigger in enumerate([1, 2, 1]):
        rig.token = f"token-{number}"
        names.append(rig.create(rig.inputs(triggers=[trigger]))["name"])

    assert len(set(names)) == 3


def test_job_whose_model_is_gone_is_not_adopted(rig: Rig) -> None:
    """A finished job is worth nothing without its model version."""
    rig.clock.interrupt_at_s = 100.0
    with pytest.raises(Unfinished) as crashed:
        rig.create(rig.inputs())
    rig.clock.interrupt_at_s = float("inf")
    rig.clock.now_s += 3600
    job = rig.client.get_job(crashed.value.resource_id)
    for endpoint in {job.endpoint, *(point.endpoint for point in job.checkpoints)}:
        for deployed in rig.client.get_endpoint(endpoint).deployed_models:
            rig.finish(rig.client.start_undeployment(endpoint, deployed.deployed_model_id))
    rig.finish(rig.client.start_model_deletion(job.tuned_model_name.partition("@")[0]))

    state = rig.create(rig.inputs())

    assert state["name"] != crashed.value.resource_id


def test_job_of_another_stack_is_not_adopted(rig: Rig) -> None:
    """The same program in another stack has jobs of its own."""
    rig.clock.interrupt_at_s = 100.0
    with pytest.raises(Unfinished):
        rig.create(rig.inputs())
    rig.clock.interrupt_at_s = float("inf")
    other = Rig(rig.clock, rig.emulator, rig.client, rig.report, owner=owner_in("prod"))

    other.create(other.inputs())

    assert len(rig.submissions()) == 2
