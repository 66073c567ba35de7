"""Language hosts are taken where the CLI or PATH has them, and else from the cache, where a build puts them."""

import subprocess
import sys
from pathlib import Path

import pytest

from tools import get_language_hosts
from tools.get_language_hosts import HOSTS, comes_with, executable, find, target


def put(folder: Path, language: str) -> Path:
    """An executable with the name of a language's host."""
    folder.mkdir(parents=True, exist_ok=True)
    host = folder / executable(language)
    host.write_text("#!/bin/sh\n")
    host.chmod(0o755)
    return host


def hosts(cli: Path, *languages: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """The command as `make` runs it."""
    command = [sys.executable, "-m", "tools.get_language_hosts", "--cli", str(cli), *languages]
    root = Path(get_language_hosts.__file__).parents[1]
    return subprocess.run(command, cwd=root, env=env, capture_output=True, text=True)


@pytest.mark.parametrize("language", HOSTS)
def test_host_beside_the_cli_is_taken_as_it_is(language: str, tmp_path: Path) -> None:
    """A released CLI brings its hosts, and nothing is added to PATH for them."""
    put(tmp_path / "cli", language)

    assert comes_with(tmp_path / "cli", language)


def test_host_on_path_is_taken_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So is one that the user has installed."""
    monkeypatch.setenv("PATH", str(put(tmp_path / "own", "yaml").parent))

    assert comes_with(tmp_path / "cli", "yaml")


def test_nothing_is_printed_where_the_cli_has_all_hosts(tmp_path: Path) -> None:
    """PATH stays as it is."""
    for language in HOSTS:
        put(tmp_path / "cli", language)

    done = hosts(tmp_path / "cli", *HOSTS, env={"PATH": "", "HOME": str(tmp_path)})

    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "", "")


@pytest.mark.parametrize("language", HOSTS)
def test_host_that_was_built_is_found_again(language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A build is for all later runs, until another version is pinned."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    before = find(language)

    put(target(language) / "bin", language)

    assert (before, find(language)) == (None, target(language) / "bin")


def test_without_go_one_line_says_what_to_install(tmp_path: Path) -> None:
    """No traceback, and no folder that a later run would take for a host."""
    done = hosts(tmp_path / "cli", "yaml", env={"PATH": "", "HOME": str(tmp_path)})

    assert done.returncode == 1
    assert done.stderr.startswith("there is no pulumi-language-yaml. Install a released Pulumi CLI, which has it")
    assert len(done.stderr.splitlines()) == 1
    assert not list(tmp_path.rglob("bin"))
