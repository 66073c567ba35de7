"""`ctune report` and `ctune lineage` as processes: on a place of the embedded emulator, on a stack of the real CLI."""

import json
from pathlib import Path

import pytest

from tests.cli.service import Service
from tests.cli.tuned_stack import ctune_in, tuned_stack


@pytest.fixture
def two(service: Service) -> Service:
    service.sft("first", epochs=2)
    service.sft("second", epochs=3)
    return service


def test_page_is_written_and_named(two: Service, tmp_path: Path) -> None:
    file = tmp_path / "out.html"

    done = two.ctune("report", "--output", str(file))

    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.startswith("2 runs: ")
    assert done.stderr.endswith("out.html\n")
    page = file.read_text()
    assert page.startswith("<!doctype html>")
    assert "first" in page
    assert "second" in page


def test_one_job_by_the_name_of_its_resource(two: Service) -> None:
    done = two.ctune("report", "second", "-o", "-", "--format", "markdown")

    assert done.returncode == 0, done.stderr
    assert "### second" in done.stdout
    assert "first" not in done.stdout


def test_job_of_another_location_by_its_full_name(two: Service) -> None:
    """Beside one of the place that is named."""
    spec = {"trainingDatasetUri": "gs://data/train.jsonl"}
    request = {"baseModel": "gemini-3.5-flash", "tunedModelDisplayName": "far", "supervisedTuningSpec": spec}
    far = two.client.submit("acme", "europe-west4", request)

    done = two.ctune("report", "first", far.name, "--no-data", "--format", "markdown")

    assert done.returncode == 0, done.stderr
    assert "### first" in done.stdout
    assert "### far" in done.stdout


def test_runs_laid_over_each_other(two: Service) -> None:
    done = two.ctune("report", "--compare", "--no-data", "-o", "-")

    assert "Side by side" in done.stdout


def test_job_that_there_is_not_is_misuse(two: Service) -> None:
    done = two.ctune("report", "third")

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("ctune report: ")
    assert done.stderr.count("\n") == 1


def test_file_that_cannot_be_written_is_one_line(two: Service, tmp_path: Path) -> None:
    """And nothing half-written is left."""
    (tmp_path / "taken").mkdir()

    done = two.ctune("report", "-o", str(tmp_path / "taken"))

    assert done.returncode == 1
    assert done.stderr.startswith(f"ctune report: no report was written [--output {tmp_path / 'taken'}]: ")
    assert done.stderr.count("\n") == 1
    assert not [*tmp_path.glob(".taken*")]


def test_nothing_there_is_no_failure(service: Service) -> None:
    done = service.ctune("report", "--format", "markdown")

    assert done.returncode == 0
    assert "There is no tuning job yet." in done.stdout
    assert service.ctune("lineage").stdout == ""


@pytest.mark.parametrize("form", ["text", "mermaid"])
def test_lineage_is_drawn(two: Service, form: str) -> None:
    done = two.ctune("lineage", "--format", form)

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith({"text": "gemini-3.5-flash\n", "mermaid": "flowchart LR\n"}[form])


def test_model_that_there_is_not_is_misuse(two: Service) -> None:
    done = two.ctune("lineage", "4711@1")

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "ctune lineage: no lineage was shown [4711@1]: there is no such model or version\n"


def test_stack_has_report_and_lineage(tmp_path: Path) -> None:
    """With its own settings and its saved state: it knows the program's name of a run, and what was asked for."""
    project = tuned_stack(tmp_path)
    state = next(entry for entry in project.export("dev")["resources"] if entry["urn"].endswith("::sft"))["outputs"]

    report = ctune_in(project, "report", "--stack", "dev", "--format", "markdown")
    of_model = json.loads(ctune_in(project, "lineage", state["tuned_model_name"], "--stack", "dev", "--format", "json"))
    by_id = ctune_in(project, "lineage", state["tuned_model_name"].rpartition("/")[2], "--stack", "dev")

    assert report.startswith("## Tuning report: shop\n\nstack dev, us-central1 of acme")
    assert "### sft" in report
    assert {
        "from": state["tuned_model_name"],
        "to": state["base_model"],
        "kind": "tuned_from",
        "job": state["name"],
    } in (of_model["edges"])
    assert by_id.startswith(f"{state['base_model']}\n")
