"""A chain of tuning jobs through the real CLI: what is trained, what is recorded, and what never trains again."""

from collections.abc import Callable
from typing import Any

import pytest

from .emulator import (  # fixtures go by name
    VertexEmulator,
    new_tuning_stack_fixture,  # noqa: F401
    vertex_fixture,  # noqa: F401
)
from .harness import Run, Stack
from .programs import OTHER_PROMPTS, PROMPTS, RFT, SFT, SOURCE, TRAINING, Code, program, sft

NewStack = Callable[..., Stack]

NEXT_VERSION: dict[str, Any] = sft(base_model=None, tuned_model_display_name=None, pre_tuned_model=SOURCE)
"""A supervised job that continues from the job `sft` and makes the next version of its model."""


def changed(run: Run) -> dict[str, str]:
    """What happened to the resources that did not stay the same."""
    return {name: op for name, op in run.ops.items() if op not in ("same", "read", "refresh")}


def test_chain_sends_one_request_a_job(new_tuning_stack: NewStack, vertex: VertexEmulator) -> None:
    """SFT starts from the base model, RFT from the version and checkpoint that SFT made; each has its one spec."""
    stack = new_tuning_stack(program(sft=SFT, rft=RFT))

    stack.up()

    source_job, dependent = vertex.submissions()
    assert source_job == {
        "baseModel": "gemini-3.5-flash",
        "supervisedTuningSpec": {"trainingDatasetUri": TRAINING, "hyperParameters": {"epochCount": 2}},
        "tunedModelDisplayName": "support",
    }
    assert sorted(dependent) == ["preTunedModel", "reinforcementTuningSpec", "tunedModelDisplayName"]
    # The API takes both spellings of a field.
    assert dependent["preTunedModel"] in (
        {"tunedModelName": stack.outputs()["sft"], "checkpointId": "1"},
        {"tuned_model_name": stack.outputs()["sft"], "checkpoint_id": "1"},
    )
    assert dependent["reinforcementTuningSpec"] == {
        "trainingDatasetUri": PROMPTS,
        "validationDatasetUri": OTHER_PROMPTS,
        "hyperParameters": {"epochCount": 1, "batchSize": 16, "samplesPerPrompt": 8},
        "singleRewardConfig": {
            "rewardName": "answer",
            "stringMatchRewardScorer": {
                "stringMatchExpression": {"matchOperation": "PARTIAL_MATCH", "expression": "{{references.answer}}"},
                "correctAnswerReward": 1,
                "wrongAnswerReward": -1,
            },
        },
    }


def test_chain_records_what_the_jobs_made(new_tuning_stack: NewStack, vertex: VertexEmulator) -> None:
    """The outputs are those of the server: job, version, endpoint, checkpoints, pinned source."""
    stack = new_tuning_stack(program(sft=SFT, rft=RFT))

    stack.up()

    resource, dependent = stack.resource("sft"), stack.resource("rft")
    outputs = resource["outputs"]
    source_job, _ = vertex.emulator.jobs()
    assert [resource["id"], dependent["id"]] == list(vertex.jobs())
    assert (outputs["name"], outputs["state"]) == (resource["id"], "JOB_STATE_SUCCEEDED")
    assert outputs["tuned_model_name"] == source_job["tunedModel"]["model"] == f"{outputs['model']}@1"
    assert outputs["endpoint"] == source_job["tunedModel"]["endpoint"]
    assert (outputs["endpoint_location"], outputs["endpoint_id"]) == ("us", outputs["endpoint"].rsplit("/", 1)[1])
    assert [point["checkpoint_id"] for point in outputs["checkpoints"]] == ["1", "2"]
    assert outputs["default_checkpoint_id"] == "2"
    assert outputs["metrics"]["/train_total_loss"] > 0
    assert dependent["outputs"]["source_model_name"] == outputs["tuned_model_name"]
    assert dependent["outputs"]["source_checkpoint_id"] == "1"
    assert dependent["outputs"]["model"] != outputs["model"]


def test_absent_output_shows_no_change_in_a_preview(new_tuning_stack: NewStack, vertex: VertexEmulator) -> None:
    """What a job has none of, such as the source of a base model's, is known to be None once the job is there."""
    exports = "\n".join(
        ("pulumi.export('source', sft.source_model_name)", "pulumi.export('text', sft.source_checkpoint_id.apply(str))")
    )
    stack = new_tuning_stack(program(sft=SFT) + exports)
    stack.up()

    preview = stack.preview()

    assert "[unknown]" not in preview.stdout
    assert stack.outputs()["text"] == "None"


def test_settled_chain_is_left_alone(new_tuning_stack: NewStack, vertex: VertexEmulator) -> None:
    """Without a change, `up` and preview ask the server nothing, and a refresh writes nothing and changes nothing."""
    stack = new_tuning_stack(program(sft=SFT, rft=RFT))
    stack.up()
    before = stack.export()["resources"]
    vertex.forget_requests()

    second, preview = stack.up(), stack.preview()
    asked = vertex.emulator.requests()
    refresh, refreshed = stack.refresh(), stack.up("--refresh")

    assert [run.changes for run in (second, preview, refresh, refreshed)] == [{"same": 3}] * 4
    assert asked == []
    assert vertex.writes() == []
    assert [entry.get("outputs") for entry in stack.export()["resources"]] == [entry.get("outputs") for entry in before]


def test_supervised_after_supervised_is_the_next_version(new_tuning_stack: NewStack, vertex: VertexEmulator) -> None:
    """Without a display name of its own, a job makes the next version of its source's model."""
    stack = new_tuning_stack(program(sft=SFT, second=NEXT_VERSION))

    stack.up()

    outputs = stack.resource("second")["outputs"]
    assert outputs["version_id"] == "2"
    assert outputs["model"] == stack.resource("sft")["outputs"]["model"]
    assert vertex.count("models") == 1


@pytest.mark.parametrize(("policy", "models", "endpoints"), [(None, 2, 3), ("DELETE", 0, 0)], ids=["default", "delete"])
def test_destroy_follows_the_deletion_policy(
    new_tuning_stack: NewStack, vertex: VertexEmulator, policy: str | None, models: int, endpoints: int
) -> None:
    """ABANDON, the default, leaves models and endpoints; DELETE removes what the jobs made."""
    stack = new_tuning_stack(program(sft=sft(deletion_policy=policy), rft=RFT | {"deletion_policy": policy}))
    stack.up()

    destroyed = stack.destroy()

    assert destroyed.ops == {"sft": "delete", "rft": "delete"}
    assert stack.export().get("resources", []) == []
    assert (vertex.count("models"), vertex.count("endpoints")) == (models, endpoints)


def test_abandoned_chain_is_taken_up_again(new_tuning_stack: NewStack, vertex: VertexEmulator) -> None:
    """What a destroy with ABANDON left behind serves the next `up` with the same inputs, and a line says so."""
    stack = new_tuning_stack(program(sft=SFT, rft=RFT))
    stack.up()
    made = stack.outputs()
    stack.destroy()

    again = stack.up()

    assert stack.outputs() == made
    assert len(vertex.jobs()) == 2
    assert [name for name in vertex.jobs() if f"took over tuning job {name} (succeeded)" not in again.stdout] == []
    assert stack.preview().changes == {"same": 3}


def test_metadata_edit_of_a_source_is_one_update(new_tuning_stack: NewStack, vertex: VertexEmulator) -> None:
    """Labels and description change in place, and no dependent is replaced, in whatever way it names its source."""
    by_default_checkpoint = SOURCE | {"checkpoint_id": Code("sft.default_checkpoint_id")}
    in_parts = SOURCE | {"tuned_model_name": Code("pulumi.Output.concat(sft.model, '@', sft.version_id)")}
    as_a_whole = Code("sft.release.apply(lambda it: {'tuned_model_name': it['tuned_model_name'], 'checkpoint_id': 1})")
    dependents = {
        "by_output": NEXT_VERSION,
        "by_default_checkpoint": NEXT_VERSION | {"pre_tuned_model": by_default_checkpoint},
        "in_parts": NEXT_VERSION | {"pre_tuned_model": in_parts},
        "as_a_whole": NEXT_VERSION | {"pre_tuned_model": as_a_whole},
    }
    stack = new_tuning_stack(program(sft=SFT, **dependents))
    stack.up()
    stack.write("__main__.py", program(sft=sft(labels={"team": "support"}, description="edited"), **dependents))

    preview, edited = stack.preview(), stack.up()

    assert changed(preview) == {"sft": "update"}
    assert changed(edited) == {"sft": "update"}
    assert len(vertex.jobs()) == 5
    version = vertex.get(stack.outputs()["sft"])
    assert (version["labels"]["team"], version["versionDescription"]) == ("support", "edited")
    assert stack.preview().changes == {"same": 6}


def test_replaced_source_replaces_its_dependents(new_tuning_stack: NewStack, vertex: VertexEmulator) -> None:
    """A source that is trained anew shows its dependent as replaced, in preview too, and that continues from it."""
    stack = new_tuning_stack(program(sft=SFT, rft=RFT))
    stack.up()
    stack.write("__main__.py", program(sft=sft(epoch_count=3), rft=RFT))

    preview, replaced = stack.preview(), stack.up()

    assert changed(preview) == {"sft": "replace", "rft": "replace"}
    assert changed(replaced) == {"sft": "replace", "rft": "replace"}
    assert len(vertex.jobs()) == 4
    assert stack.resource("rft")["outputs"]["source_model_name"] == stack.outputs()["sft"]
    assert [stack.resource(name)["id"] for name in ("sft", "rft")] == list(vertex.jobs())[2:]


def test_source_that_is_deleted_first_takes_no_finished_model_along(
    new_tuning_stack: NewStack, vertex: VertexEmulator
) -> None:
    """Though the source is deleted before it is replaced, the dependent's model stays until there is a new one."""
    deleted_first = {"deletion_policy": "DELETE", "opts": Code("pulumi.ResourceOptions(delete_before_replace=True)")}
    dependent = RFT | {"deletion_policy": "DELETE"}
    stack = new_tuning_stack(program(sft=sft(**deleted_first), rft=dependent))
    stack.up()
    old_model = stack.outputs()["rft"].partition("@")[0]
    vertex.forget_requests()

    stack.write("__main__.py", program(sft=sft(epoch_count=3, **deleted_first), rft=dependent))
    stack.up()

    writes = [write.partition("/v1beta1/") for write in vertex.writes()]
    steps = [f"{method.strip()} {path}" for method, _, path in writes]
    trained_anew = max(number for number, step in enumerate(steps) if step.endswith("/tuningJobs"))
    assert steps.index(f"DELETE {old_model}") > trained_anew
    assert len(vertex.jobs()) == 4


def test_changed_triggers_train_again(new_tuning_stack: NewStack, vertex: VertexEmulator) -> None:
    """Each change of `triggers` is another job, the way back to an earlier value included."""
    ids = []
    stack = new_tuning_stack(program(sft=sft(triggers=[1])))
    stack.up()
    ids.append(stack.resource("sft")["id"])

    for triggers in ([2], [1]):
        stack.write("__main__.py", program(sft=sft(triggers=triggers)))
        assert changed(stack.up()) == {"sft": "replace"}
        ids.append(stack.resource("sft")["id"])

    assert list(vertex.jobs()) == ids
    assert len(set(ids)) == 3


def test_other_spellings_are_no_change(new_tuning_stack: NewStack, vertex: VertexEmulator) -> None:
    """Values are compared by meaning: numbers, enums, absent and default, a base model's short and full name."""

    def spelled(base_model: str, hyper_parameters: dict[str, Any], **more: Any) -> str:
        spec = {"training_dataset_uri": TRAINING, "hyper_parameters": hyper_parameters}
        return program(sft=sft(base_model=base_model, supervised_tuning_spec=spec, **more))

    stack = new_tuning_stack(
        spelled("gemini-3.5-flash", {"epoch_count": 2, "adapter_size": 4, "learning_rate_multiplier": 1})
    )
    stack.up()
    vertex.forget_requests()
    stack.write(
        "__main__.py",
        spelled(
            "publishers/google/models/gemini-3.5-flash",
            {"epoch_count": "2", "adapter_size": "ADAPTER_SIZE_FOUR", "learning_rate_multiplier": 1.0},
            labels={},
            triggers=[],
            deletion_policy="ABANDON",
        ),
    )

    preview, up = stack.preview(), stack.up()

    assert [preview.changes, up.changes] == [{"same": 2}] * 2
    assert vertex.writes() == []


def test_forced_replacement_trains_anew(new_tuning_stack: NewStack, vertex: VertexEmulator) -> None:
    """`--replace` makes a new job: the finished old version is not adopted, and its deletion spares the new one."""
    stack = new_tuning_stack(program(sft=sft(deletion_policy="DELETE")))
    stack.up()
    old = stack.resource("sft")

    stack.up("--replace", old["urn"])

    new = stack.resource("sft")
    assert list(vertex.jobs()) == [old["id"], new["id"]]
    assert vertex.count("models") == 1
    assert vertex.get(new["outputs"]["tuned_model_name"])["name"] == new["outputs"]["model"]


def test_deleted_model_is_found_by_refresh_and_trained_anew(new_tuning_stack: NewStack, vertex: VertexEmulator) -> None:
    """Gone means that the model version is gone; the next `up` does not take the old job's empty shell over."""
    stack = new_tuning_stack(program(sft=SFT))
    stack.up()
    vertex.delete_model_of(stack.resource("sft")["outputs"])

    refresh = stack.refresh()
    up = stack.up()

    assert refresh.changes == {"same": 1, "delete": 1}
    assert changed(up) == {"sft": "create"}
    assert len(vertex.jobs()) == 2


def test_drift_of_labels_is_put_right_by_the_next_up(new_tuning_stack: NewStack, vertex: VertexEmulator) -> None:
    """A label that somebody changed shows in the refreshed preview and is set back in place."""
    stack = new_tuning_stack(program(sft=sft(labels={"team": "support"})))
    stack.up()
    name = stack.outputs()["sft"]
    vertex.patch(name, "labels", vertex.get(name)["labels"] | {"team": "sales"})

    preview, up = stack.preview("--refresh"), stack.up("--refresh")

    assert changed(preview) == {"sft": "update"}
    assert changed(up) == {"sft": "update"}
    assert vertex.get(name)["labels"]["team"] == "support"
    assert len(vertex.jobs()) == 1


def test_existing_job_is_adopted_by_name(new_tuning_stack: NewStack, vertex: VertexEmulator) -> None:
    """`adopt_job` takes a job over instead of submitting one; afterwards the input may be dropped."""
    stack = new_tuning_stack(program(sft=SFT))
    stack.up()
    job = stack.resource("sft")["id"]
    stack.run("state", "delete", "--yes", "--stack", "test", stack.resource("sft")["urn"])
    stack.write("__main__.py", program(adopted=sft(adopt_job=job)))
    stack.up()
    adopted = stack.resource("adopted")["id"]
    stack.write("__main__.py", program(adopted=SFT))

    dropped = stack.up()

    assert adopted == job
    assert changed(dropped) == {}
    assert list(vertex.jobs()) == [job]
