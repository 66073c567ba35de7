"""The versions on the page about compatibility are those that the package asks for and the tests run with."""

import re
import tomllib

import pytest

from . import pages

ROOT = pages.DOCS.parent
PAGE = (pages.DOCS / "compatibility.md").read_text()
LIBRARIES = ("pulumi", "grpcio", "google-genai", "google-auth")


def pinned(constraints: str, library: str) -> str:
    found = re.search(rf"^{library}==(\S+)$", (ROOT / constraints).read_text(), re.MULTILINE)
    assert found
    return found[1]


def row(library: str) -> str:
    """The row of the table that is about a library, by its name in code or in plain."""
    (found,) = re.findall(rf"^\| (?:.*`{library}`.*|{library}) \|.*$", PAGE, re.MULTILINE)
    return str(found)


@pytest.mark.parametrize("library", LIBRARIES)
def test_supported_range_is_that_of_the_package(library: str) -> None:
    """The bounds in pyproject.toml are the ones that a reader is told."""
    dependencies = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    (bounds,) = [text for text in dependencies if re.match(rf"{library}\W", text)]
    lowest, above = re.fullmatch(r"[\w-]+>=([\d.]+),<(\d+)", bounds).groups()  # type: ignore[union-attr]

    assert f"| {lowest} or newer, below {above} |" in row(library)


@pytest.mark.parametrize("library", LIBRARIES)
def test_tested_versions_are_the_pinned_ones(library: str) -> None:
    """Newest and oldest are what `make test` and `make test-oldest` install."""
    tested = row(library).split("|")[3]

    assert tested.count(pinned("constraints.txt", library)) == 1
    assert tested.count(pinned("constraints-minimum.txt", library)) == 1


def test_oldest_cli_is_the_one_that_make_accepts() -> None:
    """The CLI has the bound of the tool that looks for one."""
    (minimum,) = re.findall(r"^MINIMUM = \((\d+), (\d+), (\d+)\)$", (ROOT / "tools/get_pulumi.py").read_text(), re.M)
    (built,) = re.findall(r"pulumi/pkg/v3 v(\S+)", (ROOT / "tools/pulumi-cli/go.mod").read_text())

    assert f"| Pulumi CLI | {'.'.join(minimum)} or newer | {built}, " in PAGE


def test_pythons_are_those_of_ci() -> None:
    """The versions of Python are the matrix of CI."""
    (matrix,) = re.findall(r"^ +python: \[(.+)\]$", (ROOT / ".github/workflows/ci.yml").read_text(), re.MULTILINE)
    *others, last = re.findall(r'"([\d.]+)"', matrix)

    assert f"{', '.join(others)} and {last} in CI" in PAGE
