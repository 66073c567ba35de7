"""Create, on the real client and the emulator: what is sent, what is recorded, what is never done twice."""

import pytest

from pulumi_ctune.core.errors import SourceNotFoundError, TuningJobFailedError
from tests.core.rig import RFT_SPEC, TRAINING, Rig


def test_new_job_records_its_outputs(rig: Rig) -> None:
    """A finished job's state names version, endpoint, checkpoints and times."""
    state = rig.create(rig.inputs())

    job = rig.emulator.jobs()[0]
    assert state["name"] == job["name"]
    assert state["state"] == "JOB_STATE_SUCCEEDED"
    assert state["tuned_model_name"] == job["tunedModel"]["model"] == f"{state['model']}@1"
    assert state["version_id"] == "1"
    assert state["endpoint"] == job["tunedModel"]["endpoint"]
    assert (state["endpoint_location"], state["endpoint_id"]) == ("us", state["endpoint"].rpartition("/")[2])
    assert [(point["checkpoint_id"], point["epoch"]) for point in state["checkpoints"]] == [
        ("1", 1),
        ("2", 2),
        ("3", 3),
    ]
    assert state["default_checkpoint_id"] == "3"
    assert state["billable_token_count"] > 0
    assert state["training_token_count"] == 3 * state["billable_token_count"]
    assert state["dropped_example_count"] == 0
    assert state["metrics"]["/train_total_loss"] > 0


def test_body_has_the_shape_of_the_api(rig: Rig) -> None:
    """The request holds the inputs under the API's names, the owner's labels, and nothing else."""
    rig.create(rig.inputs(labels={"team": "a"}))

    body = rig.submissions()[0]
    labels = body.pop("labels")
    assert body == {
        "baseModel": "gemini-3.5-flash",
        "supervisedTuningSpec": {"trainingDatasetUri": TRAINING, "hyperParameters": {"epochCount": 3}},
        "tunedModelDisplayName": "support",
    }
    assert labels.pop("team") == "a"
    assert sorted(labels) == [
        "ctune-inputs",
        "ctune-name",
        "ctune-organization",
        "ctune-project",
        "ctune-resource",
        "ctune-stack",
        "ctune-token",
    ]


def test_source_is_pinned_and_its_checkpoint_sent(rig: Rig) -> None:
    """An alias becomes a number, and the default checkpoint is sent explicitly."""
    first = rig.create(rig.inputs())

    rig.create(rig.continued(f"{first['model']}@default"))

    source = rig.submissions()[1]["preTunedModel"]
    assert {key.replace("_", "").lower(): value for key, value in source.items()} == {
        "tunedmodelname": first["tuned_model_name"],
        "checkpointid": "3",
    }


def test_chain_records_what_it_continued_from(rig: Rig) -> None:
    """The outputs name the pinned source, and without another display name the next version of its model is made."""
    first = rig.create(rig.inputs())

    second = rig.create(
        rig.continued(first["model"], pre_tuned_model={"tuned_model_name": first["model"], "checkpoint_id": "2"})
    )

    assert second["source_model_name"] == first["tuned_model_name"]
    assert second["source_checkpoint_id"] == "2"
    assert second["tuned_model_name"] == f"{first['model']}@2"


def test_reinforcement_tuning_continues_from_supervised_tuning(rig: Rig) -> None:
    """SFT to RFT with another display name makes a new model, with the RFT series as metrics."""
    first = rig.create(rig.inputs())

    second = rig.create(
        rig.continued(
            first["tuned_model_name"],
            supervised_tuning_spec=None,
            reinforcement_tuning_spec=RFT_SPEC,
            tuned_model_display_name="support-rl",
        )
    )

    assert second["model"] != first["model"]
    assert second["version_id"] == "1"
    assert "/train_mean_reward" in second["metrics"]


def test_unknown_checkpoint_submits_nothing(rig: Rig) -> None:
    """A checkpoint that does not exist is named with those that do, and no job is made."""
    first = rig.create(rig.inputs())
    source = {"tuned_model_name": first["tuned_model_name"], "checkpoint_id": "9"}

    with pytest.raises(SourceNotFoundError) as raised:
        rig.create(rig.continued("", pre_tuned_model=source))

    assert str(raised.value) == (
        "no tuning job was submitted [pre_tuned_model.checkpoint_id]: "
        f"{first['tuned_model_name']} has no checkpoint '9'; it has '1', '2', '3'. "
        "Name one of these, or leave checkpoint_id out for the default checkpoint."
    )
    assert len(rig.submissions()) == 1


def test_unknown_alias_submits_nothing(rig: Rig) -> None:
    """A version or alias that does not exist is named with those that do."""
    first = rig.create(rig.inputs())

    with pytest.raises(SourceNotFoundError) as raised:
        rig.create(rig.continued(f"{first['model']}@golden"))

    assert f"{first['model']} has no version or alias 'golden'; it has '1', 'default'." in str(raised.value)
    assert len(rig.submissions()) == 1


def test_job_that_fails_is_named_and_leaves_no_entry(rig: Rig) -> None:
    """A failed job's error has its name and Google's words; it is no `Unfinished`, so it displaces nothing."""
    course = {"state": "JOB_STATE_FAILED", "code": 3, "message": "Bad line 7."}
    rig.emulator.faults.add(method="POST", path="/tuningJobs$", job=course)

    with pytest.raises(TuningJobFailedError) as raised:
        rig.create(rig.inputs())

    name = rig.emulator.jobs()[0]["name"]
    assert str(raised.value).startswith(f"the tuning job ended: failed [{name}]: Bad line 7 (INVALID_ARGUMENT).")
