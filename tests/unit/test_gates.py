"""Requirements on training series, judged without any request: what is met, and why not."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_ctune.core.api import SeriesPoint
from pulumi_ctune.gate.training_series import Requirement, Training, missed
from pulumi_ctune.gate.verdict import requirements_of

LOSS, REWARD = "/eval_total_loss", "/eval_mean_reward"
JOB = "projects/1/locations/us-central1/tuningJobs/2"
FALLING = {LOSS: [SeriesPoint(10, 0.9), SeriesPoint(20, 0.5), SeriesPoint(30, 0.7)]}


def require(metric: str = LOSS, **limits: Any) -> list[Requirement]:
    return [Requirement.of({"metric": metric, **limits})]


@pytest.mark.parametrize(
    "limits",
    [
        {"at_most": 0.7},
        {"at_least": 0.7},
        {"at_least": 0.7, "at_most": 0.7},
        {"at_most": 0.5, "aggregate": "min"},
        {"at_most": 0.9, "aggregate": "max"},
        {"at_least": 0.9, "aggregate": "max"},
        {"at_most": 1},
    ],
    ids=str,
)
def test_value_within_the_limits_is_met(limits: dict[str, Any]) -> None:
    """Both limits belong to what is allowed, and the aggregate says which point counts."""
    assert missed(require(**limits), Training(FALLING)) == []


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        ({"at_most": 0.6}, "0.7 at step 30 (last), at most 0.6 is allowed"),
        ({"at_least": 0.8}, "0.7 at step 30 (last), at least 0.8 is required"),
        ({"at_most": 0.4, "aggregate": "min"}, "0.5 at step 20 (min), at most 0.4 is allowed"),
        ({"at_most": 0.8, "aggregate": "max"}, "0.9 at step 10 (max), at most 0.8 is allowed"),
        ({"at_least": 1, "aggregate": "max"}, "0.9 at step 10 (max), at least 1 is required"),
    ],
    ids=str,
)
def test_value_beyond_a_limit_is_shown_with_step_and_limit(limits: dict[str, Any], said: str) -> None:
    """A missed threshold says which value, at which step, by which aggregate, and what the limit is."""
    assert missed(require(**limits), Training(FALLING)) == [f"'/eval_total_loss' is {said}"]


def test_series_of_a_server_without_measure_are_counted() -> None:
    """A name that is missing among 100,000 is told with some of them, and 100,000 points are no matter."""
    many = {f"/series_{number}": [SeriesPoint(1, 0.0)] for number in range(100_000)}
    long = {LOSS: [SeriesPoint(step, 1.0) for step in range(100_000)]}

    (reason,) = missed(require(at_most=1), Training(many))

    assert reason.startswith("there is no series '/eval_total_loss'; there are '/series_0', ")
    assert "and 99,960 more" in reason
    assert len(reason) < 2_000
    assert missed(require(at_most=1, aggregate="max"), Training(long)) == []


@pytest.mark.parametrize("aggregate", ["last", "min", "max"])
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf], ids=str)
def test_what_is_no_number_meets_no_limit(value: float, aggregate: str) -> None:
    """A training that diverged is not let through, whichever side of a limit its value pretends to be on."""
    series = {LOSS: [SeriesPoint(10, value)]}

    for limits in ({"at_least": -1e300}, {"at_most": 1e300}):
        assert len(missed(require(**limits, aggregate=aggregate), Training(series))) == 1


@pytest.mark.parametrize("aggregate", ["min", "max"])
def test_one_point_that_is_no_number_spoils_the_extremes(aggregate: str) -> None:
    """The smallest of values that are not all known is not known."""
    series = {LOSS: [SeriesPoint(10, 0.5), SeriesPoint(20, math.nan), SeriesPoint(30, 0.5)]}

    reasons = missed(require(at_most=1, aggregate=aggregate), Training(series))

    assert reasons == [f"'/eval_total_loss' is NaN at step 20 ({aggregate}), at most 1 is allowed"]


def test_missing_validation_set_is_known_apart() -> None:
    """No evaluation series without a validation set: that is the reason, not a wrong name."""
    training = Training({"/train_total_loss": [SeriesPoint(1, 0.5)]}, JOB, lacks_validation_set=True)

    assert missed(require(at_most=1), training) == [
        f"'/eval_total_loss' does not exist, because tuning job {JOB} had no validation set (validation_dataset_uri)"
    ]
    assert missed(require("/train_total_los", at_most=1), training) == [
        "there is no series '/train_total_los'; there are '/train_total_loss'; did you mean '/train_total_loss'?"
    ]


@pytest.mark.parametrize(
    ("training", "said"),
    [
        (
            Training({"/train_mean_reward": [SeriesPoint(1, 1)], REWARD: [SeriesPoint(1, 1)]}),
            "there is no series '/eval_total_loss'; there are '/eval_mean_reward', '/train_mean_reward'",
        ),
        (Training({LOSS: []}), "the series '/eval_total_loss' has no points"),
        (Training(), "there is no series '/eval_total_loss', nor any other"),
        (Training(trouble="it is gone"), "there is no series '/eval_total_loss': it is gone"),
    ],
    ids=["others", "empty", "none", "trouble"],
)
def test_missing_series_names_those_that_exist(training: Training, said: str) -> None:
    """A series that is not there meets no limit, whatever the reason."""
    assert missed(require(at_most=1), training) == [said]


def test_all_misses_are_reported_at_once() -> None:
    """One line has everything that is missed, and nothing that is met."""
    requirements = [*require(at_most=0.1), *require(at_least=0.1), *require("/eval_x", at_least=0)]

    reasons = missed(requirements, Training(FALLING))

    assert [reason.split(" ")[0] for reason in reasons] == ["'/eval_total_loss'", "there"]


def test_requirements_compare_by_meaning() -> None:
    """Absent and empty, 1 and 1.0, no aggregate and `last` are the same."""
    assert requirements_of(None) == requirements_of([])
    assert requirements_of([{"metric": LOSS, "at_most": 1}]) == requirements_of(
        [{"metric": LOSS, "at_most": 1.0, "at_least": None, "aggregate": "last"}]
    )
    assert requirements_of([{"metric": LOSS, "at_most": 1}]) != requirements_of([{"metric": LOSS, "at_most": 2}])


@given(
    st.lists(st.floats(allow_nan=True), min_size=1, max_size=20),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["last", "min", "max"]),
)
def test_gate_opens_only_for_known_values_within_the_limit(values: list[float], limit: float, aggregate: str) -> None:
    """Whatever the series, a met limit means that the value that counts is a number within it."""
    points = [SeriesPoint(step, value) for step, value in enumerate(values)]

    is_met = not missed(require(at_most=limit, aggregate=aggregate), Training({LOSS: points}))

    known = aggregate == "last" or not any(map(math.isnan, values))
    counts = {"last": values[-1], "min": min(values), "max": max(values)}[aggregate]
    assert is_met == (known and math.isfinite(counts) and counts <= limit)
