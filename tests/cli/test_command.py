"""What holds for `ctune` as a whole: version, completion, and help with an example for each command."""

import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import typer.main

from pulumi_ctune import cli


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
def test_version_is_told(start: list[str]) -> None:
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


def test_shell_completes_commands() -> None:
    env = {"_CTUNE_COMPLETE": "complete_bash", "COMP_WORDS": "ctune wa", "COMP_CWORD": "1"}
    program = "import sys; sys.argv[0] = 'ctune'; from pulumi_ctune.cli import main; main()"

    done = subprocess.run([sys.executable, "-c", program], env=env, capture_output=True, text=True, check=True)

    assert done.stdout.split() == ["watch"]
