"""A job that two resources hold, because one of them adopted it: neither takes it away from the other."""

from dataclasses import replace
from typing import Any

import httpx2
import pytest

from pulumi_ctune.core.errors import InvalidInputError
from pulumi_ctune.core.hidden import OWNER
from pulumi_ctune.core.outcomes import Unfinished
from pulumi_ctune.tuning_job import deletion
from pulumi_ctune.tuning_job.creation import Verbs
from pulumi_ctune.tuning_job.state_entries import HeldJob
from tests.core.rig import Rig, owner_in
from vertex_emulator.transport import EmbeddedTransport

BY_HAND = {
    "baseModel": "gemini-3.5-flash",
    "supervisedTuningSpec": {"trainingDatasetUri": "gs://data/train.jsonl", "hyperParameters": {"epochCount": "3"}},
    "tunedModelDisplayName": "support",
}


@pytest.fixture
def prod(rig: Rig) -> Rig:
    """The same resource of another stack, on the same emulator."""
    return Rig(rig.clock, rig.emulator, rig.client, rig.report, owner=owner_in("prod"))


def inputs_of(other: Rig, job: str, **changes: Any) -> dict[str, Any]:
    """Inputs of that resource which adopt the job."""
    inputs = other.inputs(adopt_job=job, **changes)
    return {**inputs, OWNER: {**inputs[OWNER], "stack": other.owner.stack}}


def made_by_hand(rig: Rig) -> str:
    with httpx2.Client(transport=EmbeddedTransport(rig.emulator), base_url="http://embedded.localhost") as http:
        job = http.post("/v1beta1/projects/acme/locations/us-central1/tuningJobs", json=BY_HAND).json()
    return str(job["name"])


def destroy(rig: Rig, state: dict[str, Any]) -> None:
    context = rig.verbs(timeout=deletion.DEFAULT_TIMEOUT).context
    deletion.delete(rig.client, context, state["name"], state)


def is_there(rig: Rig, state: dict[str, Any]) -> bool:
    return rig.everything_left()["models"] == 1 and state["tuned_model_name"] != ""


def test_who_adopted_from_another_stack_never_deletes_there(rig: Rig, prod: Rig) -> None:
    """Also where the policy becomes DELETE after the adoption: the first holder has the model still."""
    first = rig.create(rig.inputs())
    adopted = prod.create(inputs_of(prod, first["name"]), prod.nothing_saved())
    adopted = prod.verbs().update(adopted["name"], adopted, inputs_of(prod, first["name"], deletion_policy="DELETE"))

    destroy(prod, adopted)

    assert is_there(rig, first)
    assert "another resource had it when it was adopted" in rig.report.warnings[-1]


def test_who_had_it_first_does_not_delete_it_under_the_adopter(rig: Rig, prod: Rig) -> None:
    """A destroy with DELETE leaves what another stack has adopted."""
    first = rig.create(rig.inputs(deletion_policy="DELETE"))
    adopted = prod.create(inputs_of(prod, first["name"]), prod.nothing_saved())

    destroy(rig, first)

    assert is_there(prod, adopted)


def test_adoption_with_delete_is_refused_where_a_hand_made_job_is_held(rig: Rig, prod: Rig) -> None:
    """No label names the holder of a job that nobody's program made; the mark on its model version does."""
    name = made_by_hand(rig)
    first = rig.create(rig.inputs(adopt_job=name), rig.nothing_saved())

    with pytest.raises(InvalidInputError, match="another resource, which adopted it, holds it"):
        prod.create(inputs_of(prod, name, deletion_policy="DELETE"), prod.nothing_saved())

    assert is_there(rig, first)


def test_maker_that_comes_back_shares_what_another_stack_has_adopted(rig: Rig, prod: Rig) -> None:
    """It is not trained again, a line says who has it, and a destroy with DELETE leaves it."""
    destroy(rig, first := rig.create(rig.inputs()))
    adopted = prod.create(inputs_of(prod, first["name"]), prod.nothing_saved())

    again = rig.create(rig.inputs(deletion_policy="DELETE"), rig.nothing_saved())
    destroy(rig, again)

    assert again["name"] == first["name"]
    assert "which another resource has adopted meanwhile and holds" in rig.report.infos[-1]
    assert is_there(prod, adopted)


def test_job_that_was_adopted_while_it_ran_is_not_cancelled_for_its_maker(rig: Rig, prod: Rig) -> None:
    """A destroy of the adopter leaves the job to whoever waits for it."""
    name = interrupted(rig, rig.inputs()).resource_id
    adopted = interrupted(prod, inputs_of(prod, name))

    destroy(prod, adopted.state)

    assert rig.live_jobs() == [name]


def test_replacement_of_the_adopter_leaves_a_running_job_to_its_maker(rig: Rig, prod: Rig) -> None:
    """Other inputs before the adopted job has ended: it is not the adopter's to cancel."""
    name = interrupted(rig, rig.inputs()).resource_id
    adopted = interrupted(prod, inputs_of(prod, name))
    inputs = inputs_of(prod, name, triggers=["other"])
    del inputs["adopt_job"]

    prod.verbs().create(inputs, prod.replacing(adopted.state))

    assert rig.client.get_job(name).state == "JOB_STATE_SUCCEEDED"


def test_replacement_leaves_a_running_job_to_whoever_holds_it_as_well(rig: Rig) -> None:
    """Nobody held it when both came: only the saved state tells."""
    name = made_by_hand(rig)
    adopted = interrupted(rig, rig.inputs(adopt_job=name))
    run = rig.replacing(adopted.state)
    held = [*(run.saved() or ()), HeldJob(f"{rig.owner.urn}-too", name)]

    rig.create(rig.inputs(triggers=["other"]), replace(run, saved=lambda: held))

    assert rig.client.get_job(name).state == "JOB_STATE_SUCCEEDED"


def test_two_who_adopt_a_running_job_find_each_other_at_its_end(rig: Rig, prod: Rig) -> None:
    """Nobody held it when they came. The second one to record it says so, and its destroy leaves it to the first."""
    name = made_by_hand(rig)
    first = interrupted(rig, rig.inputs(adopt_job=name))
    second = interrupted(prod, inputs_of(prod, name, deletion_policy="DELETE"))
    recorded = rig.verbs().update(name, first.state, rig.inputs(adopt_job=name))
    state = prod.verbs().update(name, second.state, inputs_of(prod, name, deletion_policy="DELETE"))

    destroy(prod, state)

    assert any("another resource holds" in warning for warning in rig.report.warnings)
    assert is_there(rig, recorded)


def interrupted(rig: Rig, inputs: dict[str, Any]) -> Unfinished:
    """A create that a Ctrl-C ends while it waits."""
    rig.clock.interrupt_at_s = rig.clock.now_s + 30
    verbs: Verbs = rig.verbs()
    with pytest.raises(Unfinished) as ended:
        verbs.create(inputs, rig.nothing_saved())
    rig.clock.interrupt_at_s = float("inf")
    return ended.value
