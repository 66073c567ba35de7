"""Drive the real Pulumi CLI: a project and backend of its own, any program and stacks, commands that can be cut short.

Owns the project's folder, the environment of the CLI and its processes; `event_log` reads what a command did. Knows
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
PROJECT_NAME = "engine-test"
COMMAND_LIMIT_S = 120.0  # far beyond any command here: it ends a test that hangs
HOST_EXIT_LIMIT_S = 60.0  # after a kill -9 the provider process notices by itself, within its grace of half a minute
_PLAIN = ("--non-interactive", "--color", "never")
QUICK_PIP = Path(__file__).parent / "quick_pip"
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


def provider_host() -> Process:
    """The process of Pulumi's dynamic host, of the one command that runs."""
    (host,) = [process for process in descendants(os.getpid()) if "pulumi.dynamic" in _command_line(process.pid)]
    return host


def _command_line(pid: int) -> str:
    listed = Path("/proc", str(pid), "cmdline")
    if Path("/proc/self").exists():
        return listed.read_bytes().replace(b"\0", b" ").decode() if listed.exists() else ""
    return subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True).stdout


@dataclass(frozen=True)
class Run:
    """One finished CLI command: what it printed, and the steps that the engine took."""

    command: tuple[str, ...]
    returncode: int
    stdout: str
    stderr: str
    log: EventLog
    events: str  # the event log as it was written

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
        """End the CLI as a crash would (SIGKILL) and return when the provider process is gone too.

        Nobody tells the provider; that it ends by itself is part of what is tested. What is Pulumi's own is ended here:
        the language host looks for its engine every five minutes only, and a program with a stack output waits for it
        for ever (SDK 3.272: who the output depends on is never told when the registration fails).
        """
        self._below = descendants(self._process.pid)
        self._process.kill()
        self._process.wait()
        language_hosts = {process.pid for process in self._below if process.command.startswith("pulumi-language")}
        kill(process for process in self._below if {process.pid, process.parent} & language_hosts)
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
            events=self._event_log.read_text() if self._event_log.exists() else "",
        )


class Project:
    """A folder for one Pulumi project, and a login and a backend of its own: any command, on any of its stacks.

    All of it lies below `place`; `folder` is the project's own, where commands run. `env` is added to their
    environment, and so reaches program and provider. Programs run on the Python that runs the tests.
    """

    def __init__(self, place: Path, *, pulumi_bin: Path, env: Mapping[str, str] | None = None) -> None:
        self.folder = place / "project"
        self.env = _environment(place, pulumi_bin) | dict(env or {})
        self._runs = place / "runs"
        self._commands = 0
        for folder in (self.folder, self._runs, *(place / name for name in ("backend", "pulumi-home", "home"))):
            folder.mkdir(parents=True)

    def write(self, path: str, text: str) -> None:
        """Write a file of the project, for instance a changed `__main__.py`."""
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)

    def up(self, stack: str, *options: str, fails: bool = False) -> Run:
        return self._operate("up", stack, options, fails)

    def preview(self, stack: str, *options: str, fails: bool = False) -> Run:
        return self._operate("preview", stack, options, fails)

    def refresh(self, stack: str, *options: str, fails: bool = False) -> Run:
        return self._operate("refresh", stack, options, fails)

    def destroy(self, stack: str, *options: str, fails: bool = False) -> Run:
        return self._operate("destroy", stack, options, fails)

    def start(self, verb: str, stack: str, *options: str) -> RunningCommand:
        """Start `up`, `preview`, `refresh` or `destroy` and return while it runs."""
        approval = () if verb == "preview" else ("--yes", "--skip-preview")
        folder = self._new_folder(verb)
        log = ("--event-log", str(folder / "events.json"))
        return self._start(folder, "pulumi", verb, "--stack", stack, *approval, *options, *log, *_PLAIN)

    def set_config(self, stack: str, config: Mapping[str, str]) -> None:
        """Set keys, without a namespace those of the project."""
        pairs = [part for key, value in config.items() for part in ("--plaintext", f"{key}={value}")]
        self.pulumi("config", "set-all", "--stack", stack, *pairs)

    def outputs(self, stack: str) -> dict[str, Any]:
        """Return a stack's outputs, secrets in plain text."""
        found: dict[str, Any] = json.loads(
            self.pulumi("stack", "output", "--stack", stack, "--json", "--show-secrets").stdout
        )
        return found

    def export(self, stack: str) -> dict[str, Any]:
        """Return a stack's whole state (`deployment` of `pulumi stack export`)."""
        deployment: dict[str, Any] = json.loads(self.pulumi("stack", "export", "--stack", stack).stdout)["deployment"]
        return deployment

    def unlock(self, stack: str) -> None:
        """Take away the lock that a killed command left behind."""
        self.pulumi("cancel", "--yes", "--stack", stack)

    def pulumi(self, *arguments: str, fails: bool = False) -> Run:
        """Run any command of the CLI to its end; `fails` says which outcome is the expected one."""
        return self.run("pulumi", *arguments, *_PLAIN, fails=fails)

    def run(self, *command: str, fails: bool = False) -> Run:
        """Run any program that PATH has: `ctune`, or `sh`, `-c` and a script."""
        with self._start(self._new_folder(command[0]), *command) as running:
            return _expected(running.wait(), fails)

    def _operate(self, verb: str, stack: str, options: tuple[str, ...], fails: bool) -> Run:
        with self.start(verb, stack, *options) as running:
            return _expected(running.wait(), fails)

    def _new_folder(self, name: str) -> Path:
        self._commands += 1
        folder = self._runs / f"{self._commands:03}-{Path(name).name}"
        folder.mkdir()
        return folder

    def _start(self, folder: Path, *command: str) -> RunningCommand:
        return RunningCommand(command, cwd=self.folder, env=self.env, folder=folder)


class Stack:
    """A project of any program text with one stack, `test`.

    `program` becomes `__main__.py`; `files` lie beside it (relative path to text). `config` keys without a namespace
    belong to the project. `env` as of `Project`.
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
        self._project = Project(folder, pulumi_bin=pulumi_bin, env=env)
        self.env, self.folder = self._project.env, self._project.folder
        self.write("Pulumi.yaml", f"name: {PROJECT_NAME}\nruntime: python\n")
        self.write("__main__.py", program)
        for path, text in (files or {}).items():
            self.write(path, text)
        if config:  # before `init`, which keeps it: a command less for each test
            keys = {key if ":" in key else f"{PROJECT_NAME}:{key}": value for key, value in config.items()}
            self.write(f"Pulumi.{STACK_NAME}.yaml", json.dumps({"config": keys}))
        self.run("stack", "init", STACK_NAME)

    def write(self, path: str, text: str) -> None:
        """Write a file of the project, for instance a changed `__main__.py`."""
        self._project.write(path, text)

    def set_config(self, config: Mapping[str, str]) -> None:
        self._project.set_config(STACK_NAME, config)

    def up(self, *options: str, fails: bool = False) -> Run:
        return self._project.up(STACK_NAME, *options, fails=fails)

    def preview(self, *options: str, fails: bool = False) -> Run:
        return self._project.preview(STACK_NAME, *options, fails=fails)

    def refresh(self, *options: str, fails: bool = False) -> Run:
        return self._project.refresh(STACK_NAME, *options, fails=fails)

    def destroy(self, *options: str, fails: bool = False) -> Run:
        return self._project.destroy(STACK_NAME, *options, fails=fails)

    def start(self, verb: str, *options: str) -> RunningCommand:
        """Start `up`, `preview`, `refresh` or `destroy` and return while it runs."""
        return self._project.start(verb, STACK_NAME, *options)

    def outputs(self) -> dict[str, Any]:
        """Return the stack's outputs, secrets in plain text."""
        return self._project.outputs(STACK_NAME)

    def export(self) -> dict[str, Any]:
        """Return the stack's whole state (`deployment` of `pulumi stack export`)."""
        return self._project.export(STACK_NAME)

    def resource(self, name: str) -> dict[str, Any]:
        """Return one resource of the state: `id`, `inputs`, `outputs`, `initErrors` ...; KeyError if there is none."""
        return resources_of(self.export())[name]

    def unlock(self) -> None:
        """Take away the lock that a killed command left behind."""
        self._project.unlock(STACK_NAME)

    def run(self, *arguments: str, fails: bool = False) -> Run:
        """Run any CLI command to its end; `fails` says which outcome is the expected one."""
        return self._project.pulumi(*arguments, fails=fails)


def resources_of(deployment: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The resources of a state by name: `id`, `inputs`, `outputs`, `initErrors` ..."""
    return {found["urn"].rsplit("::", 1)[-1]: found for found in deployment.get("resources", [])}


def _expected(run: Run, fails: bool) -> Run:
    if (run.returncode != 0) != fails:
        raise AssertionError(f"the command was expected to {'fail' if fails else 'succeed'}\n{run}")
    return run


def _environment(place: Path, pulumi_bin: Path) -> dict[str, str]:
    passed_on = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    path = [str(Path(sys.executable).parent), str(pulumi_bin), os.environ.get("PATH", os.defpath)]
    return passed_on | {
        "PATH": os.pathsep.join(path),
        "HOME": str(place / "home"),
        "PULUMI_HOME": str(place / "pulumi-home"),
        "PULUMI_BACKEND_URL": f"file://{place / 'backend'}",
        "PULUMI_CONFIG_PASSPHRASE": "",
        "PULUMI_CREDENTIAL_STORE": "plaintext",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_SUPPRESS_NEO_LINK": "true",
        "PYTHONPATH": str(QUICK_PIP),
        "PULUMI_DEBUG_COMMANDS": "true",  # without it the CLI has no --event-log
        "PYTHONDONTWRITEBYTECODE": "1",
    }
