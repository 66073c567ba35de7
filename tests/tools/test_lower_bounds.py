"""The oldest supported releases are said once, in pyproject.toml, and tested as such."""

import pytest

from tools.lower_bounds import PYPROJECT, lower_bounds


def test_each_dependency_is_tested_at_its_lower_bound() -> None:
    """constraints-minimum.txt, with which `make test-oldest` runs the tests, pins what pyproject.toml allows."""
    constraints = (PYPROJECT.parent / "constraints-minimum.txt").read_text().splitlines()
    pinned = dict(line.split("==") for line in constraints if "==" in line)

    bounds = lower_bounds(PYPROJECT.read_text())

    assert {name: pinned.get(name) for name in bounds} == bounds


def test_dependency_without_lower_bound_is_refused() -> None:
    """A bound that is not written down cannot be tested."""
    with pytest.raises(ValueError, match="'rich' has no lower bound"):
        lower_bounds("[project]\ndependencies = ['rich']")
