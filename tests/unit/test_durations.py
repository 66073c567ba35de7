"""Durations as people type them."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_ctune.core import durations


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1h30m", timedelta(minutes=90)),
        ("20s", timedelta(seconds=20)),
        ("1.5h", timedelta(minutes=90)),
        (".5s", timedelta(milliseconds=500)),
        ("250ms", timedelta(milliseconds=250)),
        ("1m1us", timedelta(seconds=60, microseconds=1)),
        ("1500ns", timedelta(microseconds=2)),
        ("0", timedelta()),
        ("0s", timedelta()),
    ],
)
def test_go_duration_is_read(text: str, expected: timedelta) -> None:
    """Durations have the grammar of Go's `time.ParseDuration`."""
    actual = durations.parse(text)

    assert actual == expected


@pytest.mark.parametrize(
    "text", ["", "20", "s", "1h!!2m", "1mm", "3y", "-5s", "1 h", " 1h", "1h ", "٣s", "999999999999h"]
)
def test_anything_else_is_refused_with_its_value(text: str) -> None:
    """An error names the value and the grammar."""
    with pytest.raises(ValueError, match=r"such as '1h30m' or '20s'") as refused:
        durations.parse(text)

    assert repr(text) in str(refused.value)


@given(st.timedeltas(min_value=timedelta(), max_value=timedelta(days=400)))
def test_formatted_duration_reads_back(duration: timedelta) -> None:
    """What `format` writes, `parse` reads back exactly."""
    assert durations.parse(durations.format(duration)) == duration


@pytest.mark.parametrize(
    ("seconds", "expected"), [(5400, "1h30m"), (20, "20s"), (0.25, "0.25s"), (0, "0s"), (61, "1m1s")]
)
def test_format_is_the_usual_spelling(seconds: float, expected: str) -> None:
    """Zero parts are left out."""
    assert durations.format(timedelta(seconds=seconds)) == expected
