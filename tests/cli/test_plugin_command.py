"""`ctune plugin pack`: the archive of the plugin, and that what it holds starts the plugin."""

import subprocess
import sys
import tarfile
from importlib.metadata import version
from pathlib import Path

import pytest

FILES = {"PulumiPlugin.yaml", "__main__.py", "requirements.txt", "pulumi-resource-ctune"}


def pack(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pulumi_ctune", "plugin", "pack", *options]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


@pytest.fixture
def unpacked(tmp_path: Path) -> Path:
    """What the CLI would have unpacked."""
    pack(tmp_path, "-o", "plugin.tar.gz")
    with tarfile.open(tmp_path / "plugin.tar.gz") as archive:
        archive.extractall(tmp_path / "plugin", filter="data")
    return tmp_path / "plugin"


def test_archive_is_named_after_the_version_and_the_next_command_reported(tmp_path: Path) -> None:
    """The file's name on stdout, for scripts; the command that takes it on stderr."""
    done = pack(tmp_path)

    name = f"pulumi-resource-ctune-v{version('pulumi-ctune')}.tar.gz"
    install = f"pulumi plugin install resource ctune {version('pulumi-ctune')} --file {name}"
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{name}\n", f"To install it: {install}\n")
    assert (tmp_path / name).is_file()


def test_archive_needs_the_package_of_its_own_version(unpacked: Path) -> None:
    """The plugin is neither older nor newer than the command that packed it."""
    assert {path.name for path in unpacked.iterdir()} == FILES
    assert (unpacked / "requirements.txt").read_text() == f"pulumi-ctune=={version('pulumi-ctune')}\n"


def test_archive_of_a_version_has_the_same_bytes_every_time(tmp_path: Path) -> None:
    """A checksum that somebody noted stays right."""
    for name in ("one", "two"):
        pack(tmp_path, "-o", name)

    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_requirement_can_be_a_wheel(tmp_path: Path) -> None:
    """Whoever has no package index installs from a file."""
    pack(tmp_path, "-o", "plugin.tar.gz", "--requirement", "/wheels/pulumi_ctune.whl")

    with tarfile.open(tmp_path / "plugin.tar.gz") as archive:
        requirements = archive.extractfile("requirements.txt")
        assert requirements is not None
        assert requirements.read() == b"/wheels/pulumi_ctune.whl\n"


@pytest.mark.parametrize("place", ["venv/bin", "bin"])
def test_executable_starts_the_plugin_of_its_environment(unpacked: Path, place: str) -> None:
    """It prints its port, as the engine expects, wherever the CLI made the environment and whatever PYTHONPATH says."""
    python = unpacked / place / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    env = {"PYTHONPATH": "/nowhere", "PYTHONHOME": "/nowhere"}

    with subprocess.Popen(
        [unpacked / "pulumi-resource-ctune", "127.0.0.1:1"],
        env=env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as plugin:
        assert plugin.stdout is not None
        port = plugin.stdout.readline()
        plugin.terminate()

    assert port.strip().isdigit()


def test_executable_without_environment_says_what_to_do(unpacked: Path) -> None:
    """An installation that was cut short is told, and how to mend it."""
    done = subprocess.run([unpacked / "pulumi-resource-ctune", "127.0.0.1:1"], capture_output=True, text=True)

    expected = f"there is no Python in {unpacked}: install the plugin again, with --reinstall\n"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", expected)


def test_file_that_cannot_be_written_is_reported_in_one_line(tmp_path: Path) -> None:
    """With the option that names it, as misuse."""
    done = pack(tmp_path, "-o", "missing/plugin.tar.gz")

    expected = "no plugin was packed [--output]: missing/plugin.tar.gz: No such file or directory. Name another."
    assert (done.returncode, done.stderr) == (2, f"ctune plugin pack: {expected}\n")
