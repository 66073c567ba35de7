"""`ctune conformance` as a process, on the embedded emulator: what is asked before, and what a kill leaves."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from vertex_emulator.app import Emulator

COMMAND = [sys.executable, "-c", "from pulumi_ctune.cli import main; main()", "conformance"]
PLACE = ("--project", "acme", "--location", "us-central1")
NAMES = ("GOOGLE_", "GCLOUD_", "CLOUDSDK_", "CTUNE_")


def environment(state: Path) -> dict[str, str]:
    own = {key: value for key, value in os.environ.items() if not key.startswith(NAMES)}
    return {**own, "CTUNE_API_ENDPOINT": f"embedded:{state}", "CTUNE_POLL_INTERVAL": "100ms", "COLUMNS": "200"}


def run(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *PLACE, "--output", str(folder / "run"), *options],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=300,
        env=environment(folder / "state"),
        check=False,
    )


def jobs(folder: Path) -> list[str]:
    with Emulator(folder / "state") as emulator:
        return [job["state"] for job in emulator.jobs()]


def quick(folder: Path, job_duration_s: float) -> None:
    (folder / "state").mkdir()
    with Emulator(folder / "state") as emulator:
        emulator.configure(
            job_duration_s=job_duration_s,
            job_start_delay_s=0.1,
            cancel_duration_s=0.1,
            operation_duration_s=0.05,
            evaluation_duration_s=0.2,
        )


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        ((), 2, "ctune conformance: nothing was sent: there is no terminal to ask on. Give --yes to agree."),
        (
            ("--yes", "--budget-usd", "0.2"),
            2,
            "ctune conformance: nothing was sent [--budget-usd]: the run may cost $0.28, which is above $0.20",
        ),
        (
            ("--yes", "--model", "gemini-9"),
            2,
            "ctune conformance: nothing was sent [--model]: no price of gemini-9 is known, so --budget-usd could not "
            "be held. Give --price.",
        ),
        (("--clean",), 2, "ctune conformance: nothing was sent [--clean]: there is no run in"),
    ],
    ids=["nobody to ask", "budget", "price", "nothing to clean"],
)
def test_run_that_may_not_be_made_sends_nothing(
    tmp_path: Path, options: tuple[str, ...], code: int, message: str
) -> None:
    """It is one line, and no folder is made."""
    ended = run(tmp_path, *options)

    assert (ended.returncode, ended.stderr.startswith(message)) == (code, True), ended.stderr
    assert not (tmp_path / "run").exists()
    assert not (tmp_path / "state").exists()


def test_price_is_reported_before_anybody_is_asked(tmp_path: Path) -> None:
    """With what will be made, and where."""
    reported = run(tmp_path).stdout

    assert "  It costs at most $0.28 (9,480 training tokens, $3 a million tokens, list price of 2026-06-30)" in reported
    assert "A run at the emulator in" in reported


def test_killed_run_is_resumed_and_ends(tmp_path: Path) -> None:
    """`kill -9` while the first job runs, then Ctrl-C: three jobs in all, as without them."""
    quick(tmp_path, job_duration_s=2)
    command = [*COMMAND, *PLACE, "--output", str(tmp_path / "run"), "--yes"]
    for number, code in ((signal.SIGKILL, -signal.SIGKILL), (signal.SIGINT, 130)):
        process = subprocess.Popen(
            command, env=environment(tmp_path / "state"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert process.stderr
        for line in process.stderr:
            if line.startswith("  running"):
                break
        process.send_signal(number)
        process.communicate(timeout=60)
        assert process.returncode == code

    ended = run(tmp_path)

    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.startswith(f"Resuming the run in {tmp_path / 'run'}.\n")
    assert jobs(tmp_path) == ["JOB_STATE_SUCCEEDED", "JOB_STATE_SUCCEEDED", "JOB_STATE_CANCELLED"]
    document = json.loads((tmp_path / "run" / "page.json").read_text())
    assert {step["status"] for step in document["steps"]} == {"done"}
    assert document["service"] == "an emulator"


def test_run_of_another_place_is_not_resumed(tmp_path: Path) -> None:
    """The folder says what it was begun with."""
    (tmp_path / "run" / "private").mkdir(parents=True)
    begun = {"project": "other", "location": "us-central1", "model": "gemini-3.1-flash-lite", "copy_to": ""}
    document = {"run_id": "0badcafe01", "settings": begun, "entries": {}}
    (tmp_path / "run" / "private" / "state.json").write_text(json.dumps(document))

    ended = run(tmp_path, "--yes")

    assert ended.returncode == 2
    assert ended.stderr == (
        f"ctune conformance: nothing was sent [--output]: the run in {tmp_path / 'run'} was begun with project "
        "'other', not 'acme'. Name another folder.\n"
    )
