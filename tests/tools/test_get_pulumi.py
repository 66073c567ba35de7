"""Where `tools/get_pulumi.py` gets the CLI from: run as `make` runs it, small scripts in place of pulumi and go."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.processes import descendants, wait_until_gone
from tools.lower_bounds import PYPROJECT, lower_bounds

TOOL = Path(__file__).parents[2] / "tools" / "get_pulumi.py"
OLDEST_SDK = lower_bounds(PYPROJECT.read_text())["pulumi"]
PLUGINS = ("pulumi-language-python", "pulumi-language-python-exec", "pulumi-resource-pulumi-python")

GO = """
PATH=/usr/bin:/bin
echo "$@" >> "{calls}"
case "$1" in
list) echo "{sdk}" ;;
install)
    {before}
    printf '#!/bin/sh\\n' > "$GOBIN/$(basename "$PWD" | sed s/-cli//)"
    chmod +x "$GOBIN"/* ;;
esac
"""


class Machine:
    """A PATH, a home and a cache of their own, and what is installed there."""

    def __init__(self, folder: Path) -> None:
        self.bin = folder / "bin"
        self.cache = folder / "cache" / "pulumi-ctune"
        self.go_calls = folder / "go-calls"
        self._sdk = folder / "sdk"
        self._env = {"PATH": str(self.bin), "HOME": str(folder), "XDG_CACHE_HOME": str(folder / "cache")}
        self.bin.mkdir()
        self.go_calls.touch()
        for script in ("cmd/pulumi-language-python-exec", "dist/pulumi-resource-pulumi-python"):
            source = self._sdk / "python" / script
            source.parent.mkdir(parents=True)
            source.touch(mode=0o444)

    def add(self, name: str, script: str = "", *, folder: Path | None = None) -> Path:
        path = (folder or self.bin) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        return path

    def add_pulumi(self, version: str, *, folder: Path | None = None, plugins: tuple[str, ...] = PLUGINS) -> Path:
        for plugin in plugins:
            self.add(plugin, folder=folder)
        return self.add("pulumi", f"echo {version}", folder=folder)

    def add_go(self, before: str = "") -> None:
        self.add("go", GO.format(calls=self.go_calls, sdk=self._sdk, before=before))

    def fill_cache(self) -> Path:
        self.add_go()
        folder = self.run("--no-installer").stdout.strip()
        (self.bin / "go").unlink()
        return Path(folder)

    def start(self, *options: str, **env: str) -> subprocess.Popen[str]:
        command = [sys.executable, str(TOOL), *options]
        return subprocess.Popen(command, env=self._env | env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def run(self, *options: str, **env: str) -> subprocess.CompletedProcess[str]:
        process = self.start(*options, **env)
        stdout, stderr = process.communicate(timeout=60)
        return subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)

    def in_cache(self) -> list[str]:
        return sorted(path.name for path in self.cache.iterdir() if path.name != ".lock")

    def builds(self) -> int:
        return sum(line.startswith("install") for line in self.go_calls.read_text().splitlines())


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A loopback port that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A loopback port that is taken by nobody who listens: connections are refused."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


@pytest.mark.parametrize("version", [f"v{OLDEST_SDK}", "3.259.0", "v3.300.1-alpha.7"])
def test_recent_pulumi_on_path_is_taken(machine: Machine, version: str) -> None:
    """A CLI that the user has is used as it is, without a word."""
    machine.add_pulumi(version)

    found = machine.run()

    assert (found.stdout, found.stderr, found.returncode) == (f"{machine.bin}\n", "", 0)


def test_plugins_beside_a_linked_pulumi_count(machine: Machine, tmp_path: Path) -> None:
    """Package managers link `pulumi` alone into PATH; its plugins lie beside the real file."""
    (machine.bin / "pulumi").symlink_to(machine.add_pulumi("v3.259.0", folder=tmp_path / "cellar"))

    found = machine.run()

    assert found.stdout == f"{machine.bin}\n"


@pytest.mark.parametrize(
    ("script", "plugins", "reason"),
    [
        ("echo v3.203.9", PLUGINS, f"is 3.203.9, older than {OLDEST_SDK}; looking further"),
        ("exit 1", PLUGINS, "does not tell its version; looking further"),
        ("echo v3.259.0", PLUGINS[1:], "comes without pulumi-language-python; looking further"),
    ],
    ids=["too old", "broken", "no language plugin"],
)
def test_unusable_pulumi_on_path_gives_way_to_the_cache(
    machine: Machine, script: str, plugins: tuple[str, ...], reason: str
) -> None:
    """A CLI that would not do is named with the reason, and the cached one is taken."""
    cached = machine.fill_cache()
    for plugin in plugins:
        machine.add(plugin)
    pulumi = machine.add("pulumi", script)

    found = machine.run("--no-installer")

    assert (found.stdout, found.stderr) == (f"{cached}\n", f"{pulumi} {reason}\n")


def test_go_builds_a_complete_cli_once(machine: Machine) -> None:
    """Two builds and two copied scripts make a CLI; the second run finds it and calls nothing."""
    machine.add_go()

    first, second = machine.run("--no-installer"), machine.run("--no-installer")

    made = Path(first.stdout.strip())
    assert sorted(path.name for path in made.iterdir() if os.access(path, os.X_OK)) == ["pulumi", *PLUGINS]
    assert (second.stdout, second.stderr) == (first.stdout, "")
    assert machine.builds() == 2


def test_cached_cli_with_a_file_missing_is_made_again(machine: Machine) -> None:
    """A cache that somebody cleaned halfway is not trusted."""
    cached = machine.fill_cache()
    (cached / "pulumi-language-python").unlink()
    machine.add_go()

    found = machine.run("--no-installer")

    assert found.stdout == f"{cached}\n"
    assert (cached / "pulumi-language-python").exists()


def test_failed_build_says_why_and_what_to_install(machine: Machine) -> None:
    """Go's own last line is shown, then one line with the two ways out; nothing half-made stays."""
    machine.add_go(before="echo 'go: no route to the module' >&2; exit 1")

    failed = machine.run("--no-installer")

    assert (failed.returncode, failed.stdout) == (1, "")
    assert failed.stderr.splitlines()[1:] == [
        "Go: go: no route to the module",
        f"there is no Pulumi CLI. Install Pulumi {OLDEST_SDK} or newer (https://www.pulumi.com/docs/install/), "
        "or Go 1.25.11 or newer (https://go.dev/dl/), and run this again.",
    ]
    assert machine.in_cache() == []


def test_machine_with_nothing_gets_one_clear_line(machine: Machine) -> None:
    """Without pulumi, installer and Go the last line says what to install."""
    failed = machine.run("--no-installer")

    assert failed.returncode == 1
    assert failed.stderr.splitlines()[0] == "Go: there is no `go` on PATH"
    assert failed.stderr.splitlines()[1].startswith("there is no Pulumi CLI. Install Pulumi")


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_stopped_build_leaves_nothing(machine: Machine, how: signal.Signals) -> None:
    """A build that is told to stop ends what it started and removes its folder."""
    machine.add_go(before="sleep 60")
    building = machine.start("--no-installer")
    until_go_was_called(machine)
    below = descendants(building.pid)

    building.send_signal(how)
    building.communicate(timeout=30)

    assert building.returncode == 128 + how
    assert wait_until_gone(below, 10) == []
    assert machine.in_cache() == []


def test_remains_of_a_killed_build_are_cleared_away(machine: Machine) -> None:
    """After a kill -9 the next run starts afresh and removes what was left."""
    machine.add_go(before="echo > $GOBIN/half; sleep 60")
    building = machine.start("--no-installer")
    until_go_was_called(machine)
    below = descendants(building.pid)
    building.kill()
    building.communicate(timeout=30)
    for process in below:
        os.kill(process.pid, signal.SIGKILL)
    assert len(machine.in_cache()) == 1
    machine.add_go()

    found = machine.run("--no-installer")

    assert machine.in_cache() == [Path(found.stdout.strip()).parent.name]


def test_two_runs_at_once_build_once(machine: Machine) -> None:
    """The second run waits for the first and takes what that made."""
    machine.add_go(before="sleep 0.3")

    runs = [machine.start("--no-installer") for _ in range(2)]
    outputs = [run.communicate(timeout=60)[0] for run in runs]

    assert outputs[0] == outputs[1] != ""
    assert machine.builds() == 2


def test_unreachable_installer_costs_one_line(machine: Machine, closed_port: int) -> None:
    """Where Pulumi's host cannot be reached one line says so, and Go takes over."""
    machine.add_go()

    found = machine.run(https_proxy=f"http://127.0.0.1:{closed_port}")

    lines = found.stderr.splitlines()
    assert lines[1].startswith("Pulumi's installer: urllib.error.URLError: <urlopen error")
    assert lines[2].startswith("Building the Pulumi CLI")
    assert found.returncode == 0


def test_installer_that_never_answers_is_given_up(machine: Machine, silent_port: int) -> None:
    """The installer has a time limit, after which Go takes over."""
    machine.add_go()

    found = machine.run("--installer-limit", "0.5", https_proxy=f"http://127.0.0.1:{silent_port}")

    assert "Pulumi's installer: gave up after 0.5 s" in found.stderr
    assert found.returncode == 0


def until_go_was_called(machine: Machine) -> None:
    deadline = time.monotonic() + 30
    while machine.builds() == 0:
        assert time.monotonic() < deadline, "go was never called"
        time.sleep(0.02)
