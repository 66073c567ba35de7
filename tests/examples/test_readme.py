"""The commands of examples/README.md that need no Google, run as they stand there."""

import re
from pathlib import Path

from tests.engine.harness import Project
from tests.pulumi_gcp.stacks import Place

from .course import EXAMPLES
from .surroundings import MODEL

BLOCK = re.compile(r"^```\n(?P<commands>.*?)^```$", re.MULTILINE | re.DOTALL)


def test_commands_for_the_emulator_run_from_top_to_bottom(tmp_path: Path, pulumi_bin: Path) -> None:
    """In the folder examples, with nothing set up before, the last block ends with an example that was applied."""
    place = Project(tmp_path, pulumi_bin=pulumi_bin, env={"PULUMI_SKIP_CONFIRMATIONS": "true"})
    vertex = Place(tmp_path / "home" / ".ctune-emulator" / "vertex")  # it answers sooner than one made by the commands
    *_, commands = BLOCK.findall((EXAMPLES / "README.md").read_text())

    done = place.run("sh", "-ec", f"cd '{EXAMPLES}'\n{commands}\npulumi stack output rft")

    assert [job["state"] for job in vertex.emulator.jobs()] == ["JOB_STATE_SUCCEEDED"] * 2
    assert re.fullmatch(f"{MODEL}@2", done.stdout.splitlines()[-1])
