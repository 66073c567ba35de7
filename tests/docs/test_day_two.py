"""The guide for day two, followed to its end on the emulator, in a project that serves a first release."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from tests.stacks.project import REPOSITORY, ProjectCopy

from . import pages
from .reader import Followed, Reader, failures, not_shown

JOBS = "/v1beta1/projects/my-project/locations/us-central1/tuningJobs"
OURS = ("ctune-", "google-vertex-", "tune-type")


def new_examples_arrive(reader: Reader) -> None:
    """The data that the guide adds."""
    validation = REPOSITORY / "stacks" / "datasets" / "support-rft-validation.jsonl"
    examples = [json.loads(line) for line in validation.read_text().splitlines()]
    for example in examples:  # the prompts of the validation set are not to be trained on
        example["contents"][-1]["parts"][0]["text"] += " Thank you!"
    reader.project.write("new-examples.jsonl", "".join(json.dumps(example) + "\n" for example in examples))


def a_run_is_killed(reader: Reader) -> None:
    """The machine is lost while dev trains; the job goes on."""
    vertex = reader.project.vertex.emulator
    vertex.configure(job_duration_s=3600.0)
    with reader.project.start("up", "dev") as running:
        running.wait_for("submitted tuning job")
        running.kill()
    vertex.configure(job_duration_s=0.4)
    vertex.advance(timedelta(hours=2))


def a_canary_runs(reader: Reader) -> None:
    """Prod, which was rolled back, tries the release of staging once more."""
    canary = next(block.text for block in pages.blocks(pages.DAY_TWO) if block.section == "Canary")
    code, output = reader.shell.run(canary)
    assert code == 0, output


def somebody_takes_the_alias_away(reader: Reader) -> None:
    """Drift in prod."""
    version = reader.project.outputs("prod")["serves"]
    reader.project.vertex.ask("POST", f"/v1beta1/{version}:mergeVersionAliases", json={"versionAliases": ["-prod"]})


def somebody_tunes_by_hand(reader: Reader) -> None:
    """A job like dev's last one, with other hyperparameters, from a notebook."""
    last = reader.project.vertex.ask("GET", f"/v1beta1/{reader.project.outputs('dev')['release']['job']}")
    spec = last["reinforcementTuningSpec"]
    spec["hyperParameters"]["samplesPerPrompt"] = 12
    body = {key: last[key] for key in ("preTunedModel", "tunedModelDisplayName")} | {"reinforcementTuningSpec": spec}
    job = reader.project.vertex.ask("POST", JOBS, json=body)
    reader.words["JOB_ID"] = job["name"].rpartition("/")[2]


@pytest.fixture(scope="module")
def record(project: ProjectCopy, place: Path) -> list[Followed]:
    """What came of the guide's commands."""
    reader = Reader(project, place)
    code, output = reader.shell.run(
        """
        for stack in dev staging prod; do pulumi stack init $stack; done
        pulumi up --stack dev
        ctune promote --from dev --to prod
        git commit --quiet --all --message "Release to prod"
        pulumi up --stack prod
        """
    )
    assert code == 0, output
    return reader.follow(
        pages.DAY_TWO,
        {
            "New data": new_examples_arrive,
            "An interrupted run": a_run_is_killed,
            "A bad canary": a_canary_runs,
            "Drift": somebody_takes_the_alias_away,
            "Adopt a job that somebody started by hand": somebody_tunes_by_hand,
        },
    )


def output_of(record: list[Followed], section: str, number: int = 0) -> str:
    return [done.output for done in record if done.block.section == section][number]


def test_every_command_succeeds(record: list[Followed]) -> None:
    """Whoever follows the guide comes to its end."""
    assert failures(record) == []


def test_output_is_what_the_guide_shows(record: list[Followed]) -> None:
    """The lines of output in the guide are lines that the commands print."""
    assert not_shown(pages.DAY_TWO, record) == []


def test_only_the_changes_that_say_so_are_paid_for(record: list[Followed], project: ProjectCopy) -> None:
    """New data and new hyperparameters are a job each; the killed run, the way back and a new name cost none."""
    first_chain, new_data, new_hyperparameters, by_hand = 2, 1, 1, 1

    assert len(project.vertex.emulator.jobs()) == first_chain + new_data + new_hyperparameters + by_hand


def test_way_back_restores_the_previous_version(record: list[Followed]) -> None:
    """After the revert prod serves the first release again, and the canary's is the one to go forward to."""
    canary, rest = (output_of(record, "Canary", number) for number in (0, 1))
    back = output_of(record, "Roll back")
    new = value_of("serves", canary)

    assert value_of("serves", rest) == new
    assert way_back(back) == new
    assert value_of("serves", back) == way_back(canary)


def test_bad_canary_is_taken_back(record: list[Followed]) -> None:
    """One revert and one `up`: the version that the canary ran beside serves alone."""
    taken_back = output_of(record, "A bad canary")

    assert value_of("serves", taken_back) == value_of("serves", output_of(record, "Roll back"))


def test_way_back_without_git_deploys_what_the_output_names(record: list[Followed]) -> None:
    """The output is a release: put in place of the config's it serves."""
    expected = way_back(output_of(record, "A bad canary"))

    assert value_of("serves", output_of(record, "Roll back without Git")) == expected


def test_canary_leaves_nine_tenths_to_the_previous_version(record: list[Followed]) -> None:
    """Prod's first step is a tenth."""
    assert pages.shows(output_of(record, "Canary"), "serves on ...endpoints/4711004: ... 90 %, ... 10 %")


def test_alias_that_was_taken_away_comes_back(record: list[Followed]) -> None:
    """Refresh sees the drift, and the next `up` mends it."""
    assert pages.shows(output_of(record, "Drift"), "alias 'prod' was put on version 1 of ...")


def test_models_outlive_the_stacks(record: list[Followed], project: ProjectCopy) -> None:
    """When everything is destroyed, every job's model is still there, and the stages' endpoints are not."""
    models = [job["tunedModel"]["model"] for job in project.vertex.emulator.jobs()]
    endpoints = [f"projects/my-project/locations/us/endpoints/471100{number}" for number in (2, 3, 4)]

    assert all(project.vertex.has(f"/v1beta1/{model}") for model in models)
    assert not any(project.vertex.has(f"/v1beta1/{endpoint}") for endpoint in endpoints)


def way_back(printed: str) -> str:
    """The version in the output `roll_back_to`, as `up` prints it."""
    rest = printed.rpartition("roll_back_to")[2]
    return next(row for row in rest.splitlines() if "tuned_model_name" in row).rpartition('"')[0].rpartition('"')[2]


def value_of(output: str, printed: str) -> str:
    """The new value of a stack's output, as `up` prints it at the end."""
    rows = [row for row in printed.splitlines() if row.strip(" +~").startswith(f"{output} ") or f"{output}:" in row]
    return rows[-1].rpartition('"')[0].rpartition('"')[2]
