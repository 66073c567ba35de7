"""States that earlier releases saved: today's code finds nothing to do, and never a reason to train again."""

import base64
import pickle
from pathlib import Path

import pytest

from pulumi_ctune.core.outcomes import Plan

from .saved import KINDS, PATHS, UNFINISHED, class_of, entry


def state_id(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


@pytest.mark.parametrize("path", PATHS, ids=state_id)
def test_recorded_inputs_still_pass_the_check(path: Path) -> None:
    """What an earlier release accepted is accepted today."""
    saved = entry(path)

    assert not KINDS[class_of(saved)].check(saved["inputs"])


@pytest.mark.parametrize("path", [path for path in PATHS if path.stem not in UNFINISHED], ids=state_id)
def test_finished_resource_of_an_earlier_release_is_left_alone(path: Path) -> None:
    """An upgrade alone changes nothing: the same inputs plan nothing."""
    saved = entry(path)

    assert KINDS[class_of(saved)].plan(saved["outputs"], saved["inputs"]) == Plan()


@pytest.mark.parametrize("path", [path for path in PATHS if path.stem in UNFINISHED], ids=state_id)
def test_interrupted_resource_of_an_earlier_release_is_finished(path: Path) -> None:
    """An upgrade between an interruption and the next run neither trains again nor replaces anything."""
    saved = entry(path)

    assert KINDS[class_of(saved)].plan(saved["outputs"], saved["inputs"]) == Plan(updates=UNFINISHED[path.stem])


@pytest.mark.parametrize("path", PATHS, ids=state_id)
def test_recorded_provider_is_still_importable(path: Path) -> None:
    """The dotted path in the state leads to the provider, so that a destroy runs today's code."""
    saved = entry(path)
    reference = base64.b64decode(saved["outputs"]["__provider"])

    assert type(pickle.loads(reference)) is KINDS[class_of(saved)].provider
