"""What holds of the folders in examples/ as they lie there, without running them."""

import ast
import importlib
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from .course import EXAMPLES, FIRST, Example
from .promises import Promises


def folders_in(folder: Path) -> list[str]:
    """The folders in a folder, without what tools leave behind."""
    return sorted(path.name for path in folder.iterdir() if path.is_dir() and path.name[0] not in "._")


LANGUAGES = {"go": "go", "typescript": "nodejs", "yaml": "yaml"}
"""Folders of examples that are not in Python, and Pulumi's runtime for each."""
PYTHON = [folder for folder in folders_in(EXAMPLES) if folder not in LANGUAGES]
FOLDERS = [
    *PYTHON,
    *(f"{language}/{folder}" for language in sorted(LANGUAGES) for folder in folders_in(EXAMPLES / language)),
]
PROGRAMS = sorted(str(path.relative_to(EXAMPLES)) for path in EXAMPLES.rglob("__main__.py"))
OF_NO_FOLDER = {"test_folders", "test_readme"}
LONGEST_PROGRAM = 40
LONGEST_DOCSTRING = 5
QUESTION = re.compile(r"^\| (?P<question>[^|]+) \| \[`(?P<folder>[^`]+)`\]\((?P<link>[^)]+)/\) \|", re.MULTILINE)


def test_every_example_has_its_tests_and_no_other() -> None:
    """A folder without expected results fails here, and so do expected results without a folder."""
    modules = {path.stem for path in Path(__file__).parent.glob("test_*.py")} - OF_NO_FOLDER

    assert modules == {module_of(folder) for folder in FOLDERS}


@pytest.mark.parametrize("folder", FOLDERS)
def test_steps_are_those_of_the_folder(folder: str) -> None:
    """Every sub-folder is a step that is taken, in the order of their numbers."""
    assert list(example_of(folder).steps) == [FIRST, *folders_in(EXAMPLES / folder)]


@pytest.mark.parametrize("folder", FOLDERS)
def test_project_is_named_after_its_folder_and_asks_a_question(folder: str) -> None:
    """`Pulumi.yaml` names the project and says as a question what the example shows."""
    language, _, name = folder.rpartition("/")

    project = project_of(folder)

    assert (project["name"], project["runtime"]) == (name, LANGUAGES.get(language, "python"))
    assert project["description"].endswith("?")


@pytest.mark.parametrize("program", PROGRAMS)
def test_program_fits_on_a_page_and_says_what_it_shows(program: str) -> None:
    """At most 40 lines, with a docstring of a few lines at the top."""
    text = (EXAMPLES / program).read_text()

    docstring = ast.get_docstring(ast.parse(text)) or ""

    assert len(text.splitlines()) <= LONGEST_PROGRAM
    assert 1 <= len(docstring.splitlines()) <= LONGEST_DOCSTRING


@pytest.mark.parametrize("folder", PYTHON)
def test_docstring_names_what_to_set(folder: str) -> None:
    """Every key of the config that a program requires is in the docstring of its first step."""
    tree = ast.parse((EXAMPLES / folder / "__main__.py").read_text())

    required = {
        node.args[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "require"
        and isinstance(node.args[0], ast.Constant)
    }

    named = set(re.findall(r"`(\w+)`", ast.get_docstring(tree) or ""))
    assert required - {"region"} <= named


def test_readme_lists_the_question_of_each_example() -> None:
    """The table has every folder with the question of its `Pulumi.yaml`, and its links lead there."""
    found = QUESTION.finditer((EXAMPLES / "README.md").read_text())

    rows = {row["folder"]: row.groupdict() for row in found}

    assert rows == {
        folder: {"question": project_of(folder)["description"], "folder": folder, "link": folder} for folder in FOLDERS
    }


def module_of(folder: str) -> str:
    return f"test_{re.sub('[-/]', '_', folder)}"


def project_of(folder: str) -> dict[str, Any]:
    """What `Pulumi.yaml` says of the project, and in YAML the program too."""
    project: dict[str, Any] = yaml.safe_load((EXAMPLES / folder / "Pulumi.yaml").read_text())
    return project


def example_of(folder: str) -> Example:
    """The example that the folder's test module goes through."""
    module = importlib.import_module(f"{__package__}.{module_of(folder)}")
    tested = [item for item in vars(module).values() if isinstance(item, type) and issubclass(item, Promises)]
    (found,) = (item for item in tested if item is not Promises)
    return found.example
