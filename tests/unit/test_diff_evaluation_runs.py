"""What a change of an evaluation run's inputs means: nothing, an update in place, or another run."""

from typing import Any

import pytest

from pulumi_ctune.core.outcomes import Fate
from pulumi_ctune.core.values import UNKNOWN
from pulumi_ctune.evaluation_run.diff import plan

MODEL, NUMBERED = "projects/acme/locations/us-central1/models/4711", "projects/123/locations/us-central1/models/4711"
EXACT: dict[str, Any] = {"metric": "exact_match", "computation_based_metric_spec": {"type": "EXACT_MATCH"}}
INPUTS: dict[str, Any] = {
    "tuned_model_name": f"{MODEL}@2",
    "baseline": {"model": f"{MODEL}@1"},
    "data_source": {"dataset_uri": "gs://acme/held-out.jsonl"},
    "evaluation_config": {"metrics": [EXACT]},
    "generation_config": {"temperature": 0},
    "labels": {"team": "search"},
    "triggers": [1, "a"],
    "adopt_run": "99",
}
STATE: dict[str, Any] = {**INPUTS, "checkpoint_id": "3", "name": "n", "state": "SUCCEEDED"}


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"tuned_model_name": f"{NUMBERED}@2"},
        {"baseline": {"model": f"{NUMBERED}@1"}},
        {"checkpoint_id": "3"},
        {"checkpoint_id": 3.0},
        {"project": "acme"},
        {"location": "us-central1"},
        {"answers": "SERVICE"},
        {"deletion_policy": "ABANDON"},
        {"adopt_run": None},
        {"generation_config": {"temperature": 0.0}},
        {"evaluation_config": {"metrics": [EXACT], "allow_cross_region_model": False}},
        {"triggers": [1.0, "a"]},
        {"prompt_template": {}},
        {"evaluation_experiment": ""},
    ],
    ids=str,
)
def test_other_spelling_is_no_change(change: dict[str, Any]) -> None:
    """Defaults that are written out, names by id or number, an adoption that is over."""
    assert not plan(STATE, {**INPUTS, **change}).changes


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("tuned_model_name", f"{MODEL}@3"),
        ("tuned_model_name", f"{MODEL}1@2"),
        ("tuned_model_name", f"{MODEL}@2".replace("acme", "other")),
        ("checkpoint_id", "2"),
        ("baseline", {"model": f"{MODEL}@prod"}),
        ("baseline", {"model": "gemini-3.5-flash"}),
        ("baseline", None),
        ("data_source", {"dataset_uri": "gs://acme/other.jsonl"}),
        ("evaluation_config", {"metrics": [EXACT, EXACT | {"metric": "b"}]}),
        ("evaluation_config", {"metrics": [EXACT], "allow_cross_region_model": True}),
        ("generation_config", {"temperature": 1}),
        ("generation_config", None),
        ("prompt_template", {"prompt_template": "Q: {prompt}"}),
        ("encryption_spec", {"kms_key_name": "k"}),
        ("answers", "PROVIDER"),
        ("evaluation_experiment", "projects/1/locations/l/evaluationExperiments/2"),
        ("location", "us"),
        ("triggers", [2, "a"]),
        ("triggers", None),
    ],
    ids=str,
)
def test_what_a_run_is_made_for_is_another_run(key: str, value: Any) -> None:
    assert plan(STATE, {**INPUTS, key: value}).replaces == (key,)


@pytest.mark.parametrize(
    ("key", "value"),
    [("labels", {"team": "ads"}), ("labels", None), ("deletion_policy", "DELETE"), ("labels", UNKNOWN)],
    ids=str,
)
def test_what_is_kept_for_the_next_run_is_an_update(key: str, value: Any) -> None:
    found = plan(STATE, {**INPUTS, key: value})

    assert (found.replaces, found.updates, found.possible) == ((), (key,), ())


@pytest.mark.parametrize(
    ("state", "replaces", "updates"),
    [
        ("RUNNING", (), ("state",)),
        ("INFERENCE", (), ("state",)),
        ("FAILED", ("state",), ()),
        ("CANCELLED", ("state",), ()),
    ],
)
def test_run_that_has_not_succeeded_is_waited_for_or_replaced(
    state: str, replaces: tuple[str, ...], updates: tuple[str, ...]
) -> None:
    found = plan({**STATE, "state": state}, INPUTS)

    assert (found.replaces, found.updates) == (replaces, updates)


@pytest.mark.parametrize(
    "given", [{"tuned_model_name": UNKNOWN, "checkpoint_id": UNKNOWN}, {"baseline": {"model": UNKNOWN}}], ids=str
)
@pytest.mark.parametrize(
    ("fate", "is_same", "is_certain"),
    [
        (Fate.SAME, True, True),
        (Fate.UPDATED, True, True),
        (Fate.POSSIBLE, False, False),
        (Fate.REPLACED, False, True),
        (None, False, False),
    ],
)
def test_unknown_version_is_what_becomes_of_its_job(
    given: dict[str, Any], fate: Fate | None, is_same: bool, is_certain: bool
) -> None:
    """No phantom run in a preview while the job is only updated; none is missed where it is replaced."""
    found = plan(STATE, {**INPUTS, **given}, lambda _: fate)

    assert found.changes == (not is_same)
    assert bool(found.replaces) == (is_certain and not is_same)


@pytest.mark.parametrize(
    "key", ["data_source", "evaluation_config", "triggers", "generation_config", "location", "project"]
)
def test_unknown_input_is_possibly_another_run(key: str) -> None:
    found = plan(STATE, {**INPUTS, key: UNKNOWN}, lambda _: None)

    assert (found.replaces, found.possible) == ((), (key,))
