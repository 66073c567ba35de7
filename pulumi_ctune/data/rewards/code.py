"""The code reward: one process for all answers, started anew only after it was ended.

The limits are the service's own: 100 s a call, 1 GB, one processor, no network (`worker`).
"""

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from pulumi_ctune.data.rewards.score import Score, clipped, none

TIME_LIMIT_S = 100.0
MEMORY_BYTES = 10**9
_TICK_S = 0.5  # within which a Ctrl-C is heard, whichever thread it was delivered to
_MOST_TIMEOUTS = 2  # after so many, the other calls are not made
_ONE_PROCESSOR = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
_WORKER = Path(__file__).with_name("worker.py")


@dataclass(frozen=True)
class Limits:
    """Of one call, and of the start, which imports libraries."""

    seconds: float = TIME_LIMIT_S
    memory_bytes: int = MEMORY_BYTES
    start_seconds: float = 30.0


SERVICE = Limits()


class _Ended(Exception):
    """The process gives no answer any more; `str()` is why."""


class Snippet:
    """A snippet that can be called until `close`, and afterwards no more. Not for threads."""

    def __init__(self, source: str, limits: Limits = SERVICE) -> None:
        self._source = source
        self._limits = limits
        self._process: subprocess.Popen[bytes] | None = None
        self._folder = tempfile.TemporaryDirectory(prefix="ctune-reward-", ignore_cleanup_errors=True)
        self._never = ""  # why no call can succeed
        self._timeouts = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self._end()
        self._folder.cleanup()

    def score(self, example: Mapping[str, Any], response: Mapping[str, Any]) -> Score:
        """What `evaluate(example, response)` gives."""
        if os.name != "posix":
            return none("code is tried on Linux and macOS; --google tries it everywhere")
        if not self._never and self._process is None:
            self._start()
        if self._never:
            return none(self._never)
        request = {"example": example, "response": response, "seconds": self._limits.seconds}
        try:
            answer = self._exchange(request, self._limits.seconds)
        except _Ended as ended:
            self._end()
            return none(str(ended))
        if "error" in answer:
            return none(str(answer["error"])).taking(answer["seconds"])
        kind = answer["kind"]
        said = f"evaluate returned a {kind}" if kind == "bool" else "computed by the snippet"
        return clipped(float(answer["reward"]), said).taking(answer["seconds"])

    def _start(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", str(_WORKER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=self._folder.name,
            env=dict.fromkeys(_ONE_PROCESSOR, "1"),  # and nothing of ours: no tokens
            start_new_session=True,
        )
        for pipe in _pipes(self._process):
            os.set_blocking(pipe.fileno(), False)
        start = {"snippet": self._source, "memory_bytes": self._limits.memory_bytes}
        try:
            answer = self._exchange(start, max(self._limits.start_seconds, self._limits.seconds))
            self._never = str(answer.get("error", ""))
        except _Ended as ended:
            self._never = f"{ended} while it was loaded"
        if self._never:
            self._end()

    def _exchange(self, request: Mapping[str, Any], seconds: float) -> dict[str, Any]:
        """Send one line, read one line, both within the time. Raises `_Ended`."""
        process = self._process
        assert process is not None
        stdin, stdout = _pipes(process)
        deadline = time.monotonic() + seconds
        left = memoryview(json.dumps(request).encode() + b"\n")
        while left:
            try:
                left = left[os.write(stdin.fileno(), left) :]
            except BlockingIOError:  # more than the pipe holds
                self._wait([], [stdin], deadline, seconds)
            except BrokenPipeError:
                break
        answer = b""
        while not answer.endswith(b"\n"):
            self._wait([stdout], [], deadline, seconds)
            piece = os.read(stdout.fileno(), 65536)
            if not piece:
                raise _Ended(_end_of(process))
            answer += piece
        try:
            document = json.loads(answer)
            return {"seconds": 0.0, "kind": "", **document}
        except (ValueError, TypeError):
            raise _Ended("it wrote where only its reward belongs") from None

    def _wait(self, reading: list[IO[bytes]], writing: list[IO[bytes]], deadline: float, seconds: float) -> None:
        while (left := deadline - time.monotonic()) > 0:
            if any(select.select(reading, writing, [], min(left, _TICK_S))):
                return
        self._timeouts += 1
        if self._timeouts == _MOST_TIMEOUTS:
            self._never = f"not tried: the snippet has taken longer than {seconds:g} s {_MOST_TIMEOUTS} times"
        raise _Ended(f"it took longer than {seconds:g} s, and was ended")

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)  # with whatever it started
        process.wait()
        for pipe in _pipes(process):
            with contextlib.suppress(OSError):
                pipe.close()


def _pipes(process: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes]]:
    assert process.stdin is not None
    assert process.stdout is not None
    return process.stdin, process.stdout


def _end_of(process: subprocess.Popen[bytes]) -> str:
    code = process.wait()
    if code >= 0:
        return f"it ended the process with code {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    return f"it crashed the process ({name})"
