"""The plugin beside the dynamic provider: the same jobs, declared by a Python program each, and how soon it starts."""

import contextlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from bench.commands import instant_jobs, line, taken_s
from bench.report import Line
from tests.core.rig import SFT
from tests.engine.harness import Stack
from tests.native import launcher

JOBS, PREVIEWS, UPS = 32, 5, 3
STARTS = 11
_DYNAMIC_IS = "the dynamic provider in Python"
_REPOSITORY = Path(__file__).resolve().parents[1]

_DYNAMIC = f"""
import pulumi_ctune as ctune
for number in range({JOBS}):
    ctune.ContinuousTuningJob(f"job-{{number}}", **{{**{SFT!r}, "tuned_model_display_name": f"model-{{number}}"}})
"""
_NATIVE = f"""
from pulumi import CustomResource
for number in range({JOBS}):
    CustomResource("ctune:index:ContinuousTuningJob", f"job-{{number}}", {{
        "baseModel": "gemini-3.5-flash",
        "supervisedTuningSpec": {{
            "trainingDatasetUri": {SFT["supervised_tuning_spec"]["training_dataset_uri"]!r},
            "hyperParameters": {{"epochCount": 3}},
        }},
        "tunedModelDisplayName": f"model-{{number}}",
    }})
"""


def native(pulumi_cli: Path) -> list[Line]:
    """Both stacks are made anew for each `up`; the last two then stay for the previews, which take turns."""
    ups = []
    for run in range(UPS):
        with _stacks(pulumi_cli) as (plugin, dynamic):
            ups.append(
                (taken_s(partial(plugin.up, "--parallel", "64")), taken_s(partial(dynamic.up, "--parallel", "64")))
            )
            if run == UPS - 1:
                # The first run fills caches.
                previews = [(taken_s(plugin.preview), taken_s(dynamic.preview)) for _ in range(PREVIEWS + 1)][1:]
    starts = [(_start_s("pulumi_ctune.native"), _start_s("pulumi.dynamic")) for _ in range(STARTS)]
    return [
        line(f"plugin: pulumi up --parallel 64, {JOBS} instant jobs", ups, _DYNAMIC_IS),
        line(f"plugin: pulumi preview, {JOBS} unchanged jobs", previews, _DYNAMIC_IS, "at most 1"),
        line("plugin: start, until it listens", starts, "Pulumi's host of dynamic providers", "at most 0.25 s"),
    ]


@contextlib.contextmanager
def _stacks(pulumi_cli: Path) -> Iterator[tuple[Stack, Stack]]:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        instant_jobs(place / "vertex")
        config = {"ctune:project": "acme", "ctune:region": "us-central1"}
        config["ctune:apiEndpoint"] = f"embedded:{place / 'vertex'}"
        env = {"PYTHONPATH": str(_REPOSITORY)}
        plugin, dynamic = (
            Stack(place / name, text, pulumi_bin=pulumi_cli, config=config, env=env)
            for name, text in (("plugin", _NATIVE), ("dynamic", _DYNAMIC))
        )
        plugin.run(*launcher.installation(place / "launcher"))
        yield plugin, dynamic


def _start_s(module: str) -> float:
    began = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-P", "-m", module, "127.0.0.1:1"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        taken = time.perf_counter() - began
        process.kill()
        process.communicate()
    return taken
