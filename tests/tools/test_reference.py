"""The generated reference: complete, and the one that is committed."""

import inspect
import re
from typing import Any

import pytest

import pulumi_ctune as ctune
from tools.reference import FOLDER, NESTED, pages
from tools.reference_text import Text

NESTED_CLASSES = [cls for classes in NESTED.values() for cls in classes]
RESOURCES = (ctune.ContinuousTuningJob, ctune.ModelVersionAlias, ctune.ModelDeployment, ctune.ModelCopy)


def test_committed_pages_are_those_of_the_code() -> None:
    """What a reader finds is what the code says: `make reference` writes the pages anew."""
    committed = {page.name: page.read_text() for page in FOLDER.iterdir()}

    assert committed == pages(), "run `make reference`"


def test_every_public_name_has_a_section() -> None:
    """Nothing that `pulumi_ctune` exports is left out; the error stands in a list."""
    sections = set(re.findall(r"^#+ (\w+)$", "\n".join(pages().values()), re.MULTILINE))

    assert set(ctune.__all__) - sections == {"CtuneError"}


@pytest.mark.parametrize("cls", NESTED_CLASSES, ids=lambda cls: cls.__name__)
def test_every_field_has_an_entry(cls: Any) -> None:
    """A field without a docstring would be missing in its section."""
    fields = set(cls.__annotations__) or {name for name, each in vars(cls).items() if isinstance(each, property)}
    page = "\n".join(pages().values())
    section = re.split(r"\n##? ", page.partition(f"\n## {cls.__name__}\n")[2])[0]

    assert set(re.findall(r"^- `(\w+)` \(", section, re.MULTILINE)) == fields


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.__name__)
def test_every_argument_is_described(resource: Any) -> None:
    """An argument without an entry in the constructor's docstring would be missing among the inputs."""
    parameters = inspect.signature(resource).parameters

    assert list(Text.of(resource.__init__).sections["Args"]) == list(parameters)
