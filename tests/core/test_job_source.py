"""A source that is written by an alias now, which no diff could look up: the update asks what it means."""

import pytest

from pulumi_ctune.core.errors import CtuneError, InvalidInputError
from pulumi_ctune.core.outcomes import Plan
from pulumi_ctune.tuning_job import diff
from pulumi_ctune.tuning_job.draft import Draft
from pulumi_ctune.tuning_job.state import State
from tests.core.rig import Rig


def test_alias_of_the_recorded_version_is_taken_over(rig: Rig) -> None:
    """The job stays, and the state has the alias, so that the next comparison needs nobody."""
    source = rig.create(rig.inputs())["tuned_model_name"]
    state = rig.create(rig.continued(source))
    inputs = rig.continued(source.partition("@")[0], labels={"team": "b"})
    jobs = len(rig.submissions())

    changed = rig.verbs().update(state["name"], state, inputs)

    assert changed["source_model_name"] == source
    assert diff.plan(State.parse(changed), Draft.of(inputs)) == Plan()
    assert len(rig.submissions()) == jobs


def test_alias_of_another_version_is_refused(rig: Rig) -> None:
    """One line says what it means and names both ways on; nothing is trained, and nothing is changed at Google."""
    source = rig.create(rig.inputs())["tuned_model_name"]
    model = source.partition("@")[0]
    state = rig.create(rig.continued(source))
    rig.client.merge_version_aliases(state["tuned_model_name"], ["default"])
    jobs = len(rig.submissions())

    with pytest.raises(InvalidInputError) as raised:
        rig.verbs().update(state["name"], state, rig.continued(model, labels={"team": "b"}))

    assert str(raised.value) == (
        f"{model} is another version than {source} [pre_tuned_model.tuned_model_name]: it is "
        f"{state['tuned_model_name']} now. Put the earlier name back, or train from it with "
        f"`pulumi up --replace '{rig.owner.urn}'`."
    )
    assert "team" not in rig.client.get_model_version(state["tuned_model_name"]).labels
    assert len(rig.submissions()) == jobs


def test_alias_that_cannot_be_read_is_not_taken_for_another(rig: Rig) -> None:
    """Nobody could tell: the update fails, and trains nothing."""
    source = rig.create(rig.inputs())["tuned_model_name"]
    state = rig.create(rig.continued(source))
    asked = source.partition("@")[0]
    rig.emulator.faults.add(path=f"/{asked}$", status=403, times=0)

    with pytest.raises(CtuneError) as raised:
        rig.verbs().update(state["name"], state, rig.continued(asked))

    assert str(raised.value).startswith(
        f"whether {asked} still is {source} could not be told [pre_tuned_model.tuned_model_name]: HTTP 403"
    )
