"""Requests checked against the discovery document."""

from typing import Any

import pytest

from vertex_emulator import discovery
from vertex_emulator.schema import Schema

BETA = Schema("v1beta1")
HYPER = "supervisedTuningSpec.hyperParameters"


def test_extract_keeps_its_notice_and_revision() -> None:
    """The extract says where it comes from and under which licence."""
    document = discovery.load()

    assert "Apache License, Version 2.0" in document["notice"]
    assert (document["version"], len(document["revision"])) == ("v1beta1", 8)


def test_every_reference_of_the_extract_is_in_it() -> None:
    """The extract is closed: no schema refers to one that was left out."""
    schemas = discovery.load()["schemas"]

    assert set(references(schemas)) <= set(schemas)


def references(node: Any) -> list[str]:
    if not isinstance(node, dict):
        return []
    own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
    return own + [found for child in node.values() for found in references(child)]


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ({"pre_tuned_model": {"checkpoint_id": "3"}}, {"preTunedModel": {"checkpointId": "3"}}),
        ({"preTunedModel": {"checkpointId": "3"}}, {"preTunedModel": {"checkpointId": "3"}}),
        ({"name": "mine", "state": "JOB_STATE_SUCCEEDED"}, {}),
        ({"description": None, "labels": {}}, {"labels": {}}),
        (
            {"supervisedTuningSpec": {"exportLastCheckpointOnly": "true"}},
            {"supervisedTuningSpec": {"exportLastCheckpointOnly": True}},
        ),
    ],
    ids=["snake_case", "camelCase", "output only", "null", "boolean word"],
)
def test_body_is_stored_in_camel_case(sent: dict[str, Any], stored: dict[str, Any]) -> None:
    """Both spellings are taken, fields that are output only and nulls are dropped."""
    assert BETA.read("TuningJob", sent) == stored


@pytest.mark.parametrize("value", [2, "2", 2.0], ids=repr)
def test_int64_is_stored_as_a_string(value: object) -> None:
    """64-bit integers come as number or string and go out as string."""
    job = BETA.read("TuningJob", {"supervisedTuningSpec": {"hyperParameters": {"epochCount": value}}})

    assert job["supervisedTuningSpec"]["hyperParameters"] == {"epochCount": "2"}


@pytest.mark.parametrize("value", [8, "8"], ids=repr)
def test_int32_is_stored_as_a_number(value: object) -> None:
    """The batch size of reinforcement tuning is an int32, that of supervised tuning an int64."""
    job = BETA.read("TuningJob", {"reinforcementTuningSpec": {"hyperParameters": {"batchSize": value}}})

    assert job["reinforcementTuningSpec"]["hyperParameters"] == {"batchSize": 8}


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("epochCount", "1.5", "TYPE_INT64"),
        ("epochCount", 2**63, "TYPE_INT64"),
        ("epochCount", True, "TYPE_INT64"),
        ("epochCount", [1, 2], "TYPE_INT64"),
        ("learningRateMultiplier", "fast", "TYPE_DOUBLE"),
        ("adapterSize", 7, "SupervisedHyperParameters.AdapterSize"),
    ],
)
def test_wrong_value_is_a_violation_at_its_path(field: str, value: object, expected: str) -> None:
    """A value of another type is refused with Google's name of the type."""
    _, (violation,) = BETA.checked(
        "TuningJob", {"supervisedTuningSpec": {"hyperParameters": {field: value}}}, path="tuning_job"
    )

    assert violation.field.startswith("tuning_job.supervised_tuning_spec.hyper_parameters.")
    assert expected in violation.description


@pytest.mark.parametrize("value", [[], "x", 5])
def test_message_field_takes_only_an_object(value: object) -> None:
    """A list, a string or a number is no message."""
    _, violations = BETA.checked("TuningJob", {"preTunedModel": value})

    assert [violation.field for violation in violations] == ["pre_tuned_model"]


def test_single_value_stands_for_a_repeated_field() -> None:
    """`"parts": {"text": ..}` is what Google's own samples send."""
    content = BETA.read("GenerateContentRequest", {"contents": {"parts": {"text": "Hello"}}})

    assert content == {"contents": [{"parts": [{"text": "Hello"}]}]}


def test_v1_shows_only_its_own_fields() -> None:
    """Fields that came with v1beta1 are left out of answers on v1, at every depth."""
    stats = {"supervisedTuningDataStats": {"tuningStepCount": "1"}, "reinforcementTuningDataStats": {}}
    job = {"name": "n", "tuningJobState": "x", "tuningDataStats": stats}

    shown = Schema("v1").shown("TuningJob", job)

    assert shown == {"name": "n", "tuningDataStats": {"supervisedTuningDataStats": {"tuningStepCount": "1"}}}
