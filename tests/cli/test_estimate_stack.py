"""`ctune estimate --stack` as a process, on stacks of the real Pulumi CLI and the embedded emulator."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.engine.emulator import VertexEmulator
from tests.engine.harness import Project, find_pulumi_bin
from tests.engine.programs import RFT, SFT, TRAINING, Code, program, sft

COMMAND = [sys.executable, "-c", "from pulumi_ctune.cli import main; main()", "estimate"]
ESTIMATE = [
    *("examples", "dataset_tokens", "epochs", "training_tokens", "usd", "price", "assumptions"),
    *("steps", "rollouts", "judge_calls"),
]
SECRET = "folder-of-a-customer"
LATER = Code("pulumi.Output.concat('gs://data/', sft.version_id)")
CHAIN = {
    "sft": SFT,
    "rft": RFT,
    "absent": sft(supervised_tuning_spec={"training_dataset_uri": f"gs://data/{SECRET}/absent.jsonl"}),
    "later": sft(supervised_tuning_spec={"training_dataset_uri": LATER}),
    "hidden": sft(supervised_tuning_spec={"training_dataset_uri": Code(f"pulumi.Output.secret({TRAINING!r})")}),
    "adopted": sft(adopt_job="4711"),
}


@dataclass(frozen=True)
class Stack:
    """A stack whose program lies in a folder of its own, from which the emulator is named."""

    project: Project
    vertex: VertexEmulator

    def estimate(self, *options: str) -> tuple[int, str, str]:
        done = subprocess.run(
            [*COMMAND, "--stack", "dev", *options],
            cwd=self.project.folder,
            env={**self.project.env, "NO_COLOR": "1", "PULUMI_ENABLE_STREAMING_JSON_PREVIEW": "true"},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return done.returncode, done.stdout, done.stderr

    def document(self) -> tuple[int, dict[str, Any]]:
        code, out, _ = self.estimate("--format", "json")
        return code, json.loads(out)


def new_stack(place: Path, **jobs: dict[str, Any]) -> Stack:
    vertex = VertexEmulator(place / "vertex")
    project = Project(place, pulumi_bin=find_pulumi_bin(os.environ))
    config = {
        "gcp:project": "acme",
        "gcp:region": "us-central1",
        "ctune:apiEndpoint": f"embedded:{os.path.relpath(vertex.folder, project.folder / 'app')}",
        "ctune:pollInterval": "200ms",
        "ctune:prices": {"gemini-3.5-flash": {"sft": 7}},
    }
    project.write("Pulumi.yaml", "name: shop\nruntime: python\nmain: app/\n")
    project.write("Pulumi.dev.yaml", json.dumps({"config": config}))
    project.write("app/__main__.py", program(**jobs))
    project.pulumi("stack", "init", "dev")
    return Stack(project, vertex)


@dataclass(frozen=True)
class Estimated:
    """One stack, estimated in both forms."""

    code: int
    document: dict[str, Any]
    text: str

    @property
    def jobs(self) -> dict[str, dict[str, Any]]:
        return {job["resource"]: job for job in self.document["jobs"]}


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Estimated:
    stack = new_stack(tmp_path_factory.mktemp("estimate"), **CHAIN)
    stack.project.pulumi("config", "set", "--secret", "--stack", "dev", "folder", SECRET)
    code, document = stack.document()
    return Estimated(code, document, stack.estimate("--catalog")[1])


def test_each_job_has_the_keys_of_an_estimate(chain: Estimated) -> None:
    """What the documented estimate of one dataset has, after the names of the job."""
    assert {tuple(job) for job in chain.document["jobs"]} == {("resource", "urn", "operation", "why", *ESTIMATE)}
    assert {*chain.jobs} == {*CHAIN} - {"adopted"}


def test_stack_settings_decide_what_is_read_and_what_it_costs(chain: Estimated) -> None:
    """The emulator is named from the program's folder, and the stack's own price goes before the list price."""
    job = chain.jobs["sft"]

    assert (job["examples"], job["epochs"]) == (8, 2)
    assert job["price"] == {"usd_per_million": 7, "as_of": None, "source": "ctune:prices"}
    assert job["dataset_tokens"]["how"].startswith("every line counted by the service")


def test_job_that_continues_from_another_has_the_price_of_its_base_model(chain: Estimated) -> None:
    job = chain.jobs["rft"]

    assert job["price"]["usd_per_million"] == 10
    assert (job["examples"], job["rollouts"], job["judge_calls"]) == (16, 128, 0)


def test_total_adds_up_what_could_be_estimated(chain: Estimated) -> None:
    """Dollars are there only where each job has them, and the number of jobs that are missing is said."""
    total, known = chain.document["total"], [chain.jobs["sft"], chain.jobs["rft"]]

    assert total["examples"] == 24
    for key in ("dataset_tokens", "training_tokens"):
        assert total[key]["estimate"] == sum(job[key]["estimate"] for job in known)
    assert (total["rollouts"], total["usd"], total["not_estimated"]) == (128, None, 3)


def test_what_cannot_be_known_is_listed_with_the_reason(chain: Estimated) -> None:
    """An object that the program is still to make, a URI that is an output, one that is a secret: exit code 1."""
    reasons = {name: chain.jobs[name]["why"] for name in ("absent", "later", "hidden")}

    assert chain.code == 1
    assert reasons["absent"].startswith("gs://data/[secret]/absent.jsonl could not be read: HTTP 404 Not Found")
    assert reasons["later"] == "supervised_tuning_spec.training_dataset_uri is known only after the update"
    assert "is a secret, which a preview does not show" in reasons["hidden"]
    assert all(chain.jobs[name]["training_tokens"] is None for name in reasons)


def test_secrets_of_the_config_are_never_shown(chain: Estimated) -> None:
    """The command reads them in plain text, as the provider does."""
    assert SECRET not in json.dumps(chain.document)
    assert SECRET not in "".join(chain.text.split())


def test_adopted_job_is_not_counted(chain: Estimated) -> None:
    (adopted,) = chain.document["not_counted"]

    assert (adopted["resource"], adopted["why"]) == ("adopted", "adopt_job takes over a job that exists")


def test_text_begins_with_the_sum_and_fits_80_columns(chain: Estimated) -> None:
    first, second, third, *_ = lines = chain.text.splitlines()

    assert first == "dev: 5 training runs, 3 of them not estimated"
    assert second.startswith("  about ")
    assert " for 2 of 5 (list price of 2026-09-28, price from ctune:prices; not a quote)" in third
    assert max(len(line) for line in lines[3:]) <= 80
    assert [title for title in lines if title and not title.startswith(" ")][1:] == [
        "Not estimated",
        "Not counted",
        "What this rests on",
    ]


def test_catalog_that_cannot_be_read_is_said_where_its_price_was_wanted(chain: Estimated) -> None:
    """Not where the stack has a price of its own."""
    reported = " ".join(chain.text.split())

    assert (
        "- rft: Google's billing catalog gives no price: the embedded emulator has none; the price is that" in reported
    )


def test_resumed_job_is_not_counted_and_after_it_there_is_nothing_to_do(tmp_path: Path) -> None:
    """From the first interruption to the end: what is paid for already is never added up again."""
    stack = new_stack(tmp_path, sft=SFT, rft=RFT)
    stack.vertex.make_jobs_long()
    with stack.project.start("up", "dev") as running:
        stack.vertex.wait_for_jobs(1, running)
        running.interrupt()
        running.wait()

    code, resumed = stack.document()
    stack.vertex.end_jobs()
    stack.project.up("dev")
    done = stack.document()

    assert (code, [job["resource"] for job in resumed["jobs"]]) == (0, ["rft"])
    assert [job["resource"] for job in resumed["not_counted"]] == ["sft"]
    assert resumed["jobs"][0]["price"]["usd_per_million"] == 10
    assert resumed["total"]["usd"] == resumed["jobs"][0]["usd"]
    nothing = {"low": 0, "estimate": 0, "high": 0}
    assert done == (
        0,
        {
            "jobs": [],
            "total": {
                "examples": 0,
                "dataset_tokens": {**nothing, "how": "nothing to train"},
                "training_tokens": nothing,
                "usd": None,
                "steps": None,
                "rollouts": None,
                "judge_calls": None,
                "not_estimated": 0,
            },
            "not_counted": [],
        },
    )


def test_preview_that_fails_is_one_line(tmp_path: Path) -> None:
    """The preview's own words, such as a refusal of the budget."""
    stack = new_stack(tmp_path, sft=sft(budget={"max_tokens": 10}))

    code, out, err = stack.estimate()

    assert (code, out) == (2, "")
    assert err.startswith("ctune estimate: nothing was estimated [`pulumi preview --stack dev`]: ")
    assert "tokens are above budget.max_tokens 10. Raise it, or train on less" in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--stack", "dev", "train.jsonl"], "[train.jsonl]: the program of the stack says what is trained. Leave it"),
        (["--stack", "dev", "--epochs", "2"], "[--epochs]: the program of the stack says what is trained. Leave it"),
        (["--stack", " "], "[--stack]: it is empty. Name a stack."),
        (["--stack", "dev", "--cwd", "none"], "[--cwd none]: there is no such folder"),
        (["--stack", "dev"], "there is no Pulumi.yaml in "),
        (["train.jsonl"], "[--model]: it is missing, and prices are those of a model. Name one"),
        (["train.jsonl", "--model", "m", "--cwd", "."], "[--cwd]: it is for --stack"),
        ([], "nothing was estimated: no dataset is named. Name one, or a stack with --stack."),
    ],
)
def test_misuse_is_one_line(options: list[str], message: str, tmp_path: Path) -> None:
    environ = {**os.environ, "PATH": os.pathsep.join([str(find_pulumi_bin(os.environ)), os.environ["PATH"]])}
    done = subprocess.run(
        [*COMMAND, *options], cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=60, check=False
    )

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("ctune estimate: nothing was estimated")
    assert message in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.fixture(scope="module")
def edited(tmp_path_factory: pytest.TempPathFactory) -> Estimated:
    """Two jobs that have run, then an edit: one trains again, one may, and a new one continues from a given model."""
    stack = new_stack(tmp_path_factory.mktemp("edited"), again=SFT, perhaps=SFT | {"triggers": ["1"]})
    stack.project.up("dev")
    source = {"tuned_model_name": stack.project.outputs("dev")["again"]}
    jobs = {
        "new": SFT | {"base_model": None, "pre_tuned_model": source, "tuned_model_display_name": "other"},
        "again": SFT | {"triggers": ["2"]},
        "perhaps": SFT | {"triggers": [Code("new.version_id")]},
    }
    stack.project.write("app/__main__.py", program(**jobs))
    code, document = stack.document()
    return Estimated(code, document, stack.estimate("--exact")[1])


def test_edit_is_known_from_a_first_run(edited: Estimated) -> None:
    operations = {name: job["operation"] for name, job in edited.jobs.items()}

    assert (edited.code, operations) == (0, {"new": "create", "again": "replace", "perhaps": "possible"})


def test_base_model_of_a_source_outside_of_the_program_is_looked_up(edited: Estimated) -> None:
    assert edited.jobs["new"]["price"]["usd_per_million"] == 7


def test_job_that_only_may_train_counts_at_the_upper_end_alone(edited: Estimated) -> None:
    """It may cost nothing, so the lower end is without it."""
    total, jobs = edited.document["total"]["training_tokens"], edited.jobs

    assert jobs["perhaps"]["why"].startswith("may train again: triggers[0] is known after the update")
    for end, counted in (("low", ("new", "again")), ("high", ("new", "again", "perhaps"))):
        assert total[end] == sum(jobs[name]["training_tokens"][end] for name in counted)
    assert "Counted at the upper end only" in edited.text.splitlines()


def test_every_line_of_each_dataset_can_be_counted(edited: Estimated) -> None:
    (line,) = (line for line in " ".join(edited.text.split()).split(" - ") if ": tokens: " in line)

    assert "tokens: every line counted by the service; declarations of functions left out" in line
    assert {*line.partition(": ")[0].split(", ")} == {"new", "again", "perhaps"}
