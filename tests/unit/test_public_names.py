"""The public names of the package, which are loaded when they are first used."""

import ast
from pathlib import Path

import pytest

import pulumi_ctune

IMPORTED_FOR_TYPES = {
    statement.module: tuple(alias.name for alias in statement.names)
    for block in ast.parse(Path(pulumi_ctune.__file__).read_text()).body
    if isinstance(block, ast.If)
    for statement in block.body
    if isinstance(statement, ast.ImportFrom)
}


def test_type_checkers_see_the_names_where_they_are_loaded_from() -> None:
    assert IMPORTED_FOR_TYPES == pulumi_ctune._HOMES


def test_every_name_is_there() -> None:
    """Each public name has a home, is found by `dir`, and is loaded from there."""
    homes = {name: home for home, names in pulumi_ctune._HOMES.items() for name in names}

    assert sorted(homes) == pulumi_ctune.__all__
    assert homes.keys() <= {*dir(pulumi_ctune)}
    assert {name: getattr(pulumi_ctune, name).__name__ for name in homes} == {name: name for name in homes}


def test_name_that_is_none_is_reported_as_python_does() -> None:
    with pytest.raises(AttributeError, match="module 'pulumi_ctune' has no attribute 'Nonsense'"):
        pulumi_ctune.Nonsense  # type: ignore[attr-defined]  # noqa: B018
