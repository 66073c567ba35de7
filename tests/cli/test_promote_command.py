"""`ctune promote` as a process, on stacks of the real Pulumi CLI."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.engine.harness import Project, find_pulumi_bin

COMMAND = [sys.executable, "-c", "from pulumi_ctune.cli import main; main()", "promote"]
MODEL = "projects/569329139872/locations/us-central1/models/4711"
RELEASE = {
    "tuned_model_name": f"{MODEL}@2",
    "checkpoint_id": "4",
    "endpoint": "projects/569329139872/locations/us/endpoints/99",
    "job": "projects/569329139872/locations/us-central1/tuningJobs/5",
    "metrics": {"/eval_total_loss": 0.77, "/train_reward": "NaN", "/train_total_loss": 1},  # a job spells NaN so
    "training_dataset_uri": "gs://b/rft.jsonl",
    "end_time": "2026-11-20T10:00:00Z",
}
PROGRAM = f"""
import math

import pulumi

release = {RELEASE}
if pulumi.get_stack() == "staging":
    pulumi.export("read", repr(pulumi.Config().require_object("release")))
else:
    pulumi.export("release", release)
    pulumi.export("sparse", {{**release, "metrics": {{}}, "checkpoint_id": None}})
    pulumi.export("of_the_plugin", {{"quality": 1, "checkpointId": "4", "tunedModelName": release["tuned_model_name"]}})
    pulumi.export("secret", pulumi.Output.secret(release))
    pulumi.export("partly", {{**release, "endpoint": pulumi.Output.secret("x")}})
    pulumi.export("no_number", {{**release, "metrics": {{"/train_reward": math.nan}}}})
    pulumi.export("text", "model 4711")
    pulumi.export("nameless", {{"checkpoint_id": "4"}})
    pulumi.export("number", {{"tuned_model_name": 4711}})
    pulumi.export("alias", {{"tuned_model_name": "{MODEL}@golden"}})
    pulumi.export("floating", {{"tuned_model_name": "{MODEL}"}})
if pulumi.get_stack() == "broken":
    raise pulumi.RunError("a gate refused")
"""
STAGING_FILE = """\
# Staging serves what dev has released.
config:
  gcp:project: acme-staging # not dev's
  support-bot:release:
    tuned_model_name: projects/569329139872/locations/us-central1/models/4711@1
    checkpoint_id: "2"
    job: projects/569329139872/locations/us-central1/tuningJobs/5
    metrics:
      /eval_total_loss: 0.81
      /eval_mean_reward: 0.2
    approved_by: somebody
  # The last one.
  support-bot:datasets: gs://b
"""
STAGING_WITHOUT_RELEASE = "config:\n  gcp:project: acme-staging\n"
EXPORT = 'pulumi.export("{key}", job.release), then run `pulumi up --stack dev`.'
PIN = "(output tuned_model_name of a job or of ctune.get_tuned_model)"


def run(
    *options: str, cwd: Path | None = None, env: Mapping[str, str] = os.environ
) -> subprocess.CompletedProcess[str]:
    plain = {**env, "COLUMNS": "200", "NO_COLOR": "1"}
    return subprocess.run(
        [*COMMAND, *options], cwd=cwd, env=plain, capture_output=True, text=True, timeout=120, check=False
    )


class Environments(Project):
    """A project whose stack `dev` was applied and `broken` failed, while `staging` was only made."""

    @property
    def staging(self) -> Path:
        """The file with the config of `staging`."""
        return self.folder / "stacks" / "Pulumi.staging.yaml"

    @property
    def elsewhere(self) -> Path:
        """The folder of another project, `elsewhere`, with a stack `there`."""
        return self.folder.parent / "elsewhere"

    def promote(self, *options: str, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        return run(*options, cwd=self.folder, env={**self.env, **(env or {})})


@pytest.fixture(scope="module")
def applied(tmp_path_factory: pytest.TempPathFactory) -> Environments:
    project = Environments(tmp_path_factory.mktemp("promote"), pulumi_bin=find_pulumi_bin(os.environ))
    project.write("Pulumi.yaml", "name: support-bot\nruntime: python\nstackConfigDir: stacks\n")
    project.write("__main__.py", PROGRAM)
    project.write("../elsewhere/Pulumi.yaml", "name: elsewhere\nruntime: yaml\n")
    for name in ("dev", "broken", "staging"):
        project.pulumi("stack", "init", name)
    project.pulumi("stack", "init", "there", "--cwd", str(project.elsewhere))
    project.up("dev")
    project.up("broken", fails=True)
    return project


@pytest.fixture
def project(applied: Environments) -> Environments:
    applied.staging.write_text(STAGING_FILE)
    return applied


@dataclass(frozen=True)
class Promoted:
    """A promotion of `dev` to `staging`: what it printed, and the stack file that it left."""

    done: subprocess.CompletedProcess[str]
    file: str


@pytest.fixture(scope="module")
def promoted(applied: Environments) -> Promoted:
    applied.staging.write_text(STAGING_FILE)
    return Promoted(applied.promote("--from", "dev", "--to", "staging"), applied.staging.read_text())


def test_release_is_written_and_shown(promoted: Promoted) -> None:
    """The result names each change, the file, and what to do next; unchanged parts are left out."""
    done = promoted.done

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        "release of dev -> config of staging\n"
        f"  tuned_model_name      {MODEL}@1 -> ...@2\n"
        "  checkpoint_id         2 -> 4\n"
        f"  endpoint              (none) -> {RELEASE['endpoint']}\n"
        "  metrics               /eval_mean_reward 0.2 -> (none), /eval_total_loss 0.81 -> 0.77, "
        "/train_reward (none) -> NaN, /train_total_loss (none) -> 1\n"
        "  training_dataset_uri  (none) -> gs://b/rft.jsonl\n"
        "  end_time              (none) -> 2026-11-20T10:00:00Z\n"
        "  approved_by           somebody -> (none)\n"
        "Written to stacks/Pulumi.staging.yaml. Review it with `git diff`, apply it with `pulumi up --stack staging`.\n"
    )


def test_stack_file_keeps_all_but_the_old_release(promoted: Promoted) -> None:
    """The old release is replaced as a whole; other keys and the comments stay, and texts stay texts."""
    assert (
        promoted.file.replace(MODEL, "MODEL")
        == """\
# Staging serves what dev has released.
config:
  gcp:project: acme-staging # not dev's
  support-bot:release:
    tuned_model_name: MODEL@2
    checkpoint_id: "4"
    job: projects/569329139872/locations/us-central1/tuningJobs/5
    metrics:
      /eval_total_loss: 0.77
      /train_reward: NaN
      /train_total_loss: 1
    end_time: "2026-11-20T10:00:00Z"
    endpoint: projects/569329139872/locations/us/endpoints/99
    training_dataset_uri: gs://b/rft.jsonl
  # The last one.
  support-bot:datasets: gs://b
"""
    )


def test_program_reads_the_release_that_was_exported(project: Environments, promoted: Promoted) -> None:
    """`pulumi.Config().require_object("release")` gives every value with the type it was exported with."""
    project.staging.write_text(promoted.file)

    project.up("staging")

    assert project.outputs("staging")["read"] == repr({key: RELEASE[key] for key in sorted(RELEASE)})


def test_same_release_is_not_written_again(project: Environments, promoted: Promoted) -> None:
    """A second promotion of the same release succeeds, says so and leaves the file alone."""
    project.staging.write_text(promoted.file + "# edited\n\n\n")  # blank lines would not survive another write

    done = project.promote("--from", "dev", "--to", "staging")

    assert (done.returncode, done.stdout, done.stderr) == (
        0,
        "The release of dev is already in the config of staging: nothing was written.\n",
        "",
    )
    assert project.staging.read_text() == promoted.file + "# edited\n\n\n"


def test_first_release_is_shown_without_an_old_one(project: Environments) -> None:
    """Where the config has no release yet, the new values stand alone; empty metrics and no checkpoint are allowed."""
    project.staging.write_text(STAGING_WITHOUT_RELEASE)

    done = project.promote("--from", "dev", "--to", "staging", "--key", "sparse")

    assert done.stdout.splitlines()[:6] == [
        "sparse of dev -> config of staging",
        f"  tuned_model_name      {MODEL}@2",
        f"  endpoint              {RELEASE['endpoint']}",
        f"  job                   {RELEASE['job']}",
        "  metrics               {}",
        "  training_dataset_uri  gs://b/rft.jsonl",
    ]


def test_json_is_the_whole_result(project: Environments) -> None:
    """`--json` prints what was there, what is there now, and where."""
    project.staging.write_text(f"config:\n  support-bot:release:\n    tuned_model_name: {MODEL}@3\n")

    done = project.promote("--from", "dev", "--to", "staging", "--json")

    assert json.loads(done.stdout) == {
        "from": "dev",
        "to": "staging",
        "key": "release",
        "release": RELEASE,
        "previous": {"tuned_model_name": f"{MODEL}@3"},
        "written": True,
        "file": "stacks/Pulumi.staging.yaml",
    }


def test_old_value_that_is_no_release_is_shown(project: Environments) -> None:
    """Text in the release's place is shown and replaced."""
    project.staging.write_text("config:\n  support-bot:release: later\n")

    done = project.promote("--from", "dev", "--to", "staging")

    assert done.stdout.splitlines()[1:3] == [
        "  was                   later",
        f"  tuned_model_name      {MODEL}@2",
    ]


def test_secret_in_the_old_value_is_not_printed(project: Environments) -> None:
    """An old value that is a secret is replaced without being shown."""
    project.staging.write_text(STAGING_WITHOUT_RELEASE)
    project.pulumi("config", "set", "release", "hush", "--secret", "--stack", "staging")

    done = project.promote("--from", "dev", "--to", "staging", "--json")

    assert (done.returncode, json.loads(done.stdout)["previous"]) == (0, "[secret]")


def test_stack_of_another_project_is_a_source(project: Environments) -> None:
    """`--from` takes ORG/PROJECT/STACK, `--cwd` the target's project, and the next steps name it too."""
    there = project.elsewhere / "Pulumi.there.yaml"

    done = project.promote("--from", "organization/support-bot/dev", "--to", "there", "--cwd", str(project.elsewhere))

    assert done.stdout.splitlines()[-1] == (
        f"Written to {there}. Review it with `git -C {project.elsewhere} diff`, apply it with "
        f"`pulumi -C {project.elsewhere} up --stack there`."
    )
    assert f"    tuned_model_name: {MODEL}@2\n" in there.read_text()


def test_release_of_another_language_is_handed_on_as_it_is_spelt(project: Environments) -> None:
    """Programs that use the plugin write camelCase; what names the version still stands first."""
    done = project.promote("--from", "dev", "--to", "staging", "--key", "of_the_plugin", "--json")

    assert list(json.loads(done.stdout)["release"]) == ["tunedModelName", "checkpointId", "quality"]
    assert f"    tunedModelName: {MODEL}@2\n" in project.staging.read_text()


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("nameless", "dev: nameless.tunedModelName]: missing. Write"),
        ("nothing", "dev]: the stack exports no 'nothing': it was never applied, or its program lacks"),
    ],
)
def test_project_in_another_language_learns_what_to_write_in_it(project: Environments, key: str, message: str) -> None:
    """Nothing of Python where the program is none of Python's."""
    options = ("--from", "organization/support-bot/dev", "--to", "there", "--cwd", str(project.elsewhere))

    done = project.promote(*options, "--key", key)

    assert f"[organization/support-bot/{message} an output '{key}' that has the job's tunedModelName" in done.stderr


def test_config_file_of_another_place_is_not_guessed(project: Environments, tmp_path: Path) -> None:
    """Where Pulumi is told to keep the config in another file, the result names the stack."""
    elsewhere = tmp_path / "config.yaml"

    done = project.promote("--from", "dev", "--to", "staging", env={"PULUMI_OPTION_CONFIG_FILE": str(elsewhere)})

    assert "Written to the config of staging. Review it" in done.stdout
    assert (elsewhere.is_file(), project.staging.read_text()) == (True, STAGING_FILE)


def test_release_of_a_failed_update_is_refused(project: Environments) -> None:
    """What an update that failed has left as output may be what a gate refused."""
    done = project.promote("--from", "broken", "--to", "staging")

    assert (done.returncode, project.staging.read_text()) == (1, STAGING_FILE)
    assert done.stderr == (
        "ctune promote: nothing was written [broken]: its last update did not succeed (failed), and its release may be "
        "one that a gate refused. Run `pulumi up --stack broken` to its end; `pulumi stack history "
        "--stack broken` says more.\n"
    )


@pytest.mark.parametrize(
    ("key", "message"),
    [
        (
            "nothing",
            "[dev]: the stack exports no 'nothing': it was never applied, or its program lacks "
            'pulumi.export("nothing", job.release). Run `pulumi up --stack dev` first.',
        ),
        (
            "secret",
            "[dev: secret]: it is a secret, and the config would hold it in plain text. If it need not be one, export "
            "pulumi.Output.unsecret(job.release), then run `pulumi up --stack dev`.",
        ),
        (
            "partly",
            "[dev: partly.endpoint]: it is a secret, and the config would hold it in plain text. If it need not be "
            "one, export pulumi.Output.unsecret(job.release), then run `pulumi up --stack dev`.",
        ),
        (
            "no_number",
            "[dev: no_number.metrics./train_reward]: it is NaN, infinite, an asset or a resource, which no config can "
            "hold. Leave it out of the output, then run `pulumi up --stack dev`.",
        ),
        ("text", f'[dev: text]: "model 4711" is not an object. Write {EXPORT}'),
        ("nameless", f"[dev: nameless.tuned_model_name]: missing. Write {EXPORT}"),
        ("number", f"[dev: number.tuned_model_name]: 4711 is not text. Write {EXPORT}"),
        (
            "alias",
            f"[dev: alias.tuned_model_name]: '{MODEL}@golden' names its version by the alias 'golden', which moves: "
            f"pin the number, ..@VERSION {PIN}. Write {EXPORT}",
        ),
        (
            "floating",
            f"[dev: floating.tuned_model_name]: '{MODEL}' names no version: pin one by its number, ..@VERSION {PIN}. "
            f"Write {EXPORT}",
        ),
    ],
)
def test_output_that_is_no_pinned_release_is_refused(project: Environments, key: str, message: str) -> None:
    """What does not name one version for good, in plain text, is refused in one line."""
    done = project.promote("--from", "dev", "--to", "staging", "--key", key)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"ctune promote: nothing was written {message.replace('{key}', key)}\n"
    assert project.staging.read_text() == STAGING_FILE


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (
            ["--from", "nope", "--to", "staging"],
            1,
            "[--from nope]: no stack named 'nope' found. `pulumi stack ls` lists the stacks of this project; one of "
            "another is named ORG/PROJECT/STACK.",
        ),
        (
            ["--from", "dev", "--to", "prod"],
            1,
            "[--to prod]: no stack named 'prod' found. Make it first: `pulumi stack init prod`.",
        ),
        (
            ["--from", "dev", "--to", "organization/support-bot/prod"],
            1,
            "[--to organization/support-bot/prod]: no stack named 'organization/support-bot/prod' found. Make it "
            "first: `pulumi stack init organization/support-bot/prod`.",
        ),
        (
            ["--from", "dev", "--to", "organization/elsewhere/there"],
            1,
            "[--to organization/elsewhere/there]: that stack is not of the project in {folder}/Pulumi.yaml, and its "
            "config lies with its own project. Name that project's folder with --cwd.",
        ),
        (
            ["--from", "staging", "--to", "dev"],
            1,
            "[staging]: the stack exports no 'release': it was never applied, or its program lacks "
            'pulumi.export("release", job.release). Run `pulumi up --stack staging` first.',
        ),
        (["--from", "dev", "--to", "dev"], 2, "[--to dev]: --from names the same stack"),
        (
            ["--from", "organization/support-bot/dev", "--to", "dev"],
            2,
            "[--to dev]: --from names the same stack",
        ),
        (["--from", "", "--to", "staging"], 2, "[--from]: it is empty. Name a stack."),
        (
            ["--from", "dev", "--to", "staging", "--cwd", "nowhere"],
            2,
            "[--cwd nowhere]: there is no such folder",
        ),
        (
            ["--from", "dev", "--to", "staging", "--cwd", "{parent}"],
            1,
            "[--cwd {parent}]: there is no Pulumi.yaml in {parent}, nor above it. Name the folder of the project with "
            "--cwd.",
        ),
    ],
    ids=[
        "unknown source",
        "unknown target",
        "unknown target, full name",
        "target of another project",
        "source never applied",
        "same stack",
        "same stack, full name",
        "empty name",
        "no folder",
        "no project",
    ],
)
def test_wrong_stack_or_folder_is_one_clear_line(
    project: Environments, options: list[str], code: int, message: str
) -> None:
    """An error names the option or the stack, and the command that helps; nothing is written."""
    places = {"folder": project.folder, "parent": project.folder.parent}

    done = project.promote(*(option.format(**places) for option in options))

    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr == f"ctune promote: nothing was written {message.format(**places)}\n"
    assert project.staging.read_text() == STAGING_FILE


def test_missing_pulumi_is_one_clear_line(project: Environments, tmp_path: Path) -> None:
    """Without a Pulumi CLI the command says where to get it."""
    done = project.promote("--from", "dev", "--to", "staging", env={"PATH": str(tmp_path)})

    assert (done.returncode, done.stdout, done.stderr) == (
        1,
        "",
        "ctune promote: nothing was written: there is no `pulumi` on PATH. Install it "
        "(https://www.pulumi.com/docs/install/), or add its folder to PATH.\n",
    )


def test_pulumis_own_error_is_passed_on(project: Environments) -> None:
    """Whatever Pulumi fails at is said in its own words, with the command that failed."""
    project.staging.write_text("config: [\n")
    words = project.pulumi("config", "get", "release", "--stack", "staging", fails=True).stderr

    done = project.promote("--from", "dev", "--to", "staging")

    assert (done.returncode, done.stderr) == (
        1,
        "ctune promote: nothing was written [`pulumi config get release --stack staging`]: "
        f"{words.removeprefix('error: ')}",
    )


def test_option_left_out_is_misuse() -> None:
    """`--from` and `--to` are required: exit code 2."""
    assert run("--from", "dev").returncode == 2


def test_help_has_an_example() -> None:
    """The help shows a typed example."""
    done = run("--help")

    assert (done.returncode, "Example: ctune promote --from dev --to staging" in done.stdout) == (0, True)
