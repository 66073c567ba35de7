"""`ctune` as a process beside an emulator on a folder: with pipes, or on a real terminal (a pty) of any size."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pulumi_ctune.config import ApiEndpoint, Settings
from pulumi_ctune.core.api import TuningJob
from pulumi_ctune.vertex.client import VertexClient
from tests.core.rig import prompts, supervised_examples
from vertex_emulator.app import Emulator
from vertex_emulator.transport import EmbeddedTransport

COMMAND = [sys.executable, "-m", "pulumi_ctune"]
# Of a session of its own, with the pty as its terminal: so that ^C typed there is a SIGINT.
_ON_TERMINAL = [
    *(sys.executable, "-c"),
    "import fcntl, os, sys, termios\n"
    "os.setsid(); fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])",
]
PLACE = ("--project", "acme", "--location", "us-central1")
LIMIT_S = 60.0
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_NEXT_FRAME = re.compile(r"(?:\x1b\[1A\x1b\[2K)+")


@dataclass
class Terminal:
    """A command that runs on a pty; what it has printed so far is in `printed`."""

    process: "subprocess.Popen[bytes]"
    master: int
    printed: str = ""
    _reader: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def wait_for(self, text: str) -> None:
        deadline = time.monotonic() + LIMIT_S
        while text not in self.plain:
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"{text!r} was never shown:\n{self.plain}")
            time.sleep(0.02)

    def type(self, text: str) -> None:
        os.write(self.master, text.encode())

    def end(self) -> int:
        """The exit code, once the command has ended and all that it printed is there."""
        code = self.process.wait(LIMIT_S)
        self._reader.join(LIMIT_S)
        return code

    @property
    def plain(self) -> str:
        return _ESCAPES.sub("", self.printed)

    @property
    def frames(self) -> list[list[str]]:
        """The lines of each picture that a live view has drawn."""
        return [_ESCAPES.sub("", frame).splitlines() for frame in _NEXT_FRAME.split(self.printed)]

    def _read(self) -> None:
        rest = b""
        while True:
            try:
                data = os.read(self.master, 65_536)
            except OSError:  # the other side is closed
                return
            if not data:
                return
            rest += data
            text = rest.decode(errors="ignore")
            if text.encode() == rest:
                self.printed, rest = self.printed + text.replace("\r\n", "\n"), b""


class Service:
    """An emulator on a folder that commands share, and jobs of resources `support` and others in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.emulator = Emulator(folder)
        self.emulator.put_object("data", "train.jsonl", supervised_examples(400))
        self.emulator.put_object("data", "validation.jsonl", supervised_examples(8, first=1_000))
        self.emulator.put_object("data", "prompts.jsonl", prompts(400))
        self.client = VertexClient(
            Settings(project="acme", api_endpoint=ApiEndpoint("embedded")), transport=EmbeddedTransport(self.emulator)
        )
        self.env = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "CTUNE_API_ENDPOINT": f"embedded:{folder}",
            "CTUNE_POLL_INTERVAL": "200ms",
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def sft(self, resource: str = "support", epochs: int = 12, **course: Any) -> TuningJob:
        """A supervised job that a program's resource has submitted."""
        if course:
            self.emulator.faults.add(method="POST", path="/tuningJobs$", job=course)
        spec = {
            "trainingDatasetUri": "gs://data/train.jsonl",
            "validationDatasetUri": "gs://data/validation.jsonl",
            "hyperParameters": {"epochCount": str(epochs)},
        }
        return self._submit({"supervisedTuningSpec": spec}, resource)

    def rft(self, resource: str = "support-rl") -> TuningJob:
        expression = {"matchOperation": "PARTIAL_MATCH", "expression": "{{references.answer}}"}
        scorer = {"stringMatchExpression": expression, "correctAnswerReward": 1}
        spec = {
            "trainingDatasetUri": "gs://data/prompts.jsonl",
            "hyperParameters": {"epochCount": "3", "batchSize": 8, "samplesPerPrompt": 4},
            "singleRewardConfig": {"rewardName": "answer", "stringMatchRewardScorer": scorer},
        }
        return self._submit({"reinforcementTuningSpec": spec}, resource)

    def ctune(self, *arguments: str, stdin: str | None = None) -> "subprocess.CompletedProcess[str]":
        """Run a command on the place of the jobs to its end, without a terminal."""
        return subprocess.run(
            [*COMMAND, *arguments, *PLACE],
            cwd=self.folder,
            env=self.env,
            input=stdin,
            stdin=None if stdin is not None else subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=LIMIT_S,
            check=False,
        )

    @contextmanager
    def terminal(self, *arguments: str, columns: int = 80, lines: int = 24, **env: str) -> Iterator[Terminal]:
        """The same on a terminal of this size, while it runs."""
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        process = subprocess.Popen(
            [*_ON_TERMINAL, *COMMAND, *arguments, *PLACE],
            cwd=self.folder,
            env={**self.env, "TERM": "xterm-256color", "LANG": "C.UTF-8", **env},
            stdin=slave,
            stdout=slave,
            stderr=slave,
        )
        os.close(slave)
        try:
            yield Terminal(process, master)
        finally:
            process.kill()
            process.wait()
            os.close(master)

    def state_of(self, job: TuningJob) -> str:
        return self.client.get_job(job.name).state

    def close(self) -> None:
        self.client.close()
        self.emulator.close()

    def _submit(self, spec: dict[str, Any], resource: str) -> TuningJob:
        labels = {"ctune-name": resource, "ctune-stack": "dev"}
        return self.client.submit("acme", "us-central1", {"baseModel": "gemini-3.5-flash", "labels": labels, **spec})
