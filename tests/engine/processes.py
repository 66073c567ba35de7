"""Look at the processes below one of ours, and wait until they are gone. Knows nothing of Pulumi."""

import os
import signal
import subprocess
import time
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

_PROC = Path("/proc")


class Process(NamedTuple):
    """One row of the process table. `command` is the program's name alone, cut to 15 characters on Linux."""

    pid: int
    parent: int
    state: str
    command: str


def descendants(pid: int) -> list[Process]:
    """Return the processes below `pid`, children before grandchildren, from one look at the process table."""
    children: dict[int, list[Process]] = {}
    for process in _process_table():
        children.setdefault(process.parent, []).append(process)
    found: list[Process] = []
    queue = [pid]
    while queue:
        below = children.get(queue.pop(0), [])
        found += below
        queue += [process.pid for process in below]
    return found


def wait_until_gone(processes: Iterable[Process], limit_s: float) -> list[Process]:
    """Wait until none of `processes` runs; return those that still do after `limit_s` seconds."""
    deadline = time.monotonic() + limit_s
    while alive := _running(processes):
        if time.monotonic() > deadline:
            break
        time.sleep(0.05)
    return alive


def kill(processes: Iterable[Process]) -> None:
    """End `processes` at once; those that are gone already are fine."""
    for process in _running(processes):
        try:
            os.kill(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def _running(processes: Iterable[Process]) -> list[Process]:
    # An orphan that has ended stays in the table as a zombie where the container's init reaps nobody.
    alive = {process.pid for process in _process_table() if not process.state.startswith("Z")}
    return [process for process in processes if process.pid in alive]


def _process_table() -> list[Process]:
    """Read /proc where there is one, since slim images have no `ps`."""
    if not (_PROC / "self" / "stat").exists():
        listed = subprocess.run(
            ["ps", "-A", "-o", "pid=,ppid=,stat=,comm="], capture_output=True, text=True, check=True
        )
        rows = [line.split(maxsplit=3) for line in listed.stdout.splitlines()]
        return [Process(int(pid), int(parent), state, Path(command).name) for pid, parent, state, command in rows]
    table: list[Process] = []
    for entry in _PROC.glob("[0-9]*"):
        try:
            # The command's name stands in parentheses and may itself hold spaces and parentheses.
            before, after = (entry / "stat").read_text().rsplit(")", 1)
        except (FileNotFoundError, ProcessLookupError):
            continue
        state, parent = after.split()[:2]
        table.append(Process(int(entry.name), int(parent), state, before.split("(", 1)[1]))
    return table
