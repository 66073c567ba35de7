"""`ctune estimate` as a process."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.data.examples import distinct, encoded
from vertex_emulator.app import Emulator

COMMAND = [sys.executable, "-c", "from pulumi_ctune.cli import main; main()", "estimate"]
PLAIN = {**os.environ, "COLUMNS": "200", "NO_COLOR": "1"}
FLASH = ("--model", "gemini-3.5-flash")


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    path = tmp_path / "train.jsonl"
    path.write_bytes(encoded(*distinct(100)))
    return path


def run(*options: object, environ: dict[str, str] | None = None) -> tuple[int, str, str]:
    command = [*COMMAND, *map(str, options)]
    done = subprocess.run(command, capture_output=True, timeout=60, env={**PLAIN, **(environ or {})}, check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def test_json_has_the_keys_of_the_contract(dataset: Path) -> None:
    """Scripts read names that are fixed."""
    code, out, _ = run(dataset, *FLASH, "--epochs", 2, "--format", "json")

    found: dict[str, Any] = json.loads(out)
    assert code == 0
    assert [*found] == [
        *("examples", "dataset_tokens", "epochs", "training_tokens", "usd", "price", "assumptions"),
        *("steps", "rollouts", "judge_calls"),
    ]
    assert [*found["dataset_tokens"]] == ["low", "estimate", "high", "how"]
    assert (found["examples"], found["epochs"]) == (100, 2)
    assert found["training_tokens"]["estimate"] == 2 * found["dataset_tokens"]["estimate"]
    assert found["price"]["as_of"] == "2026-09-28"


def test_text_says_the_band_and_the_day_of_the_price(dataset: Path) -> None:
    code, out, err = run(dataset, *FLASH, "--epochs", 2)

    assert (code, err) == (0, "")
    assert out.startswith(f"{dataset}: supervised fine-tuning of gemini-3.5-flash\n  100 examples, about ")
    assert "list price of 2026-09-28; an estimate, not a quote" in out


def test_own_price_and_hyper_parameters_go_before_what_is_known(dataset: Path, tmp_path: Path) -> None:
    given = tmp_path / "hyper.yaml"
    given.write_text("epochCount: 5\n")

    _, out, _ = run(dataset, "--model", "own", "--hyper-parameters", given, "--price", 2, "--format", "json")

    found = json.loads(out)
    assert found["epochs"] == 5
    assert found["price"] == {"usd_per_million": 2, "as_of": None, "source": "--price"}


def test_exact_is_what_the_service_counts(dataset: Path, tmp_path: Path) -> None:
    """Every line is counted, so that the band has no width."""
    with Emulator(tmp_path / "emulator"):
        pass
    environ = {
        "CTUNE_API_ENDPOINT": f"embedded:{tmp_path / 'emulator'}",
        "GOOGLE_PROJECT": "acme",
        "GOOGLE_REGION": "us-central1",
    }

    code, out, err = run(dataset, *FLASH, "--epochs", 1, "--exact", "--format", "json", environ=environ)

    assert (code, err) == (0, "")
    tokens = json.loads(out)["dataset_tokens"]
    assert tokens["low"] == tokens["estimate"] == tokens["high"] > 0
    assert tokens["how"].startswith("every line counted by the service")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["none.jsonl", *FLASH], "none.jsonl]: it cannot be read: No such file or directory"),
        (["-", *FLASH, "--exact"], "[--exact]: stdin can be read only once. Name a file."),
        (["train.jsonl", *FLASH, "--hyper-parameters", "."], "[--hyper-parameters .]: Is a directory"),
        (["train.jsonl", *FLASH, "--price", "nan"], "nan is no price in US dollars for a million tokens"),
    ],
)
def test_misuse_is_one_line(options: list[str], message: str, dataset: Path) -> None:
    done = subprocess.run([*COMMAND, *options], capture_output=True, cwd=dataset.parent, env=PLAIN, check=False)

    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.decode().startswith("ctune estimate: ")
    assert done.stderr.decode().endswith(f"{message}\n")
