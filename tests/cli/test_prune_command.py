"""`ctune prune` as a process, on stacks of the real Pulumi CLI and the embedded emulator."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

import pytest

from tests.engine.emulator import VertexEmulator
from tests.engine.harness import Project, find_pulumi_bin
from tests.engine.programs import program, sft

COMMAND = [sys.executable, "-c", "from pulumi_ctune.cli import main; main()", "prune"]
READER = """
import pulumi
pulumi.export("release", {"tuned_model_name": pulumi.Output.secret(pulumi.Config().require("version"))})
"""


@dataclass(frozen=True)
class Pruned:
    """A stack that has trained four times, with ABANDON; `versions` are from old to new, and it holds the newest."""

    project: Project
    vertex: VertexEmulator
    versions: list[str]

    def prune(self, *options: str, stack: str = "dev") -> tuple[int, str, str]:
        done = subprocess.run(
            [*COMMAND, "--stack", stack, *options],
            cwd=self.project.folder,
            env={**self.project.env, "NO_COLOR": "1"},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return done.returncode, done.stdout, done.stderr

    def document(self, *options: str) -> tuple[int, dict[str, Any]]:
        code, out, _ = self.prune("--format", "json", *options)
        return code, json.loads(out)

    def left(self) -> list[str]:
        """The versions that are there."""
        found = self.vertex.get("projects/acme/locations/us-central1/models").get("models", [])
        return sorted(f"{model['name']}@{model['versionId']}" for model in found)


def config(vertex: VertexEmulator, **more: Any) -> str:
    given = {
        "gcp:project": "acme",
        "gcp:region": "us-central1",
        "ctune:apiEndpoint": f"embedded:{vertex.folder}",
        "ctune:pollInterval": "200ms",
    }
    return json.dumps({"config": given | more})


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Pruned:
    """Of the versions that were left behind, one is a secret output of another project's stack and one a release in the
    config of a stack that was never applied; nobody needs the third.
    """
    place = tmp_path_factory.mktemp("prune")
    vertex = VertexEmulator(place / "vertex")
    project = Project(place, pulumi_bin=find_pulumi_bin(os.environ))
    project.write("Pulumi.yaml", "name: shop\nruntime: python\n")
    project.write("Pulumi.dev.yaml", config(vertex))
    project.pulumi("stack", "init", "dev")
    for number in range(4):
        project.write("__main__.py", program(support=sft(triggers=[number])))
        project.pulumi("up", "--yes", "--skip-preview", "--stack", "dev")
    versions = [job["tunedModel"]["model"] for job in vertex.emulator.jobs()]
    project.write("Pulumi.prod.yaml", config(vertex, **{"shop:release": {"tuned_model_name": versions[1]}}))
    reader = project.folder / "reader"
    project.write("reader/Pulumi.yaml", "name: reader\nruntime: python\n")
    project.write("reader/__main__.py", READER)
    project.pulumi("-C", str(reader), "stack", "init", "live")
    project.pulumi("-C", str(reader), "config", "set", "--stack", "live", "--secret", "version", versions[0])
    project.pulumi("-C", str(reader), "up", "--yes", "--skip-preview", "--stack", "live")
    return Pruned(project, vertex, versions)


@pytest.fixture(scope="module")
def listed(world: Pruned) -> dict[str, Any]:
    code, document = world.document()
    assert code == 0
    return document


def test_what_nobody_needs_is_listed_alone(world: Pruned, listed: dict[str, Any]) -> None:
    """With its endpoints, its resource and what was trained for it; nothing is deleted."""
    (item,) = listed["listed"]

    assert (item["name"], item["resource"], item["deleted"]) == (world.versions[2], "support", False)
    assert item["endpoints"]
    assert item["trained_tokens"] > 0
    assert world.left() == sorted(world.versions)


def test_what_stays_is_reported_with_the_reason(world: Pruned, listed: dict[str, Any]) -> None:
    """The state of another project's stack counts, a secret in it too, and a file of the project."""
    why = {each["name"]: each["why"].split(" names ")[0] for each in listed["kept"]}

    assert why == {
        world.versions[0]: "the state of organization/reader/live",
        world.versions[1]: "Pulumi.prod.yaml",
        world.versions[3]: "the state of organization/shop/dev",
    }


def test_release_of_another_project_in_the_repository_stays(world: Pruned) -> None:
    """What trains and what serves may be two projects: one that was promoted and not yet applied is in no state."""
    repository = world.project.folder.parent
    (repository / ".git").mkdir()
    world.project.write(
        "../serve/Pulumi.live.yaml", f"config:\n  serve:release: {{tunedModelName: {world.versions[2]}}}\n"
    )

    _, document = world.document()

    (repository / ".git").rmdir()
    why = {each["name"]: each["why"].split(" names ")[0] for each in document["kept"]}
    assert why[world.versions[2]] == "../serve/Pulumi.live.yaml"
    assert world.document()[1]["listed"]


def test_newest_that_are_to_stay_are_not_listed(world: Pruned) -> None:
    """The one that is held counts."""
    assert world.document("--keep", "2")[1]["listed"] == []
    assert world.document("--older-than", "30d")[1]["listed"] == []


def test_without_yes_the_text_says_how(world: Pruned) -> None:
    code, out, err = world.prune()

    assert (code, err) == (0, "")
    assert out.startswith("Nothing needs these of stack dev, as far as can be seen:\n")
    assert f"  model version {world.versions[2]}\n" in out
    assert out.endswith("Nothing was deleted. Add --yes to delete what is listed.\n")


def test_stack_that_made_nothing_has_nothing_to_prune(world: Pruned) -> None:
    """Whatever others have left in the same place."""
    world.project.pulumi("stack", "init", "prod")

    code, out, _ = world.prune("--yes", stack="prod")

    world.project.pulumi("stack", "rm", "--yes", "--preserve-config", "--stack", "prod")
    assert (code, out) == (0, "There is nothing of stack prod to prune.\n")
    assert world.left() == sorted(world.versions)


def test_stack_with_the_same_labels_stops_it(world: Pruned) -> None:
    """Labels are in lower case: of two stacks `dev` and `Dev` nobody can tell who has made what."""
    world.project.pulumi("stack", "init", "Dev")

    code, out, err = world.prune("--yes")

    world.project.pulumi("stack", "rm", "--yes", "--preserve-config", "--stack", "Dev")
    assert code == 1
    assert "deleted" not in out
    assert "labels cannot tell what organization/shop/Dev has made from what organization/shop/dev has" in err
    assert world.left() == sorted(world.versions)


def test_what_a_cut_update_may_have_made_stays(world: Pruned) -> None:
    """It is recorded in no state yet; here the mark that says where a version belongs is taken off."""
    (file,) = world.project.folder.parent.glob("backend/.pulumi/stacks/shop/dev.json")
    whole = file.read_text()
    document = json.loads(whole)
    latest = document["checkpoint"]["latest"]
    latest["pending_operations"] = [{"resource": latest["resources"][-1], "type": "creating"}]
    labels = world.vertex.get(world.versions[2])["labels"]
    world.vertex.patch(world.versions[2], "labels", {k: v for k, v in labels.items() if k != "ctune-recorded"})

    before = world.document()[1]
    file.write_text(json.dumps(document))
    after = world.document()[1]

    file.write_text(whole)
    world.vertex.patch(world.versions[2], "labels", labels)
    assert [item["why"] for item in before["listed"]] == ["no state has ever recorded it"]
    why = {each["name"]: each["why"] for each in after["kept"]}
    assert why[world.versions[2]] == "an update that was cut short may have made it, and the next takes it over"
    assert after["listed"] == []


def test_state_whose_secrets_are_closed_is_reported(world: Pruned) -> None:
    """Another passphrase: its plain values count all the same."""
    env = world.project.env["PULUMI_CONFIG_PASSPHRASE"]
    world.project.env["PULUMI_CONFIG_PASSPHRASE"] = "another"

    _, found = world.document()

    world.project.env["PULUMI_CONFIG_PASSPHRASE"] = env
    (warning,) = (line for line in found["warnings"] if "reader/live" in line)
    assert warning.endswith("not all that it holds is known: its secrets cannot be decrypted here")


def test_refusal_ends_with_1_and_tells_what_is_left(world: Pruned) -> None:
    """Google's own words."""
    world.vertex.faults.add(method="DELETE", path="/endpoints/", status=403, message="no endpoints.delete", times=0)

    code, out, err = world.prune("--yes")

    world.vertex.faults.clear()
    assert code == 1
    assert "deleted model version" not in out
    assert "no endpoints.delete" in err
    assert world.left() == sorted(world.versions)


def test_interruption_tells_how_far_it_came(world: Pruned) -> None:
    """Ctrl-C ends it with exit code 130 and no traceback; the same command does the rest (below)."""
    world.vertex.faults.add(method="DELETE", path="/endpoints/", delay_s=60.0)
    command = [*COMMAND, "--stack", "dev", "--yes"]
    with subprocess.Popen(
        command, cwd=world.project.folder, env=world.project.env, stderr=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        world.vertex.wait_for_fault()
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)

    world.vertex.faults.clear()
    assert process.returncode == 130
    assert err.decode() == "ctune prune: interrupted: 0 of 1 were deleted. The same command does the rest.\n"


@pytest.mark.parametrize(
    ("options", "reported"),
    [
        (("--older-than", "soon"), "[--older-than soon]: it is not an age. Write it as 30d or 12h."),
        (("--stack", "none"), "no stack named 'none' found"),
    ],
    ids=["no age", "no stack"],
)
def test_misuse_is_one_line_and_exit_code_2(world: Pruned, options: tuple[str, ...], reported: str) -> None:
    code, out, err = world.prune(*options)

    assert (code, out, err.count("\n")) == (2, "", 1)
    assert reported in err


def test_yes_deletes_what_is_listed_and_the_stack_is_as_before(world: Pruned) -> None:
    """The last of this file, as it changes the world: later an `up` has nothing to do, and a second prune neither."""
    code, out, _ = world.prune("--yes")

    assert code == 0
    assert f"deleted model version {world.versions[2]}\n" in out
    assert world.left() == sorted(set(world.versions) - {world.versions[2]})
    world.project.pulumi("preview", "--expect-no-changes", "--stack", "dev")
    assert world.document("--yes")[1]["listed"] == []
