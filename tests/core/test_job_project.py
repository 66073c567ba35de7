"""A project that was given as a number, and is an id now: the update asks Google whether that is the same one."""

import pytest

from pulumi_ctune.core.errors import CtuneError, InvalidInputError
from pulumi_ctune.core.names import project_of
from pulumi_ctune.core.outcomes import Plan
from pulumi_ctune.tuning_job import diff
from pulumi_ctune.tuning_job.draft import Draft
from pulumi_ctune.tuning_job.state import State
from tests.core.rig import Rig
from tests.core.test_lost_job_records import lose_record


@pytest.fixture(name="number")
def number_fixture(rig: Rig) -> str:
    """The number of the project `acme`."""
    number = project_of(rig.create(rig.inputs(triggers=["only for its name"]))["name"])
    assert number.isdigit()
    return number


def test_id_of_the_same_project_is_taken_over(rig: Rig, number: str) -> None:
    """From number to id: the job stays, and the state says the id, so that the next comparison needs nobody."""
    state = rig.create(rig.inputs(project=number))
    inputs = rig.inputs(project="acme")
    jobs = len(rig.submissions())

    changed = rig.verbs().update(state["name"], state, inputs)

    assert changed == {**state, "project": "acme"}
    assert diff.plan(State.parse(changed), Draft.of(inputs)) == Plan()
    assert len(rig.submissions()) == jobs


def test_id_of_the_same_project_is_taken_over_without_the_record(rig: Rig, number: str) -> None:
    """A job's record that is lost is no sign of another project: its model version is there."""
    state = rig.create(rig.inputs(project=number))
    lose_record(rig)

    changed = rig.verbs().update(state["name"], state, rig.inputs(project="acme"))

    assert changed == {**state, "project": "acme"}


def test_id_of_another_project_is_refused(rig: Rig, number: str) -> None:
    """A job cannot be moved: one line says so and names both ways on, and nothing is changed at Google."""
    state = rig.create(rig.inputs(project=number, labels={"team": "a"}))

    with pytest.raises(InvalidInputError) as raised:
        rig.verbs().update(state["name"], state, rig.inputs(project="other", labels={"team": "b"}))

    job = state["name"].rsplit("/", 1)[1]
    assert str(raised.value) == (
        f"'other' is another project than '{number}' [project]: it has no tuning job {job}, and a job cannot be moved. "
        f"Put '{number}' back, or train in 'other' with `pulumi up --replace '{rig.owner.urn}'`."
    )
    assert rig.client.get_model_version(state["tuned_model_name"]).labels["team"] == "a"


def test_project_that_cannot_be_asked_is_not_taken_for_another(rig: Rig, number: str) -> None:
    """Google says the same of a project that is not there and of one that is not yours: nobody can tell."""
    state = rig.create(rig.inputs(project=number))
    rig.emulator.faults.add(path="/projects/other/.*", status=403, times=0)

    with pytest.raises(CtuneError) as raised:
        rig.verbs().update(state["name"], state, rig.inputs(project="other"))

    assert str(raised.value).startswith(
        f"whether 'other' and '{number}' are the same project could not be told [project]: HTTP 403 PERMISSION_DENIED"
    )


@pytest.mark.parametrize("project", ["acme", "number"])
def test_project_that_stays_as_written_costs_no_request(rig: Rig, number: str, project: str) -> None:
    """Labels alone are changed without a question about the project."""
    written = number if project == "number" else project
    state = rig.create(rig.inputs(project=written))
    before = len(rig.emulator.requests())

    rig.verbs().update(state["name"], state, rig.inputs(project=written, labels={"team": "b"}))

    asked = [entry["path"] for entry in rig.emulator.requests()[before:] if "/tuningJobs/" in entry["path"]]
    assert len(asked) == 1
