"""What earlier releases have submitted: today's code sends the same to the byte for the same inputs.

A run that was interrupted under an earlier release left a job with these labels; another hash would pay for it twice.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pulumi_ctune.core.ownership import first_token
from pulumi_ctune.core.source import Source
from pulumi_ctune.tuning_job.request import Request
from tests.core.rig import Rig, owner_in

PATHS = sorted((Path(__file__).parent / "requests").glob("*.json"))
SUBMITTED = {
    f"{path.stem}/{submitted['name']}": submitted for path in PATHS for submitted in json.loads(path.read_text())
}
"""Requests by release and name: the inputs, what they continue from, resolved, and the body."""

assert SUBMITTED, "there are no recorded requests beside this file"


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with Rig.start(tmp_path) as rig:
        yield rig


@pytest.mark.parametrize("submitted", SUBMITTED.values(), ids=SUBMITTED)
def test_request_is_the_same_to_the_byte(submitted: dict[str, Any]) -> None:
    """Body and labels, the hashes of the work and of what it continues from among them."""
    owner, inputs, pinned = owner_in("dev"), submitted["inputs"], submitted.get("source")
    source = Source(pinned["tuned_model_name"], pinned.get("checkpoint_id", "")) if pinned else None

    body = Request.parse(inputs).body(owner, first_token(owner.organization, owner.urn), source)

    assert json.dumps(body) == json.dumps(submitted["body"])


@pytest.mark.parametrize("name", ["0.1.0/everything of supervised tuning", "0.1.0/reinforcement with one reward"])
def test_create_sends_the_request(rig: Rig, name: str) -> None:
    """What a create of these inputs submits arrives as it was recorded."""
    submitted = SUBMITTED[name]

    rig.create(submitted["inputs"])

    assert [json.dumps(body) for body in rig.submissions()] == [json.dumps(submitted["body"])]
