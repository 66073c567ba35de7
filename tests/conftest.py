"""Plugins for all tests, and their order: what takes long starts first, so that no core waits for another at the end.

pytest-xdist's controlling process, which prints the summary, loads no `conftest.py` of folders below this one.
"""

from pathlib import Path

import pytest

pytest_plugins = ["tests.property.summary"]

_SLOW_FIRST = ("property", "stacks", "docs", "examples", "engine", "upgrade", "pulumi_gcp", "typing", "host", "fronts")
"""Folders in the order in which they start; all others follow."""

_ALONE = ("engine", "upgrade", "host", "fronts")
"""Folders whose tests take so long that each of them may go to another core, unless a fixture holds them together."""

_SHARDS = "test_no_sequence_"
"""What the names of tests begin with that take minutes each: they share a fixture that is cheap to make again."""


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the groups
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Sort the tests, and for `--dist loadgroup` name the group that has to run in one process."""
    items.sort(key=_place)
    if not config.getoption("loadgroup", default=False):
        return
    for item in items:
        group = _group(item)
        if group is not None:
            item.add_marker(pytest.mark.xdist_group(group))


def pytest_collection_finish(session: pytest.Session) -> None:
    """Refuse to run without the groups: each process would then make the fixtures of a module again, for minutes."""
    grouped = (item for item in session.items if next(item.iter_markers("xdist_group"), None))
    if any("@" not in item.nodeid for item in grouped):
        raise pytest.UsageError("this pytest-xdist marks no groups with this pytest: see the pins in pyproject.toml")


def _place(item: pytest.Item) -> tuple[int, int]:
    folder = _folder(item)
    rank = _SLOW_FIRST.index(folder) if folder in _SLOW_FIRST else len(_SLOW_FIRST)
    return rank, 0 if item.name.startswith(_SHARDS) else 1


def _group(item: pytest.Item) -> str | None:
    """The file, or None for a test that may run anywhere."""
    if item.name.startswith(_SHARDS) or (_folder(item) in _ALONE and not _shares_a_fixture(item)):
        return None
    return item.nodeid.partition("::")[0]


def _shares_a_fixture(item: pytest.Item) -> bool:
    """Whether the test uses something that its module or class makes once."""
    assert isinstance(item, pytest.Function)
    definitions = item._fixtureinfo.name2fixturedefs
    return any(each.scope in ("class", "module", "package") for name in definitions for each in definitions[name])


def _folder(item: pytest.Item) -> str:
    here = Path(__file__).parent
    return item.path.relative_to(here).parts[0] if item.path.is_relative_to(here) else ""
