"""What a change of a deployment's inputs means: nothing, an update, or another resource."""

from typing import Any

import pytest

from pulumi_ctune.core.outcomes import Fate
from pulumi_ctune.core.values import UNKNOWN
from pulumi_ctune.deployment.attributes import ENDPOINT_NAME, LEFT_OVER
from pulumi_ctune.deployment.diff import plan

MODEL, NUMBERED = "projects/acme/locations/us-central1/models/4711", "projects/123/locations/us-central1/models/4711"
ENDPOINT = "projects/acme/locations/us/endpoints/prod"
NUMBERED_ENDPOINT = ENDPOINT.replace("acme", "123")
GATE = {"metric": "/eval_total_loss", "at_most": 1}
STATE: dict[str, Any] = {
    "endpoint": ENDPOINT,
    "tuned_model_name": f"{MODEL}@2",
    "checkpoint_id": "3",
    "traffic_percent": 100,
    "require": [GATE],
    "deployed_model_id": "42",
    "model": NUMBERED,
    "version_id": "2",
    ENDPOINT_NAME: NUMBERED_ENDPOINT,
}
INPUTS: dict[str, Any] = {
    "endpoint": ENDPOINT,
    "tuned_model_name": f"{MODEL}@2",
    "checkpoint_id": "3",
    "traffic_percent": 100,
    "require": [GATE],
}


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"tuned_model_name": f"{NUMBERED}@2"},
        {"endpoint": NUMBERED_ENDPOINT},
        {"checkpoint_id": 3},
        {"traffic_percent": None},
        {"require": [{"metric": "/eval_total_loss", "at_most": 1.0, "aggregate": "last"}]},
    ],
    ids=["same", "model-by-number", "endpoint-by-number", "checkpoint-as-number", "all-traffic", "defaults"],
)
def test_other_spelling_is_no_change(change: dict[str, Any]) -> None:
    """Names, numbers and limits are compared by meaning."""
    assert not plan(STATE, INPUTS | change).changes


@pytest.mark.parametrize(
    ("change", "replaces", "updates"),
    [
        ({"tuned_model_name": f"{MODEL}@3"}, (), ("tuned_model_name",)),
        ({"tuned_model_name": f"{MODEL}1@2"}, (), ("tuned_model_name",)),
        ({"checkpoint_id": "2"}, (), ("checkpoint_id",)),
        ({"checkpoint_id": None}, (), ("checkpoint_id",)),
        ({"checkpoint_id": UNKNOWN}, (), ("checkpoint_id",)),
        ({"traffic_percent": 10}, (), ("traffic_percent",)),
        ({"traffic_percent": UNKNOWN}, (), ("traffic_percent",)),
        ({"require": None}, (), ("require",)),
        ({"require": [GATE | {"at_most": UNKNOWN}]}, (), ("require",)),
        ({"endpoint": f"{ENDPOINT}-2"}, ("endpoint",), ()),
        ({"endpoint": ENDPOINT.replace("/us/", "/eu/")}, ("endpoint",), ()),
        ({"endpoint": ENDPOINT.replace("acme", "other")}, ("endpoint",), ()),
        ({"endpoint": UNKNOWN}, ("endpoint",), ()),  # about to be made
    ],
    ids=lambda value: str(value)[:60],
)
def test_only_another_endpoint_is_another_resource(
    change: dict[str, Any], replaces: tuple[str, ...], updates: tuple[str, ...]
) -> None:
    """Whatever version, of whatever model, is an update: the endpoint keeps serving."""
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


@pytest.mark.parametrize(
    ("fate", "updates"), [(Fate.REPLACED, ("tuned_model_name", "checkpoint_id")), (Fate.UPDATED, ())], ids=str
)
def test_unknown_checkpoint_goes_with_its_unknown_version(fate: Fate, updates: tuple[str, ...]) -> None:
    """Both are outputs of one job: while that is only updated in place, neither changes."""
    unknown = INPUTS | {"tuned_model_name": UNKNOWN, "checkpoint_id": UNKNOWN}

    assert plan(STATE, unknown, {f"{NUMBERED}@2": fate}.get).updates == updates


@pytest.mark.parametrize(
    ("change", "updates"),
    [({"deployed_model_id": None}, ("deployed_model_id",)), ({LEFT_OVER: {"41": ""}}, (LEFT_OVER,))],
    ids=["nothing deployed", "something left over"],
)
def test_unfinished_work_is_an_update(change: dict[str, Any], updates: tuple[str, ...]) -> None:
    """What a run could not finish, the next one does, without a change of inputs."""
    assert plan(STATE | change, INPUTS).updates == updates
