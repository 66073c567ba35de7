"""Amounts for a line."""

from datetime import timedelta

import pytest

from pulumi_ctune.core import amounts


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (-5, "0s"),
        (0.4, "0s"),
        (59, "59s"),
        (60, "1m"),
        (119, "2m"),
        (3540, "59m"),
        (3599, "1h"),
        (3600, "1h"),
        (12_000, "3h20m"),
        (84_600, "1d"),
        (86_400, "1d"),
        (187_300, "2d4h"),
    ],
)
def test_duration_is_reported_by_its_largest_units(seconds: float, expected: str) -> None:
    assert amounts.duration(timedelta(seconds=seconds)) == expected


@pytest.mark.parametrize(
    ("number", "expected"),
    [(0, "0"), (950, "950"), (1_000, "1k"), (12_345, "12.3k"), (999_700, "1M"), (1_234_567, "1.2M"), (2.5e9, "2.5B")],
)
def test_count_has_three_digits_at_most(number: float, expected: str) -> None:
    assert amounts.count(number) == expected


@pytest.mark.parametrize(
    ("usd", "expected"),
    [
        (0, "$0.00"),
        (0.00002, "less than $0.0001"),
        (0.0012, "$0.0012"),
        (0.00996, "$0.01"),
        (0.18, "$0.18"),
        (12_345.678, "$12,345.68"),
    ],
)
def test_what_costs_something_is_never_reported_as_nothing(usd: float, expected: str) -> None:
    assert amounts.dollars(usd) == expected
