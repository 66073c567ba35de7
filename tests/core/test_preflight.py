"""What is found out before money is spent."""

from typing import Any

import pytest

from pulumi_ctune.core import names
from pulumi_ctune.core.errors import InvalidInputError, TuningJobFailedError
from pulumi_ctune.core.spending import Spending
from pulumi_ctune.tuning_job.creation import Verbs
from tests.core.rig import PROMPTS, TRAINING, Rig


def reinforcement(reward: dict[str, Any], **changes: Any) -> dict[str, Any]:
    spec = {"training_dataset_uri": PROMPTS, "hyper_parameters": {"batch_size": 8, "samples_per_prompt": 4}, **changes}
    return {"supervised_tuning_spec": None, "reinforcement_tuning_spec": {**spec, "single_reward_config": reward}}


MATCH = {
    "reward_name": "answer",
    "string_match_reward_scorer": {
        "string_match_expression": {"match_operation": "PARTIAL_MATCH", "expression": "{{references.answer}}"},
        "correct_answer_reward": 1,
    },
}


def test_missing_datasets_are_all_named(rig: Rig) -> None:
    """Every dataset that is not there is named with its field, in one line, and nothing is submitted."""
    spec = {"training_dataset_uri": "gs://data/no.jsonl", "validation_dataset_uri": "gs://data/neither.jsonl"}

    with pytest.raises(InvalidInputError) as raised:
        rig.create(rig.inputs(supervised_tuning_spec=spec))

    line = str(raised.value)
    assert line.startswith(
        "no tuning job was submitted [supervised_tuning_spec.training_dataset_uri]: gs://data/no.jsonl does not exist"
    )
    assert "; supervised_tuning_spec.validation_dataset_uri: gs://data/neither.jsonl does not exist" in line
    assert rig.submissions() == []


def test_empty_dataset_is_refused(rig: Rig) -> None:
    """An object of no bytes cannot be trained on."""
    rig.emulator.put_object("data", "empty.jsonl", b"")

    with pytest.raises(InvalidInputError, match=r"gs://data/empty\.jsonl is empty"):
        rig.create(rig.inputs(supervised_tuning_spec={"training_dataset_uri": "gs://data/empty.jsonl"}))

    assert rig.submissions() == []


def test_dataset_that_may_not_be_looked_at_is_a_warning(rig: Rig) -> None:
    """The tuning service reads with rights of its own, so a 403 to the caller proves nothing."""
    rig.emulator.faults.add(method="GET", path="/storage/v1/", status=403, message="no storage.objects.get", times=0)

    rig.create(rig.inputs())

    assert [line for line in rig.report.warnings if TRAINING in line] == [
        f"{TRAINING} could not be looked at; the tuning service may read it all the same: "
        "HTTP 403 PERMISSION_DENIED: no storage.objects.get"
    ]


def test_source_of_another_key_is_refused(rig: Rig) -> None:
    """A continued job must use the very key of its source."""
    key = "projects/acme/locations/us-central1/keyRings/r/cryptoKeys/k"
    first = rig.create(rig.inputs(encryption_spec={"kms_key_name": key}))

    with pytest.raises(InvalidInputError, match=r"was tuned with the key .*; given was none"):
        rig.create(rig.continued(first["tuned_model_name"]))

    assert len(rig.submissions()) == 1


def test_key_of_the_source_may_be_written_with_the_number_of_the_project(rig: Rig) -> None:
    """Id and number are one project: neither a continued job nor an adoption is refused for it."""
    key = "projects/{}/locations/us-central1/keyRings/r/cryptoKeys/k"
    first = rig.create(rig.inputs(encryption_spec={"kms_key_name": key.format("acme")}))
    by_number = {"kms_key_name": key.format(names.project_of(first["name"]))}

    rig.create(rig.continued(first["tuned_model_name"], encryption_spec=by_number))
    adopted = rig.create(rig.inputs(adopt_job=first["name"], encryption_spec=by_number))

    assert adopted["name"] == first["name"]
    assert len(rig.submissions()) == 2


def test_adoption_of_a_job_with_another_key_is_refused(rig: Rig) -> None:
    """The same ring and key of certainly another project is another key."""
    key = "projects/{}/locations/us-central1/keyRings/r/cryptoKeys/k"
    first = rig.create(rig.inputs(encryption_spec={"kms_key_name": key.format("acme")}))

    with pytest.raises(InvalidInputError, match=r"encryption_spec\.kms_key_name is another in the inputs"):
        rig.create(rig.inputs(adopt_job=first["name"], encryption_spec={"kms_key_name": key.format("other")}))


def test_source_from_before_the_date_is_refused(rig: Rig) -> None:
    """Models tuned before 11 July 2025 cannot be continued."""
    rig.clock.now_s = -2 * 365 * 86_400.0
    first = rig.create(rig.inputs())
    rig.clock.now_s = 0.0

    with pytest.raises(InvalidInputError, match="only models tuned on or after 2025-07-11 can be continued"):
        rig.create(rig.continued(first["tuned_model_name"]))

    assert len(rig.submissions()) == 1


def test_reward_that_works_is_tried_in_silence(rig: Rig) -> None:
    """A reward that gives a number for the first example costs one request and no words."""
    rig.create(rig.inputs(**reinforcement(MATCH)))

    tried = [entry for entry in rig.emulator.requests() if entry["path"].endswith(":validateReinforcementTuningReward")]
    assert len(tried) == 1
    assert rig.report.warnings == []


def test_dataset_resource_is_left_to_the_service(rig: Rig) -> None:
    """What a dataset resource of Vertex AI holds cannot be looked at; the job is submitted without a trial."""
    dataset = "projects/acme/locations/us-central1/datasets/5"

    with pytest.raises(TuningJobFailedError):  # the emulator has no such datasets, so its job fails
        rig.create(rig.inputs(**reinforcement(MATCH, training_dataset_uri=dataset)))

    assert len(rig.submissions()) == 1


def test_reward_that_the_service_refuses_submits_nothing(rig: Rig) -> None:
    """A reward that the API does not take is found before the job is paid for."""
    rig.emulator.faults.add(path=":validateReinforcementTuningReward$", status=400, message="Unknown placeholder")

    with pytest.raises(InvalidInputError, match=r"Vertex AI refuses the reward: .*Unknown placeholder"):
        rig.create(rig.inputs(**reinforcement(MATCH)))

    assert rig.submissions() == []


def test_example_that_the_service_refuses_is_filed_under_the_dataset(rig: Rig) -> None:
    """A refusal that names the example is about the dataset's first line, not about the reward."""
    message = "Invalid value at 'example.references[answer]' (TYPE_STRING), 2"
    rig.emulator.faults.add(path=":validateReinforcementTuningReward$", status=400, message=message)

    with pytest.raises(InvalidInputError, match="refuses line 1 of gs://") as raised:
        rig.create(rig.inputs(**reinforcement(MATCH)))

    assert raised.value.where == "reinforcement_tuning_spec.training_dataset_uri"


def test_reward_that_fails_on_an_example_is_a_warning(rig: Rig) -> None:
    """One answer that a reward cannot judge proves little; the user hears of it."""
    broken = {"reward_name": "code", "code_execution_reward_scorer": {"python_code_snippet": "def evaluate("}}

    unchecked = Verbs(rig.client, rig.clock.wait_context(rig.report), rig.owner, Spending(data_checks="off"))
    unchecked.create(rig.inputs(**reinforcement(broken)))

    assert len(rig.submissions()) == 1
    assert any("the reward failed on the first example" in line for line in rig.report.warnings)


def test_reward_that_can_never_be_computed_submits_nothing(rig: Rig) -> None:
    """`up` looks too: the dataset may have been made a moment ago, and no preview has seen it."""
    broken = {"reward_name": "code", "code_execution_reward_scorer": {"python_code_snippet": "def evaluate("}}

    with pytest.raises(InvalidInputError, match=r"it is not Python: '\(' was never closed \(line 1\)") as raised:
        rig.create(rig.inputs(**reinforcement(broken)))

    assert raised.value.where.endswith("single_reward_config.code_execution_reward_scorer.python_code_snippet")
    assert rig.submissions() == []


def test_reward_that_is_always_the_same_is_a_warning(rig: Rig) -> None:
    """The answers are made of the references, and others may earn something else: the job is submitted."""
    snippet = "def evaluate(example, response):\n    return 1.0 if response.get('odd') else 0.0"
    same = {"reward_name": "code", "code_execution_reward_scorer": {"python_code_snippet": snippet}}

    rig.create(rig.inputs(**reinforcement(same)))

    assert len(rig.submissions()) == 1
    assert any("every answer earns 0: nothing can be learnt" in line for line in rig.report.warnings)
