"""Delete and read on the real client and the emulator."""

import httpx2
import pytest

from pulumi_ctune.core.errors import CtuneError
from pulumi_ctune.core.outcomes import Unfinished
from pulumi_ctune.tuning_job import deletion, reading
from tests.core.rig import Rig
from vertex_emulator.transport import EmbeddedTransport


def delete(rig: Rig, state: dict[str, object]) -> None:
    deletion.delete(rig.client, rig.verbs().context, str(state["name"]), state)


def test_delete_policy_removes_what_the_job_made(rig: Rig) -> None:
    """DELETE takes endpoints, version and, since it was the last one, the model."""
    state = rig.create(rig.inputs(deletion_policy="DELETE"))

    delete(rig, state)

    assert rig.everything_left() == {"models": 0, "endpoints": 0}


def test_delete_of_one_version_leaves_the_others(rig: Rig) -> None:
    """Only what this job made is removed: the source's version and its endpoints stay."""
    first = rig.create(rig.inputs())
    second = rig.create(rig.continued(first["tuned_model_name"], deletion_policy="DELETE"))

    delete(rig, second)

    versions = [version.version_id for version in rig.client.list_model_versions(first["model"])]
    assert versions == ["1"]
    assert rig.everything_left()["endpoints"] == 3


def test_version_that_an_alias_points_at_is_not_deleted(rig: Rig) -> None:
    """An alias is another stack's pin: the error names it, and nothing is removed."""
    state = rig.create(rig.inputs(deletion_policy="DELETE"))
    rig.client.merge_version_aliases(state["tuned_model_name"], ["prod"])

    with pytest.raises(CtuneError, match="the version alias 'prod' points at it"):
        delete(rig, state)

    assert rig.everything_left() == {"models": 1, "endpoints": 3}


def test_replaced_version_that_an_alias_points_at_stays(rig: Rig) -> None:
    """Marked as one that nobody holds: the program cannot change the policy of an entry that is replaced."""
    state = rig.create(rig.inputs(deletion_policy="DELETE"))
    rig.client.merge_version_aliases(state["tuned_model_name"], ["prod"])

    deletion.delete(rig.client, rig.verbs().context, str(state["name"]), state, is_replaced=lambda: True)

    assert rig.everything_left() == {"models": 1, "endpoints": 3}
    assert rig.client.get_model_version(state["tuned_model_name"]).labels["ctune-recorded"] == "abandoned"


@pytest.mark.parametrize(
    ("policy", "line"),
    [("DELETE", "this stays at Google: "), ("PREVENT", "deletion_policy is PREVENT, so this stays at Google: ")],
)
def test_replaced_version_that_stays_is_reported_with_the_policy_that_the_program_has(
    rig: Rig, policy: str, line: str
) -> None:
    """What stays, and never under the name of another policy."""
    state = rig.create(rig.inputs(deletion_policy=policy))
    rig.client.merge_version_aliases(state["tuned_model_name"], ["prod"])

    deletion.delete(rig.client, rig.verbs().context, str(state["name"]), state, is_replaced=lambda: True)

    assert rig.report.infos[-1].startswith(line + state["tuned_model_name"])


def test_replaced_version_that_serves_elsewhere_stays(rig: Rig) -> None:
    """The endpoint is somebody's, and goes on serving it."""
    state = rig.create(rig.inputs(deletion_policy="DELETE"))
    name = serve_elsewhere(rig, state["tuned_model_name"])

    deletion.delete(rig.client, rig.verbs().context, str(state["name"]), state, is_replaced=lambda: True)

    assert [item.deployed_model_id for item in rig.client.get_endpoint(name).deployed_models] == ["7"]


def serve_elsewhere(rig: Rig, version: str) -> str:
    """An endpoint of somebody else's on which the version is deployed."""
    parent = "projects/acme/locations/us"
    url = f"http://embedded.localhost/v1beta1/{parent}/endpoints?endpointId=prod-bot"
    with httpx2.Client(transport=EmbeddedTransport(rig.emulator)) as http:
        http.post(url, json={"displayName": "prod-bot"}).raise_for_status()
    rig.clock.pause(1)
    name = rig.client.get_endpoint(f"{parent}/endpoints/prod-bot").name
    rig.finish(rig.client.start_deployment(name, {"id": "7", "model": version}, {}))
    return name


def test_version_that_serves_on_another_endpoint_is_not_deleted(rig: Rig) -> None:
    """DELETE removes what this job made: while an endpoint of somebody else's serves it, nothing is removed."""
    state = rig.create(rig.inputs(deletion_policy="DELETE"))
    endpoint = serve_elsewhere(rig, state["tuned_model_name"])
    rig.emulator.forget_requests()

    with pytest.raises(CtuneError) as raised:
        delete(rig, state)

    assert str(raised.value) == (
        f"the tuned model version is not deleted [{state['tuned_model_name']}]: it is deployed on {endpoint}, which "
        "this job did not make. Take it off there (`ctune.ModelDeployment`), or set deletion_policy to ABANDON and run "
        "`pulumi up`; then delete again."
    )
    assert [entry["path"] for entry in rig.emulator.requests() if entry["method"] != "GET"] == []


def test_endpoint_that_may_not_be_read_protects_its_version(rig: Rig) -> None:
    """Where only the registry can say that a version serves, its word is taken."""
    state = rig.create(rig.inputs(deletion_policy="DELETE"))
    serve_elsewhere(rig, state["tuned_model_name"])
    rig.emulator.faults.add(method="GET", path="/endpoints/prod-bot$", status=403, message="no endpoints.get", times=0)

    with pytest.raises(CtuneError, match="it is deployed on projects/"):
        delete(rig, state)


def test_version_that_was_taken_off_elsewhere_is_deleted(rig: Rig) -> None:
    """The refusal lasts as long as the version serves there; the other endpoint stays."""
    state = rig.create(rig.inputs(deletion_policy="DELETE"))
    endpoint = serve_elsewhere(rig, state["tuned_model_name"])
    rig.finish(rig.client.start_undeployment(endpoint, "7"))

    delete(rig, state)

    assert rig.everything_left() == {"models": 0, "endpoints": 1}


def test_default_alias_is_handed_on(rig: Rig) -> None:
    """Before the default version is deleted, the newest one that stays becomes the default."""
    first = rig.create(rig.inputs(deletion_policy="DELETE"))
    second = rig.create(rig.continued(first["tuned_model_name"]))

    delete(rig, first)

    assert rig.client.get_model_version(first["model"]).name == second["tuned_model_name"]


def test_delete_can_be_repeated(rig: Rig) -> None:
    """What is gone already is no error."""
    state = rig.create(rig.inputs(deletion_policy="DELETE"))

    delete(rig, state)
    delete(rig, state)

    assert rig.everything_left() == {"models": 0, "endpoints": 0}


def test_prevent_refuses(rig: Rig) -> None:
    """PREVENT is an error that says how to go on."""
    state = rig.create(rig.inputs(deletion_policy="PREVENT"))

    with pytest.raises(CtuneError, match="its deletion_policy is PREVENT"):
        delete(rig, state)


def test_delete_of_a_running_job_cancels_it(rig: Rig) -> None:
    """A job that still runs is cancelled, whatever the policy."""
    rig.clock.interrupt_at_s = 100.0
    with pytest.raises(Unfinished) as interrupted:
        rig.create(rig.inputs())
    rig.clock.interrupt_at_s = float("inf")

    delete(rig, interrupted.value.state)

    assert rig.live_jobs() == []


def test_abandoned_model_is_taken_up_again(rig: Rig) -> None:
    """What a destroy with ABANDON left behind serves the next `up` with the same inputs, without training."""
    first = rig.create(rig.inputs())
    delete(rig, first)

    second = rig.create(rig.inputs(), rig.nothing_saved())

    assert second["name"] == first["name"]
    assert len(rig.submissions()) == 1


def test_version_that_another_entry_recorded_is_not_deleted(rig: Rig) -> None:
    """A replacement that took the job over keeps it when the old entry is deleted."""
    first = rig.create(rig.inputs(deletion_policy="DELETE"))
    rig.verbs().create(rig.inputs(), rig.nothing_saved())

    delete(rig, first)

    assert rig.everything_left()["models"] == 1


def test_read_finds_nothing_changed(rig: Rig) -> None:
    """A refresh right after `up` changes neither outputs nor inputs."""
    inputs = rig.inputs(labels={"team": "a"}, description="d")
    state = rig.create(inputs)

    found = reading.read(rig.client, rig.verbs().context, state["name"], state)

    assert found is not None
    assert dict(found.state) == state
    assert dict(found.inputs) == inputs


def test_read_reports_labels_that_somebody_changed(rig: Rig) -> None:
    """Drift of labels shows in the inputs."""
    state = rig.create(rig.inputs(labels={"team": "a"}))
    version = rig.client.get_model_version(state["tuned_model_name"])
    rig.client.update_model_version(version.name, changes={"labels": {**version.labels, "team": "b"}})

    found = reading.read(rig.client, rig.verbs().context, state["name"], state)

    assert found is not None
    assert found.inputs["labels"] == {"team": "b"}


def test_read_of_a_deleted_model_is_gone(rig: Rig) -> None:
    """Gone means that the model version is gone, though the job's record stays."""
    state = rig.create(rig.inputs(deletion_policy="DELETE"))
    delete(rig, state)

    assert reading.read(rig.client, rig.verbs().context, state["name"], state) is None


def test_read_without_readable_metrics_finds_the_job(rig: Rig) -> None:
    """`.get()` of a job whose experiment was deleted has no metrics, and everything else."""
    state = rig.create(rig.inputs())
    rig.emulator.faults.add(method="GET", path="/metadataStores/", status=404, times=0)

    found = reading.read(rig.client, rig.verbs().context, state["name"], {})

    assert found is not None
    assert (found.state["endpoint"], found.state["metrics"]) == (state["endpoint"], {})


def test_update_changes_metadata_in_place(rig: Rig) -> None:
    """Labels, description and display name are changed on the model version; nothing is trained."""
    state = rig.create(rig.inputs(labels={"team": "a"}))

    changed = rig.inputs(labels={"team": "b"}, description="new", tuned_model_display_name="renamed")
    rig.verbs().update(state["name"], state, changed)

    version = rig.client.get_model_version(state["tuned_model_name"])
    endpoint = rig.client.get_endpoint(state["endpoint"])
    assert (version.labels["team"], version.description, version.display_name) == ("b", "new", "renamed")
    assert (endpoint.labels["team"], endpoint.display_name) == ("b", "renamed")
    assert len(rig.submissions()) == 1


def test_update_that_was_refused_is_an_error(rig: Rig) -> None:
    """Nothing is reported as updated that was not."""
    state = rig.create(rig.inputs(labels={"team": "a"}))
    rig.emulator.faults.add(method="PATCH", path="/models/", status=403, message="no aiplatform.models.update", times=0)

    with pytest.raises(Unfinished, match=r"no aiplatform\.models\.update"):
        rig.verbs().update(state["name"], state, rig.inputs(labels={"team": "b"}))


def test_read_without_a_state_describes_the_job(rig: Rig) -> None:
    """`.get()` knows the id alone: inputs and outputs are read from the job."""
    state = rig.create(rig.inputs(labels={"team": "a"}))

    found = reading.read(rig.client, rig.verbs().context, state["name"], {})

    assert found is not None
    assert found.inputs["base_model"] == "gemini-3.5-flash"
    assert found.inputs["supervised_tuning_spec"]["hyper_parameters"]["epoch_count"] == 3
    assert found.inputs["labels"] == {"team": "a"}
    assert {key: found.state[key] for key in ("tuned_model_name", "endpoint", "metrics")} == {
        key: state[key] for key in ("tuned_model_name", "endpoint", "metrics")
    }
