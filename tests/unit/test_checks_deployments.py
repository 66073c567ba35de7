"""Plan-time rules of a deployment: each at its own field, offline."""

from typing import Any

import pytest

from pulumi_ctune.core.kind import Failure
from pulumi_ctune.core.values import UNKNOWN
from pulumi_ctune.deployment.checks import check, warnings
from pulumi_ctune.deployment.ids import Mark, deployed_model_ids

VERSION = "projects/acme/locations/us-central1/models/4711@2"
ENDPOINT = "projects/acme/locations/us/endpoints/prod"
GOOD: dict[str, Any] = {"endpoint": ENDPOINT, "tuned_model_name": VERSION}


@pytest.mark.parametrize(
    "inputs",
    [
        GOOD,
        GOOD | {"checkpoint_id": 2, "traffic_percent": 1, "require": []},
        GOOD | {"checkpoint_id": "2", "traffic_percent": 100},
        GOOD | {"traffic_percent": "50", "require": [{"metric": "/eval_total_loss", "at_most": "0.8"}]},
        GOOD | {"endpoint": ENDPOINT.replace("acme", "123")},
        GOOD | {"endpoint": ENDPOINT.replace("/us/", "/us-central1/")},
        dict.fromkeys(["endpoint", "tuned_model_name", "checkpoint_id", "traffic_percent", "require"], UNKNOWN),
    ],
    ids=["least", "numbers", "texts", "numbers as texts", "project by number", "same location", "unknown"],
)
def test_inputs_without_a_fault_pass(inputs: dict[str, Any]) -> None:
    """What may be right is not refused."""
    assert check(inputs) == []


@pytest.mark.parametrize(
    ("change", "path", "reason"),
    [
        ({"endpoint": None}, "endpoint", "missing: set this input"),
        (
            {"endpoint": "endpoints/77"},
            "endpoint",
            "'endpoints/77' is not a full name; did you mean 'projects/PROJECT/locations/LOCATION/endpoints/77'? "
            "(output id of gcp.vertex.AiEndpoint)",
        ),
        (
            {"endpoint": VERSION},
            "endpoint",
            f"'{VERSION}' is not of the form projects/PROJECT/locations/LOCATION/endpoints/ENDPOINT (output id of "
            "gcp.vertex.AiEndpoint)",
        ),
        (
            {"tuned_model_name": VERSION.replace("@2", "")},
            "tuned_model_name",
            f"'{VERSION[:-2]}' names no version: pin one by its number, ..@VERSION (output tuned_model_name of a job "
            "or of ctune.get_tuned_model)",
        ),
        (
            {"tuned_model_name": "gemini-3.5-flash"},
            "tuned_model_name",
            "'gemini-3.5-flash' is a base model: what is deployed is a version of a tuned model",
        ),
        (
            {"tuned_model_name": VERSION.replace("acme", "other")},
            "tuned_model_name",
            f"'{VERSION.replace('acme', 'other')}' lies in project 'other', the endpoint in 'acme': deploy to an "
            "endpoint of the same project, or copy the version there first",
        ),
        (
            {"endpoint": ENDPOINT.replace("/us/", "/europe-west4/")},
            "tuned_model_name",
            f"'{VERSION}' lies in 'us-central1', the endpoint in 'europe-west4': deploy to an endpoint of the same "
            "location or the multi-region around it, or copy the version there first",
        ),
        ({"checkpoint_id": ""}, "checkpoint_id", "'' is not the id of a checkpoint, such as '2'"),
        ({"checkpoint_id": 1.5}, "checkpoint_id", "1.5 is not the id of a checkpoint, such as '2'"),
        ({"traffic_percent": -1}, "traffic_percent", "-1 is not a whole number from 0 to 100"),
        ({"traffic_percent": 101}, "traffic_percent", "101 is not a whole number from 0 to 100"),
        ({"traffic_percent": 12.5}, "traffic_percent", "12.5 is not a whole number from 0 to 100"),
        ({"traffic_percent": True}, "traffic_percent", "True is not a whole number from 0 to 100"),
        ({"require": {}}, "require", "{} is not a list; write [...] around it"),
    ],
    ids=lambda value: str(value)[:50],
)
def test_fault_is_reported_at_its_field(change: dict[str, Any], path: str, reason: str) -> None:
    """One message for each field, with what would be right."""
    assert check(GOOD | change) == [Failure(path, reason)]


def test_canary_is_said_to_be_experimental() -> None:
    """A share below 100 is accepted, with one warning."""
    lines = warnings(GOOD | {"traffic_percent": 10})

    assert len(lines) == 1
    assert lines[0].startswith("traffic_percent: 10 makes this version a canary, which is experimental: ")


@pytest.mark.parametrize("change", [{}, {"traffic_percent": 100}, {"traffic_percent": UNKNOWN}], ids=str)
def test_whole_deployment_is_no_cause_for_warnings(change: dict[str, Any]) -> None:
    """Nor is a share that is not known yet."""
    assert warnings(GOOD | change) == []


def test_deployed_model_ids_are_those_of_what_is_deployed() -> None:
    """The same for the same resource, endpoint, version and checkpoint, others for any other; 1 to 10 digits."""
    mine, other = Mark("a" * 20, "support"), Mark("b" * 20, "support")
    given = [(mine, ENDPOINT, VERSION, ""), (other, ENDPOINT, VERSION, ""), (mine, ENDPOINT, VERSION, "1")]

    rows = [deployed_model_ids(*arguments) for arguments in given]

    ids = [id_ for row in rows for id_ in row]
    assert rows == [deployed_model_ids(*arguments) for arguments in given]
    assert len(set(ids)) == len(ids) == 300
    assert all(id_.isdigit() and 1 <= int(id_) < 10**10 for id_ in ids)


def test_first_id_is_the_one_of_earlier_releases() -> None:
    """What they have deployed is found by it."""
    endpoint, version = "projects/1/locations/us/endpoints/2", "projects/1/locations/us/models/3@4"

    assert deployed_model_ids(Mark("a" * 20, "support"), endpoint, version, "")[0] == "6013722070"


def test_display_name_keeps_its_mark() -> None:
    """However long the resource's name is, the mark is whole, within the API's 128 characters."""
    name = Mark("a" * 20, "n" * 300).display_name

    assert len(name) == 128
    assert name.endswith(f" ctune-{'a' * 20}")
