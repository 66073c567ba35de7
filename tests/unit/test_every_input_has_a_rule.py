"""No input can be forgotten: a change of each one is another training run, or is made in place."""

from typing import Any

import pytest

from pulumi_ctune.tuning_job.attributes import INPUTS

from .test_diff_job import CONTINUED, DONE, FROM_BASE, MODEL, RFT, SFT, SOURCE, plan

REPLACES: dict[str, Any] = {
    "project": "other-project",
    "location": "europe-west4",
    "base_model": "gemini-2.5-flash",
    "pre_tuned_model": {"tuned_model_name": f"{MODEL}@4"},
    "supervised_tuning_spec": {**SFT, "hyper_parameters": {"epoch_count": 7}},
    "reinforcement_tuning_spec": {**RFT, "training_dataset_uri": "gs://b/other.jsonl"},
    "preference_optimization_spec": {"training_dataset_uri": "gs://b/t.jsonl"},
    "encryption_spec": {"kms_key_name": "projects/acme/locations/us-central1/keyRings/r/cryptoKeys/k"},
    "service_account": "tuner@acme.iam.gserviceaccount.com",
    "triggers": ["again"],
    "adopt_job": "2",
}
IN_PLACE: dict[str, Any] = {
    "tuned_model_display_name": "another name",
    "description": "another text",
    "labels": {"team": "b"},
    "deletion_policy": "DELETE",
    "budget": {"max_usd": 20},
}


def changed(name: str, value: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What a change of this input alone replaces, and what it updates."""
    before = CONTINUED if name in ("pre_tuned_model", "reinforcement_tuning_spec") else FROM_BASE
    state = {**before, **DONE, **(SOURCE if before is CONTINUED else {})}
    found = plan(state, {**before, name: value})
    return found.replaces, found.updates


def test_each_input_stands_in_one_of_the_tables() -> None:
    assert sorted([*REPLACES, *IN_PLACE]) == sorted(INPUTS)


@pytest.mark.parametrize("name", REPLACES)
def test_change_is_another_training_run(name: str) -> None:
    assert changed(name, REPLACES[name]) == ((name,), ())


@pytest.mark.parametrize("name", IN_PLACE)
def test_change_is_made_in_place(name: str) -> None:
    assert changed(name, IN_PLACE[name]) == ((), (name,))
