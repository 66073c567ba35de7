"""`make up LANGUAGE=...`, as a reader runs it, with a folder of this test's own for state and emulator."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.engine.conftest import pulumi_bin
from tests.native.languages import add_to_path, environment_of, language_hosts
from tests.pulumi_gcp.stacks import Place
from tests.stacks.project import REPOSITORY

__all__ = ["pulumi_bin"]


@pytest.mark.parametrize("language", ["yaml", "typescript", "go"])
def test_make_up_runs_the_chain_in_another_language(language: str, tmp_path: Path, pulumi_bin: Path) -> None:
    """Two jobs, on the emulator alone; the second one makes version 2 of the model."""
    env = {"HOME": str(tmp_path), "PATH": os.environ["PATH"], **environment_of(language)}
    add_to_path(env, *language_hosts(pulumi_bin, language), Path(sys.executable).parent, pulumi_bin)
    venv, local = Path(sys.prefix), tmp_path / "local"
    Place(local / "vertex")  # jobs that are short

    made = subprocess.run(
        ["make", "-o", f"{venv}/.ready", "up", f"LANGUAGE={language}", f"LOCAL={local}", f"VENV={venv}"],
        cwd=REPOSITORY,
        env=env,
        capture_output=True,
        text=True,
    )

    assert made.returncode == 0, made.stdout + made.stderr
    assert re.search(r'rft *: "projects/.+/models/\d+@2"', made.stdout)


@pytest.mark.parametrize("language", ["typescript", "go"])
def test_make_up_makes_what_programs_need_first(language: str, tmp_path: Path) -> None:
    """On a fresh clone nothing is there yet: packages and SDK come before the run."""
    venv, made = Path(sys.prefix), tmp_path / language
    variables = (f"LANGUAGE={language}", f"VENV={venv}", f"{language.upper()}={made}")

    planned = subprocess.run(
        ["make", "-n", "-o", f"{venv}/.ready", "up", *variables], cwd=REPOSITORY, capture_output=True, text=True
    )

    assert planned.returncode == 0, planned.stderr
    steps = planned.stdout
    assert 0 <= steps.find(f"tools.generate_sdk {language} {made}") < steps.find("pulumi up")
