"""Run a command beside an emulator of its own: `python -m tests.clients.beside_emulator COMMAND ...`.

The command finds the emulator's base URL in `EMULATOR_URL`, and datasets in the bucket `data`. Jobs take an hour of the
emulator's clock, which the command moves itself: `POST $EMULATOR_URL/emulator/v1/clock:advance`.
"""

import os
import subprocess
import sys

from tests.emulator.conftest import jsonl, preference, prompt, supervised_example
from vertex_emulator.app import Emulator
from vertex_emulator.server import running


def main(command: list[str]) -> int:
    """The command's exit code."""
    with Emulator() as emulator, running(emulator) as base_url:
        emulator.configure(job_duration_s=3600)
        emulator.put_object("data", "sft.jsonl", jsonl(*map(supervised_example, range(40))))
        emulator.put_object("data", "rft.jsonl", jsonl(*map(prompt, range(80))))
        emulator.put_object("data", "dpo.jsonl", jsonl(*map(preference, range(20))))
        # Clients that read a proxy's address from the environment must not look for 127.0.0.1 behind it.
        environment = {**os.environ, "EMULATOR_URL": base_url, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
        return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
