"""A resource that was renamed keeps its jobs: their labels tell the earlier name, the saved state tells today's."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import pytest

from pulumi_ctune.core.hidden import SHARED
from pulumi_ctune.core.outcomes import Unfinished
from pulumi_ctune.core.ownership import first_token, next_token
from pulumi_ctune.tuning_job.state_entries import HeldJob, KnownEntries
from tests.core.rig import Rig


def test_forced_replacement_of_a_renamed_resource_cancels_what_runs(rig: Rig) -> None:
    """The saved state is asked about a job of the stack that goes on for a name that no resource of the run has."""
    rig.clock.interrupt_at_s = 100.0
    with pytest.raises(Unfinished) as left:
        rig.create(rig.inputs())
    rig.clock.interrupt_at_s = float("inf")
    rig.owner = replace(rig.owner, name="renamed", urn=f"{rig.owner.urn}-renamed")
    entry = HeldJob(rig.owner.urn, left.value.resource_id, rig.token)
    rig.token = first_token(rig.owner.organization, rig.owner.urn)

    state = rig.create(rig.inputs(triggers=[2]), KnownEntries(saved=lambda: [entry]))

    assert rig.client.get_job(left.value.resource_id).state == "JOB_STATE_CANCELLED"
    assert state["name"] != left.value.resource_id


def test_saved_state_is_not_asked_for_jobs_of_the_runs_other_resources(rig: Rig) -> None:
    """Asking takes seconds, and every resource of a first run sees the jobs of those that were created with it."""
    sibling = replace(rig.owner, name="sibling", urn=f"{rig.owner.urn}-sibling")
    here, token = rig.owner, rig.token
    rig.owner, rig.token = sibling, first_token(sibling.organization, sibling.urn)
    rig.clock.interrupt_at_s = 100.0
    with pytest.raises(Unfinished):
        rig.create(rig.inputs(triggers=["sibling"]))
    rig.clock.interrupt_at_s = float("inf")
    rig.owner, rig.token = here, token

    def saved() -> Sequence[HeldJob]:
        raise AssertionError("the saved state was asked for")

    rig.create(rig.inputs(), KnownEntries(keys={sibling.key}, saved=saved))

    assert len(rig.submissions()) == 2


def test_job_whose_entry_waits_under_a_new_name_is_taken_back_whole(rig: Rig) -> None:
    """Its labels tell the earlier name, the saved entry tells today's: nobody else holds it."""
    first = rig.create(rig.inputs())
    rig.owner = replace(rig.owner, name="renamed", urn=f"{rig.owner.urn}-renamed")
    waiting = HeldJob(rig.owner.urn, first["name"], rig.token, recorded=True, leaving=True)
    rig.token = first_token(rig.owner.organization, rig.owner.urn)

    state = rig.create(rig.inputs(), KnownEntries(saved=lambda: [waiting]))

    assert state["name"] == first["name"]
    assert SHARED not in state


@pytest.mark.parametrize("edits", [1, 3])
def test_revert_of_a_renamed_resource_is_free(rig: Rig, edits: int) -> None:
    """The job that an earlier name made is known by its token, however many replacements were interrupted since.

    Its entry waits for the deletion under the earlier name, or under this one: neither makes it another resource's.
    """
    before, first = rig.owner, rig.create(rig.inputs())
    waiting = HeldJob(before.urn, first["name"], rig.token, recorded=True, leaving=True)
    rig.owner = replace(before, name="renamed", urn=f"{before.urn}-renamed")
    run = rig.replacing(first)
    for edit in range(edits):
        rig.clock.interrupt_at_s = rig.clock.now_s + 100
        with pytest.raises(Unfinished) as left:
            rig.create(rig.inputs(triggers=[edit]), run)
        rig.clock.interrupt_at_s = float("inf")
        run = rig.replacing(left.value.state)

    reverted = rig.create(rig.inputs(), replace(run, saved=lambda: [waiting]))

    assert reverted["name"] == first["name"]
    assert rig.live_jobs() == []


def test_revert_of_a_resource_whose_job_another_name_made_is_free(rig: Rig) -> None:
    """What waits for its deletion was adopted once, and has neither the name nor the token of today."""
    rig.owner = replace(rig.owner, name="earlier", urn=f"{rig.owner.urn}-earlier")
    rig.token = first_token(rig.owner.organization, rig.owner.urn)
    first = rig.create(rig.inputs())
    rig.owner = replace(rig.owner, name="renamed", urn=f"{rig.owner.urn}-renamed")
    waiting = HeldJob(rig.owner.urn, first["name"], "adopted", recorded=True, leaving=True)
    rig.token = first_token(rig.owner.organization, rig.owner.urn)
    rig.clock.interrupt_at_s = rig.clock.now_s + 100
    with pytest.raises(Unfinished) as left:
        rig.create(rig.inputs(triggers=[2]), KnownEntries(saved=lambda: [waiting]))
    rig.clock.interrupt_at_s = float("inf")
    run = rig.replacing(left.value.state)

    reverted = rig.create(rig.inputs(), replace(run, saved=lambda: [waiting]))

    assert reverted["name"] == first["name"]
    assert rig.live_jobs() == []


@pytest.mark.parametrize("waits_under", ["its new name", "its old name"])
def test_newcomer_with_an_old_name_resumes_its_own_job(rig: Rig, waits_under: str) -> None:
    """What the renamed resource recorded under the same first token, and still holds, is not the newcomer's.

    The renamed one replaced its job, and took it back: an entry with it waits for its deletion, and one holds it.
    """
    first = rig.create(rig.inputs())
    renamed = f"{rig.owner.urn}-renamed"
    made = datetime.fromisoformat(first["create_time"])
    urn = renamed if waits_under == "its new name" else rig.owner.urn
    saved = [
        HeldJob(renamed, first["name"], next_token(rig.token), recorded=True, create_time=made),
        HeldJob(urn, first["name"], rig.token, recorded=True, create_time=made, leaving=True),
    ]
    killed = rig.create(rig.inputs(), KnownEntries(saved=lambda: saved))

    again = rig.create(rig.inputs(), KnownEntries(saved=lambda: saved))

    assert killed["name"] != first["name"]
    assert again["name"] == killed["name"]


@pytest.mark.parametrize("known_by", ["the run", "the saved state"])
def test_newcomer_does_not_take_what_the_renamed_resource_still_has_to_delete(rig: Rig, known_by: str) -> None:
    """Both started with the same token. The name tells whose entry it is, once another resource has that name."""
    first = rig.create(rig.inputs())
    renamed = replace(rig.owner, urn=f"{rig.owner.urn}-renamed")
    made = datetime.fromisoformat(first["create_time"])
    entries = [HeldJob(renamed.urn, first["name"], rig.token, recorded=True, create_time=made, leaving=True)]
    keys = {renamed.key} if known_by == "the run" else set[str]()
    if known_by == "the saved state":
        entries.append(HeldJob(renamed.urn, f"{first['name']}0", next_token(rig.token)))

    state = rig.create(rig.inputs(), KnownEntries(keys=keys, saved=lambda: entries))

    assert state["name"] != first["name"]
    assert f"tuning job {first['name']} does the same, but resource 'support-renamed' holds it" in rig.report.infos


@pytest.mark.parametrize("by_name", [False, True])
def test_job_that_was_made_after_a_rename_is_taken_back_whole(rig: Rig, by_name: bool) -> None:
    """Its entry is gone from the state, and its token comes of the earlier name: its labels tell whose it is."""
    first = rig.create(rig.inputs())
    rig.owner = replace(rig.owner, name="renamed", urn=f"{rig.owner.urn}-renamed")
    second = rig.create(rig.inputs(triggers=[2]), rig.replacing(first))
    rig.token = first_token(rig.owner.organization, rig.owner.urn)
    adopt_job = {"adopt_job": second["name"], "deletion_policy": "DELETE"} if by_name else {}

    state = rig.create(rig.inputs(triggers=[2], **adopt_job), rig.nothing_saved())

    assert state["name"] == second["name"]
    assert SHARED not in state
