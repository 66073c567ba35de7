"""What whole commands of the real CLI cost, ours beside as many dynamic resources that do nothing."""

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median

from bench.emulator_process import put_dataset
from bench.report import Line
from pulumi_ctune.tuning_job.attributes import INPUTS, OUTPUTS
from tests.core.rig import SFT
from tests.engine.harness import Stack
from vertex_emulator.app import Emulator

UNCHANGED, UNCHANGED_RUNS = 20, 5
NEW, NEW_RUNS = 48, 3
_WITHOUT = "as many dynamic resources without properties"
_WITH = "as many dynamic resources with a job's properties"
_REPOSITORY = Path(__file__).resolve().parents[1]

_JOBS = f"""
import pulumi_ctune as ctune
for number in range(COUNT):
    ctune.ContinuousTuningJob(f"job-{{number}}", **{{**{SFT!r}, "tuned_model_display_name": f"model-{{number}}"}})
"""
_EMPTY = """
from bench.empty import Empty
for number in range(COUNT):
    Empty(f"empty-{number}")
"""
_FULL = f"""
from bench.empty import Empty
for number in range(COUNT):
    Empty(f"full-{{number}}", {{**{dict.fromkeys((*INPUTS, *OUTPUTS))!r}, **{SFT!r}}})
"""


def previews(pulumi_cli: Path) -> list[Line]:
    """Resources that did not change. All stacks are brought up first; then they take turns."""
    with _stacks(pulumi_cli, UNCHANGED) as (ours, empty, full):
        for stack in (ours, empty, full):
            stack.up()
        # The first run fills caches.
        taken = [[taken_s(stack.preview) for stack in (ours, empty, full)] for _ in range(UNCHANGED_RUNS + 1)][1:]
        updates = [(taken_s(ours.up), taken_s(empty.up)) for _ in range(UNCHANGED_RUNS + 1)][1:]
        preview = f"pulumi preview, {UNCHANGED} unchanged jobs"
        return [
            line(preview, [(our, empty) for our, empty, _ in taken], _WITHOUT),
            line(preview, [(our, full) for our, _, full in taken], _WITH, "at most 1.05"),
            line(f"pulumi up, {UNCHANGED} unchanged jobs", updates, _WITHOUT),
        ]


def ups(pulumi_cli: Path) -> list[Line]:
    """New jobs that end as soon as they begin: all that is left is what we do. Each run has stacks of its own."""
    taken: list[tuple[float, float]] = []
    for _ in range(NEW_RUNS):
        with _stacks(pulumi_cli, NEW) as (*pair, _):
            ours, empty = (taken_s(partial(stack.up, "--parallel", "64")) for stack in pair)
            taken.append((ours, empty))
    return [line(f"pulumi up --parallel 64, {NEW} instant jobs", taken, _WITHOUT, "at most 2.5")]


@contextmanager
def _stacks(pulumi_cli: Path, count: int) -> Iterator[tuple[Stack, Stack, Stack]]:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        instant_jobs(place / "vertex")
        config = {
            "gcp:project": "acme",
            "gcp:region": "us-central1",
            "ctune:apiEndpoint": f"embedded:{place / 'vertex'}",
        }
        env = {"PYTHONPATH": str(_REPOSITORY)}
        ours, empty, full = (
            Stack(place / name, f"COUNT = {count}\n{text}", pulumi_bin=pulumi_cli, config=config, env=env)
            for name, text in (("ours", _JOBS), ("empty", _EMPTY), ("full", _FULL))
        )
        yield ours, empty, full


def instant_jobs(state_dir: Path) -> None:
    """An emulator with a dataset, whose jobs end as soon as they begin."""
    with Emulator(state_dir) as emulator:
        put_dataset(emulator)
        emulator.configure(job_duration_s=0.0, job_start_delay_s=0.0)


def line(what: str, taken: list[tuple[float, float]], baseline_is: str, wanted: str = "") -> Line:
    """A row of (ours, baseline) in seconds, taken in turns."""
    our_median, baseline = (median(pair[side] for pair in taken) for side in (0, 1))
    # Of each pair, which ran one after the other: what else the machine does meanwhile is much the same for both.
    ratio = median(ours / empty for ours, empty in taken)
    note = f"median of {len(taken)}; ratio {ratio:.2f}{f', {wanted}' if wanted else ''}"
    return Line(what, "s", our_median, baseline, baseline_is, note)


def taken_s(command: Callable[[], object]) -> float:
    began = time.perf_counter()
    command()
    return time.perf_counter() - began
