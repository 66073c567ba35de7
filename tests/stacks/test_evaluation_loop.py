"""Stack `local` round the loop: tune, evaluate, refuse what is worse than what serves, promote what is better.

All data is that of `stacks/datasets`: the first version is tuned on most of the lines, the worse one on half of them,
the better one on all.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.engine.harness import Run

from .looks import ENDPOINTS, aliases, traffic
from .project import ProjectCopy, changed
from .releases import REWARD

QUALITY = "EvaluationRun support-quality"
MOST, HALF, ALL = slice(30), slice(20, None), slice(None)


@dataclass
class Turn:
    """One `up`, and what there was afterwards."""

    up: Run
    outputs: dict[str, Any]
    judged: dict[str, Any]
    """The outputs of the evaluation."""
    traffic: dict[str, int]

    @property
    def version(self) -> str:
        """The version that was tuned and judged, whether it serves or not."""
        version: str = self.judged["tuned_model_name"]
        return version


@dataclass
class Loop:
    project: ProjectCopy
    first: Turn
    worse: Turn
    better: Turn
    settled: Run


@pytest.fixture(scope="module")
def loop(tmp_path_factory: pytest.TempPathFactory, pulumi_bin: Path) -> Loop:
    """All of it, in order. The rewards of all jobs meet the stack's other gate."""
    project = ProjectCopy(tmp_path_factory.mktemp("loop"), pulumi_bin=pulumi_bin, stages=["local"])
    project.vertex.emulator.faults.add(method="POST", path="tuningJobs$", times=0, job={"metrics": {REWARD: 0.12}})
    project.vertex.emulator.configure(evaluation_start_delay_s=0.1, evaluation_duration_s=0.3)
    file = project.folder / "stacks" / "datasets" / "support-sft-train.jsonl"
    lines = file.read_text().splitlines(keepends=True)

    def turn(part: slice, *, fails: bool = False) -> Turn:
        file.write_text("".join(lines[part]))
        up = project.up("local", fails=fails)
        judged = project.resource("local", QUALITY)["outputs"]
        return Turn(up, project.outputs("local"), judged, traffic(project, "local"))

    first = turn(MOST)
    project.configure("local", baseline=ENDPOINTS["local"])
    worse = turn(HALF, fails=True)
    better = turn(ALL)
    return Loop(project, first, worse, better, project.preview("local", "--refresh"))


def test_first_version_is_compared_with_the_base_model(loop: Loop) -> None:
    """Where nothing serves yet; the result goes along with the release, and names the version that it is about."""
    result = loop.first.outputs["release"]["evaluations"]["quality"]

    assert loop.first.traffic == {loop.first.version: 100}
    assert result["tuned_model_name"] == loop.first.outputs["release"]["tuned_model_name"] == loop.first.version
    assert result["metrics"]["rouge"] > result["baseline_metrics"]["rouge"]
    assert (result["total_items"], loop.first.judged["baseline_tuned_model_names"]) == (12, {})


def test_worse_version_is_refused_by_what_serves(loop: Loop) -> None:
    """It is tuned and judged on the same rows as the version that serves, and goes no further."""
    result = loop.worse.judged["result"]
    score, serving = result["metrics"]["rouge"], result["baseline_metrics"]["rouge"]

    assert loop.worse.judged["baseline_tuned_model_names"] == {loop.first.version: 100}
    assert serving == loop.first.judged["metrics"]["rouge"] > score
    assert loop.worse.up.errors[0] == (
        f"{loop.worse.version} was not deployed [require]: {loop.worse.version} misses 1 of 2: 'rouge' of "
        f"{result['name']}: is {score:.6g} (AVERAGE) over 12 items, {serving - score:.6g} below the baseline's "
        f"{serving:.6g}, at least 0 above the baseline is required. {loop.first.version} keeps serving."
    )


def test_refused_version_changes_nothing(loop: Loop) -> None:
    """Traffic and release are those of the version before."""
    assert loop.worse.traffic == {loop.first.version: 100}
    assert loop.worse.outputs["release"] == loop.first.outputs["release"]


def test_better_version_is_promoted(loop: Loop) -> None:
    """More data score higher on the same rows: the version takes over traffic, alias and release."""
    result = loop.better.outputs["release"]["evaluations"]["quality"]

    assert loop.better.judged["baseline_tuned_model_names"] == {loop.first.version: 100}
    assert result["metrics"]["rouge"] > result["baseline_metrics"]["rouge"]
    assert loop.better.traffic == {loop.better.version: 100}
    assert aliases(loop.project, loop.better.version) == {"default", "local"}
    assert loop.better.outputs["release"]["tuned_model_name"] == loop.better.version


def test_promotion_is_no_other_evaluation(loop: Loop) -> None:
    """The baseline's address has another version now; a version is never compared with itself for that."""
    assert changed(loop.settled) == {}
    assert len(loop.project.vertex.emulator.evaluation_runs()) == 3
