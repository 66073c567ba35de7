"""What resources that did not change cost in `pulumi preview` and `pulumi up`, with the real CLI."""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from bench.emulator_process import put_dataset
from bench.report import Line
from tests.core.rig import SFT
from tests.engine.harness import Stack
from vertex_emulator.app import Emulator

COUNT = 20
RUNS = 7
_REPOSITORY = Path(__file__).resolve().parents[1]

_JOBS = f"""
import pulumi_ctune as ctune
for number in range({COUNT}):
    ctune.ContinuousTuningJob(f"job-{{number}}", **{{**{SFT!r}, "tuned_model_display_name": f"model-{{number}}"}})
"""
_EMPTY = f"""
from bench.empty import Empty
for number in range({COUNT}):
    Empty(f"empty-{{number}}")
"""


def previews(pulumi_cli: Path) -> list[Line]:
    """Both stacks are brought up first; then they take turns."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        with Emulator(place / "vertex") as emulator:
            put_dataset(emulator)
            emulator.configure(job_duration_s=0.5, job_start_delay_s=0.1)
        config = {
            "gcp:project": "acme",
            "gcp:region": "us-central1",
            "ctune:apiEndpoint": f"embedded:{place / 'vertex'}",
        }
        env = {"PYTHONPATH": str(_REPOSITORY)}
        ours = Stack(place / "ours", _JOBS, pulumi_bin=pulumi_cli, config=config, env=env)
        empty = Stack(place / "empty", _EMPTY, pulumi_bin=pulumi_cli, config=config, env=env)
        for stack in (ours, empty):
            stack.up()
        return [
            _turns(f"pulumi preview, {COUNT} unchanged jobs", ours.preview, empty.preview),
            _turns(f"pulumi up, {COUNT} unchanged jobs", ours.up, empty.up),
        ]


def _turns(what: str, ours: Callable[[], object], empty: Callable[[], object]) -> Line:
    taken = [(_taken_s(ours), _taken_s(empty)) for _ in range(RUNS + 1)][1:]  # the first run fills caches
    our_median, baseline = (median(pair[side] for pair in taken) for side in (0, 1))
    note = f"median of {RUNS}; ratio {our_median / baseline:.2f}"
    return Line(what, "s", our_median, baseline, f"{COUNT} dynamic resources without properties", note)


def _taken_s(command: Callable[[], object]) -> float:
    began = time.perf_counter()
    command()
    return time.perf_counter() - began
