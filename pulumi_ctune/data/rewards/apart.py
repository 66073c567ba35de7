"""A reward tried in a process of its own, within a few seconds: for a preview, which must neither hang nor be long.

Patterns and snippets are other people's programs: the first may take for ever, the second may do anything. So all of it
runs in one child (`apart_worker`), whose snippets run in a process of their own again (`code`), and the child is ended
when its time is over. What could not be tried is said, and is never taken for a mistake.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pulumi_ctune.data.rewards.config import RewardConfig
from pulumi_ctune.data.rewards.examples import Example

TIME_LIMIT_S = 4.0
"""For all answers together, the start of the snippet included."""

_CALL_LIMIT_S = 1.0
_GRACE_S = 6.0  # for the child itself, which takes half a second to start on a machine that is not busy
_WORKER = Path(__file__).with_name("apart_worker.py")


@dataclass(frozen=True)
class Attempt:
    """What was found, one sentence each; `not_tried` is why nothing, or not all, could be tried, "" if all was."""

    traps: Sequence[str] = ()
    not_tried: str = ""


def tried_apart(config: RewardConfig, examples: Sequence[Example], seconds: float = TIME_LIMIT_S) -> Attempt:
    """Score the answers that `cases` makes for these examples. Returns within `seconds` and a moment."""
    if os.name != "posix":
        return Attempt(not_tried="rewards are tried on Linux and macOS")
    request = {
        "path": sys.path,
        "config": dict(config.wire),
        "examples": [[example.line, example.content] for example in examples],
        "seconds": seconds,
        "call_seconds": min(_CALL_LIMIT_S, seconds),
    }
    try:
        process = subprocess.Popen(
            [sys.executable, "-I", str(_WORKER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # a Ctrl-C is for Pulumi alone
        )
    except OSError as error:
        return Attempt(not_tried=f"no process could be started: {error.strerror or error}")
    try:
        answer, _ = process.communicate(json.dumps(request).encode(), timeout=seconds + _GRACE_S)
    except subprocess.TimeoutExpired:
        return Attempt(not_tried=f"it took longer than {seconds:g} s")
    finally:
        _end(process)
    return _read(answer)


def _read(answer: bytes) -> Attempt:
    try:
        found: dict[str, Any] = json.loads(answer)
        return Attempt([str(each) for each in found["traps"]], str(found["not_tried"]))
    except (ValueError, KeyError, TypeError):
        return Attempt(not_tried="the process that tries it has ended without an answer")


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End the child; asked first, it takes the snippet's process with it."""
    if process.poll() is None:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=1.0)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe:
            with contextlib.suppress(OSError):
                pipe.close()
