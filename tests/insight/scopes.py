"""Scopes on the rig's emulator, and its jobs in the middle of their course."""

from collections.abc import Mapping
from typing import Any

from pulumi_ctune.core.api import TuningJob
from pulumi_ctune.core.ownership import Owner
from pulumi_ctune.insight.scope import JOB_TYPE, Place, Scope
from pulumi_ctune.tuning_job.request import Request
from tests.core.rig import Rig, owner_in

PLACE = Place("acme", "us-central1")


def submit(rig: Rig, stack: str = "dev", **changes: Any) -> TuningJob:
    """A job that a create has submitted, and that nobody waits for."""
    request = Request.parse(rig.inputs(**changes))
    return rig.client.submit(*PLACE, request.body(owner_in(stack), rig.token, None))


def submit_by_hand(rig: Rig) -> TuningJob:
    """A job without any of our labels."""
    spec = {"trainingDatasetUri": "gs://data/train.jsonl", "hyperParameters": {"epochCount": "2"}}
    return rig.client.submit(*PLACE, {"baseModel": "gemini-3.5-flash", "supervisedTuningSpec": spec})


def stack_scope(rig: Rig, *states: Mapping[str, Any], stack: str = "dev") -> Scope:
    """The scope of a stack whose saved state has these jobs."""
    entries = [
        {
            "urn": f"urn:pulumi:{stack}::infra::{JOB_TYPE}::support",
            "type": JOB_TYPE,
            "id": state["name"],
            "outputs": state,
        }
        for state in states
    ]
    return saved_scope(rig, *entries, stack=stack)


def saved_scope(rig: Rig, *entries: Mapping[str, Any], stack: str = "dev") -> Scope:
    """The scope of a stack whose saved state has these entries of an export."""
    made = owner_in(stack)
    owner = Owner(made.organization, made.project, made.stack, "", "")
    return Scope.of_stack(rig.client, owner, {"deployment": {"resources": [*entries]}}, *PLACE)


def place_scope(rig: Rig) -> Scope:
    return Scope(rig.client, [PLACE])
