"""Vertex AI for the measurements: the emulator as a process of its own, so that its work is not counted as ours.

As a program, `python -m bench.emulator_process JOB_DURATION_S BEHIND_S OLD_JOBS`, it prints its base URL and ends with
its stdin.
"""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import httpx2

from pulumi_ctune.core import ownership
from pulumi_ctune.core.ownership import Owner
from tests.core.rig import SFT, TRAINING, supervised_examples
from vertex_emulator.app import Emulator
from vertex_emulator.server import running
from vertex_emulator.transport import EmbeddedTransport
from vertex_emulator.tuning import records

JOB: dict[str, Any] = {**SFT, "project": "acme", "location": "us-central1"}
_DAY_S = 86_400.0
_JOBS = "http://embedded.localhost/v1beta1/projects/acme/locations/us-central1/tuningJobs"
_BODY = {"baseModel": "gemini-3.5-flash", "supervisedTuningSpec": {"trainingDatasetUri": TRAINING}}


@dataclass(frozen=True)
class EmulatorProcess:
    url: str

    def requests(self) -> int:
        """How many requests there were since this was asked last."""
        log = f"{self.url}/emulator/v1/requests"
        numbers = [entry["number"] for entry in httpx2.get(log, timeout=60).json()["requests"]]
        httpx2.delete(log, timeout=60)
        return numbers[-1] - numbers[0] + 1 if numbers else 0


@contextmanager
def emulator_process(*, job_duration_s: float, behind_s: float = 0, old_jobs: int = 0) -> Iterator[EmulatorProcess]:
    """A server for the length of the block. Its clock is so much behind: new jobs look that old. `old_jobs` of other
    stacks have ended days ago.
    """
    command = [sys.executable, "-m", "bench.emulator_process", str(job_duration_s), str(behind_s), str(old_jobs)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield EmulatorProcess(process.stdout.readline().strip())
        finally:
            process.stdin.close()


def put_dataset(emulator: Emulator) -> None:
    """Put the dataset of `JOB` where it says."""
    bucket, _, name = TRAINING.removeprefix("gs://").partition("/")
    emulator.put_object(bucket, name, supervised_examples(40))


def put_old_jobs(emulator: Emulator, count: int) -> None:
    """Jobs that stacks of the same program have made: with the labels of this package, and all that a record has."""
    with httpx2.Client(transport=EmbeddedTransport(emulator)) as client:
        name = client.post(_JOBS, json=_BODY).json()["name"]
    with emulator._settled() as call:
        pattern = records.find(call.tx, name)
        assert pattern is not None
        for number in range(count):
            owner = Owner("", "infra", f"stack-{number // 100}", f"job-{number % 100}", f"urn:pulumi:{number}")
            token = ownership.first_token("", owner.urn)
            labels = ownership.labels_of(owner, token, "0" * 20, None)
            old = replace(
                pattern,
                name=f"{name}{number:05d}",
                request={**pattern.request, "labels": labels},
                created=call.now - _DAY_S,
                starts=call.now - _DAY_S,
                started=True,
                final={"state": "JOB_STATE_SUCCEEDED", "at": call.now - _DAY_S / 2},
            )
            records.save(call.tx, old)


def main() -> None:
    job_duration_s, behind_s, old_jobs = map(float, sys.argv[1:])
    with Emulator(clock=lambda: time.time() - behind_s) as emulator:
        put_dataset(emulator)
        if old_jobs:
            put_old_jobs(emulator, int(old_jobs))
        emulator.configure(job_duration_s=job_duration_s)
        with running(emulator) as url:
            sys.stdout.write(f"{url}\n")
            sys.stdout.flush()
            sys.stdin.read()


if __name__ == "__main__":
    main()
