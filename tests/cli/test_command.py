"""What holds for `ctune` as a whole: version, completion, and help with an example for each command."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from pulumi_ctune import cli
from tests.engine.harness import find_pulumi_bin


def commands(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """Each command that does something, by what is typed for it, with its help."""
    below = getattr(group, "commands", {})
    if not below:
        yield " ".join(path), group.help or ""
    for name, command in below.items():
        yield from commands(command, (*path, name))


COMMANDS = dict(commands(typer.main.get_command(cli.app)))


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_help_with_a_typed_example(name: str) -> None:
    assert f"Example: ctune {name}" in COMMANDS[name]


@pytest.mark.parametrize("start", [["-m", "pulumi_ctune"], ["-c", "from pulumi_ctune.cli import main; main()"]])
def test_version_is_reported(start: list[str]) -> None:
    """By `ctune --version`, and by `python -m pulumi_ctune --version`."""
    done = subprocess.run([sys.executable, *start, "--version"], capture_output=True, text=True, check=True)

    assert done.stdout.startswith("ctune 0.")


@pytest.mark.parametrize("options", [["--version"], ["--help"]])
def test_reader_that_has_gone_is_no_traceback(options: list[str]) -> None:
    """`ctune ... | head`: the pipe is closed before anything is written, or after the first line."""
    ours, theirs = os.pipe()
    os.close(ours)
    with os.fdopen(theirs, "w") as out:
        done = subprocess.run(
            [sys.executable, "-m", "pulumi_ctune", *options], stdout=out, stderr=subprocess.PIPE, text=True, check=False
        )

    assert (done.returncode, done.stderr) == (1, "")


@pytest.mark.parametrize("name", ["nope", "a/b/c/d", "../x", "a b"])
def test_stack_that_cannot_be_is_misuse(tmp_path: Path, name: str) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    places = {"PULUMI_BACKEND_URL": f"file://{tmp_path}", "PULUMI_HOME": str(tmp_path / "home"), "HOME": str(tmp_path)}
    path = os.pathsep.join((str(find_pulumi_bin(os.environ)), os.environ["PATH"]))

    done = subprocess.run(
        [sys.executable, "-m", "pulumi_ctune", "jobs", "--stack", name, "--cwd", str(tmp_path)],
        env={**places, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"ctune jobs: the jobs could not be listed [--stack {name}]: ")


def test_shell_completes_commands() -> None:
    env = {"_CTUNE_COMPLETE": "complete_bash", "COMP_WORDS": "ctune wa", "COMP_CWORD": "1"}
    program = "import sys; sys.argv[0] = 'ctune'; from pulumi_ctune.cli import main; main()"

    done = subprocess.run([sys.executable, "-c", program], env=env, capture_output=True, text=True, check=True)

    assert done.stdout.split() == ["watch"]
