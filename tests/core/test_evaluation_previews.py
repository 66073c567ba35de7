"""What a preview tells of an evaluation run that is to be made: what it takes, and rows that are wrong."""

from collections.abc import Iterator
from typing import Any

import pytest

from pulumi_ctune.core.kind import Call, Checked, CheckRun
from pulumi_ctune.core.values import UNKNOWN
from pulumi_ctune.evaluation_run.kind import EvaluationRunKind
from tests.core.evaluating import BASE_MODEL, Evaluating
from tests.core.rig import Rig


@pytest.fixture
def evaluating(rig: Rig) -> Iterator[Evaluating]:
    with Evaluating.start(rig) as evaluating:
        yield evaluating


def checked(evaluating: Evaluating, *, is_new: bool = True, **changes: Any) -> Checked:
    run = CheckRun(Call(), {}, client=lambda: evaluating.rig.client)
    inputs = evaluating.inputs(**changes)
    return EvaluationRunKind().check(run, {} if is_new else inputs, inputs)


@pytest.mark.parametrize("version", ["known", UNKNOWN])
def test_calls_are_counted(evaluating: Evaluating, version: Any) -> None:
    """Also of a version that its job has still to make."""
    given = evaluating.versions[0] if version == "known" else version

    found = checked(evaluating, tuned_model_name=given, baseline={"model": BASE_MODEL})

    assert list(found.notes) == ["the evaluation takes 4 rows, 8 answers and 0 judge calls"]
    assert (found.failures, found.warnings) == ([], [])


def test_run_that_is_there_takes_nothing(evaluating: Evaluating) -> None:
    evaluating.rig.emulator.forget_requests()

    found = checked(evaluating, is_new=False)

    assert list(found.notes) == []
    assert evaluating.rig.emulator.requests() == []


@pytest.mark.parametrize("source", [UNKNOWN, {"dataset_uri": UNKNOWN}], ids=["source", "uri"])
def test_unknown_rows_are_not_looked_at(evaluating: Evaluating, source: Any) -> None:
    found = checked(evaluating, data_source=source)

    assert (list(found.notes), found.failures, found.warnings) == ([], [], [])


def test_wrong_rows_are_a_failure_at_their_field(evaluating: Evaluating) -> None:
    evaluating.rig.emulator.put_object("data", "held-out.jsonl", b'{"prompt": "a"}\n{"promt": "b"}')

    (failure,) = checked(evaluating).failures

    assert failure.property == "data_source.dataset_uri"
    assert failure.reason.startswith("gs://data/held-out.jsonl: line 2 has neither 'contents' nor 'prompt'")


def test_rows_that_cannot_be_read_are_a_warning(evaluating: Evaluating) -> None:
    """Whoever previews may lack the right to read them."""
    evaluating.rig.emulator.faults.add(method="GET", path="held-out", status=403, message="no access", times=0)

    found = checked(evaluating)

    (warning,) = found.warnings
    assert warning.startswith("data_source.dataset_uri: ")
    assert warning.endswith("`pulumi up` looks again before it makes the run")
    assert (list(found.notes), found.failures) == ([], [])


def test_service_that_is_out_of_reach_does_not_hold_a_preview_up(evaluating: Evaluating) -> None:
    evaluating.rig.emulator.faults.add(method="GET", path="held-out", status=503, times=0)

    found = checked(evaluating)

    assert (len(found.warnings), found.failures) == (1, [])
