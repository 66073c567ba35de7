"""What can be said of all pages without running them: links, and what the other tests leave out."""

import re
from pathlib import Path

import pytest

from . import pages
from .actions import steps_of

ROOT = pages.DOCS.parent
GUIDES = (pages.FIRST_RELEASE, pages.DAY_TWO, pages.ON_THE_EMULATOR)
FOLDERS = ("docs", "examples", "stacks", "tests", "vertex_emulator")
_LINK = re.compile(r"\]\(([^)\s]+)\)")


def page_id(page: Path) -> str:
    return str(page.relative_to(ROOT))


def every_page() -> list[Path]:
    """All that the repository has in Markdown, at its root and in the folders that people read."""
    return [*ROOT.glob("*.md"), *(page for folder in FOLDERS for page in ROOT.glob(f"{folder}/**/*.md"))]


@pytest.mark.parametrize("page", sorted(every_page()), ids=page_id)
def test_links_lead_somewhere(page: Path) -> None:
    """A link within the repository names a file that is there, and a section that it has."""
    lost = []
    for link in _LINK.findall(pages.prose(page)):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if "://" not in link and not (target.exists() and (not anchor or anchor in pages.anchors(target))):
            lost.append(link)

    assert lost == []


def test_only_commands_of_google_and_pip_are_not_run() -> None:
    """The tests run everything else that guides and workflows tell to run."""
    texts = [block.text for page in GUIDES for block in pages.blocks(page) if block.language == "bash"]
    texts += [step["run"] for file in pages.WORKFLOWS.glob("*.yml") for step in steps_of(file)]

    assert sorted({command for text in texts for command in pages.left_out(text)}) == [
        "gcloud auth application-default login",
        "gcloud kms keys versions create --primary --key KEY --keyring KEY_RING --location us-central1 "
        "--project my-project",
        "gcloud services enable aiplatform.googleapis.com storage.googleapis.com cloudresourcemanager.googleapis.com "
        "--project my-project",
        "pip install -r requirements.txt",
    ]


def test_each_block_is_of_a_kind_that_is_followed() -> None:
    """A block in another language would be one that no test looks at."""
    kinds = {block.language for page in GUIDES for block in pages.blocks(page)}

    assert kinds == {"bash", "diff", "python", "text", "yaml"}
