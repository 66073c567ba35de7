"""`ctune emulator`: the Vertex AI emulator over HTTP.

Parses, starts the server, prints where it is; everything else belongs to `vertex_emulator`.
"""

import contextlib
import signal
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from pulumi_ctune.cli.terminal import ERR, OUT
from pulumi_ctune.core import durations
from pulumi_ctune.core.printable import one_line

DEFAULT_PORT = 8085
_LONGEST = 2_000  # characters of a message


def serve(
    host: Annotated[str, typer.Option(help="Loopback name or address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 is any free one.")] = DEFAULT_PORT,
    state_dir: Annotated[
        Path | None,
        typer.Option(
            help="Directory that keeps the state, and BUCKET/OBJECT files in buckets/. Default: none is kept."
        ),
    ] = None,
    job_duration: Annotated[
        str, typer.Option(help="How long a tuning job runs, such as 5s or 1h30m. Default: 20s.", show_default=False)
    ] = "",
    allow_code_rewards: Annotated[
        bool, typer.Option("--allow-code-rewards", help="Run the Python of code rewards on this machine (no sandbox).")
    ] = False,
) -> None:
    """Serve an emulator of Vertex AI's tuning, models, endpoints and Cloud Storage, until Ctrl-C.

    Example: ctune emulator --port 8085 --state-dir .ctune --job-duration 5s
    """
    from vertex_emulator.app import Emulator
    from vertex_emulator.server import bind, is_loopback

    if not is_loopback(host):
        _fail(f"--host {host}: the emulator has no access control, so it listens on loopback addresses only.", code=2)
    changes = {}
    if job_duration:
        try:
            changes["job_duration_s"] = durations.parse(job_duration).total_seconds()
        except ValueError as error:
            _fail(f"--job-duration: {error}.", code=2)
    try:
        emulator = Emulator(state_dir, allow_code_rewards=allow_code_rewards)
    except (OSError, sqlite3.Error) as error:
        _fail(f"--state-dir {state_dir}: cannot keep the state there: {error}.", code=1)
    with emulator, _ended_by_signals():
        try:
            server = bind(emulator, host, port)
        except OSError as error:
            _fail(f"--port {port}: cannot listen on {host}:{port}: {error.strerror or error}.", code=1)
        with contextlib.closing(server.socket):
            emulator.configure(**changes)
            _greet(server.base_url, state_dir)
            server.serve_forever(poll_interval=0.1)


def _greet(base_url: str, state_dir: Path | None) -> None:
    kept = f"state in {state_dir}" if state_dir else "the state is not kept"
    OUT.print(f"Vertex AI emulator on {base_url} ({kept}; Ctrl-C ends it). A google-genai program needs:")
    OUT.print('    credentials=google.oauth2.credentials.Credentials(token="local"),')
    OUT.print(f'    http_options=types.HttpOptions(base_url="{base_url}", api_version="v1beta1"),')
    OUT.file.flush()


@contextlib.contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Turn Ctrl-C and SIGTERM into a clean end with exit code 0."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        yield
    except KeyboardInterrupt:
        sys.exit(0)


def _fail(message: str, *, code: int) -> NoReturn:
    ERR.print(f"ctune emulator: {one_line(message, _LONGEST)}")
    raise typer.Exit(code)
