"""Drive the real Pulumi CLI: any program text, a project and backend of its own, commands that can be cut short.

Owns the project's files, the environment of the CLI and its processes; `event_log` reads what a command did. Knows
nothing of tuning jobs. No command can reach the user's own Pulumi login or Google credentials: HOME, PULUMI_HOME and
the backend lie below the test's folder, and only a few harmless variables are passed on.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from .event_log import EventLog, read_event_log
from .processes import Process, descendants, kill, wait_until_gone

STACK_NAME = "test"
COMMAND_LIMIT_S = 120.0  # far beyond any command here: it ends a test that hangs
HOST_EXIT_LIMIT_S = 60.0  # after a kill -9 the provider process notices by itself, within its grace of half a minute
_PASSED_ON = ("LANG", "LC_ALL", "TZ", "TMPDIR", "SYSTEMROOT")


class NoPulumiCliError(Exception):
    """There is no Pulumi CLI to test with."""


def find_pulumi_bin(environ: Mapping[str, str]) -> Path:
    """Return the folder of the Pulumi CLI: CTUNE_PULUMI_BIN, else where PATH finds `pulumi`.

    Raises:
        NoPulumiCliError: neither leads to an executable `pulumi`.
    """
    named = environ.get("CTUNE_PULUMI_BIN")
    found = shutil.which("pulumi", path=named or environ.get("PATH", ""))
    if found is None:
        place = f"in CTUNE_PULUMI_BIN={named}" if named else "on PATH"
        raise NoPulumiCliError(
            f"there is no pulumi {place}. Run `make test`, which gets one, or name its folder in CTUNE_PULUMI_BIN."
        )
    return Path(found).parent


@dataclass(frozen=True)
class Run:
    """One finished CLI command: what it printed, and the steps that the engine took."""

    command: tuple[str, ...]
    returncode: int
    stdout: str
    stderr: str
    log: EventLog

    @property
    def ops(self) -> dict[str, str]:
        """Resource name to `create`, `update`, `replace`, `delete`, `same` ...; without stack and providers."""
        return self.log.ops

    @property
    def changes(self) -> dict[str, int]:
        """The engine's own count of operations, the stack included: `{"same": 2}` means that nothing changed."""
        return self.log.changes

    @property
    def errors(self) -> list[str]:
        return self.log.errors

    def __str__(self) -> str:
        return f"$ {' '.join(self.command)}  -> {self.returncode}\n{self.stdout}\n{self.stderr}"


class RunningCommand:
    """A CLI command that goes on in the background, as a context manager that leaves no process behind."""

    def __init__(self, command: tuple[str, ...], *, cwd: Path, env: Mapping[str, str], folder: Path) -> None:
        self._command = command
        self._stdout = folder / "stdout"
        self._stderr = folder / "stderr"
        self._event_log = folder / "events.json"
        self._below: list[Process] = []
        with self._stdout.open("wb") as stdout, self._stderr.open("wb") as stderr:
            self._process = subprocess.Popen(
                command, cwd=cwd, env=dict(env), stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.poll() is None:
            self._below = descendants(self._process.pid)
            self._process.kill()
            self._process.wait()
        kill(self._below)

    def wait_for(self, text: str, limit_s: float = COMMAND_LIMIT_S) -> None:
        """Return once the command has printed `text`; fail if it ends, or `limit_s` seconds pass, without it."""
        deadline = time.monotonic() + limit_s
        while text not in self._stdout.read_text():
            ended = self._process.poll() is not None
            if (ended and text not in self._stdout.read_text()) or time.monotonic() > deadline:
                raise AssertionError(f"{text!r} was never printed\n{self._finished()}")
            time.sleep(0.02)

    def interrupt(self) -> None:
        """Do what the first (or second) Ctrl-C does: SIGINT to the CLI."""
        self._process.send_signal(signal.SIGINT)

    def kill(self, limit_s: float = HOST_EXIT_LIMIT_S) -> None:
        """End the CLI as a crash would (SIGKILL) and return when program and provider process are gone too.

        Nobody tells those two; that they end by themselves is part of what is tested. The language host, which is
        Pulumi's own, looks for its engine every five minutes only, so it is ended here.
        """
        self._below = descendants(self._process.pid)
        self._process.kill()
        self._process.wait()
        kill(process for process in self._below if process.command.startswith("pulumi-language"))
        left = wait_until_gone(self._below, limit_s)
        if left:
            kill(left)
            names = ", ".join(process.command for process in left)
            raise AssertionError(f"of a killed command still ran after {limit_s:.0f} s: {names}\n{self._finished()}")

    def wait(self, limit_s: float = COMMAND_LIMIT_S) -> Run:
        """Wait for the command's own end, whatever its exit code."""
        try:
            self._process.wait(limit_s)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"the command did not end within {limit_s:.0f} s\n{self._finished()}") from None
        return self._finished()

    def _finished(self) -> Run:
        code = self._process.poll()
        return Run(
            command=self._command,
            returncode=-1 if code is None else code,
            stdout=self._stdout.read_text(),
            stderr=self._stderr.read_text(),
            log=read_event_log(self._event_log),
        )


class Stack:
    """One Pulumi project with one stack, `test`, in `folder`. The stack is made with the first command that needs it.

    `program` becomes `__main__.py`; `files` lie beside it (relative path to text). `config` keys without a namespace
    belong to the project. `env` is added to the CLI's environment, and so reaches program and provider.
    The program runs on the Python that runs the tests.
    """

    def __init__(
        self,
        folder: Path,
        program: str,
        *,
        pulumi_bin: Path,
        config: Mapping[str, str] | None = None,
        env: Mapping[str, str] | None = None,
        files: Mapping[str, str] | None = None,
    ) -> None:
        self.project = folder / "project"
        self._folder = folder
        self._pulumi = str(pulumi_bin / "pulumi")
        self._commands = 0
        for place in ("project", "backend", "pulumi-home", "home", "runs"):
            (folder / place).mkdir(parents=True)
        self._env = _environment(folder, pulumi_bin) | dict(env or {})
        self.write("Pulumi.yaml", "name: engine-test\nruntime: python\n")
        self.write("__main__.py", program)
        for path, text in (files or {}).items():
            self.write(path, text)
        self.run("stack", "init", STACK_NAME)
        if config:
            self.set_config(config)

    def write(self, path: str, text: str) -> None:
        """Write a file of the project, for instance a changed `__main__.py`."""
        target = self.project / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)

    def set_config(self, config: Mapping[str, str]) -> None:
        pairs = [part for key, value in config.items() for part in ("--plaintext", f"{key}={value}")]
        self.run("config", "set-all", "--stack", STACK_NAME, *pairs)

    def up(self, *options: str, fails: bool = False) -> Run:
        return self._operate("up", options, fails)

    def preview(self, *options: str, fails: bool = False) -> Run:
        return self._operate("preview", options, fails)

    def refresh(self, *options: str, fails: bool = False) -> Run:
        return self._operate("refresh", options, fails)

    def destroy(self, *options: str, fails: bool = False) -> Run:
        return self._operate("destroy", options, fails)

    def start(self, verb: str, *options: str) -> RunningCommand:
        """Start `up`, `preview`, `refresh` or `destroy` and return while it runs."""
        approval = () if verb == "preview" else ("--yes", "--skip-preview")
        return self._start(verb, "--stack", STACK_NAME, *approval, *options, logged=True)

    def outputs(self) -> dict[str, Any]:
        """Return the stack's outputs, secrets in plain text."""
        found: dict[str, Any] = json.loads(
            self.run("stack", "output", "--stack", STACK_NAME, "--json", "--show-secrets").stdout
        )
        return found

    def export(self) -> dict[str, Any]:
        """Return the stack's whole state (`deployment` of `pulumi stack export`)."""
        deployment: dict[str, Any] = json.loads(self.run("stack", "export", "--stack", STACK_NAME).stdout)["deployment"]
        return deployment

    def resource(self, name: str) -> dict[str, Any]:
        """Return one resource of the state: `id`, `inputs`, `outputs`, `initErrors` ...; KeyError if there is none."""
        by_name: dict[str, dict[str, Any]] = {
            found["urn"].rsplit("::", 1)[-1]: found for found in self.export().get("resources", [])
        }
        return by_name[name]

    def unlock(self) -> None:
        """Take away the lock that a killed command left behind."""
        self.run("cancel", "--yes", "--stack", STACK_NAME)

    def run(self, *arguments: str, fails: bool = False) -> Run:
        """Run any CLI command to its end; `fails` says which outcome is the expected one."""
        with self._start(*arguments, logged=False) as running:
            return _expected(running.wait(), fails)

    def _operate(self, verb: str, options: tuple[str, ...], fails: bool) -> Run:
        with self.start(verb, *options) as running:
            return _expected(running.wait(), fails)

    def _start(self, *arguments: str, logged: bool) -> RunningCommand:
        self._commands += 1
        folder = self._folder / "runs" / f"{self._commands:03}-{arguments[0]}"
        folder.mkdir()
        log = ("--event-log", str(folder / "events.json")) if logged else ()
        command = (self._pulumi, *arguments, *log, "--non-interactive", "--color", "never")
        return RunningCommand(command, cwd=self.project, env=self._env, folder=folder)


def _expected(run: Run, fails: bool) -> Run:
    if (run.returncode != 0) != fails:
        raise AssertionError(f"the command was expected to {'fail' if fails else 'succeed'}\n{run}")
    return run


def _environment(folder: Path, pulumi_bin: Path) -> dict[str, str]:
    passed_on = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    path = [str(Path(sys.executable).parent), str(pulumi_bin), os.environ.get("PATH", os.defpath)]
    return passed_on | {
        "PATH": os.pathsep.join(path),
        "HOME": str(folder / "home"),
        "PULUMI_HOME": str(folder / "pulumi-home"),
        "PULUMI_BACKEND_URL": f"file://{folder / 'backend'}",
        "PULUMI_CONFIG_PASSPHRASE": "",
        "PULUMI_CREDENTIAL_STORE": "plaintext",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_SUPPRESS_NEO_LINK": "true",
        "PULUMI_DEBUG_COMMANDS": "true",  # without it the CLI has no --event-log
        "PYTHONDONTWRITEBYTECODE": "1",
    }
