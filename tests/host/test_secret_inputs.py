"""Inputs that the program marks as secret, in what the real provider tells the engine."""

from typing import Any

import pytest

from pulumi_ctune.engine.providers import ContinuousTuningJobProvider

from .harness import ProviderHost, urn

URN = urn("next", type="pulumi-python:dynamic/ctune:ContinuousTuningJob")
SECRET = "hunter2 Secret"
INPUTS: dict[str, Any] = {
    "project": "acme",
    "location": "us-central1",
    "base_model": "gemini-3.5-flash",
    "supervised_tuning_spec": {"training_dataset_uri": "gs://data/train.jsonl"},
}


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"service_account": SECRET}, ["service_account"]),
        ({"supervised_tuning_spec": {"training_dataset_uri": SECRET}}, ["supervised_tuning_spec"]),
        ({"location": SECRET}, ["location"]),
        ({"labels": {"team": SECRET}}, ["labels", "team"]),
        ({"encryption_spec": {"kms_key_name": SECRET}}, ["encryption_spec", "kms_key_name"]),
        ({"adopt_job": SECRET}, ["adopt_job"]),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_refusal_of_a_secret_input_does_not_show_it(change: dict[str, Any], path: list[str]) -> None:
    """The field is named; neither the value nor a hint made of it is."""
    with ProviderHost(ContinuousTuningJobProvider(), config={"ctune:apiEndpoint": "embedded:never-used"}) as host:
        checked = host.check({**INPUTS, **change, "__program": {"secret_inputs": [path]}}, urn=URN)

    assert checked.failures
    assert "hunter2" not in f"{checked.failures} {host.logs} {host.stderr}"
