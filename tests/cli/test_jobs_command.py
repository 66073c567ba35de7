"""`ctune jobs` as a process: on a terminal, without one, for machines, and on a stack of the real Pulumi CLI."""

import json
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len

from tests.cli.service import COMMAND, Service
from tests.cli.tuned_stack import ctune_in, tuned_stack
from tests.engine.harness import Project


@pytest.fixture
def three(service: Service) -> Service:
    """A job that runs, one that has succeeded, and one that has failed."""
    with service.earlier(timedelta(minutes=30)):
        service.sft("failed", state="JOB_STATE_FAILED", with_model=False)
        service.sft("done", epochs=2)
    service.emulator.configure(job_duration_s=3_600)
    with service.earlier(timedelta(minutes=2)):
        service.sft("a-long-name-of-a-resource")
    return service


def test_lines_without_a_terminal_have_all_columns(three: Service) -> None:
    done = three.ctune("jobs")

    title, *lines = done.stdout.splitlines()
    assert done.returncode == 0, done.stderr
    assert title.split() == [
        *("RESOURCE", "STATE", "PROGRESS", "END", "AGE", "TOKENS", "METHOD", "STACK", "JOB", "SOURCE", "VERSION")
    ]
    assert [line.split()[:2] for line in lines] == [
        ["a-long-name-of-a-resource", "running"],
        ["done", "succeeded"],
        ["failed", "failed"],
    ]
    assert "\x1b" not in done.stdout


@pytest.mark.parametrize(
    ("state", "resources"),
    [("running", ["a-long-name-of-a-resource"]), ("ended", ["done", "failed"]), ("failed", ["failed"])],
)
def test_state_selects(three: Service, state: str, resources: list[str]) -> None:
    document = json.loads(three.ctune("jobs", "--state", state, "--format", "json").stdout)

    assert [row["resource"] for row in document] == resources


@pytest.mark.parametrize(("columns", "shown"), [(80, False), (200, True)])
def test_table_fits_the_terminal(three: Service, columns: int, shown: bool) -> None:
    """A narrow one has state, progress, end and tokens, whatever the names; a wide one everything."""
    with three.earlier(timedelta(minutes=1)):
        three.sft("a-name-that-is-as-long-as-a-label-may-be-which-is-63-characters")
    with three.terminal("jobs", columns=columns) as terminal:
        assert terminal.end() == 0

    table = [line.rstrip() for line in terminal.frames[-1] if line.strip()]
    assert max(map(cell_len, table)) <= columns
    assert len(table) == 5
    assert all("epoch 0 of 12" in line for line in table[1:3])
    assert all(title in table[0] for title in ("RESOURCE", "STATE", "PROGRESS", "END", "TOKENS"))
    assert ("VERSION" in table[0]) == shown


def test_nothing_there_is_no_failure(service: Service) -> None:
    """JSON is an empty list."""
    assert json.loads(service.ctune("jobs", "--format", "json").stdout) == []
    assert service.ctune("jobs").stderr == "no tuning jobs\n"


def test_place_that_nobody_names_is_misuse(service: Service) -> None:
    done = subprocess.run([*COMMAND, "jobs"], cwd=service.folder, env=service.env, capture_output=True, text=True)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("ctune jobs: the jobs could not be listed [--project]: no stack is named")


def test_stack_beside_a_project_is_misuse(service: Service) -> None:
    done = service.ctune("jobs", "--stack", "dev")

    assert done.returncode == 2
    assert "a stack has project and location of its own" in done.stderr


def test_jobs_of_a_stack_are_held_or_not(tmp_path: Path) -> None:
    """The selected stack, with its own settings: one job that its state has, and one that an interrupted run left."""
    project = tuned_stack(tmp_path)
    state = project.export("dev")
    left = [entry for entry in state["resources"] if not entry["urn"].endswith("::sft")]
    rows = _rows(project)
    file = tmp_path / "state.json"
    file.write_text(json.dumps({"version": 3, "deployment": {**state, "resources": left}}))
    project.pulumi("stack", "import", "--stack", "dev", "--file", str(file))

    without = _rows(project)

    assert [(row["resource"], row["stack"], row["held"]) for row in rows] == [("sft", "dev", True)]
    assert [(row["resource"], row["stack"], row["held"]) for row in without] == [("sft", "dev", False)]


def _rows(project: Project) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(ctune_in(project, "jobs", "--format", "json"))
    return found
