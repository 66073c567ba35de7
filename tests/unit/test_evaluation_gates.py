"""Requirements on results of evaluations, judged without any request: what is met, and the one reason why not."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_ctune.gate.evaluation_gate import EvaluationRequirement, Subject, missed
from pulumi_ctune.gate.evaluation_result import EvaluationResult
from pulumi_ctune.gate.verdict import requirements_of

VERSION = "projects/123/locations/us-central1/models/4711@2"
OTHER = "projects/123/locations/us-central1/models/4711@1"
SUBJECT = Subject.named(VERSION, "3")
RESULT: dict[str, Any] = {
    "tuned_model_name": VERSION,
    "metrics": {"exact_match": 0.8, "safety_v3": 0.01},
    "baseline_metrics": {"exact_match": 0.79},
    "standard_deviations": {"exact_match": 0.4},
    "baseline_standard_deviations": {"exact_match": 0.3},
    "total_items": 400,
    "source": "lm-eval",
}


def reason(limits: dict[str, Any], subject: Subject = SUBJECT, **changes: Any) -> str:
    """Why the version is refused, without the label."""
    entry = {"metric": "exact_match", "evaluation": {**RESULT, **changes}, **limits}
    return missed(EvaluationRequirement.of(entry), subject).removeprefix(f"'{entry['metric']}' of lm-eval: ")


@pytest.mark.parametrize(
    "limits",
    [
        {"at_least": 0.8},
        {"at_most": 0.8},
        {"at_least_above_baseline": 0.01},
        {"at_most_above_baseline": 0.01},
        {"at_least_above_baseline": -0.02, "confidence": 0.6},
        {"at_least": "0.75", "fewest_items": "400", "confidence": "0.95"},
        {"at_least": 0.8, "most_failed_items": 3},
        {"metric": "safety_v3", "at_most": 0.01},
    ],
    ids=str,
)
def test_value_within_the_limits_is_met(limits: dict[str, Any]) -> None:
    """Limits belong to what is allowed, a difference is one of decimals, and config may have made texts of them."""
    assert reason(limits) == ""


@pytest.mark.parametrize(
    ("limits", "changes", "said"),
    [
        ({"at_least": 0.9}, {"tuned_model_name": OTHER}, f"the result is of {OTHER}, not of {VERSION}"),
        (
            {"at_least": 0.9},
            {"checkpoint_id": 2.0},
            f"the result is of checkpoint 2 of {VERSION}, not of checkpoint 3",
        ),
        ({"at_least": 0.9}, {"state": "FAILED"}, "the run is FAILED, not SUCCEEDED"),
        (
            {"metric": "exact_mach", "at_least": 0.9},
            {},
            "the result has no AVERAGE of it; there are 'exact_match', 'safety_v3'; did you mean 'exact_match'?",
        ),
        ({"at_least": 0.9}, {"metrics": {}}, "the result has no AVERAGE of it; nor of any other metric"),
        (
            {"at_most": 0.9, "aggregate": "MAXIMUM"},
            {},
            "the result has no MAXIMUM of it; nor of any other metric",
        ),
        ({"at_least_above_baseline": 0}, {"baseline_metrics": {}}, "the result has no baseline to compare with"),
        (
            {"at_least_above_baseline": 0},
            {"baseline_metrics": {"bleu": 1}},
            "the result has no AVERAGE of it of the baseline; there are 'bleu'",
        ),
        (
            {"at_least": 0.1, "confidence": 0.95},
            {"standard_deviations": {}},
            "the result has no STANDARD_DEVIATION of it; nor of any other metric",
        ),
        ({"at_least": 0.1}, {"metrics": {"exact_match": math.nan}}, "its AVERAGE is NaN"),
        (
            {"at_least_above_baseline": 0},
            {"baseline_metrics": {"exact_match": math.inf}},
            "its AVERAGE is inf for the baseline",
        ),
        ({"at_least": 0.1, "fewest_items": 401}, {}, "400 items evaluated, at least 401 are required"),
        ({"at_least": 0.1}, {"total_items": 0}, "0 items evaluated, at least 1 are required"),
        ({"at_least": 0.1, "fewest_items": 0}, {"total_items": 0}, "0 items evaluated, at least 1 are required"),
        (
            {"at_least": 0.1, "fewest_items": 300, "most_failed_items": 400},
            {"failed_items": 101},
            "299 items of 400 evaluated, at least 300 are required",
        ),
        (
            {"at_least": 0.1, "most_failed_items": 400},
            {"failed_items": 400},
            "0 items of 400 evaluated, at least 1 are required",
        ),
        (
            {"at_least": 0.9, "confidence": 0.95},
            {"standard_deviations": {"exact_match": -100}},
            "its STANDARD_DEVIATION is -100",
        ),
        (
            {"at_least": 0.1, "confidence": 0.9, "most_failed_items": 371},
            {"failed_items": 371},
            "29 items scored, and confidence takes at least 30",
        ),
        ({"at_least": 0.9}, {"failed_items": 1}, "1 of 400 items could not be scored, at most 0 may fail"),
        ({"at_least": 0.81}, {}, "is 0.8 (AVERAGE) over 400 items, at least 0.81 is required"),
        ({"at_most": 0.79}, {}, "is 0.8 (AVERAGE) over 400 items, at most 0.79 is allowed"),
        (
            {"at_least_above_baseline": 0.02},
            {},
            "is 0.8 (AVERAGE) over 400 items, 0.01 above the baseline's 0.79, at least 0.02 above the baseline is "
            "required",
        ),
        (
            {"at_most_above_baseline": -0.1},
            {},
            "is 0.8 (AVERAGE) over 400 items, 0.01 above the baseline's 0.79, at most -0.1 above the baseline is "
            "allowed",
        ),
    ],
    ids=lambda value: str(value)[:70],
)
def test_each_cause_has_a_reason_of_its_own(limits: dict[str, Any], changes: dict[str, Any], said: str) -> None:
    assert reason(limits, **changes) == said


def test_first_cause_in_the_order_is_reported() -> None:
    """Subject, state, metric, number, items, failed items, limit: a later one is silent while an earlier one holds."""
    everything: dict[str, Any] = {
        "tuned_model_name": OTHER,
        "state": "CANCELLED",
        "metrics": {},
        "total_items": 1,
        "failed_items": 1,
    }
    limits = {"at_least": 0.9, "fewest_items": 2}
    said = []
    for key, right in (
        ("tuned_model_name", VERSION),
        ("state", "SUCCEEDED"),
        ("metrics", {"exact_match": math.nan}),
        ("metrics", {"exact_match": 0.1}),
        ("total_items", 3),
        ("failed_items", 0),
        ("metrics", {"exact_match": 0.9}),
    ):
        said.append(reason(limits, **everything))
        everything[key] = right

    assert [text.split(" ")[:3] for text in said] == [
        ["the", "result", "is"],
        ["the", "run", "is"],
        ["the", "result", "has"],
        ["its", "AVERAGE", "is"],
        ["0", "items", "of"],
        ["1", "of", "3"],
        ["is", "0.1", "(AVERAGE)"],
    ]
    assert reason(limits, **everything) == ""


@pytest.mark.parametrize(
    ("confidence", "bound"),
    # Mean 0.8, deviation 0.4, 400 items: a standard error of 0.02, times the normal quantiles of any table.
    [(0.9, 0.8 - 1.281552 * 0.02), (0.95, 0.8 - 1.644854 * 0.02), (0.99, 0.8 - 2.326348 * 0.02)],
)
def test_confidence_holds_the_limit_by_the_one_sided_bound(confidence: float, bound: float) -> None:
    assert reason({"at_least": bound - 1e-6, "confidence": confidence}) == ""
    assert "give or take" in reason({"at_least": bound + 1e-6, "confidence": confidence})
    assert reason({"at_most": 1.6 - bound + 1e-6, "confidence": confidence}) == ""
    assert "give or take" in reason({"at_most": 1.6 - bound - 1e-6, "confidence": confidence})


def test_difference_to_the_baseline_has_the_variance_of_both() -> None:
    """sqrt(0.4² + 0.3²) / sqrt(400) = 0.025."""
    bound = 0.01 - 1.644854 * 0.025

    assert reason({"at_least_above_baseline": bound - 1e-6, "confidence": 0.95}) == ""
    assert "0.01 above the baseline's 0.79, give or take 0.0411213 with confidence 0.95" in reason(
        {"at_least_above_baseline": bound + 1e-6, "confidence": 0.95}
    )


def test_items_that_failed_do_not_make_a_mean_more_certain() -> None:
    """The mean is over those that were scored."""
    limits = {"at_least": 0.75, "confidence": 0.95, "most_failed_items": 399}

    assert reason(limits) == ""
    assert "over 100 items, give or take 0.0657941" in reason(limits, failed_items=300)


@pytest.mark.parametrize("spelling", ["PERCENTILE_P90", "P90"])
def test_aggregates_of_a_run_are_found_by_the_keys_of_the_api(spelling: str) -> None:
    """A metric may have a slash in its name, and answers of 2025 name percentiles in short."""
    summary = {f"candidate/team/json_ok/{spelling}": 0.4, f"baseline/team/json_ok/{spelling}": 0.3}
    limits = {"metric": "team/json_ok", "aggregate": "PERCENTILE_P90", "at_least": 0.4, "at_least_above_baseline": 0.1}

    assert reason(limits, summary_metrics=summary) == ""
    assert "there are 'team/json_ok'" in reason({**limits, "metric": "other"}, summary_metrics=summary)


def test_result_without_checkpoint_is_of_the_default_one() -> None:
    """Which one is promoted counts: nobody has evaluated the checkpoint before the last."""
    limits = {"at_least": 0.8}

    promoted = Subject(VERSION, "2", lambda _: True, "3")

    assert reason(limits, Subject.named(VERSION, "3"), checkpoint_id="3") == ""
    assert reason(limits, Subject.named(VERSION, None), checkpoint_id="3") == ""
    assert reason(limits, Subject.named(VERSION, "2")) == ""
    assert reason(limits, promoted) == f"the result is of checkpoint 3 of {VERSION}, not of checkpoint 2"
    assert reason(limits, promoted, checkpoint_id="2") == ""
    assert "not of the default checkpoint" in reason(
        limits, Subject(VERSION, "", lambda _: True, ""), checkpoint_id="3"
    )


def test_requirements_compare_by_meaning() -> None:
    """Absent counts and aggregates are the defaults, and config's texts are numbers."""
    written = {"metric": "exact_match", "at_least": "0.8", "fewest_items": "1", "aggregate": "AVERAGE"}
    texts = {**RESULT, "total_items": "400", "failed_items": 0, "metrics": {"exact_match": "0.8", "safety_v3": 0.01}}

    assert requirements_of([{**written, "evaluation": texts}]) == requirements_of(
        [{"metric": "exact_match", "at_least": 0.8, "evaluation": RESULT}]
    )


@given(
    st.floats(-2, 2),
    st.floats(-2, 2),
    st.floats(0, 1),
    st.integers(0, 60),
    st.integers(0, 60),
    st.sampled_from([None, 0.8, 0.95]),
)
def test_gate_opens_only_where_the_bound_is_within_the_limit(
    mean: float, limit: float, deviation: float, total: int, failed: int, confidence: float | None
) -> None:
    """Whatever the numbers: a met limit means enough scored items, and a mean that is certain enough."""
    result = EvaluationResult(
        VERSION,
        metrics={"m": mean},
        standard_deviations={"m": deviation},
        total_items=total,
        failed_items=min(total, failed),
    )
    requirement = EvaluationRequirement(result, "m", at_least=limit, confidence=confidence, most_failed_items=60)

    if not missed(requirement, SUBJECT):
        assert total >= 1
        assert mean >= limit
        if confidence:
            assert result.scored_items >= 30
