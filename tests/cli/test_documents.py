"""What may stand in place of a reward, of answers or of hyperparameters: one clear line, and no wait without end."""

import os
import subprocess
from pathlib import Path

import pytest

from pulumi_ctune.cli import documents
from pulumi_ctune.core.errors import CtuneError


def refusal(path: Path) -> str:
    with pytest.raises(CtuneError) as raised:
        documents.read_text(path, "--reward", "nothing was done")
    return str(raised.value)


def test_pipe_that_nobody_writes_to_is_not_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "reward.py"
    os.mkfifo(pipe)

    assert refusal(pipe) == f"nothing was done [--reward {pipe}]: nobody writes to this pipe. Name a file."


def test_device_is_refused() -> None:
    """It may never end, and memory does."""
    assert refusal(Path("/dev/zero")).startswith("nothing was done [--reward /dev/zero]: it is a device. ")


def test_input_without_end_is_left() -> None:
    with subprocess.Popen(["yes"], stdout=subprocess.PIPE) as endless:
        assert endless.stdout is not None
        path = Path(f"/dev/fd/{endless.stdout.fileno()}")

        line = refusal(path)
        endless.kill()

    assert line == f"nothing was done [--reward {path}]: it has more than 268,435,456 bytes"


def test_pipe_of_a_shell_is_read() -> None:
    """`--reward <(jq ...)`, with the line ends of any system."""
    with subprocess.Popen(["printf", r"a: 1\r\nb: 2\r\n"], stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        text = documents.read_text(Path(f"/dev/fd/{writer.stdout.fileno()}"), "--reward", "nothing was done")

    assert text == "a: 1\nb: 2\n"
