"""The plugin's process as the engine starts and ends it."""

import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from vertex_emulator.pulumi_gcp import launcher

END_LIMIT_S = 20.0


@pytest.fixture
def plugin(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A plugin that the launcher has started in another folder, one that has a module of gRPC's name."""
    script = launcher.write(tmp_path / "with a space")
    (tmp_path / "grpc.py").write_text("raise ImportError('the module of the program')\n")
    with subprocess.Popen(
        [script, "127.0.0.1:1"], cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield process
        process.kill()


def test_first_line_is_the_port(plugin: subprocess.Popen[str]) -> None:
    """The engine finds the server by the first line of output, whatever modules lie in the program's folder."""
    assert plugin.stdout is not None

    assert 0 < int(plugin.stdout.readline()) < 65536


def test_plugin_leaves_when_stdin_ends(plugin: subprocess.Popen[str]) -> None:
    """A killed engine leaves no process behind."""
    assert plugin.stdout is not None
    assert plugin.stdin is not None
    plugin.stdout.readline()

    plugin.stdin.close()

    assert plugin.wait(END_LIMIT_S) == 0


def test_plugin_leaves_on_sigint(plugin: subprocess.Popen[str]) -> None:
    """An engine that is done ends the plugin at once, without a traceback."""
    assert plugin.stdout is not None
    plugin.stdout.readline()

    plugin.send_signal(signal.SIGINT)

    assert plugin.wait(END_LIMIT_S) == 0
