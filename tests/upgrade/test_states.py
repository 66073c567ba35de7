"""States that earlier releases saved: today's code finds nothing to do, and never a reason to train again."""

import base64
import json
import pickle
from pathlib import Path
from typing import Any

import pytest

from pulumi_ctune.engine.providers import ContinuousTuningJobProvider
from pulumi_ctune.tuning.checks import check
from pulumi_ctune.tuning.compare import Plan, plan

STATES = sorted((Path(__file__).parent / "states").glob("*/*.json"))


assert STATES, "there are no saved states beside this file"


def entry(path: Path) -> dict[str, Any]:
    """One resource of a saved deployment: `type`, `id`, `inputs`, `outputs`."""
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def state_id(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


@pytest.mark.parametrize("path", STATES, ids=state_id)
def test_recorded_inputs_still_pass_the_check(path: Path) -> None:
    """What an earlier release accepted is accepted today."""
    assert check(entry(path)["inputs"]) == []


@pytest.mark.parametrize("path", [path for path in STATES if path.stem != "interrupted"], ids=state_id)
def test_finished_job_of_an_earlier_release_is_left_alone(path: Path) -> None:
    """An upgrade alone changes nothing: the same inputs plan nothing."""
    saved = entry(path)

    assert plan(saved["outputs"], saved["inputs"]) == Plan()


@pytest.mark.parametrize("path", [path for path in STATES if path.stem == "interrupted"], ids=state_id)
def test_interrupted_job_of_an_earlier_release_is_waited_for(path: Path) -> None:
    """An upgrade between an interruption and the next run does not train again."""
    saved = entry(path)

    assert plan(saved["outputs"], saved["inputs"]) == Plan(updates=("state",))


@pytest.mark.parametrize("path", STATES, ids=state_id)
def test_recorded_provider_is_still_importable(path: Path) -> None:
    """The dotted path in the state leads to the provider, so that a destroy runs today's code."""
    reference = base64.b64decode(entry(path)["outputs"]["__provider"])

    assert type(pickle.loads(reference)) is ContinuousTuningJobProvider
