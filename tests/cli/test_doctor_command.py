"""`ctune doctor` as a process: on the environment alone, and on stacks of the real Pulumi CLI with the emulator."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.engine.emulator import VertexEmulator
from tests.engine.harness import Project, find_pulumi_bin
from tests.engine.programs import RFT, SFT, Code, program, sft
from vertex_emulator.server import running

COMMAND = [sys.executable, "-c", "from pulumi_ctune.cli import main; main()", "doctor"]
TOKEN = "ya29.a-token-that-nobody-may-see"
LATER = Code("pulumi.Output.concat('gs://data/', sft.version_id)")
ACCOUNT = "tuner@acme.iam.gserviceaccount.com"


def run(*options: str, cwd: Path, env: dict[str, str]) -> tuple[int, str, str]:
    done = subprocess.run(
        [*COMMAND, *options], cwd=cwd, env=env, capture_output=True, text=True, timeout=120, check=False
    )
    return done.returncode, done.stdout, done.stderr


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("doctor")


@pytest.fixture(scope="module")
def vertex(place: Path) -> VertexEmulator:
    return VertexEmulator(place / "vertex")


@pytest.fixture(scope="module")
def project(place: Path, vertex: VertexEmulator) -> Project:
    """Stack `dev` with a chain, one job on data that is made later, and one that runs as an account."""
    made = Project(place, pulumi_bin=find_pulumi_bin(os.environ))
    config = {
        "gcp:project": "acme",
        "gcp:region": "us-central1",
        "gcp:accessToken": TOKEN,
        "ctune:apiEndpoint": f"embedded:{vertex.folder}",
    }
    made.write("Pulumi.yaml", "name: shop\nruntime: python\n")
    made.write("Pulumi.dev.yaml", json.dumps({"config": config}))
    later = sft(supervised_tuning_spec={"training_dataset_uri": LATER}, service_account=ACCOUNT)
    made.write("__main__.py", program(sft=SFT, rft=RFT, later=later))
    made.pulumi("stack", "init", "dev")
    return made


def examined(project: Project, *options: str) -> tuple[int, str, str]:
    return run("--stack", "dev", *options, cwd=project.folder, env={**project.env, "NO_COLOR": "1"})


def document(project: Project) -> tuple[int, dict[str, Any]]:
    code, out, _ = examined(project, "--format", "json")
    return code, json.loads(out)


def test_stack_is_examined_with_its_planned_jobs(project: Project, vertex: VertexEmulator) -> None:
    """Nothing is wrong: exit code 0, and the datasets that the program names are there."""
    code, found = document(project)

    results = [(check["check"], check["result"], check["what"]) for check in found["checks"]]
    assert (code, found["stack"], found["wrong"]) == (0, "dev", 0)
    assert ("jobs", "ok", "`pulumi up` of dev may submit later, rft, sft") in results
    assert (
        "jobs",
        "unknown",
        "later: supervised_tuning_spec.training_dataset_uri cannot be read out of a preview",
    ) in (results)
    assert {what.split(": ")[0] for check, result, what in results if (check, result) == ("datasets", "ok")} == {
        *("gs://data/train.jsonl", "gs://data/prompts.jsonl", "gs://data/other-prompts.jsonl")
    }
    assert ("accounts", "ok", f"you may submit jobs that run as {ACCOUNT}") in results
    assert (
        "models",
        "ok",
        "gemini-3.5-flash answers in us-central1; whether it can be tuned there only a job can tell",
    ) in results
    assert vertex.jobs() == {}


def test_what_is_wrong_ends_with_1_and_its_command(project: Project, vertex: VertexEmulator) -> None:
    """The text has the command below the line, and no secret."""
    vertex.emulator.withhold("aiplatform.googleapis.com")

    code, out, err = examined(project)

    vertex.emulator.reset()
    assert (code, err) == (1, "")
    assert out.startswith(f"the emulator in {vertex.folder}, not at Google\n")
    lines = out.splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("wrong"))
    assert lines[at].split() == ["wrong", "apis", *["not", "enabled", "in", "acme:", "aiplatform.googleapis.com"]]
    assert lines[at + 1].strip() == "-> gcloud services enable aiplatform.googleapis.com --project=acme"
    assert lines[-1].split(",")[1] == " 1 wrong"
    assert TOKEN not in out


def test_preview_that_fails_is_wrong_and_the_rest_is_reported(project: Project) -> None:
    """A program with an error says nothing of jobs; sign-in, project and roles are looked at."""
    good = (project.folder / "__main__.py").read_text()
    project.write("__main__.py", "raise SystemExit('no data today')\n")

    code, found = document(project)

    project.write("__main__.py", good)
    by_check = {check["check"]: check for check in found["checks"]}
    assert code == 1
    assert by_check["preview"]["result"] == "wrong"
    assert by_check["jobs"]["result"] == "unknown"
    assert by_check["roles"]["result"] == "ok"


def test_without_a_stack_the_environment_counts(tmp_path: Path, vertex: VertexEmulator) -> None:
    """Project, region and service are those of the variables that the provider reads."""
    env = {
        **{key: value for key, value in os.environ.items() if not key.startswith(("GOOGLE", "PULUMI"))},
        "GOOGLE_PROJECT": "acme",
        "GOOGLE_REGION": "us-central1",
        "CTUNE_API_ENDPOINT": f"embedded:{vertex.folder}",
    }

    code, out, _ = run("--format", "json", cwd=tmp_path, env=env)

    found = {check["check"]: check["result"] for check in json.loads(out)["checks"]}
    assert code == (1 if found["pulumi"] == "wrong" else 0)
    assert (found["vertex"], found["jobs"]) == ("ok", "unknown")


def test_emulator_over_http_is_asked_as_the_one_within(tmp_path: Path, vertex: VertexEmulator) -> None:
    """What applies is looked at, and whose answers they are is said."""
    with running(vertex.emulator) as url:
        env = {**os.environ, "GOOGLE_PROJECT": "acme", "GOOGLE_REGION": "us-central1", "CTUNE_API_ENDPOINT": url}

        _, out, _ = run("--format", "json", cwd=tmp_path, env=env)

    found = json.loads(out)
    checks = {check["check"]: check for check in found["checks"]}
    assert found["service"] == url
    assert [checks[name]["result"] for name in ("vertex", "project", "apis", "roles")] == ["ok"] * 4
    assert checks["sign-in"]["what"].endswith("What it says of APIs, roles and quota is its own")


def test_settings_that_cannot_be_used_are_one_line(tmp_path: Path) -> None:
    """With key, value and what is allowed; nothing else is asked."""
    env = {**os.environ, "CTUNE_API_ENDPOINT": "ftp://nowhere"}

    code, out, err = run("--format", "json", cwd=tmp_path, env=env)

    last = json.loads(out)["checks"][-1]
    assert (code, err, last["check"], last["result"]) == (1, "", "settings", "wrong")
    assert "CTUNE_API_ENDPOINT" in last["what"]


@pytest.mark.parametrize(
    ("options", "reported"),
    [
        (("--stack", " "), "ctune doctor: nothing was looked at [--stack]: it is empty. Name a stack."),
        (("--stack", "dev"), "there is no Pulumi.yaml"),
        (("--cwd", "."), "ctune doctor: nothing was looked at [--cwd]: it is for --stack"),
    ],
    ids=["empty stack", "no project", "folder without stack"],
)
def test_misuse_is_one_line_and_exit_code_2(tmp_path: Path, options: tuple[str, ...], reported: str) -> None:
    """Nothing is looked at, and stdout stays empty."""
    path = f"{find_pulumi_bin(os.environ)}{os.pathsep}{os.environ['PATH']}"

    code, out, err = run(*options, cwd=tmp_path, env={**os.environ, "PATH": path})

    assert (code, out, err.count("\n")) == (2, "", 1)
    assert reported in err


def test_stack_that_does_not_exist_is_said_in_pulumis_words(project: Project) -> None:
    """It is misuse: there is nothing to look at."""
    code, out, err = run("--stack", "none", cwd=project.folder, env=project.env)

    assert (code, out) == (2, "")
    assert "no stack named 'none' found" in err
