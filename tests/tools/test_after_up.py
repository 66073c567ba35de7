"""What the terminal says after `make up`."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.stacks.project import REPOSITORY
from tools.after_up import EDIT, NEXT, report

TOOL = REPOSITORY / "tools" / "after_up.py"
VERSION = "projects/1/locations/us-central1/models/7@1"
JOB = {
    "base_model": "gemini-3.5-flash",
    "supervised_tuning_spec": {"training_dataset_uri": "gs://b/t.jsonl"},
    "tuned_model_name": VERSION,
    "billable_token_count": 100_000,
    "training_token_count": 200_000,
    "console_url": "",
}


def test_price_is_that_of_the_tokens_trained() -> None:
    """All epochs count, at the list price of model and method, whose date is said."""
    shown = report(export(**JOB))

    assert "$2.00 for 200,000 training tokens, $10 a million" in shown
    assert "Prices of 2026-09-28, second hand." in shown


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"base_model": "gemini-9"}, "tokens only: 200,000 trained; no list price is known for this model and method"),
        ({"training_token_count": None}, "tokens only: 100,000 in the dataset; what SFT bills"),
        ({"training_token_count": None, "billable_token_count": None}, "tokens only: none counted yet"),
    ],
    ids=["model", "tokens trained", "tokens"],
)
def test_nothing_is_guessed(changes: dict[str, Any], expected: str) -> None:
    """Where tokens or price are not known there is no sum."""
    shown = report(export(**JOB | changes))

    assert expected in shown
    assert "$" not in shown.partition("Next:")[0]


def test_stack_that_ran_at_google_is_not_called_free() -> None:
    """Who has taken the emulator out of the config is not told that nothing is billed."""
    shown = report(export(**JOB | {"console_url": "https://console.example.com"}))

    assert "Made at Google." in shown
    assert "nothing is billed" not in shown


def test_report_of_the_runs_is_named_where_it_was_written() -> None:
    assert "for a browser: build/report.html" in report(export(**JOB), "build/report.html")
    assert "browser" not in report(export(**JOB))


def test_it_fits_on_a_screen() -> None:
    """A terminal of 24 lines shows it whole."""
    shown = report(export(**JOB), "build/report.html")

    assert len(shown.splitlines()) + 5 <= 24  # the other four resources of stack `local`, and a job's price


def test_targets_to_try_next_exist() -> None:
    """Each command ends in a target of the Makefile."""
    targets = re.findall(r"^([a-z-]+):", (REPOSITORY / "Makefile").read_text(), re.MULTILINE)

    assert {command.rpartition("make ")[2] for command, _ in NEXT} <= set(targets)


def test_edit_to_try_next_changes_the_program(tmp_path: Path) -> None:
    """It changes one hyperparameter of the second job, and nothing else."""
    before = (REPOSITORY / "stacks" / "tuning.py").read_text()
    (tmp_path / "stacks").mkdir()
    edited = Path(shutil.copy(REPOSITORY / "stacks" / "tuning.py", tmp_path / "stacks"))

    subprocess.run(EDIT, shell=True, cwd=tmp_path, check=True)

    assert edited.read_text() == before.replace('"batch_size": 8,', '"batch_size": 16,') != before


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"deployment": {"resources": [{}]}}'])
def test_other_input_than_an_export_is_refused(text: str) -> None:
    """What cannot be read ends in one line, not in a traceback."""
    run = subprocess.run([sys.executable, str(TOOL)], input=text, capture_output=True, text=True, check=False)

    why = "nothing can be said of the stack: this is not what `pulumi stack export` prints\n"
    assert (run.returncode, run.stdout, run.stderr) == (1, "", why)


def export(**outputs: Any) -> str:
    """What `pulumi stack export` prints for a stack with one job."""
    kind = "pulumi-python:dynamic/ctune:ContinuousTuningJob"
    job = {"type": kind, "urn": f"urn:pulumi:local::shop::{kind}::tuned", "outputs": outputs}
    return json.dumps({"version": 3, "deployment": {"resources": [job]}})
