"""What a run of somebody else has found, and how it is told which version it has judged."""

from typing import Any

import pytest

from pulumi_ctune.core.errors import CtuneError
from pulumi_ctune.evaluation_run.lookup import look_up
from tests.core.evaluating import made_by_hand
from tests.core.rig import Rig

PARENT = "projects/acme/locations/us-central1"


def found(rig: Rig, name: str, **arguments: Any) -> dict[str, Any]:
    return look_up(rig.client, name, **arguments)


def test_run_of_the_console_is_a_result_with_its_version(rig: Rig) -> None:
    """Candidates have any name there; the endpoint that was called tells the version."""
    state = rig.create(rig.inputs())
    name = made_by_hand(rig, {"Candidate 1": state["endpoint"]}, {"Candidate 1": "4", "Old bot": "5"})

    result = found(rig, name, candidate="Candidate 1", baseline="Old bot")

    assert result["tuned_model_name"] == state["tuned_model_name"]
    assert (result["metrics"], result["baseline_metrics"]) == ({"exact_match": 1.0}, {"exact_match": 0.0})
    assert result["source"] == f"the version is what {state['endpoint']} serves"
    assert (result["name"], result["state"], result["total_items"]) == (name, "SUCCEEDED", 1)


def test_version_that_no_endpoint_tells_has_to_be_stated(rig: Rig) -> None:
    """And the record says that it was."""
    name = made_by_hand(rig, {}, {"candidate": "4"})

    with pytest.raises(CtuneError, match="its request tells of no version"):
        found(rig, name)
    result = found(rig, name, tuned_model_name=f"{PARENT}/models/7@1")

    assert result["tuned_model_name"] == f"{PARENT}/models/7@1"
    assert result["source"] == "the version is as the program states it"


def test_candidate_that_is_not_there_is_reported_with_those_that_are(rig: Rig) -> None:
    name = made_by_hand(rig, {}, {"one": "4", "two": "4"})

    with pytest.raises(CtuneError, match="'candidate' has to be named"):
        found(rig, name)
    with pytest.raises(CtuneError, match=r"'three' is not among its candidates \('one', 'two'\)"):
        found(rig, name, candidate="three")
