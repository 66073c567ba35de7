"""Read a page of docs/ as people do: sections, and in them commands, edits, files and the output that is shown.

Knows Markdown as far as these pages use it; nothing of what a command does.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"
FIRST_RELEASE = DOCS / "from-empty-project-to-prod.md"
DAY_TWO = DOCS / "day-two.md"
ON_THE_EMULATOR = DOCS / "promotion-on-the-emulator.md"
TROUBLESHOOTING = DOCS / "troubleshooting.md"
WORKFLOWS = DOCS / "workflows"

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_FILE = re.compile(r"`([\w./-]+)`:\Z")
_NOT_RUN = ("gcloud ", "pip ")


@dataclass(frozen=True)
class Block:
    """A fenced block. `file` is the name in the line before it, as in "`call.py`:"."""

    section: str
    language: str
    text: str
    file: str | None


def blocks(page: Path) -> list[Block]:
    """The fenced blocks of a page, in order."""
    text = page.read_text()
    return [
        Block(_section(text[: match.start()]), match[1], match[2], _file(text[: match.start()]))
        for match in _FENCE.finditer(text)
    ]


def headings(page: Path) -> list[str]:
    """The headings of a page, without their marks, those that are comments in a block left out."""
    return _HEADING.findall(_FENCE.sub("", page.read_text()))


def prose(page: Path) -> str:
    """A page without its blocks."""
    return _FENCE.sub("", page.read_text())


def anchors(page: Path) -> set[str]:
    """What a link to a section of the page may end in."""
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings(page)}


def runnable(commands: str) -> str:
    """Commands without those that need Google or a package registry."""
    return "".join(line for line in commands.splitlines(keepends=True) if not line.startswith(_NOT_RUN))


def left_out(commands: str) -> Iterator[str]:
    """The commands that `runnable` takes away."""
    return (line.rstrip() for line in commands.splitlines() if line.startswith(_NOT_RUN))


def edited(text: str, diff: str) -> str:
    """Carry out the changed lines of a diff, whose place must be certain."""
    lines = diff.splitlines(keepends=True)
    old, new = ("".join(line[1:] for line in lines if line[0] in f" {sign}") for sign in "-+")
    assert text.count(old) == 1, f"{text.count(old)} places for\n{diff}"
    return text.replace(old, new)


def shows(output: str, line: str) -> bool:
    """Whether a line that a page shows, with `...` for what differs each time, is in the output."""
    pattern = r".*?".join(re.escape(part) for part in " ".join(line.split()).split("..."))
    return re.search(pattern, "\n".join(" ".join(row.split()) for row in output.splitlines())) is not None


def _section(text: str) -> str:
    found: list[str] = _HEADING.findall(_FENCE.sub("", text))
    return found[-1]


def _file(text: str) -> str | None:
    match = _FILE.search(text.rstrip())
    return match[1] if match else None
