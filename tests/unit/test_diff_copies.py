"""What a change of a copy's inputs means: nothing, an update in place, or another copy."""

from typing import Any

import pytest

from pulumi_ctune.core.outcomes import Fate
from pulumi_ctune.core.values import UNKNOWN
from pulumi_ctune.model_copy.diff import plan

SOURCE, NUMBERED = "projects/acme/locations/us-central1/models/4711", "projects/123/locations/us-central1/models/4711"
COPY = "projects/456/locations/us-central1/models/copy-1"
PARENT = "projects/acme-prod/locations/us-central1/models/copy-1"
KEY = "projects/acme-prod/locations/us-central1/keyRings/r/cryptoKeys/k"
INPUTS: dict[str, Any] = {"source_model_name": f"{SOURCE}@2", "project": "acme-prod", "location": "us-central1"}
STATE: dict[str, Any] = {
    **INPUTS,
    "tuned_model_name": f"{COPY}@1",
    "model": COPY,
    "version_id": "1",
    "__source": f"{NUMBERED}@2",
    "__target": PARENT,
}


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"source_model_name": f"{NUMBERED}@2"},
        {"project": "456"},
        {"model_id": "copy-1"},
        {"parent_model": PARENT},
        {"parent_model": COPY},
        {"deletion_policy": "ABANDON"},
        {"labels": {}},
        {"require": []},
    ],
    ids=str,
)
def test_other_spelling_is_no_change(change: dict[str, Any]) -> None:
    """Names are compared by meaning, and absent equals default."""
    assert not plan(STATE, INPUTS | change).changes


@pytest.mark.parametrize(
    ("change", "replaces", "updates"),
    [
        ({"source_model_name": f"{SOURCE}@3"}, ("source_model_name",), ()),
        ({"source_model_name": f"{SOURCE}@3", "parent_model": PARENT}, (), ("source_model_name",)),
        ({"project": "acme-stage"}, ("project",), ()),
        ({"project": "789"}, ("project",), ()),
        ({"location": "europe-west4"}, ("location",), ()),
        ({"model_id": "support"}, ("model_id",), ()),
        ({"parent_model": PARENT.replace("copy-1", "support")}, ("parent_model",), ()),
        ({"parent_model": UNKNOWN}, ("parent_model",), ()),
        ({"encryption_spec": {"kms_key_name": KEY}}, ("encryption_spec",), ()),
        ({"labels": {"stage": "prod"}}, (), ("labels",)),
        ({"deletion_policy": "DELETE"}, (), ("deletion_policy",)),
        ({"require": [{"metric": "/eval_total_loss", "at_most": 1}]}, (), ("require",)),
    ],
    ids=lambda value: str(value)[:60],
)
def test_change_is_an_update_or_another_copy(
    change: dict[str, Any], replaces: tuple[str, ...], updates: tuple[str, ...]
) -> None:
    """What the copy is made of needs another one, what is said of it does not."""
    found = plan(STATE, INPUTS | change)

    assert (found.replaces, found.updates) == (replaces, updates)


def test_model_that_had_an_id_of_the_programs_is_another_without_it() -> None:
    assert plan({**STATE, "model_id": "copy-1"}, INPUTS).replaces == ("model_id",)


@pytest.mark.parametrize(
    ("fate", "replaces", "possible"),
    [
        (Fate.UPDATED, (), ()),
        (Fate.REPLACED, ("source_model_name",), ()),
        (Fate.POSSIBLE, (), ("source_model_name",)),
        (None, (), ("source_model_name",)),
    ],
)
def test_unknown_source_means_what_becomes_of_it(
    fate: Fate | None, replaces: tuple[str, ...], possible: tuple[str, ...]
) -> None:
    """A job that is only updated in place hands an unknown on, and its copy is no other one for that."""
    found = plan(STATE, INPUTS | {"source_model_name": UNKNOWN}, lambda _: fate)

    assert (found.replaces, found.possible) == (replaces, possible)


def test_copy_that_was_not_seen_to_its_end_is_an_update() -> None:
    """The next run finishes it."""
    unfinished = {key: value for key, value in STATE.items() if key not in ("tuned_model_name", "__source")}

    assert plan(unfinished, INPUTS).updates == ("tuned_model_name",)
