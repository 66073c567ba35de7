"""The arithmetic of traffic splits: whole percents that add up to 100, and nobody robbed without need."""

from collections.abc import Mapping

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pulumi_ctune.core.percent_shares import shared_out, without
from pulumi_ctune.deployment.split import NoCounterpartError, baseline_of, shifted

IDS = ("11", "22", "33", "44", "55")


@st.composite
def splits(draw: st.DrawFn) -> dict[str, int]:
    """A split as an endpoint may have it, zeros and emptiness included."""
    weights = draw(st.lists(st.integers(0, 1000), min_size=len(IDS), max_size=len(IDS)))
    given_to = {key: weight for key, weight in zip(IDS, weights, strict=True) if weight}
    split = shared_out(given_to) if given_to else {}
    return split | {key: 0 for key in IDS if key not in split and draw(st.booleans())}


def wanted(split: Mapping[str, int], percent: int, own: set[str]) -> dict[str, int]:
    try:
        return shifted(split, "11", percent, own=own)
    except NoCounterpartError:
        assume(False)
        raise


@given(splits(), st.integers(1, 100), st.sets(st.sampled_from(IDS[1:])))
def test_split_adds_up_and_the_target_has_its_share(split: dict[str, int], percent: int, own: set[str]) -> None:
    """Whole percents above zero, 100 in all, of which the target has exactly what it is to have."""
    found = wanted(split, percent, own)

    assert sum(found.values()) == 100
    assert all(isinstance(share, int) and share > 0 for share in found.values())
    assert found["11"] == percent


@given(splits(), st.sets(st.sampled_from(IDS[1:])))
def test_target_without_traffic_leaves_the_split_to_the_others(split: dict[str, int], own: set[str]) -> None:
    """As it is, where the target had nothing; else 100 percent are theirs."""
    found = wanted(split, 0, own)

    assert found == {key: share for key, share in split.items() if share} or split.get("11")
    assert sum(found.values()) in ((0, 100) if not split.get("11") else (100,))
    assert "11" not in found


@given(splits(), st.integers(0, 100), st.sets(st.sampled_from(IDS[1:])))
def test_nobody_gets_traffic_who_had_none(split: dict[str, int], percent: int, own: set[str]) -> None:
    """Only the target may be new in a split."""
    found = wanted(split, percent, own)

    assert {key for key in found if not split.get(key)} <= {"11"}


@given(splits(), st.integers(0, 100), st.sets(st.sampled_from(IDS[1:])))
def test_others_keep_their_share_while_ours_suffice(split: dict[str, int], percent: int, own: set[str]) -> None:
    """What one version gets comes from the resource's own versions first."""
    foreign = {key: share for key, share in split.items() if share and key not in {"11", *own}}
    assume(baseline_of(split, "11", own=own) and sum(foreign.values()) <= 100 - percent)

    found = wanted(split, percent, own)

    assert {key: found[key] for key in foreign} == foreign


@given(splits(), st.integers(0, 100), st.sets(st.sampled_from(IDS[1:])))
def test_others_shrink_and_grow_in_proportion(split: dict[str, int], percent: int, own: set[str]) -> None:
    """Where others have to change, each is within one percent of the exact proportion."""
    foreign = {key: share for key, share in split.items() if share and key not in {"11", *own}}
    found = wanted(split, percent, own)
    new_total = sum(found.get(key, 0) for key in foreign)

    assert all(abs(found.get(key, 0) - share * new_total / sum(foreign.values())) < 1 for key, share in foreign.items())


@given(splits(), st.integers(0, 100), st.sets(st.sampled_from(IDS[1:])))
def test_shift_that_is_done_again_changes_nothing(split: dict[str, int], percent: int, own: set[str]) -> None:
    """A repeated step finds its own work."""
    once = wanted(split, percent, own)

    assert shifted(once, "11", percent, own=own) == once


@given(splits(), st.sets(st.sampled_from(IDS)))
def test_those_who_stay_take_over_in_proportion(split: dict[str, int], leaving: set[str]) -> None:
    """Without those who leave the split adds up to 100 again, or is empty where nobody else had traffic."""
    found = without(split, leaving)

    staying = {key: share for key, share in split.items() if share and key not in leaving}
    assert sum(found.values()) == (100 if staying else 0)
    assert set(found) <= set(staying)
    assert all(abs(found.get(key, 0) - share * 100 / sum(staying.values())) < 1 for key, share in staying.items())


@pytest.mark.parametrize(
    ("split", "percent", "own", "expected"),
    [
        ({}, 100, set(), {"11": 100}),
        ({}, 0, set(), {}),
        ({"22": 90, "33": 10}, 0, {"22", "33"}, {"22": 90, "33": 10}),
        ({"11": 10, "22": 90}, 0, {"22"}, {"22": 100}),
        ({"22": 100}, 100, {"22"}, {"11": 100}),
        ({"22": 100}, 10, {"22"}, {"11": 10, "22": 90}),
        ({"11": 10, "22": 90}, 50, {"22"}, {"11": 50, "22": 50}),
        ({"22": 70, "33": 30}, 70, {"22"}, {"11": 70, "33": 30}),
        ({"22": 70, "33": 30}, 10, {"22"}, {"11": 10, "22": 60, "33": 30}),
        ({"22": 70, "33": 30}, 90, {"22"}, {"11": 90, "33": 10}),
        ({"22": 90, "33": 10}, 20, {"22", "33"}, {"11": 20, "22": 80}),
        ({"33": 50, "44": 50}, 25, set(), {"11": 25, "33": 38, "44": 37}),
        ({"33": 100}, 100, set(), {"11": 100}),
    ],
    ids=[
        "empty",
        "dark on empty",
        "dark",
        "dark again",
        "all",
        "canary",
        "more",
        "beside others",
        "canary beside others",
        "into others",
        "next",
        "odd",
        "take",
    ],
)
def test_shift(split: dict[str, int], percent: int, own: set[str], expected: dict[str, int]) -> None:
    """The cases that a reader can check by hand."""
    assert shifted(split, "11", percent, own=own) == expected


@pytest.mark.parametrize("split", [{}, {"11": 100}, {"22": 0}], ids=str)
def test_rest_needs_somebody_who_keeps_it(split: dict[str, int]) -> None:
    """A share below 100 is impossible where nobody else has traffic."""
    with pytest.raises(NoCounterpartError):
        shifted(split, "11", 99, own={"22"})
