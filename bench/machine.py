"""Which machine measured, with which versions, and how busy it was."""

import os
import platform
import subprocess
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

_REPOSITORY = Path(__file__).resolve().parents[1]
_CPUINFO = Path("/proc/cpuinfo")
_DISTRIBUTIONS = ("pulumi", "grpcio", "google-genai", "httpx2")


@dataclass(frozen=True)
class Machine:
    cpu: str
    cores: int
    load: float  # of the last minute, before anything was measured
    system: str
    python: str
    versions: dict[str, str]
    commit: str
    date: str = field(default_factory=lambda: f"{datetime.now(UTC):%Y-%m-%d}")

    def described(self) -> list[str]:
        versions = ", ".join(f"{name} {number}" for name, number in self.versions.items())
        return [
            f"{self.date}: {self.cpu}, {self.cores} cores (load before the run {self.load:.1f}), {self.system}",
            f"Commit {self.commit}, Python {self.python}, {versions}",
            "",
        ]


def this_machine(pulumi_cli: Path) -> Machine:
    """`pulumi_cli` is the folder of the CLI that takes part."""
    cli = subprocess.run([pulumi_cli / "pulumi", "version"], capture_output=True, text=True, check=True).stdout.strip()
    return Machine(
        cpu=_cpu(),
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        load=os.getloadavg()[0],
        system=platform.system(),
        python=platform.python_version(),
        commit=_commit(),
        versions={"Pulumi CLI": cli, **{name: version(name) for name in _DISTRIBUTIONS}},
    )


def _commit() -> str:
    """The commit that is measured; `+` after it says that files differ from it."""
    commit, changed = (
        subprocess.run(["git", *command], capture_output=True, text=True, cwd=_REPOSITORY).stdout.strip()
        for command in (("rev-parse", "--short", "HEAD"), ("status", "--porcelain", "--untracked-files=no"))
    )
    return f"{commit or '(unknown)'}{'+' if changed else ''}"


def _cpu() -> str:
    names = [line.partition(":")[2].strip() for line in _lines(_CPUINFO) if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []
