"""Find a Pulumi CLI, or get one, and print the folder of its binaries on stdout. Progress goes to stderr.

Owns the choice and the cache; knows nothing of this project's stacks. In this order:

1. `pulumi` on PATH, if it is new enough and its Python language plugin is there as well;
2. the one that an earlier run left in ${XDG_CACHE_HOME:-~/.cache}/pulumi-ctune/pulumi-VERSION;
3. Pulumi's own installer, by `PulumiCommand.install()` of the Python SDK (skipped where this Python has no SDK);
4. a build from source with Go, from the modules pinned in the folders beside this file.

What 3 and 4 make appears in the cache under its final name only when it is complete. Exit code 1 with one line on
stderr where nothing works. Needs a POSIX system and nothing beyond the standard library.
VERSION is the release that `pulumi-cli/go.mod` names, so that 3 and 4 give the same engine.
"""

import argparse
import contextlib
import fcntl
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

TOOLS = Path(__file__).resolve().parent
# The oldest Python SDK of pyproject.toml: the two are released together, and older pairs are not tested. The commands
# that this project uses are older; the youngest is `pulumi config set-all --json`, of May 2025:
# https://github.com/pulumi/pulumi/pull/19427
MINIMUM = (3, 235, 0)
BINARIES = ("pulumi", "pulumi-language-python", "pulumi-language-python-exec", "pulumi-resource-pulumi-python")
PLUGINS = BINARIES[1:]

VERSION_LIMIT_S = 30.0
INSTALLER_LIMIT_S = 300.0  # an archive of about 150 MB; a host that cannot be reached shows within CONNECT_LIMIT_S
CONNECT_LIMIT_S = 10.0
BUILD_LIMIT_S = 3600.0
PROGRESS_EVERY_S = 15.0

INSTALL = f"""
import socket, sys
from pulumi.automation import PulumiCommand
from semver import VersionInfo
socket.setdefaulttimeout({CONNECT_LIMIT_S})
PulumiCommand.install(root=sys.argv[1], version=VersionInfo.parse(sys.argv[2]))
"""


class StepError(Exception):
    """One way to a CLI did not work; the text says why in one line."""


def main() -> int:
    parser = argparse.ArgumentParser(description="Find a Pulumi CLI, or get one, and print the folder of its binaries.")
    parser.add_argument("--no-installer", action="store_true", help="do not try Pulumi's installer")
    parser.add_argument("--installer-limit", type=float, default=INSTALLER_LIMIT_S, metavar="SECONDS")
    options = parser.parse_args()
    # SIGTERM as an exception, so that a build which is told to stop takes its children and its folder along.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        found = find_on_path() or obtain(installer_limit_s=None if options.no_installer else options.installer_limit)
    except StepError as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        say("interrupted; nothing was left behind")
        return 128 + signal.SIGINT
    print(found)
    return 0


def find_on_path() -> Path | None:
    """Return the folder of `pulumi` on PATH, or None, saying why, where it would not do."""
    pulumi = shutil.which("pulumi")
    if pulumi is None:
        return None
    version = version_of(pulumi)
    if version is None:
        say(f"{pulumi} does not tell its version; looking further")
        return None
    if version < MINIMUM:
        say(f"{pulumi} is {dotted(version)}, older than {dotted(MINIMUM)}; looking further")
        return None
    folders = [str(Path(pulumi).parent), str(Path(pulumi).resolve().parent), os.environ.get("PATH", "")]
    missing = [name for name in PLUGINS if shutil.which(name, path=os.pathsep.join(folders)) is None]
    if missing:
        say(f"{pulumi} comes without {', '.join(missing)}; looking further")
        return None
    return Path(pulumi).parent


def version_of(pulumi: str) -> tuple[int, ...] | None:
    environment = os.environ | {"PULUMI_SKIP_UPDATE_CHECK": "true"}
    try:
        answer = subprocess.run(
            [pulumi, "version"], env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=VERSION_LIMIT_S
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    numbers = re.match(r"v?(\d+)\.(\d+)\.(\d+)", answer.stdout.decode(errors="replace"))
    return tuple(map(int, numbers.groups())) if numbers else None


def obtain(*, installer_limit_s: float | None) -> Path:
    """Return the cached CLI's folder, filling the cache first where it is empty.

    Raises:
        StepError: neither the installer nor Go could provide one.
    """
    version = pinned_version()
    target = cache() / f"pulumi-{version}"
    if is_complete(target):
        return target / "bin"
    with only_one():
        if not is_complete(target):  # whoever held the lock may have made it meanwhile
            fill(target, version, installer_limit_s)
    return target / "bin"


def cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pulumi-ctune"


def fill(target: Path, version: str, installer_limit_s: float | None) -> None:
    ways: list[tuple[str, Callable[[Path], None]]] = []
    if installer_limit_s is not None:
        ways.append(("Pulumi's installer", lambda root: install(root, version, installer_limit_s)))
    ways.append(("Go", lambda root: build(root, version)))
    for way, make in ways:
        with tempfile.TemporaryDirectory(prefix=".unfinished-", dir=target.parent, ignore_cleanup_errors=True) as made:
            try:
                make(Path(made) / "pulumi")
                if not is_complete(Path(made) / "pulumi"):
                    raise StepError("it ended well but did not make all of " + ", ".join(BINARIES))
            except StepError as error:
                say(f"{way}: {error}")
                continue
            shutil.rmtree(target, ignore_errors=True)
            (Path(made) / "pulumi").rename(target)
            return
    raise StepError(
        f"there is no Pulumi CLI. Install Pulumi {dotted(MINIMUM)} or newer (https://www.pulumi.com/docs/install/), "
        f"or Go {required_go()} or newer (https://go.dev/dl/), and run this again."
    )


def install(root: Path, version: str, limit_s: float) -> None:
    say(f"Getting the Pulumi CLI {version} from Pulumi's installer (about a minute) ...")
    run([sys.executable, "-c", INSTALL, str(root), version], cwd=TOOLS, environment=dict(os.environ), limit_s=limit_s)


def build(root: Path, version: str) -> None:
    if shutil.which("go") is None:
        raise StepError("there is no `go` on PATH")
    binaries = root / "bin"
    binaries.mkdir(parents=True)
    stamp = f"-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v{version}"
    say(f"Building the Pulumi CLI {version} with Go: about 5 minutes and 1.6 GB of Go's module cache, this once ...")
    go_install(TOOLS / "pulumi-cli", binaries, stamp)
    say("Building its Python language plugin: less than a minute ...")
    go_install(TOOLS / "pulumi-language-python", binaries, stamp)
    # Two scripts that belong beside the binaries are no Go programs; the release's own source holds them.
    listing = ["go", "list", "-m", "-f", "{{.Dir}}", "github.com/pulumi/pulumi/sdk/v3"]
    sdk = Path(run(listing, cwd=TOOLS / "pulumi-cli", environment=go_environment(), limit_s=BUILD_LIMIT_S).strip())
    for script in ("cmd/pulumi-language-python-exec", "dist/pulumi-resource-pulumi-python"):
        copied = shutil.copy(sdk / "python" / script, binaries)
        os.chmod(copied, 0o755)  # the module cache is read-only and drops the executable bit


def go_install(module: Path, binaries: Path, stamp: str = "", what: str = "tool") -> None:
    """Build the tools that a folder's go.mod names, or the package `what` of it, into the folder `binaries`.

    Raises:
        StepError: Go could not.
    """
    command = ["go", "install", "-buildvcs=false", "-trimpath", "-tags=osusergo,grpcnotrace", f"-ldflags=-s -w {stamp}"]
    environment = go_environment() | {"GOBIN": str(binaries)}
    run([*command, what], cwd=module, environment=environment, limit_s=BUILD_LIMIT_S)


def go_environment() -> dict[str, str]:
    return os.environ | {
        "GOFLAGS": "-mod=readonly",  # exactly what go.sum pins
        "GOWORK": "off",
        # An older Go says so instead of fetching another Go, unless the user asks for that.
        "GOTOOLCHAIN": os.environ.get("GOTOOLCHAIN", "local"),
    }


def run(command: list[str], *, cwd: Path, environment: dict[str, str], limit_s: float) -> str:
    """Run to the end with a line of progress now and then; return what it printed on stdout.

    Raises:
        StepError: it failed (with its last line) or took longer than `limit_s` seconds.
    """
    started = time.monotonic()
    with tempfile.TemporaryFile("w+") as stdout, tempfile.TemporaryFile("w+") as stderr:
        # A session of its own: the installer and Go start children, and all of them are to end together.
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            start_new_session=True,
        )
        try:
            while process.poll() is None:
                elapsed = time.monotonic() - started
                if elapsed > limit_s:
                    raise StepError(f"gave up after {limit_s:g} s")
                try:
                    process.wait(min(PROGRESS_EVERY_S, limit_s - elapsed + 0.01))
                except subprocess.TimeoutExpired:
                    say(f"  ... {time.monotonic() - started:.0f} s")
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        stdout.seek(0)
        stderr.seek(0)
        if process.returncode:
            lines = [line.strip() for line in stderr.read().splitlines() if line.strip()]
            raise StepError(lines[-1] if lines else f"it failed with exit code {process.returncode}")
        return stdout.read()


@contextlib.contextmanager
def only_one() -> Iterator[None]:
    """Be the only run that fills the cache, waiting for another that does.

    The system releases the lock when its holder ends, however it ends.
    """
    cache().mkdir(parents=True, exist_ok=True)
    with (cache() / ".lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another run is getting the Pulumi CLI; waiting for it ...")
            fcntl.flock(file, fcntl.LOCK_EX)
        for leftover in cache().glob(".unfinished-*"):  # of a run that was killed with -9
            shutil.rmtree(leftover, ignore_errors=True)
        yield


def is_complete(root: Path) -> bool:
    return all(os.access(root / "bin" / name, os.X_OK) for name in BINARIES)


def pinned_version() -> str:
    return pinned(r"github\.com/pulumi/pulumi/pkg/v3 v(\S+)")


def required_go() -> str:
    return pinned(r"^go (\S+)")


def pinned(pattern: str, module: str = "pulumi-cli") -> str:
    text = (TOOLS / module / "go.mod").read_text()
    found = re.search(pattern, text, re.MULTILINE)
    assert found is not None, f"go.mod has no {pattern}"
    return found[1]


def dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
