"""What a change of an alias' inputs means: nothing, a move in place, or another alias."""

from typing import Any

import pytest

from pulumi_ctune.alias.diff import plan
from pulumi_ctune.core.outcomes import Fate
from pulumi_ctune.core.values import UNKNOWN

MODEL, NUMBERED = "projects/acme/locations/us-central1/models/4711", "projects/123/locations/us-central1/models/4711"
GATE = {"metric": "/eval_total_loss", "at_most": 1}
STATE = {
    "tuned_model_name": f"{MODEL}@2",
    "alias": "prod",
    "require": [GATE],
    "model": NUMBERED,
    "version_id": "2",
    "previous_version_id": "1",
}
INPUTS: dict[str, Any] = {"tuned_model_name": f"{MODEL}@2", "alias": "prod", "require": [GATE]}


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"tuned_model_name": f"{NUMBERED}@2"},
        {"require": [{"metric": "/eval_total_loss", "at_most": 1.0, "aggregate": "last"}]},
    ],
    ids=["same", "project-number", "defaults"],
)
def test_other_spelling_is_no_change(change: dict[str, Any]) -> None:
    """Names and limits are compared by meaning."""
    assert not plan(STATE, INPUTS | change).changes


@pytest.mark.parametrize(
    ("change", "replaces", "updates"),
    [
        ({"tuned_model_name": f"{MODEL}@3"}, (), ("tuned_model_name",)),
        ({"tuned_model_name": f"{NUMBERED}@3"}, (), ("tuned_model_name",)),
        ({"require": None}, (), ("require",)),
        ({"require": [GATE | {"at_most": 2}]}, (), ("require",)),
        ({"require": [GATE | {"at_most": UNKNOWN}]}, (), ("require",)),
        ({"alias": "golden"}, ("alias",), ()),
        ({"alias": UNKNOWN}, (), ("alias",)),
        ({"tuned_model_name": f"{MODEL}1@2"}, ("tuned_model_name",), ()),
        ({"tuned_model_name": f"{MODEL}@2".replace("acme", "other")}, ("tuned_model_name",), ()),
        ({"tuned_model_name": f"{NUMBERED}@2".replace("123", "456")}, ("tuned_model_name",), ()),
        ({"tuned_model_name": f"{MODEL}@2".replace("us-central1", "europe-west4")}, ("tuned_model_name",), ()),
    ],
    ids=lambda value: str(value)[:60],
)
def test_change_is_a_move_or_another_alias(
    change: dict[str, Any], replaces: tuple[str, ...], updates: tuple[str, ...]
) -> None:
    """Another version or limit is changed in place; another model, place or name is another alias."""
    found = plan(STATE, INPUTS | change)

    assert (found.replaces, found.updates) == (replaces, updates)


@pytest.mark.parametrize(
    ("fate", "updates"),
    [(None, ("tuned_model_name",)), (Fate.REPLACED, ("tuned_model_name",)), (Fate.UPDATED, ())],
    ids=["unknown", "tuned-again", "kept"],
)
def test_unknown_version_is_never_a_replacement(fate: Fate | None, updates: tuple[str, ...]) -> None:
    """A name that is still unknown may become another version, unless its job is known to keep the one it has."""
    found = plan(STATE, INPUTS | {"tuned_model_name": UNKNOWN}, {f"{NUMBERED}@2": fate}.get)

    assert (found.replaces, found.updates) == ((), updates)
