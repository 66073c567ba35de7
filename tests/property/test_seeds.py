"""A seed says what is drawn: every run plays the same sequences, whatever code the process has imported."""

import importlib
from pathlib import Path

import pytest
from hypothesis import Phase, given, seed, settings
from hypothesis import strategies as st


def drawn() -> list[int]:
    """What a seed draws."""
    numbers: list[int] = []

    @seed(0)
    @settings(max_examples=200, database=None, phases=[Phase.generate])
    @given(st.integers(0, 10**12))
    def note(number: int) -> None:
        numbers.append(number)

    note()
    return numbers


def test_drawn_values_do_not_depend_on_the_code_that_is_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = drawn()
    numbers = ", ".join(str(10**11 + number) for number in range(1000))
    (tmp_path / "more_code_of_ours.py").write_text(f"NUMBERS = [{numbers}]\n")
    monkeypatch.syspath_prepend(tmp_path)
    importlib.import_module("more_code_of_ours")

    assert drawn() == before
