"""Enum values in answers: names, or numbers for clients that Google generates from the protos."""

from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from tests.emulator.conftest import PARENT, supervised
from vertex_emulator.app import Emulator

AS_NUMBERS = {"$alt": "json;enum-encoding=int"}


def test_job_is_answered_with_numbers_where_they_are_asked_for(
    http: httpx2.Client, create: Callable[..., dict[str, Any]]
) -> None:
    """Only fields of an enum type: a label's text stays what it is."""
    spec = supervised(1, hyperParameters={"epochCount": 1, "adapterSize": "ADAPTER_SIZE_EIGHT"})
    name = create(**spec, labels={"state": "live"})["name"]

    found = http.get(name, params=AS_NUMBERS).json()
    asked = AS_NUMBERS | {"filter": 'state="JOB_STATE_PENDING"'}
    (listed,) = http.get(f"{PARENT}/tuningJobs", params=asked).json()["tuningJobs"]

    assert (found["state"], found["supervisedTuningSpec"]["hyperParameters"]["adapterSize"]) == (2, 3)
    assert found["labels"] == {"state": "live"}
    assert listed == found
    assert http.get(name).json()["state"] == "JOB_STATE_PENDING"


@pytest.mark.parametrize(("params", "stage"), [(AS_NUMBERS, 11), ({}, "SUCCESSFULLY_DEPLOYED")], ids=["int", "name"])
def test_operation_is_shown_as_each_caller_asks(
    http: httpx2.Client, emulator: Emulator, create: Callable[..., dict[str, Any]], params: Any, stage: Any
) -> None:
    """Whoever looks first at an operation that has ended: its metadata and response fit the one who asks."""
    emulator.configure(operation_duration_s=0, job_duration_s=0, job_start_delay_s=0)
    model = http.get(create()["name"]).json()["tunedModel"]["model"]
    endpoint = http.post(f"{PARENT}/endpoints", json={"displayName": "x"}, params=AS_NUMBERS).json()["response"]["name"]
    deployment = {"deployedModel": {"model": model, "automaticResources": {"minReplicaCount": 1}}}
    name = http.post(f"{endpoint}:deployModel", json=deployment, params=AS_NUMBERS).json()["name"]

    operation = http.get(name, params=params).json()

    assert operation["metadata"]["deploymentStage"] == stage
    assert operation["response"]["@type"].endswith("v1beta1.DeployModelResponse")
    assert operation["response"]["deployedModel"]["model"] == model.partition("@")[0]


def test_state_that_no_client_knows_stays_a_name(
    http: httpx2.Client, emulator: Emulator, create: Callable[..., dict[str, Any]]
) -> None:
    """A fault's invented state has no number."""
    emulator.faults.add(method="POST", path="/tuningJobs", job={"running_state": "JOB_STATE_DREAMING"})
    emulator.configure(job_start_delay_s=0)
    name = create()["name"]

    assert http.get(name, params=AS_NUMBERS).json()["state"] == "JOB_STATE_DREAMING"
