"""Lay out what the site is built from: the repository's pages, and a page for each file or folder that they link to.

Every page keeps its place, so a link that is right on GitHub is right in the site. A linked folder without a README
becomes a page with its files, and a linked source file a page with its text. Knows nothing of how a page is drawn.
"""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

STYLE = Path(__file__).with_name("site.css")
PICTURES = (".svg", ".png")
LANGUAGES = {".py": "python", ".yaml": "yaml", ".yml": "yaml", ".jsonl": "json", ".toml": "toml"}

_FENCE = re.compile(r"^( *```.*?^ *```$)", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"""(?:(?<=\]\()|(?<= src=")|(?<= srcset="))([^)\s#"]+)(#[^)\s"]*)?(?=[)"])""")
_SHALLOW_BLOCK = re.compile(r" {1,3}```")
_SHALLOW_ITEM = re.compile(r"^ {1,3}(?:[-*]|\d+\.) ", re.MULTILINE)


class StageError(Exception):
    """A page cannot be laid out; the text says which and why."""


def stage(root: Path, target: Path) -> None:
    """Write the site's source into `target`, which is emptied first.

    Raises:
        StageError: a link names nothing in the repository, or a list would be drawn in another way than on GitHub.
    """
    shutil.rmtree(target, ignore_errors=True)
    waiting = [page for each in ("*.md", "[a-z]*/README.md", "docs/**/*.md") for page in sorted(root.glob(each))]
    placed: set[Path] = set()
    while waiting:
        page = waiting.pop(0)
        place = source_of(page)
        if place in placed:
            continue
        placed.add(place)
        if page.suffix in PICTURES:
            put(target / page.relative_to(root), page.read_bytes())
            continue
        text, linked = moved(page, root)
        put(target / place.relative_to(root), text.encode())
        waiting += linked
    put(target / STYLE.name, STYLE.read_bytes())


def source_of(page: Path) -> Path:
    """The file of the site's source that stands for a file or folder of the repository."""
    if page.is_dir():
        return page / ("README.md" if (page / "README.md").exists() else "index.md")
    return page if page.suffix in (".md", *PICTURES) else page.with_name(f"{page.name}.md")


def moved(page: Path, root: Path) -> tuple[str, list[Path]]:
    """A page's text with links to what the site has in place of it, and the files and folders that it links to."""
    if page.is_dir() and not (page / "README.md").exists():
        return listing(page, root), []
    page = page / "README.md" if page.is_dir() else page
    if page.suffix != ".md":
        return f"# `{page.name}`\n\n{shown(page)}\n", []
    linked: list[Path] = []

    def relink(match: re.Match[str]) -> str:
        if "://" in match[1]:
            return match[0]
        found = (page.parent / match[1]).resolve()
        if not found.exists() or not found.is_relative_to(root):
            raise StageError(f"{page.relative_to(root)}: the link {match[1]} leads nowhere")
        linked.append(found)
        anchor = (match[2] or "") if found.suffix == ".md" or found.is_dir() else ""
        return os.path.relpath(source_of(found), page.parent) + anchor

    parts = _FENCE.split(page.read_text())
    for number, part in enumerate(parts):
        if shallow := _SHALLOW_BLOCK.match(part) if number % 2 else _SHALLOW_ITEM.search(part):
            raise StageError(f"{page.relative_to(root)}: indent {shallow[0]!r} by four spaces, the site needs that")
    text = "".join(part if number % 2 else _LINK.sub(relink, part) for number, part in enumerate(parts))
    return text, linked


def listing(folder: Path, root: Path) -> str:
    """A page with the text of each file in a folder."""
    return "\n".join([f"# `{folder.relative_to(root)}`\n", *parts_of(folder)])


def parts_of(folder: Path) -> Iterator[str]:
    for file in sorted(folder.rglob("*"), key=lambda file: (len(file.parts), file)):
        if file.is_file() and not {part for part in file.relative_to(folder).parts if part.startswith((".", "__py"))}:
            yield f"## `{file.relative_to(folder)}`\n\n{shown(file)}\n"


def shown(file: Path) -> str:
    """A file's text as a block, behind a fence that is in none of its lines."""
    language = LANGUAGES.get(file.suffix, "text")
    return f"````{language}\n{file.read_text().rstrip()}\n````"


def put(place: Path, content: bytes) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)
