"""`ctune` as a process beside an emulator on a folder: with pipes, or on a real terminal (a pty) of any size."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from pulumi_ctune.config import ApiEndpoint, Settings
from pulumi_ctune.core.api import TuningJob
from pulumi_ctune.vertex.client import VertexClient
from tests.cli.terminal import LIMIT_S, Terminal, on_terminal
from tests.core.rig import prompts, supervised_examples
from vertex_emulator.app import Emulator
from vertex_emulator.transport import EmbeddedTransport

COMMAND = [sys.executable, "-m", "pulumi_ctune"]
PLACE = ("--project", "acme", "--location", "us-central1")


class Service:
    """An emulator on a folder that commands share, and jobs of resources `support` and others in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._earlier = timedelta()
        self.emulator = Emulator(folder, clock=lambda: time.time() - self._earlier.total_seconds())
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

    @contextmanager
    def earlier(self, by: timedelta) -> Iterator[None]:
        """What is submitted in the block was submitted so long ago, by the clock of the commands too."""
        self._earlier = by
        try:
            yield
        finally:
            self._earlier = timedelta()

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

    def terminal(
        self, *arguments: str, columns: int = 80, lines: int = 24, env: Mapping[str, str] | None = None
    ) -> AbstractContextManager[Terminal]:
        """The same on a terminal of this size, while it runs."""
        command = [*COMMAND, *arguments, *PLACE]
        return on_terminal(command, cwd=self.folder, env={**self.env, **(env or {})}, columns=columns, lines=lines)

    def state_of(self, job: TuningJob) -> str:
        return self.client.get_job(job.name).state

    def close(self) -> None:
        self.client.close()
        self.emulator.close()

    def _submit(self, spec: dict[str, Any], resource: str) -> TuningJob:
        labels = {"ctune-name": resource, "ctune-stack": "dev"}
        return self.client.submit("acme", "us-central1", {"baseModel": "gemini-3.5-flash", "labels": labels, **spec})
