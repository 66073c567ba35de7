"""What there is for a stack or in a place, joined with what the saved states hold."""

from typing import Any

import pytest

from pulumi_ctune.core.errors import UnavailableError
from pulumi_ctune.core.names import last_segment
from pulumi_ctune.core.type_tokens import type_of
from pulumi_ctune.insight import inventory
from tests.core.evaluating import Evaluating
from tests.core.rig import Rig
from tests.insight.scopes import place_scope, saved_scope, stack_scope, submit, submit_by_hand


def test_versions_and_endpoints_of_a_job_are_found(rig: Rig) -> None:
    state = rig.create(rig.inputs())

    found = inventory.take(stack_scope(rig, state))

    assert [*found.versions] == [state["tuned_model_name"]]
    assert {*found.endpoints} == {point["endpoint"] for point in state["checkpoints"]}
    version = found.version(state["tuned_model_name"])
    job = found.job(state["name"])
    assert version is not None
    assert found.job_of(version) is job
    assert not found.gaps


def test_of_a_stack_only_its_own_jobs_count(rig: Rig) -> None:
    """What others made is listed, since they may continue from ours, but not read."""
    ours, others, by_hand = submit(rig), submit(rig, stack="prod"), submit_by_hand(rig)

    found = inventory.take(stack_scope(rig))

    assert [*found.jobs] == [ours.name]
    assert {job.name for job in found.listed} == {ours.name, others.name, by_hand.name}


def test_of_a_place_all_jobs_count(rig: Rig) -> None:
    jobs = {submit(rig).name, submit_by_hand(rig).name}

    assert {*inventory.take(place_scope(rig)).jobs} == jobs


def test_job_that_a_state_holds_counts_whatever_its_labels_say(rig: Rig) -> None:
    by_hand = submit_by_hand(rig)

    found = inventory.take(stack_scope(rig, {"name": by_hand.name}))

    assert [*found.jobs] == [by_hand.name]
    assert found.holder(by_hand.name) is not None


def test_source_is_followed_to_the_first_link(rig: Rig) -> None:
    """The state knows the last job alone; what it rests on is there, and told apart from its own."""
    first = rig.create(rig.inputs())
    second = rig.create(rig.continued(first["tuned_model_name"], tuned_model_display_name="second"))
    third = rig.create(rig.continued(second["tuned_model_name"], tuned_model_display_name="third"))

    found = inventory.take(stack_scope(rig, third), wanted=lambda _: False)

    assert [*found.jobs] == [first["name"], second["name"], third["name"]]
    assert found.foreign == {first["tuned_model_name"], second["tuned_model_name"]}


def test_job_behind_what_a_stack_serves_is_found_on_request(rig: Rig) -> None:
    """Staging and prod have no job of their own, and yet somebody wants to know what they serve."""
    state = rig.create(rig.inputs())
    outputs = {"tuned_model_name": state["tuned_model_name"], "alias": "prod"}
    alias = {"type": type_of("ModelVersionAlias"), "urn": "urn::golden", "outputs": outputs}
    scope = saved_scope(rig, alias, stack="prod")

    assert not inventory.take(scope).jobs
    assert [*inventory.take(scope, with_makers=True).jobs] == [state["name"]]


def test_alias_in_a_source_means_what_it_meant_when_the_job_was_submitted(rig: Rig) -> None:
    first = rig.create(rig.inputs())
    rig.client.merge_version_aliases(first["tuned_model_name"], ["golden"])
    second = rig.create(rig.continued(f"{first['model']}@golden"))
    rig.client.merge_version_aliases(second["tuned_model_name"], ["golden"])

    found = inventory.take(stack_scope(rig, first, second))

    assert found.source_of(found.jobs[second["name"]])[0] == first["tuned_model_name"]


@pytest.mark.parametrize("called", ["@1", "@default", ""])
def test_version_is_found_by_number_alias_and_default(rig: Rig, called: str) -> None:
    state = rig.create(rig.inputs())
    found = inventory.take(stack_scope(rig, state))

    version = found.version(state["model"] + called)

    assert version is found.versions[state["tuned_model_name"]]


def test_project_id_and_number_mean_the_same(rig: Rig) -> None:
    state = rig.create(rig.inputs())
    found = inventory.take(stack_scope(rig, state))

    by_id = f"projects/acme/locations/us-central1/models/{last_segment(state['tuned_model_name'])}"

    assert found.version(by_id) is found.versions[state["tuned_model_name"]]


def test_evaluation_run_is_joined_with_the_version_it_judges(rig: Rig) -> None:
    """The list of runs shows neither results nor labels: it is found by the endpoint that it calls."""
    with Evaluating.start(rig) as evaluating:
        run = evaluating.create()

        found = inventory.take(place_scope(rig))

        judged = found.judged_by(found.evaluations[run["name"]])
        assert judged is not None
        assert judged[0].name == evaluating.versions[0]
        assert found.evaluations[run["name"]].summary


def test_what_is_gone_is_no_gap(rig: Rig) -> None:
    state = rig.create(rig.inputs())
    gone = "projects/acme/locations/us/endpoints/99"
    deployment: dict[str, Any] = {"type": type_of("ModelDeployment"), "urn": "urn::d", "outputs": {"endpoint": gone}}

    found = inventory.take(saved_scope(rig, deployment))

    assert state["endpoint"] in found.endpoints
    assert gone not in found.endpoints
    assert not found.gaps


def test_what_cannot_be_read_is_a_gap(rig: Rig) -> None:
    """Whoever deletes by an inventory has to know that it is not whole."""
    rig.create(rig.inputs())
    rig.emulator.faults.add(path="/endpoints/", status=403, times=0)

    found = inventory.take(place_scope(rig))

    assert not found.endpoints
    assert all("/endpoints/" in gap for gap in found.gaps)
    assert found.gaps


def test_jobs_that_cannot_be_listed_are_an_error(rig: Rig) -> None:
    rig.emulator.faults.add(path="/tuningJobs$", status=503, times=0)

    with pytest.raises(UnavailableError):
        inventory.take(place_scope(rig))
