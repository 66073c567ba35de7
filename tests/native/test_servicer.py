"""The plugin's process over real gRPC, on an emulator: every verb, in the names of its users."""

from collections.abc import Callable
from typing import Any

import pytest
from pulumi.runtime import rpc
from pulumi.runtime.proto import provider_pb2 as pb

from pulumi_ctune.core.outcomes import Plan
from pulumi_ctune.native import answers
from pulumi_ctune.native.served import all_served
from tests.engine.emulator import VertexEmulator
from tests.engine.programs import TRAINING, VALIDATION

from .plugin import UNKNOWN, Plugin, PluginError, secret, struct, urn

URN = urn("ContinuousTuningJob")
SFT: dict[str, Any] = {
    "baseModel": "gemini-3.5-flash",
    "supervisedTuningSpec": {"trainingDatasetUri": TRAINING, "hyperParameters": {"epochCount": 2}},
    "tunedModelDisplayName": "support",
}
SOME, NONE = pb.DiffResponse.DIFF_SOME, pb.DiffResponse.DIFF_NONE


def epochs(count: int) -> dict[str, Any]:
    return {**SFT, "supervisedTuningSpec": {"trainingDatasetUri": TRAINING, "hyperParameters": {"epochCount": count}}}


def checked(plugin: Plugin, inputs: dict[str, Any] = SFT, olds: dict[str, Any] | None = None) -> dict[str, Any]:
    settled, failures = plugin.check(URN, inputs, olds)
    assert failures == {}
    return settled


def kinds(answer: Any) -> dict[str, str]:
    return {path: pb.PropertyDiff.Kind.Name(each.kind) for path, each in answer.detailedDiff.items()}


def test_check_tells_project_region_and_owner(plugin: Plugin) -> None:
    """What a Python program tells with a resource comes from config and URN."""
    settled = checked(plugin)

    assert (settled["project"], settled["location"]) == ("acme", "us-central1")
    owner = settled["__owner"]
    assert [owner[key] for key in ("organization", "project", "stack", "name")] == [
        "organization",
        "infra",
        "dev",
        "sft",
    ]


def test_failures_name_the_property_as_the_program_spells_it(plugin: Plugin) -> None:
    """Path and reason are in camelCase."""
    _, failures = plugin.check(URN, epochs(0))

    assert list(failures) == ["supervisedTuningSpec.hyperParameters.epochCount"]


def test_create_brings_the_outputs_in_camel_case(plugin: Plugin, vertex: VertexEmulator) -> None:
    """The state has what the job made, the inputs, and null for what may be absent."""
    id_, state = plugin.create(URN, checked(plugin))

    (job,) = vertex.emulator.jobs()
    assert id_ == state["name"] == job["name"]
    assert state["tunedModelName"] == job["tunedModel"]["model"]
    assert [point["checkpointId"] for point in state["checkpoints"]] == ["1", "2"]
    assert state["supervisedTuningSpec"] == SFT["supervisedTuningSpec"]
    assert state["sourceModelName"] is None


def test_same_inputs_are_no_change(plugin: Plugin) -> None:
    """A second `up` has nothing to do."""
    inputs = checked(plugin)
    id_, state = plugin.create(URN, inputs)

    again = checked(plugin, olds=inputs)

    assert plugin.diff(URN, id_, state, again).changes == NONE


def test_diff_tells_the_nested_property_that_replaces(plugin: Plugin) -> None:
    """More epochs are another training run, and the one property that says so is named."""
    inputs = checked(plugin)
    id_, state = plugin.create(URN, inputs)

    answer = plugin.diff(URN, id_, state, checked(plugin, epochs(3), inputs))

    assert (answer.changes, list(answer.replaces)) == (SOME, ["supervisedTuningSpec"])
    assert kinds(answer) == {"supervisedTuningSpec.hyperParameters.epochCount": "UPDATE_REPLACE"}


@pytest.mark.parametrize("type_", ["ModelCopy", "ModelDeployment", "EvaluationRun", "ContinuousTuningJob"])
def test_what_is_still_to_be_done_is_no_deletion_of_an_output(type_: str) -> None:
    """An entry of a plan that is about no input stands in no program either, which does not mean that it goes."""
    served = all_served()[f"ctune:index:{type_}"]
    (name, *_) = served.kind.beyond_inputs

    answer = answers.diff(Plan(updates=(name,)), served, {name: "as it is"}, {})

    assert [*kinds(answer).values()] == ["UPDATE"]


def test_labels_are_changed_in_place(plugin: Plugin, vertex: VertexEmulator) -> None:
    """A key that is no identifier is written as the engine reads it; no job is made."""
    inputs = checked(plugin)
    id_, state = plugin.create(URN, inputs)
    labelled = checked(plugin, {**SFT, "labels": {"cost-center": "a_b"}}, inputs)

    answer = plugin.diff(URN, id_, {**state, "labels": {}}, labelled)
    updated = plugin.update(URN, id_, state, labelled)

    assert (kinds(answer), list(answer.replaces)) == ({'labels["cost-center"]': "ADD"}, [])
    assert updated["labels"] == {"cost-center": "a_b"}
    assert len(vertex.submissions()) == 1


def test_preview_of_an_update_in_place_keeps_outputs_known(plugin: Plugin) -> None:
    """Dependants stay as they are in a preview."""
    inputs = checked(plugin)
    id_, state = plugin.create(URN, inputs)

    previewed = plugin.update(URN, id_, state, checked(plugin, {**SFT, "labels": {"a": "b"}}, inputs), preview=True)

    assert (previewed["tunedModelName"], previewed["labels"]) == (state["tunedModelName"], {"a": "b"})


@pytest.mark.parametrize("type_", ["ContinuousTuningJob", "ModelDeployment", "ModelCopy", "EvaluationRun"])
def test_create_without_a_check_is_refused_in_one_line(plugin: Plugin, vertex: VertexEmulator, type_: str) -> None:
    """A client that is not the engine: nothing is made that could not be found again."""
    with pytest.raises(PluginError, match=r"^nothing was made \[ctune:index:\w+\]: .*Call Check first"):
        plugin.create(urn(type_), SFT)

    assert vertex.writes() == []


def test_preview_of_a_create_sends_nothing(plugin: Plugin, vertex: VertexEmulator) -> None:
    """Every output is unknown."""
    id_, state = plugin.create(URN, checked(plugin), preview=True)

    assert (id_, state["tunedModelName"], state["checkpoints"]) == ("", UNKNOWN, UNKNOWN)
    assert vertex.jobs() == {}


def test_cancel_leaves_a_partial_state_that_the_next_run_resumes(
    plugin: Plugin, new_plugin: Callable[[], Plugin], vertex: VertexEmulator
) -> None:
    """Id and state of a job that goes on are kept, in camelCase; the next run waits for it, and makes no other."""
    vertex.make_jobs_long()
    inputs = checked(plugin)
    pending = plugin.start_create(URN, inputs)
    plugin.engine.wait_for_text("submitted tuning job")

    plugin.call("Cancel")
    with pytest.raises(PluginError) as failed:
        plugin.result(pending)

    (name,) = vertex.jobs()
    assert (failed.value.id, failed.value.kept["name"]) == (name, name)  # type: ignore[index]
    assert "\n" not in failed.value.message
    vertex.end_jobs()
    later, kept = new_plugin(), failed.value.kept or {}
    assert kept["supervisedTuningSpec"] == SFT["supervisedTuningSpec"]
    assert kinds(later.diff(URN, name, kept, inputs)) == {"state": "UPDATE"}
    assert later.update(URN, name, kept, inputs)["state"] == "JOB_STATE_SUCCEEDED"
    assert len(vertex.submissions()) == 1


def test_read_without_a_state_brings_state_and_inputs(plugin: Plugin) -> None:
    """As for an import: the inputs that describe the job, and no hidden entry of another stack's."""
    id_, state = plugin.create(URN, checked(plugin))

    found, properties, inputs = plugin.read(URN, id_, {}, {})

    assert (found, properties["tunedModelName"]) == (id_, state["tunedModelName"])
    assert inputs["baseModel"] == "gemini-3.5-flash"
    assert inputs["supervisedTuningSpec"]["trainingDatasetUri"] == TRAINING


def imported(plugin: Plugin, id_: str, program: dict[str, Any]) -> Any:
    """The answer to Diff where this program imports the job."""
    _, state, inputs = plugin.read(URN, id_, {}, {})
    return plugin.diff(URN, id_, state, checked(plugin, program, inputs))


def test_import_of_a_continued_job_trains_nothing(plugin: Plugin, vertex: VertexEmulator) -> None:
    """The checkpoint that the service chose is no difference."""
    _, source = plugin.create(urn("ContinuousTuningJob", "source"), checked(plugin))
    spec = {"supervisedTuningSpec": {"trainingDatasetUri": VALIDATION}}
    continued = {"preTunedModel": {"tunedModelName": source["tunedModelName"]}, **spec}
    id_, _ = plugin.create(URN, checked(plugin, continued))

    answer = imported(plugin, id_, continued)

    assert (list(answer.replaces), kinds(answer)) == ([], {"state": "UPDATE"})


def test_import_under_another_dataset_is_a_replacement(plugin: Plugin) -> None:
    """What the program does say counts."""
    id_, _ = plugin.create(URN, checked(plugin))

    answer = imported(plugin, id_, {**SFT, "supervisedTuningSpec": {"trainingDatasetUri": VALIDATION}})

    assert list(answer.replaces) == ["supervisedTuningSpec"]


def test_import_of_a_running_job_does_not_wait(plugin: Plugin, vertex: VertexEmulator) -> None:
    """The next `up` does."""
    vertex.make_jobs_long()
    plugin.start_create(URN, checked(plugin))
    plugin.engine.wait_for_text("submitted tuning job")
    (name,) = vertex.jobs()

    answer = imported(plugin, name, SFT)

    assert (list(answer.replaces), "state" in kinds(answer)) == ([], True)


def test_what_is_gone_reads_as_gone(plugin: Plugin, vertex: VertexEmulator) -> None:
    """A refresh drops it from the state."""
    inputs = checked(plugin)
    id_, state = plugin.create(URN, inputs)
    vertex.delete_model_of({**state, "checkpoints": state["checkpoints"]})

    found, properties, _ = plugin.read(URN, id_, state, inputs)

    assert (found, properties) == ("", {})


def test_delete_takes_away_what_the_policy_says(plugin: Plugin, vertex: VertexEmulator) -> None:
    """`DELETE` removes the model that the job made."""
    id_, state = plugin.create(URN, checked(plugin, {**SFT, "deletionPolicy": "DELETE"}))

    plugin.delete(URN, id_, state)

    assert (vertex.count("models"), vertex.count("endpoints")) == (0, 0)


def test_secret_input_stays_secret_in_the_state(plugin: Plugin) -> None:
    """It comes back marked where it stands, and nothing else is."""
    spec = {**SFT["supervisedTuningSpec"], "validationDatasetUri": secret(VALIDATION)}

    _, state = plugin.create(URN, checked(plugin, {**SFT, "supervisedTuningSpec": spec}))

    assert state["supervisedTuningSpec"]["validationDatasetUri"][rpc._special_sig_key] == rpc._special_secret_sig
    assert state["supervisedTuningSpec"]["trainingDatasetUri"] == TRAINING


def test_state_of_the_dynamic_front_is_updated_without_a_job(plugin: Plugin, vertex: VertexEmulator) -> None:
    """A state by the names of Python is written anew, and nothing is trained."""
    inputs = checked(plugin)
    id_, state = plugin.create(URN, inputs)
    names = {"supervisedTuningSpec": "supervised_tuning_spec", "baseModel": "base_model"}
    names |= {"tunedModelDisplayName": "tuned_model_display_name", "tunedModelName": "tuned_model_name"}
    names |= {"versionId": "version_id", "createTime": "create_time", "sourceModelName": "source_model_name"}
    old = {names.get(key, key): value for key, value in state.items() if value is not None}
    old["supervised_tuning_spec"] = {"training_dataset_uri": TRAINING, "hyper_parameters": {"epoch_count": 2}}

    answer = plugin.diff(URN, id_, {**old, "__provider": "pickled"}, inputs)
    updated = plugin.update(URN, id_, {**old, "__provider": "pickled"}, inputs)

    assert (answer.changes, list(answer.replaces)) == (SOME, [])
    assert (updated["tunedModelName"], "__provider" in updated) == (state["tunedModelName"], False)
    assert len(vertex.submissions()) == 1


def test_config_that_cannot_be_used_is_reported_once_at_the_provider(plugin: Plugin) -> None:
    """With key and value; an unknown key too."""
    answer = plugin.call("CheckConfig", pb.CheckRequest(news=struct({"pollInterval": "soon", "projet": "a"})))

    reasons = "; ".join(failure.reason for failure in answer.failures)
    assert all(word in reasons for word in ("ctune:pollInterval", "soon", "ctune:projet", "ctune:project"))


def test_key_file_of_the_config_is_refused_with_the_place_for_it(plugin: Plugin) -> None:
    """The plugin takes it from the environment alone; the line has no part of the key."""
    answer = plugin.call("CheckConfig", pb.CheckRequest(news=struct({"credentials": '{"private_key": "hunter2"}'})))

    assert [failure.reason for failure in answer.failures] == [
        "the configuration is not usable [ctune:credentials]: there is no such key. Give a key file, its content or "
        "its path, as environment variable GOOGLE_CREDENTIALS, or sign in with `gcloud auth application-default login`."
    ]


def test_function_looks_a_version_up(plugin: Plugin) -> None:
    """`getTunedModel` answers in camelCase."""
    _, state = plugin.create(URN, checked(plugin))

    found = plugin.invoke("ctune:index:getTunedModel", {"name": state["tunedModelName"]})

    assert (found["tunedModelName"], found["versionId"]) == (state["tunedModelName"], "1")
    assert [point["checkpointId"] for point in found["checkpoints"]] == ["1", "2"]


def test_error_of_a_function_is_one_line(plugin: Plugin) -> None:
    with pytest.raises(PluginError, match=r"^the tuned model could not be looked up") as failed:
        plugin.invoke("ctune:index:getTunedModel", {"name": "projects/acme/locations/us-central1/models/5"})

    assert "Traceback" not in failed.value.message


@pytest.mark.parametrize("function", ["getTunedModel", "getDataset", "getEvaluationRun"])
@pytest.mark.parametrize("given", [{}, {"name": 5, "uri": 5}, {"name": ["a"], "uri": ["a"]}, {"bogus": 1}])
def test_wrong_arguments_of_a_function_are_reported_in_one_line(
    plugin: Plugin, function: str, given: dict[str, Any]
) -> None:
    """Programs in YAML and clients without types reach it with anything."""
    with pytest.raises(PluginError, match="could not be looked up") as failed:
        plugin.invoke(f"ctune:index:{function}", given)

    assert "\n" not in failed.value.message


def test_plugin_ends_by_the_engines_signal(plugin: Plugin, vertex: VertexEmulator) -> None:
    """Also while it waits for a job."""
    vertex.make_jobs_long()
    plugin.start_create(URN, checked(plugin))
    plugin.engine.wait_for_text("submitted tuning job")

    assert plugin.stop() == 0


def test_error_does_not_quote_a_secret_input(plugin: Plugin) -> None:
    """What the program marks as secret stands in no reason."""
    spec = {"trainingDatasetUri": secret("gs://data/secret-name.txt"), "hyperParameters": {"epochCount": 0}}

    _, failures = plugin.check(URN, {**SFT, "supervisedTuningSpec": spec, "baseModel": secret("secret-model")})

    assert failures
    assert "secret-" not in str(failures)


def test_fault_of_ours_is_one_line(plugin: Plugin) -> None:
    """A type that the plugin does not serve meets no handler: the line names the place, not a traceback."""
    with pytest.raises(PluginError) as failed:
        plugin.check(urn("Nothing"), {})

    assert "\n" not in failed.value.message
    assert "met a fault of pulumi-ctune itself" in failed.value.message
