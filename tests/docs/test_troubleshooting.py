"""The index of errors: each of its literal texts is one that the product prints."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from . import pages

ROOT = pages.DOCS.parent
OTHERS_WORDS = {  # of Google and of the Pulumi CLI
    "storage.objects.get",
    "service account ... does not exist",
    "KeyError: '__provider'",
    "the stack is currently locked by 1 lock(s)",
    "Attempting to deploy or update resources with 1 pending operations",
}
_FILLED_IN = "\0"


def entries() -> list[str]:
    """The literal texts that the page's headings are."""
    return [heading.strip("`") for heading in pages.headings(pages.TROUBLESHOOTING) if heading.startswith("`")]


@pytest.fixture(scope="module")
def printed() -> list[str]:
    """Every text in the code that may reach a user: no comment, no docstring; a mark for what an f-string fills in."""
    folders = ("pulumi_ctune", "vertex_emulator", "stacks")
    return [text for folder in folders for file in (ROOT / folder).rglob("*.py") for text in texts(file)]


def texts(file: Path) -> Iterator[str]:
    tree = ast.parse(file.read_text())
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts = (str(part.value) if isinstance(part, ast.Constant) else _FILLED_IN for part in node.values)
            yield "".join(parts).replace("`", "")
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.value.replace("`", "")


@pytest.mark.parametrize("entry", [entry for entry in entries() if entry not in OTHERS_WORDS])
def test_entry_is_a_text_of_the_product(entry: str, printed: list[str]) -> None:
    """Whoever searches for a message finds the words that the product has today."""
    parts = entry.split("...")
    pattern = re.compile(".*".join(map(re.escape, parts)), re.DOTALL)

    assert any(pattern.search(text) for text in printed if max(parts, key=len) in text)


def test_texts_of_others_are_entries() -> None:
    """A text that is here because the code cannot hold it is still on the page."""
    assert set(entries()) >= OTHERS_WORDS


def test_no_entry_is_reported_twice() -> None:
    """One text has one place."""
    assert len(entries()) == len(set(entries()))
