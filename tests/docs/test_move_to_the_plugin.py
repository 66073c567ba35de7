"""The guide from dynamic resources to the plugin, followed to its end and back, with a job that was interrupted."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from tests.engine.harness import Project
from tests.examples.course import EXAMPLES
from tests.examples.surroundings import datasets_of_the_chain
from tests.native import launcher
from tests.native.languages import add_to_path, language_hosts
from tests.pulumi_gcp.stacks import Place, on, plugin_installation

from . import pages
from .reader import CONSENT, Followed, Shell, failures, not_shown

PAGE = pages.DOCS / "move-to-the-plugin.md"
STACK = "dev"


@dataclass
class Moved:
    """What came of the guide's commands, and how many jobs there were before."""

    record: list[Followed]
    jobs_before: list[str]
    jobs: list[str]


@pytest.fixture(scope="module")
def moved(tmp_path_factory: pytest.TempPathFactory, pulumi_bin: Path) -> Moved:
    """A stack of the example whose second job was interrupted, and the guide."""
    folder = tmp_path_factory.mktemp("move")
    place = Place(folder / "vertex")
    project = Project(folder / "stack", pulumi_bin=pulumi_bin)
    for file in ("Pulumi.yaml", "__main__.py"):
        project.write(file, (EXAMPLES / "sft-then-rft" / file).read_text())
    add_to_path(project.env, *language_hosts(pulumi_bin, "yaml"))
    project.pulumi(*launcher.installation(folder / "plugin"))
    project.pulumi(*plugin_installation(folder))
    project.pulumi("stack", "init", STACK)
    project.set_config(STACK, on(place) | datasets_of_the_chain(place))
    project.up(STACK, "--target", f"urn:pulumi:{STACK}::sft-then-rft::{DYNAMIC}::support-sft")
    interrupt_the_second_job(project, place)
    jobs = names(place)
    shell = Shell(project, folder / "reader", CONSENT)
    assert shell.run("git init --quiet -b main . && git add --all && git commit --quiet -m Start")[0] == 0
    return Moved(follow(project, shell), jobs, names(place))


DYNAMIC = "pulumi-python:dynamic/ctune:ContinuousTuningJob"


def interrupt_the_second_job(project: Project, place: Place) -> None:
    """Ctrl-C while it trains; it goes on, and is through some hours later."""
    place.emulator.configure(job_duration_s=3600.0)
    with project.start("up", STACK) as running:
        running.wait_for("submitted tuning job")
        running.interrupt()
        running.wait()
    place.emulator.advance(timedelta(hours=2))


def follow(project: Project, shell: Shell) -> list[Followed]:
    """Write the files and run the commands of the page, in order."""
    done = []
    for block in pages.blocks(PAGE):
        if block.file:
            project.write(block.file, block.text)
        elif block.language == "bash":
            done.append(Followed(block, *shell.run(block.text)))
    return done


def names(place: Place) -> list[str]:
    return [job["name"] for job in place.emulator.jobs()]


def test_every_command_succeeds(moved: Moved) -> None:
    """Both ways end in a preview without a change."""
    assert failures(moved.record) == []


def test_output_is_what_the_guide_shows(moved: Moved) -> None:
    """The lines of output in the guide are lines that the commands print."""
    assert not_shown(PAGE, moved.record) == []


def test_nothing_is_trained_on_either_way(moved: Moved) -> None:
    """The jobs are those that there were before, the interrupted one among them."""
    assert moved.jobs == moved.jobs_before
    assert len(moved.jobs) == 2
