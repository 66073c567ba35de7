"""What kinds note for each other in a run, and what they tell of a plan."""

from typing import Any, NoReturn

import pytest

from pulumi_ctune.alias.kind import AliasKind
from pulumi_ctune.core.kind import Call, CheckRun, DiffRun
from pulumi_ctune.core.run import Held, SourceFates, current_run
from pulumi_ctune.deployment.kind import DeploymentKind
from pulumi_ctune.evaluation_run.kind import EvaluationRunKind
from pulumi_ctune.model_copy.kind import ModelCopyKind
from pulumi_ctune.tuning_job.kind import TuningJobKind
from pulumi_ctune.verbs.runner import VerbRunner

from .job_inputs import MODEL, sft
from .test_diff_job import DONE, FROM_BASE

UNUSUAL = [{"metric": "eval_total_loss", "at_most": 1.0}]
"""A gate on a series whose name has no slash, which is warned of."""

COPY = {"source_model_name": f"{MODEL}@1", "project": "acme-prod", "location": "us-central1"}

EMBEDDED = {"ctune:apiEndpoint": "embedded:never-used"}


def reported(name: str) -> dict[str, Any]:
    """What a program tells of a resource with this name."""
    return {"__owner": {"organization": "acme-org", "project": "infra", "stack": "dev", "name": name}}


def nobody() -> NoReturn:
    raise AssertionError("nothing is asked")


@pytest.mark.parametrize(
    ("kind", "part"),
    [(TuningJobKind(), "token"), (EvaluationRunKind(), "token"), (DeploymentKind(), "urn"), (ModelCopyKind(), "urn")],
)
def test_resources_of_calls_without_an_urn_stay_apart(kind: Any, part: str) -> None:
    """Tokens and marks are made of the URN: with none, all would be one resource, and cancel each other's jobs."""
    runner = VerbRunner(kind, EMBEDDED.get)

    owners = [runner.check(Call(), {}, reported(name), {}).settled["__owner"] for name in ("a", "b")]

    assert owners[0][part] != owners[1][part]


@pytest.mark.parametrize(
    ("kind", "inputs", "wrong"),
    [
        (TuningJobKind(), {**sft(), "location": "global"}, "location"),
        (AliasKind(), {"tuned_model_name": f"{MODEL}@1", "alias": "1", "require": UNUSUAL}, "alias"),
        (DeploymentKind(), {"endpoint": "", "tuned_model_name": f"{MODEL}@1", "require": UNUSUAL}, "endpoint"),
        (ModelCopyKind(), {**COPY, "model_id": "A", "require": UNUSUAL}, "model_id"),
    ],
    ids=["job", "alias", "deployment", "copy"],
)
def test_inputs_that_are_refused_get_no_advice_on_top(kind: Any, inputs: dict[str, Any], wrong: str) -> None:
    """All of these would be warned of, were there no failure."""
    checked = kind.check(CheckRun(Call(), {}), {}, inputs)

    assert [failure.property for failure in checked.failures] == [wrong]
    assert list(checked.warnings) == []


def test_project_that_cannot_be_compared_is_not_called_unknown() -> None:
    """A number in the state and an id in the program: the id is known, whether both mean one project is not."""
    state = {**FROM_BASE, **DONE, "project": "123456789012"}
    current_run().part(SourceFates).note_check("urn:a", fresh=False)

    plan = TuningJobKind().diff(DiffRun(Call("Diff", "urn:a"), nobody), "1", state, FROM_BASE)

    assert plan.warnings == ("may train again: whether project means what it did is known after the update",)


def test_entry_itself_is_no_successor_of_what_it_holds() -> None:
    """A delete that comes before the create of a forced replacement takes away what there is."""
    held = Held()
    held.note("urn:a", "alias")

    assert not held.has_successor("urn:a", "alias")


def test_what_a_create_made_is_the_successor() -> None:
    held = Held()
    held.note_made("urn:a", "alias")

    assert held.has_successor("urn:a", "alias")
    assert held.has_successor("urn:b", "alias")  # an entry under another name, which was renamed
    assert not held.has_successor("urn:a", "another")
