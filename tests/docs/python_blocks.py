"""The Python blocks of all pages, each as a file that stands on its own: for the type checkers, and to be run.

`python -m tests.docs.python_blocks FOLDER` writes the files, as `make check` does. A page whose blocks build on what
the text around them assumes has that in `BEFORE`. Knows nothing of what a program does.
"""

import re
import sys
from collections.abc import Mapping
from pathlib import Path

from . import pages
from .test_pages import ROOT, every_page

EXCERPTS = "CONTRIBUTING.md"
"""The page that quotes the source: its blocks are no programs."""

SFT = """\
import pulumi

import pulumi_ctune as ctune

sft = ctune.ContinuousTuningJob(
    "support-sft",
    base_model="gemini-3.5-flash",
    supervised_tuning_spec={
        "training_dataset_uri": "gs://my-bucket/sft.jsonl",
        "validation_dataset_uri": "gs://my-bucket/more.jsonl",
        "hyper_parameters": {"epoch_count": 2},
    },
)
"""
NO_STUBS = "# pyright: reportAttributeAccessIssue=false\n"
"""For `from google import genai`: pyright takes `google` for the stubs of protobuf."""

BEFORE: Mapping[str, tuple[str, ...]] = {
    # page: what its first block starts from, its second, ...
    "README.md": ("",),
    "docs/from-empty-project-to-prod.md": (NO_STUBS,),
    "docs/evaluation.md": (SFT,),
    "docs/promotion.md": (SFT,) * 5,
    "docs/tuning-jobs.md": ("import pulumi\n\nimport pulumi_ctune as ctune\n\n",),
    "vertex_emulator/README.md": ("", "from vertex_emulator.app import Emulator\n\nemulator = Emulator()\n"),
}
_ANY_PYTHON = re.compile(r"^ *`{3,}(?:py|python|python3|pycon)\b", re.MULTILINE | re.IGNORECASE)


def python_blocks(page: Path) -> list[str]:
    """The texts of a page's Python blocks."""
    return [block.text for block in pages.blocks(page) if block.language == "python"]


def fences(page: Path) -> int:
    """How many blocks of a page say in any way that they are Python."""
    return len(_ANY_PYTHON.findall(page.read_text()))


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def pages_with_python() -> dict[str, list[str]]:
    """Page to the texts of its Python blocks."""
    return {name_of(page): python_blocks(page) for page in sorted(set(every_page())) if fences(page)}


def program(page: str) -> str:
    """All blocks of a page as one program, with what the first one starts from."""
    return "\n".join((BEFORE[page][0], *python_blocks(ROOT / page)))


def files() -> dict[str, str]:
    """File name to text, for each block that is no excerpt."""
    return {
        f"{re.sub(r'[^a-z]+', '_', page.lower())}_{number}.py": f"{before}\n{block}" if before else block
        for page, befores in BEFORE.items()
        for number, (before, block) in enumerate(zip(befores, python_blocks(ROOT / page), strict=True), 1)
    }


def write(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.py"):
        old.unlink()
    for name, text in files().items():
        (folder / name).write_text(text)


if __name__ == "__main__":
    write(Path(sys.argv[1]))
