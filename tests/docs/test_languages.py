"""The page for other languages: its programs in YAML and its commands, from the first job to dev and prod.

The plugin is installed without an index, and the emulator's server runs within the test. `make` and the tests of
`ctune plugin pack` and `ctune emulator` run the commands that stand for.
"""

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.engine.harness import Project
from tests.examples.surroundings import put_datasets_in
from tests.native import launcher
from tests.native.languages import add_to_path, language_hosts
from tests.pulumi_gcp.stacks import Place
from vertex_emulator.server import running

from . import pages
from .reader import CONSENT, Followed, Shell, failures, not_shown

PAGE = pages.DOCS / "languages.md"
SERVER = "http://127.0.0.1:8085"
BUCKET = "acme-tuning"
OBJECTS = {
    "support/train.jsonl": "support-sft-train.jsonl",
    "support/more.jsonl": "support-sft-train.jsonl",
    "support/validation.jsonl": "support-sft-validation.jsonl",
    "support/held-out.jsonl": "support-held-out.jsonl",
}
PROD = "Pulumi.prod.yaml"


@dataclass
class Page:
    """What came of the page's commands, and where they ran."""

    record: list[Followed]
    project: Project
    shell: Shell
    place: Place

    def run(self, script: str) -> tuple[int, str]:
        return self.shell.run(script)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory, pulumi_bin: Path) -> Page:
    folder = tmp_path_factory.mktemp("languages")
    place = Place(folder / "vertex")
    place.emulator.configure(evaluation_start_delay_s=0.1, evaluation_duration_s=0.1)
    put_datasets_in(place, BUCKET, OBJECTS)
    project = Project(folder / "stack", pulumi_bin=pulumi_bin)
    add_to_path(project.env, *language_hosts(pulumi_bin, "yaml"))
    project.pulumi(*launcher.installation(folder / "plugin"))
    on_the_emulator = {"CTUNE_API_ENDPOINT": f"embedded:{place.folder}", "CTUNE_POLL_INTERVAL": "200ms"}
    shell = Shell(project, folder / "reader", CONSENT | on_the_emulator)
    with running(place.emulator) as url:
        return Page(follow(project, shell, url), project, shell, place)


def follow(project: Project, shell: Shell, server: str) -> list[Followed]:
    """Write the programs and run the commands, in order."""
    done = []
    for block in pages.blocks(PAGE):
        if block.file:
            project.write(block.file, block.text)
        elif block.language == "bash":
            done.append(Followed(block, *shell.run(block.text.replace(SERVER, server))))
    return done


def test_every_command_succeeds(page: Page) -> None:
    assert failures(page.record) == []
    assert len(page.record) == 4


def test_output_is_what_the_page_shows(page: Page) -> None:
    assert not_shown(PAGE, page.record) == []


def test_every_program_in_yaml_is_run(page: Page) -> None:
    """A block without a file's name would be one that no test looks at."""
    assert [block for block in pages.blocks(PAGE) if block.language == "yaml" and not block.file] == []


def test_prod_points_to_what_dev_released_and_trains_nothing(page: Page) -> None:
    """One job of each program before, and the two of dev: none is prod's."""
    *others, last = page.place.emulator.jobs()

    model, _, version = last["tunedModel"]["model"].partition("@")

    assert "prod" in page.place.ask("GET", f"/v1beta1/{model}@{version}")["versionAliases"]
    assert len(others) == 3


def test_release_that_misses_the_gate_is_refused(page: Page) -> None:
    """The result came along with the release, so nobody is asked."""
    before = (page.project.folder / "serve" / PROD).read_text()

    code, output = page.run(
        "pulumi -C serve config set --path release.evaluations.quality.metrics.rouge 0.25\npulumi -C serve up"
    )

    page.project.write(f"serve/{PROD}", before)
    assert code != 0
    assert "0.25 (AVERAGE) over 12 items, at least 0.5 is required" in output


@pytest.mark.parametrize("folder", ["train", "serve"])
def test_nothing_changes_after_that(page: Page, folder: str) -> None:
    """A preview and a refresh find what the commands left."""
    code, output = page.run(f"pulumi -C {folder} preview --expect-no-changes\npulumi -C {folder} refresh")

    assert code == 0, output
