"""Why a change needs another training run, in words."""

from typing import Any

import pytest

from pulumi_ctune.core.values import UNKNOWN
from pulumi_ctune.tuning_job.difference_texts import reasons_to_train
from pulumi_ctune.tuning_job.draft import Draft
from pulumi_ctune.tuning_job.state import State

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
        ({"triggers": [2]}, ["triggers"], ["triggers[0] changed"]),
        (
            {"supervised_tuning_spec": {**SPEC, "training_dataset_uri": "gs://b/hunter2.jsonl"}},
            ["supervised_tuning_spec"],
            ["supervised_tuning_spec.training_dataset_uri changed"],
        ),
        ({"triggers": [1, {"k": "hunter2"}]}, ["triggers"], ["triggers[1] changed"]),
        ({"triggers": [True]}, ["triggers"], ["triggers[0] changed"]),
        ({}, ["state"], ["the job ended: succeeded"]),
    ],
    ids=["leaf", "unknown", "default", "trigger", "text", "new-trigger", "trigger-type", "state"],
)
def test_reason_names_field_and_shows_only_what_can_be_no_secret(
    change: dict[str, Any], replaces: list[str], lines: list[str]
) -> None:
    """Numbers, booleans and enums are shown as they were and are to be; of text and triggers only the path."""
    assert reasons_to_train(State.parse(STATE), Draft.of({**STATE, **change}), replaces) == lines
