"""A paid job is never doubled: what create does when an answer is lost, a run was interrupted, or inputs changed."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from pulumi_ctune.core.errors import (
    BadRequestError,
    CtuneError,
    TuningJobFailedError,
    TuningJobTimeoutError,
    WaitInterruptedError,
)
from pulumi_ctune.core.outcomes import Unfinished
from pulumi_ctune.core.ownership import first_token
from pulumi_ctune.tuning_job import deletion
from pulumi_ctune.tuning_job.state_entries import HeldJob, KnownEntries
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

    state = rig.create(rig.inputs())

    assert state["name"] == crashed.value.resource_id
    assert len(rig.submissions()) == 1


def test_crash_before_the_state_was_saved_costs_no_second_job(rig: Rig) -> None:
    """A create that had finished when the engine died is not recorded anywhere: the next one takes its job over."""
    first = rig.verbs().create(rig.inputs())

    second = rig.create(rig.inputs())

    assert second["name"] == first["name"]


def test_base_model_by_its_full_name_after_a_crash_costs_no_second_job(rig: Rig) -> None:
    """`publishers/google/models/M` and `M` are one model, so the job that was submitted for one serves the other."""
    first = rig.verbs().create(rig.inputs())

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

    assert rig.report.warnings == [f"{orphan['tuned_model_name']} was made in a run that died, and no stack holds it"]


def test_replaced_job_that_still_runs_is_cancelled_first(rig: Rig) -> None:
    """Where the state holds a running job for other inputs, its replacement does not train beside it."""
    rig.clock.interrupt_at_s = 100.0
    with pytest.raises(Unfinished) as interrupted:
        rig.create(rig.inputs())
    rig.clock.interrupt_at_s = float("inf")

    run = rig.replacing(interrupted.value.state)
    rig.create(rig.inputs(triggers=["new data"]), run)

    old, new = rig.emulator.jobs()
    assert old["state"] == "JOB_STATE_CANCELLED"
    assert old["endTime"] < new["endTime"]


def test_forced_replacement_trains_anew(rig: Rig) -> None:
    """`up --replace` calls create while the state holds a finished job: that one is not adopted."""
    first = rig.create(rig.inputs())

    second = rig.create(rig.inputs(), rig.forced(first))

    assert second["name"] != first["name"]


def test_forced_replacement_of_an_adopted_job_trains_anew(rig: Rig) -> None:
    """A job that was adopted has no label of its entry on it; the saved state tells whose it is."""
    other = Rig(rig.clock, rig.emulator, rig.client, rig.report, owner=owner_in("prod"))
    job = other.create(other.inputs())["name"]
    adopted = rig.create(rig.inputs(adopt_job=job))

    second = rig.create(rig.inputs(), rig.forced(adopted))

    assert (adopted["name"], second["name"] != job) == (job, True)


def test_forced_replacement_that_was_killed_is_resumed_by_the_next(rig: Rig) -> None:
    """The second run finds the job of the first, which is younger than what the state holds."""
    first = rig.create(rig.inputs())
    killed = rig.create(rig.inputs(), rig.forced(first))

    again = rig.create(rig.inputs(), rig.forced(first))

    assert again["name"] == killed["name"]


def test_marked_job_is_neither_adopted_nor_doubled_where_the_state_is_unknown(rig: Rig) -> None:
    """Without the saved state a forced replacement and a lost entry look the same: the user decides, nobody pays."""
    first = rig.create(rig.inputs())

    with pytest.raises(CtuneError) as raised:
        rig.create(rig.inputs(), KnownEntries())

    job = first["name"]
    assert str(raised.value).startswith(f"no tuning job was submitted [{job}]: it did the same work, its model")
    assert f"Set adopt_job to '{job.rpartition('/')[2]}' to keep it, or change triggers" in str(raised.value)
    assert len(rig.submissions()) == 1


def test_older_job_is_not_adopted_when_triggers_return(rig: Rig) -> None:
    """Triggers 1, 2, 1 are three jobs: what was replaced does not come back."""
    states = [rig.create(rig.inputs(triggers=[1]))]
    for trigger in (2, 1):
        run = rig.replacing(states[-1])
        states.append(rig.create(rig.inputs(triggers=[trigger]), run))

    assert len({state["name"] for state in states}) == 3


def test_older_job_of_another_location_is_not_adopted(rig: Rig) -> None:
    """There and back again: the job that was replaced by one elsewhere does not come back either."""
    here = rig.create(rig.inputs())
    run = rig.replacing(here)
    there = rig.create(rig.inputs(location="us-east4"), run)
    run = rig.replacing(there)

    back = rig.create(rig.inputs(), run)

    assert back["name"] != here["name"]


@pytest.mark.parametrize("how", ["failed", "interrupted", "timed out"])
def test_revert_after_a_replacement_that_recorded_nothing_is_free(rig: Rig, how: str) -> None:
    """The finished job for the restored inputs is taken back, and what still runs is cancelled."""
    first = rig.create(rig.inputs())
    run = rig.replacing(first)
    if how == "failed":
        rig.emulator.faults.add(method="POST", path="/tuningJobs$", job={"state": "JOB_STATE_FAILED"})
        with pytest.raises(TuningJobFailedError):  # no `Unfinished`: the state still holds the first job
            rig.create(rig.inputs(triggers=[2]), run)
        assert len(rig.submissions()) == 2
        return
    if how == "interrupted":
        rig.clock.interrupt_at_s = rig.clock.now_s + 100
    with pytest.raises(Unfinished) as left:
        rig.verbs(timeout=timedelta(minutes=3)).create(rig.inputs(triggers=[2]), run)
    rig.clock.interrupt_at_s = float("inf")

    reverted = rig.create(rig.inputs(), rig.replacing(left.value.state))

    assert reverted["name"] == first["name"]
    assert len(rig.submissions()) == 2
    assert rig.live_jobs() == []


def test_second_revert_is_free_as_well(rig: Rig) -> None:
    """What a first edit left, and the delete of its entry gave up, does not end the search for the job before it."""
    first = rig.create(rig.inputs())
    kept = first
    for edit in (1, 2):
        run = rig.replacing(kept)
        rig.clock.interrupt_at_s = rig.clock.now_s + 100
        with pytest.raises(Unfinished) as left:
            rig.create(rig.inputs(triggers=[edit]), run)
        rig.clock.interrupt_at_s = float("inf")
        rig.clock.now_s += 10_000  # the job of the edit comes to its end
        kept = rig.create(rig.inputs(), rig.replacing(left.value.state))
        deletion.delete(rig.client, rig.verbs().context, left.value.resource_id, left.value.state)

        assert kept["name"] == first["name"]


def test_revert_over_a_replacement_whose_save_failed_is_free(rig: Rig) -> None:
    """What the state still has to delete was recorded last, whatever a run that could not save it has marked since."""
    first = rig.create(rig.inputs())
    token, run = rig.token, rig.replacing(first)
    rig.create(rig.inputs(triggers=[2]), run)
    rig.token = token  # nothing of it was saved
    run = rig.replacing(first)
    rig.clock.interrupt_at_s = rig.clock.now_s + 100
    with pytest.raises(Unfinished) as left:
        rig.create(rig.inputs(triggers=[3]), run)
    rig.clock.interrupt_at_s = float("inf")
    made = datetime.fromisoformat(first["create_time"])
    waiting = HeldJob(rig.owner.urn, first["name"], token, recorded=True, create_time=made, leaving=True)
    run = rig.replacing(left.value.state)

    reverted = rig.create(rig.inputs(), replace(run, saved=lambda: [waiting]))

    assert reverted["name"] == first["name"]
    assert rig.live_jobs() == []


def test_revert_takes_back_what_the_state_recorded_last(rig: Rig) -> None:
    """A forced replacement that died has made the same anew: not that, but what the state still has is taken back."""
    first = rig.create(rig.inputs())
    token, run = rig.token, rig.replacing(first)
    rig.emulator.faults.add(method="PATCH", path="/models/", status=403, times=0)  # it died before the mark
    unsaved = rig.create(rig.inputs(), run)
    rig.emulator.faults.clear()
    rig.token = token
    run = rig.replacing(first)
    rig.clock.interrupt_at_s = rig.clock.now_s + 100
    with pytest.raises(Unfinished) as left:
        rig.create(rig.inputs(triggers=[2]), run)
    rig.clock.interrupt_at_s = float("inf")
    made = datetime.fromisoformat(first["create_time"])
    waiting = HeldJob(rig.owner.urn, first["name"], token, recorded=True, create_time=made, leaving=True)
    run = rig.replacing(left.value.state)

    reverted = rig.create(rig.inputs(), replace(run, saved=lambda: [waiting]))

    assert unsaved["name"] != first["name"]
    assert reverted["name"] == first["name"]


@pytest.mark.parametrize("name", ["renamed", None])
def test_revert_after_the_display_name_was_changed_in_place_is_free(rig: Rig, name: str | None) -> None:
    """The job was submitted under another name than the model version has now, or the inputs ask for."""
    first = rig.create(rig.inputs())
    kept = rig.verbs().update(first["name"], first, rig.inputs(tuned_model_display_name=name))
    rig.clock.interrupt_at_s = rig.clock.now_s + 100
    with pytest.raises(Unfinished) as left:
        rig.create(rig.inputs(tuned_model_display_name=name, triggers=[2]), rig.replacing(kept))
    rig.clock.interrupt_at_s = float("inf")

    reverted = rig.create(rig.inputs(tuned_model_display_name=name), rig.replacing(left.value.state))

    assert reverted["name"] == first["name"]


def test_job_whose_display_name_was_changed_in_place_is_taken_back_without_a_state(rig: Rig) -> None:
    first = rig.create(rig.inputs(tuned_model_display_name=None))
    rig.verbs().update(first["name"], first, rig.inputs(tuned_model_display_name="named"))

    again = rig.create(rig.inputs(tuned_model_display_name="named"), rig.nothing_saved())

    assert again["name"] == first["name"]


def test_job_for_another_display_name_is_other_work(rig: Rig) -> None:
    """Another name may ask for a model of its own."""
    first = rig.create(rig.inputs())

    other = rig.create(rig.inputs(tuned_model_display_name="other"), rig.nothing_saved())

    assert other["name"] != first["name"]


def test_job_that_another_resource_holds_is_neither_adopted_nor_cancelled(rig: Rig) -> None:
    """A renamed resource keeps its running job; a new one with its old name gets a job of its own."""
    rig.clock.interrupt_at_s = 100.0
    with pytest.raises(Unfinished) as interrupted:
        rig.create(rig.inputs())
    rig.clock.interrupt_at_s = float("inf")
    renamed = HeldJob("urn:pulumi:dev::infra::t::renamed", interrupted.value.resource_id, rig.token)

    for change in ({}, {"triggers": ["other"]}):
        rig.clock.interrupt_at_s = rig.clock.now_s + 50
        with pytest.raises(Unfinished):
            rig.create(rig.inputs(**change), KnownEntries(others=[renamed], saved=list))
        rig.clock.interrupt_at_s = float("inf")

    job = rig.client.get_job(interrupted.value.resource_id)
    assert job.state in ("JOB_STATE_RUNNING", "JOB_STATE_SUCCEEDED")
    assert len(rig.submissions()) == 3
    assert rig.report.infos.count(f"tuning job {job.name} does the same, but resource 'renamed' holds it") == 1


def test_running_job_is_not_cancelled_before_everybody_was_asked(rig: Rig) -> None:
    """What a resource that was not asked yet may hold is named, with the command that cancels it, and goes on."""
    rig.clock.interrupt_at_s = 100.0
    with pytest.raises(Unfinished) as left:
        rig.create(rig.inputs())
    rig.clock.interrupt_at_s = float("inf")

    rig.create(rig.inputs(triggers=["other"]), KnownEntries())

    (warning,) = rig.report.warnings
    assert left.value.resource_id in warning
    assert "gcloud ai tuning-jobs cancel" in warning
    assert rig.client.get_job(left.value.resource_id).state == "JOB_STATE_SUCCEEDED"


def test_finished_job_whose_state_was_lost_is_taken_back_with_a_word(rig: Rig) -> None:
    """A save that failed, or `pulumi state delete`: the mark's holder is gone, and nothing is paid again."""
    first = rig.create(rig.inputs())

    second = rig.create(rig.inputs(), rig.nothing_saved())

    assert (second["name"], second["__hold"] != first["__hold"]) == (first["name"], True)
    (reported,) = [text for text in rig.report.infos if text.startswith("took over")]
    assert "no state of this run holds" in reported
    assert "to train anew instead, change `triggers`" in reported


SAME_SOURCES = {
    "no version": lambda model, number: {"tuned_model_name": model},
    "default": lambda model, number: {"tuned_model_name": f"{model}@default"},
    "alias": lambda model, number: {"tuned_model_name": f"{model}@golden"},
    "project number": lambda model, number: {"tuned_model_name": f"{number}@1"},
    "checkpoint": lambda model, number: {"tuned_model_name": f"{model}@1", "checkpoint_id": "3"},
    "checkpoint as a number": lambda model, number: {"tuned_model_name": f"{model}@1", "checkpoint_id": 3},
}


@pytest.mark.parametrize("spelling", SAME_SOURCES)
def test_other_spelling_of_the_source_after_a_crash_costs_no_second_job(rig: Rig, spelling: str) -> None:
    """Version and checkpoint count, whatever they are called: the job is adopted, not cancelled."""
    first = rig.create(rig.inputs())
    rig.client.merge_version_aliases(first["tuned_model_name"], ["golden"])
    by_id = "projects/acme/" + first["model"].split("/", 2)[2]
    rig.owner = owner_in("next")
    rig.token = first_token(rig.owner.organization, rig.owner.urn)
    rig.clock.interrupt_at_s = rig.clock.now_s + 100
    with pytest.raises(Unfinished) as crashed:
        rig.create(rig.continued(f"{by_id}@1"))
    rig.clock.interrupt_at_s = float("inf")

    asked = SAME_SOURCES[spelling](by_id, first["model"])
    state = rig.create(rig.continued("", pre_tuned_model=asked, project="569329139872"))

    assert state["name"] == crashed.value.resource_id
    assert len(rig.submissions()) == 2


@pytest.mark.parametrize("change", [{"checkpoint_id": "1"}, {"tuned_model_name": "@2"}], ids=str)
def test_other_source_after_a_crash_is_other_work(rig: Rig, change: dict[str, str]) -> None:
    """Another checkpoint or version is another job."""
    first = rig.create(rig.inputs())
    rig.create(rig.continued(first["tuned_model_name"]), rig.replacing(first))
    rig.owner = owner_in("next")
    rig.token = first_token(rig.owner.organization, rig.owner.urn)
    rig.clock.interrupt_at_s = rig.clock.now_s + 100
    with pytest.raises(Unfinished) as crashed:
        rig.create(rig.continued(first["tuned_model_name"]))
    rig.clock.interrupt_at_s = float("inf")

    version = first["model"] + change.get("tuned_model_name", "@1")
    asked = {**change, "tuned_model_name": version}
    state = rig.create(rig.continued("", pre_tuned_model=asked))

    assert state["name"] != crashed.value.resource_id
    assert rig.client.get_job(crashed.value.resource_id).state == "JOB_STATE_CANCELLED"


def test_job_whose_source_could_not_be_read_is_found_once_it_can(rig: Rig) -> None:
    """It was submitted as written, without a checkpoint: the same was asked for, so it is the same work."""
    first = rig.create(rig.inputs())
    rig.owner = owner_in("next")
    rig.token = first_token(rig.owner.organization, rig.owner.urn)
    rig.emulator.faults.add(method="GET", path=f"/models/{first['model'].rpartition('/')[2]}@1$", status=403, times=0)
    rig.clock.interrupt_at_s = rig.clock.now_s + 100
    with pytest.raises(Unfinished) as crashed:
        rig.create(rig.continued(first["tuned_model_name"]))
    rig.clock.interrupt_at_s = float("inf")
    rig.emulator.faults.clear()

    state = rig.create(rig.continued(first["tuned_model_name"]))

    assert state["name"] == crashed.value.resource_id


def test_job_whose_source_is_gone_is_still_found(rig: Rig) -> None:
    """The source of a running job was deleted meanwhile: the job is adopted all the same."""
    first = rig.create(rig.inputs())
    second = rig.create(rig.continued(first["tuned_model_name"]), rig.replacing(first))
    rig.owner = owner_in("next")
    rig.token = first_token(rig.owner.organization, rig.owner.urn)
    rig.clock.interrupt_at_s = rig.clock.now_s + 100
    with pytest.raises(Unfinished) as crashed:
        rig.create(rig.continued(second["tuned_model_name"], tuned_model_display_name="own"))
    rig.clock.interrupt_at_s = float("inf")
    rig.emulator.faults.add(method="GET", path=f"/models/{second['model'].rpartition('/')[2]}@2$", status=404, times=3)

    state = rig.create(rig.continued(second["tuned_model_name"], tuned_model_display_name="own"))

    assert state["name"] == crashed.value.resource_id


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
