"""A job while it runs, as people see it: its row of `pulumi up` on a terminal, and `ctune` beside it."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta

from tests.cli.terminal import on_terminal

from .emulator import VertexEmulator, new_tuning_stack_fixture, vertex_fixture  # noqa: F401  # fixtures go by name
from .harness import STACK_NAME, Stack
from .programs import program, sft

UP = ("up", "--yes", "--skip-preview", "--stack", STACK_NAME)
CTUNE = [sys.executable, "-m", "pulumi_ctune"]


def test_running_job_is_seen_in_its_row_and_by_ctune(
    new_tuning_stack: Callable[..., Stack], vertex: VertexEmulator
) -> None:
    """State, epoch, end, loss and tokens fit a row of 200 columns; and from a second terminal the job is found by its
    resource, though no state has it yet.
    """
    vertex.make_jobs_long()
    stack = new_tuning_stack(program(sft=sft(epoch_count=6)))
    pulumi = shutil.which("pulumi", path=stack.env["PATH"])
    assert pulumi is not None

    with on_terminal([pulumi, *UP], cwd=stack.folder, env=stack.env, columns=200, lines=40) as terminal:
        terminal.wait_for("running, epoch 0 of 6")
        vertex.emulator.advance(timedelta(minutes=25))
        terminal.wait_for("running, epoch 2 of 6 (~")
        listed = subprocess.run(
            [*CTUNE, "jobs", "--format", "json"], cwd=stack.folder, env=stack.env, capture_output=True, check=True
        )
        with on_terminal([*CTUNE, "watch", "sft"], cwd=stack.folder, env=stack.env) as second:
            second.wait_for("running: tuning  epoch 2 of 6")
            vertex.end_jobs()
            assert second.end() == 0
        assert terminal.end() == 0

    (row,) = json.loads(listed.stdout)
    assert (row["resource"], row["stack"], row["held"], row["epoch"]) == ("sft", STACK_NAME, False, 2)
