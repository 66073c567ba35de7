"""The page about promotion on the emulator, followed from its first command to its last as it stands there."""

from pathlib import Path

import pytest

from tests.engine.harness import Project
from tests.pulumi_gcp.stacks import Place
from tests.stacks.project import REPOSITORY

from . import pages
from .reader import CONSENT, Followed, Shell, failures, not_shown

REFUSED = "was not deployed [require]"


class Session(Shell):
    """A terminal: folder and variables last from one script to the next. It starts in the clone."""

    def run_on(self, script: str) -> tuple[int, str]:
        kept = self.place / "kept.sh"
        if not kept.exists():
            kept.write_text(f"cd '{REPOSITORY}'\n")
        return self.run(f""". '{kept}'\n{script}\n{{ export -p; echo "cd '$PWD'"; }} > '{kept}'""")


@pytest.fixture(scope="module")
def emulated(place: Path, pulumi_bin: Path) -> Place:
    """The state folder that the page names. It is made before, so that jobs take less time than a reader's."""
    (place / "home").mkdir()
    return Place(place / "home" / "ctune-try" / "vertex")


@pytest.fixture(scope="module")
def record(place: Path, pulumi_bin: Path, emulated: Place) -> list[Followed]:
    """What came of each block of commands."""
    project = Project(place / "reader", pulumi_bin=pulumi_bin, env={"HOME": str(place / "home")})
    session = Session(project, place / "session", CONSENT | {"CTUNE_POLL_INTERVAL": "200ms"})
    return [
        Followed(block, *session.run_on(block.text))
        for block in pages.blocks(pages.ON_THE_EMULATOR)
        if block.language == "bash"
    ]


def test_only_the_refused_release_fails(record: list[Followed]) -> None:
    """The one command that the page says will fail does, with the gate's reason; all others succeed."""
    (failed,) = failures(record)

    assert REFUSED in failed


def test_output_is_what_the_page_shows(record: list[Followed]) -> None:
    """Each line of output on the page is one that the commands before it print."""
    assert not_shown(pages.ON_THE_EMULATOR, record) == []


def test_only_dev_trains(record: list[Followed], emulated: Place) -> None:
    """A chain of two jobs for each change of the data and one evaluation each: promotion and the way back cost none."""
    assert len(emulated.emulator.jobs()) == 6
    assert len(emulated.emulator.evaluation_runs()) == 3


def test_way_back_serves_the_first_release(record: list[Followed]) -> None:
    """After the revert prod has the version that it had before the second release."""
    first = next(done.output for done in record if done.block.section == "Promote to prod")

    assert record[-1].output.splitlines()[-1] in first
