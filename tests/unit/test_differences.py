"""Why a change needs another training run, in words."""

from typing import Any

import pytest

from pulumi_ctune.tuning.differences import reasons_to_train
from pulumi_ctune.tuning.values import UNKNOWN

SPEC = {"training_dataset_uri": "gs://b/t.jsonl", "hyper_parameters": {"epoch_count": 2, "adapter_size": 4}}
STATE: dict[str, Any] = {"state": "JOB_STATE_SUCCEEDED", "supervised_tuning_spec": SPEC, "triggers": [1]}


@pytest.mark.parametrize(
    ("change", "replaces", "lines"),
    [
        (
            {"supervised_tuning_spec": {**SPEC, "hyper_parameters": {"epoch_count": 3, "adapter_size": 4}}},
            ["supervised_tuning_spec"],
            ["supervised_tuning_spec.hyper_parameters.epoch_count: 2 -> 3"],
        ),
        (
            {"supervised_tuning_spec": {**SPEC, "validation_dataset_uri": UNKNOWN}},
            ["supervised_tuning_spec"],
            ["supervised_tuning_spec.validation_dataset_uri: (none) -> (known after apply)"],
        ),
        (
            {"supervised_tuning_spec": {**SPEC, "hyper_parameters": {"epoch_count": 2}}},
            ["supervised_tuning_spec"],
            ["supervised_tuning_spec.hyper_parameters.adapter_size: 'ADAPTER_SIZE_FOUR' -> (default)"],
        ),
        ({"triggers": [2]}, ["triggers"], ["triggers: [1] -> [2]"]),
        ({}, ["state"], ["the job ended: succeeded"]),
    ],
    ids=["leaf", "unknown", "default", "triggers", "state"],
)
def test_reason_names_field_old_and_new_value(change: dict[str, Any], replaces: list[str], lines: list[str]) -> None:
    """Each field that forces another run is named with what it was and what it is to be."""
    assert reasons_to_train(STATE, {**STATE, **change}, replaces) == lines
