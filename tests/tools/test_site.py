"""What `make docs` builds the site from, and what it looks for in the one that was built."""

import re
from pathlib import Path

import pytest

from tools.site.__main__ import ROOT
from tools.site.check import loaded_from_elsewhere
from tools.site.stage import StageError, stage

CONFIG = ROOT / "tools" / "site" / "zensical.yml"


def test_every_page_is_in_the_navigation(tmp_path: Path) -> None:
    """Whoever adds a page gives it a place there; files and folders that pages link to need none."""
    stage(ROOT, tmp_path)
    pages = {page.relative_to(tmp_path).as_posix() for page in tmp_path.rglob("*.md")}
    pages = {page for page in pages if (ROOT / page).exists()}

    listed = re.findall(r"(\S+\.md)$", CONFIG.read_text().partition("\nnav:")[2], re.MULTILINE)

    assert sorted(listed) == sorted(pages)


def test_linked_source_file_is_a_page(tmp_path: Path) -> None:
    """Its text in a block, under the link that GitHub follows to the file."""
    root = repository(tmp_path, "See [the program](stacks/main.py#L2).", **{"stacks/main.py": "a = 1\n"})

    stage(root, tmp_path / "site")

    assert (tmp_path / "site" / "README.md").read_text() == "See [the program](stacks/main.py.md)."
    assert (tmp_path / "site" / "stacks" / "main.py.md").read_text() == "# `main.py`\n\n````python\na = 1\n````\n"


def test_linked_folder_is_a_page_with_its_files(tmp_path: Path) -> None:
    """The files of the folder itself first."""
    files = {"examples/one/2-next/a.py": "", "examples/one/z.py": ""}
    root = repository(tmp_path, "[one](examples/one/)", **files)

    stage(root, tmp_path / "site")

    assert (tmp_path / "site" / "README.md").read_text() == "[one](examples/one/index.md)"
    listed = (tmp_path / "site" / "examples" / "one" / "index.md").read_text()
    assert re.findall("^#.*", listed, re.MULTILINE) == ["# `examples/one`", "## `z.py`", "## `2-next/a.py`"]


def test_pictures_of_both_themes_are_there(tmp_path: Path) -> None:
    """As README has them, in HTML."""
    text = '<picture><source srcset="docs/dark.png"><img src="docs/light.png"></picture>'
    root = repository(tmp_path, text, **{"docs/dark.png": "dark", "docs/light.png": "light"})

    stage(root, tmp_path / "site")

    assert (tmp_path / "site" / "README.md").read_text() == text
    assert {file.name for file in (tmp_path / "site" / "docs").iterdir()} == {"dark.png", "light.png"}


def test_page_that_only_another_page_links_to_is_there(tmp_path: Path) -> None:
    """With its own links followed, and its sections still reached."""
    root = repository(tmp_path, "[a](a/README.md#why)", **{"a/README.md": "[b](../b.txt)", "b.txt": "b"})

    stage(root, tmp_path / "site")

    assert (tmp_path / "site" / "README.md").read_text() == "[a](a/README.md#why)"
    assert (tmp_path / "site" / "a" / "README.md").read_text() == "[b](../b.txt.md)"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[a](gone.md)", "README.md: the link gone.md leads nowhere"),
        ("[a](../outside.md)", "README.md: the link ../outside.md leads nowhere"),
        ("1. a\n   - b\n", "README.md: indent '   - ' by four spaces, the site needs that"),
        ("1. a\n\n   ```yaml\n   b: c\n   ```\n", "README.md: indent '   ```' by four spaces, the site needs that"),
    ],
)
def test_what_the_site_would_show_wrongly_is_refused(tmp_path: Path, text: str, why: str) -> None:
    """GitHub takes fewer spaces; the site would end the list."""
    (tmp_path / "outside.md").touch()
    root = repository(tmp_path, text)

    with pytest.raises(StageError) as error:
        stage(root, tmp_path / "site")

    assert str(error.value) == why


@pytest.mark.parametrize(
    "html",
    [
        '<script src="https://cdn.example.com/a.js"></script>',
        '<link rel="stylesheet" href="//fonts.example.com/css">',
        '<img alt="" src=https://example.com/badge.svg>',
        "<style>@import 'https://example.com/a.css'</style>",
        '<style>@font-face{src:url("https://example.com/a.woff2")}</style>',
    ],
)
def test_page_that_loads_from_the_internet_is_found(tmp_path: Path, html: str) -> None:
    (tmp_path / "index.html").write_text(html)

    assert [page for page, _ in loaded_from_elsewhere(tmp_path)] == ["index.html"]


def test_links_of_readers_and_files_of_the_site_are_no_finding(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text('<a href="https://example.com">x</a><script src="assets/a.js"></script>')

    assert loaded_from_elsewhere(tmp_path) == []


def repository(place: Path, readme: str, **files: str) -> Path:
    """A repository with these files."""
    root = place / "repository"
    for name, text in {"README.md": readme, **files}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root
