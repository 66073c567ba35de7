"""`ctune estimate` as a process."""

import gzip
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pulumi_ctune.config import ENVIRONMENT
from tests.data.examples import distinct, encoded, turn
from vertex_emulator.app import Emulator

COMMAND = [sys.executable, "-c", "from pulumi_ctune.cli import main; main()", "estimate"]
SETTINGS = {variable for variables in ENVIRONMENT.values() for variable in variables}
PLAIN = {key: value for key, value in os.environ.items() if key not in SETTINGS} | {
    "COLUMNS": "200",
    "NO_COLOR": "1",
    "XDG_CACHE_HOME": os.devnull,  # which keeps nothing
}
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


def test_text_begins_with_the_price_its_band_and_its_day(dataset: Path) -> None:
    code, out, err = run(dataset, *FLASH, "--epochs", 2)

    lines = out.splitlines()
    assert (code, err) == (0, "")
    assert not [line for line in lines if line != line.rstrip()]
    assert lines[:2] == [f"{dataset}: supervised fine-tuning of gemini-3.5-flash", ""]
    assert lines[2].startswith("  price     about $0.0")
    assert lines[3].strip() == "$10 a million tokens, list price of 2026-09-28; not a quote"
    assert lines[4].endswith(": 2 epochs")
    assert lines[5].startswith("  dataset   100 examples: about ")


def test_text_fits_a_narrow_terminal(dataset: Path) -> None:
    """All but the dataset's name, which is never cut."""
    _, out, _ = run(dataset, *FLASH, environ={"COLUMNS": "80"})

    assert max(map(len, out.splitlines()[1:])) <= 80


def test_own_price_and_hyper_parameters_go_before_what_is_known(dataset: Path, tmp_path: Path) -> None:
    given = tmp_path / "hyper.yaml"
    given.write_text("epochCount: 5\n")

    _, out, _ = run(dataset, "--model", "own", "--hyper-parameters", given, "--price", 2, "--format", "json")

    found = json.loads(out)
    assert found["epochs"] == 5
    assert found["price"] == {"usd_per_million": 2, "as_of": None, "source": "--price"}


@pytest.fixture
def signed_in(tmp_path: Path) -> dict[str, str]:
    """The environment of somebody whom the service, here the emulator, counts for."""
    with Emulator(tmp_path / "emulator"):
        pass
    return {
        "CTUNE_API_ENDPOINT": f"embedded:{tmp_path / 'emulator'}",
        "GOOGLE_PROJECT": "acme",
        "GOOGLE_REGION": "us-central1",
    }


def tokens_of(*options: object, environ: dict[str, str] | None = None) -> dict[str, Any]:
    code, out, err = run(*options, *FLASH, "--epochs", 1, "--format", "json", environ=environ)
    assert (code, err) == (0, "")
    found: dict[str, Any] = json.loads(out)["dataset_tokens"]
    return found


def test_sample_counted_by_the_service_narrows_the_band(tmp_path: Path, signed_in: dict[str, str]) -> None:
    """Whoever names project and region has 200 lines counted: the true number lies in a band of some percent."""
    path = tmp_path / "large.jsonl"
    path.write_bytes(encoded(*distinct(1_000)))

    by_characters, sampled = tokens_of(path), tokens_of(path, environ=signed_in)
    exact = tokens_of(path, "--exact", environ=signed_in)

    assert sampled["how"].startswith("200 of 1,000 lines counted by the service, scaled by length: within 2.0%")
    assert sampled["low"] <= exact["estimate"] <= sampled["high"]
    assert 10 * (sampled["high"] - sampled["low"]) < by_characters["high"] - by_characters["low"]


def test_small_dataset_is_counted_as_a_whole(dataset: Path, signed_in: dict[str, str]) -> None:
    assert tokens_of(dataset, environ=signed_in) == tokens_of(dataset, "--exact", environ=signed_in)


def test_same_content_is_counted_once(dataset: Path, tmp_path: Path, signed_in: dict[str, str]) -> None:
    """What was counted is there without project, region and sign-in, under whatever name the file has."""
    kept = {"XDG_CACHE_HOME": str(tmp_path / "cache"), "CTUNE_API_ENDPOINT": signed_in["CTUNE_API_ENDPOINT"]}
    first = tokens_of(dataset, environ={**signed_in, **kept})

    again = tokens_of(dataset.rename(tmp_path / "other.jsonl"), environ=kept)

    assert again == {**first, "how": f"{first['how']}; counted on {datetime.now(UTC).date()}"}


def test_changed_line_is_counted_anew(dataset: Path, tmp_path: Path, signed_in: dict[str, str]) -> None:
    environ = {**signed_in, "XDG_CACHE_HOME": str(tmp_path / "cache")}
    tokens_of(dataset, environ=environ)
    dataset.write_bytes(dataset.read_bytes().replace(b"What is 1?", b"Who is 1?"))

    assert "counted on" not in tokens_of(dataset, environ=environ)["how"]


def test_kept_sample_is_no_count_of_every_line(tmp_path: Path, signed_in: dict[str, str]) -> None:
    """A count of every line takes the place of a sample, never the other way round."""
    path = tmp_path / "large.jsonl"
    path.write_bytes(encoded(*distinct(300)))
    environ = {**signed_in, "XDG_CACHE_HOME": str(tmp_path / "cache")}
    tokens_of(path, environ=environ)

    exact = tokens_of(path, "--exact", environ=environ)
    after = tokens_of(path, environ=environ)

    assert exact["how"] == "every line counted by the service; declarations of functions left out"
    assert after == {**exact, "how": f"{exact['how']}; counted on {datetime.now(UTC).date()}"}


def test_broken_file_of_counts_is_as_none(dataset: Path, tmp_path: Path, signed_in: dict[str, str]) -> None:
    environ = {**signed_in, "XDG_CACHE_HOME": str(tmp_path / "cache")}
    first = tokens_of(dataset, environ=environ)
    (kept,) = (tmp_path / "cache").rglob("*.json")
    kept.write_text("{")

    assert tokens_of(dataset, environ=environ) == first


def test_lines_near_the_limit_are_counted_one_by_one(tmp_path: Path, signed_in: dict[str, str]) -> None:
    """The service drops such examples without a word. It takes 32,768 tokens of a prompt for reinforcement tuning."""
    path = tmp_path / "long.jsonl"
    sizes = (100, 120_000, 140_000, 400_000)
    path.write_bytes(
        encoded(*({"contents": [turn("user", "a" * size)], "references": {"answer": "b"}} for size in sizes))
    )

    _, out, _ = run(path, *FLASH, "--format", "json", environ=signed_in)

    line = "lines above 32,768 tokens by the service's count, which it drops without a word: 3, 4"
    assert line in json.loads(out)["assumptions"]


def test_service_that_does_not_count_is_said_and_characters_tell(dataset: Path, signed_in: dict[str, str]) -> None:
    """Nothing falls back silently."""
    broken = {**signed_in, "CTUNE_API_ENDPOINT": "http://127.0.0.1:9"}

    _, out, _ = run(dataset, *FLASH, "--format", "json", environ=broken)

    found = json.loads(out)
    assert found["dataset_tokens"]["how"].endswith("not counted by the service")
    assert any(text.startswith("the service counted no sample: ") for text in found["assumptions"])


def test_exact_is_what_the_service_counts(dataset: Path, signed_in: dict[str, str]) -> None:
    """Every line is counted, so that the band has no width."""
    code, out, err = run(dataset, *FLASH, "--epochs", 1, "--exact", "--format", "json", environ=signed_in)

    assert (code, err) == (0, "")
    tokens = json.loads(out)["dataset_tokens"]
    assert tokens["low"] == tokens["estimate"] == tokens["high"] > 0
    assert tokens["how"].startswith("every line counted by the service")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["none.jsonl", *FLASH], "none.jsonl]: it cannot be read: No such file or directory"),
        (["-", *FLASH, "--exact"], "[--exact]: stdin can be read only once. Name a file."),
        (
            ["train.jsonl", *FLASH, "--hyper-parameters", "."],
            "[--hyper-parameters .]: it is a folder. Name the file in it.",
        ),
        (["train.jsonl", *FLASH, "--price", "nan"], "nan is no price in US dollars for a million tokens"),
    ],
)
def test_misuse_is_one_line(options: list[str], message: str, dataset: Path) -> None:
    done = subprocess.run([*COMMAND, *options], capture_output=True, cwd=dataset.parent, env=PLAIN, check=False)

    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.decode().startswith("ctune estimate: ")
    assert done.stderr.decode().endswith(f"{message}\n")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "there is no example"),
        (b"\n{}", "line 2: the example has no turns"),
        (gzip.compress(encoded(*distinct(100))), "the file is compressed with gzip, not lines of UTF-8"),
    ],
    ids=["empty", "no line is right", "packed"],
)
def test_nothing_to_train_on_has_no_price(content: bytes, why: str, tmp_path: Path) -> None:
    """A price of nothing would be read as one of the job."""
    path = tmp_path / "train.jsonl"
    path.write_bytes(content)

    code, out, err = run(path, *FLASH)

    assert (code, out) == (2, "")
    assert err == (
        f"ctune estimate: nothing was estimated [{path}]: there is nothing to train on: {why}. "
        "`ctune validate` lists what is wrong.\n"
    )
