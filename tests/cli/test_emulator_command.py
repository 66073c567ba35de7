"""`ctune emulator` as a process."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

COMMAND = [sys.executable, "-c", "from pulumi_ctune.cli import main; main()", "emulator"]
PLAIN = {**os.environ, "COLUMNS": "200", "NO_COLOR": "1"}


def run(*options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *options], capture_output=True, text=True, timeout=60, env=PLAIN, check=False)


@contextmanager
def started(*options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The command on a free port, once it has said where it is."""
    process = subprocess.Popen([*COMMAND, "--port", "0", *options], stdout=subprocess.PIPE, text=True, env=PLAIN)
    try:
        assert process.stdout
        yield process, process.stdout.readline() + process.stdout.readline() + process.stdout.readline()
    finally:
        process.kill()
        process.communicate()


def test_greeting_says_what_a_program_needs(tmp_path: Path) -> None:
    """The command prints its address and the two lines of a google-genai program, and serves with its options."""
    with started("--state-dir", str(tmp_path), "--job-duration", "1m30s") as (_, greeting):
        base_url = re.findall(r"http://127\.0\.0\.1:\d+", greeting)[0]
        settings = httpx2.get(f"{base_url}/emulator/v1/settings", trust_env=False).json()

    assert 'credentials=google.oauth2.credentials.Credentials(token="local"),' in greeting
    assert f'http_options=types.HttpOptions(base_url="{base_url}", api_version="v1beta1"),' in greeting
    assert settings["job_duration_s"] == 90
    assert (tmp_path / "state.sqlite3").is_file()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_ends_it_cleanly(number: signal.Signals) -> None:
    """Ctrl-C and SIGTERM are the usual end: exit code 0."""
    with started() as (process, _):
        process.send_signal(number)

        assert process.wait(timeout=30) == 0


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (["--host", "0.0.0.0"], 2, "--host 0.0.0.0: the emulator has no access control"),
        (["--job-duration", "20"], 2, "--job-duration: '20' is not a duration"),
        (["--state-dir", __file__], 1, f"--state-dir {__file__}: cannot keep the state there"),
    ],
    ids=["host", "duration", "state directory"],
)
def test_misuse_is_one_clear_line(options: list[str], code: int, message: str) -> None:
    """An error names its flag in one line, without a traceback."""
    done = run(*options)

    assert done.returncode == code
    assert done.stderr.startswith(f"ctune emulator: {message}")
    assert len(done.stderr.splitlines()) == 1


def test_taken_port_is_one_clear_line() -> None:
    """A port in use is an error with exit code 1."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        done = run("--port", str(port))

    assert done.returncode == 1
    assert done.stderr.startswith(f"ctune emulator: --port {port}: cannot listen on 127.0.0.1:{port}: ")
    assert len(done.stderr.splitlines()) == 1


def test_help_has_an_example() -> None:
    """The help shows a typed example."""
    done = run("--help")

    assert (done.returncode, "Example: ctune emulator --port 8085" in done.stdout) == (0, True)
