"""Vertex AI for the measurements: the stand-in as a process of its own, so that its work is not counted as ours.

As a program, `python -m bench.stand_in JOB_DURATION_S BEHIND_S`, it prints its base URL and ends with its stdin.
"""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.core.rig import SFT, TRAINING, supervised_examples
from vertex_emulator.app import Emulator
from vertex_emulator.server import running

JOB: dict[str, Any] = {**SFT, "project": "acme", "location": "us-central1"}


@contextmanager
def stand_in(*, job_duration_s: float, behind_s: float = 0) -> Iterator[str]:
    """A server for the length of the block, as its base URL. Its clock is so much behind: new jobs look that old."""
    command = [sys.executable, "-m", "bench.stand_in", str(job_duration_s), str(behind_s)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.stdin.close()


def put_dataset(emulator: Emulator) -> None:
    """Put the dataset of `JOB` where it says."""
    bucket, _, name = TRAINING.removeprefix("gs://").partition("/")
    emulator.put_object(bucket, name, supervised_examples(40))


def main() -> None:
    job_duration_s, behind_s = map(float, sys.argv[1:])
    with Emulator(clock=lambda: time.time() - behind_s) as emulator:
        put_dataset(emulator)
        emulator.configure(job_duration_s=job_duration_s)
        with running(emulator) as url:
            sys.stdout.write(f"{url}\n")
            sys.stdout.flush()
            sys.stdin.read()


if __name__ == "__main__":
    main()
