"""What happens to the checkpoints of a job that did not come to its end."""

import pytest

from pulumi_ctune.core.errors import TuningJobFailedError
from pulumi_ctune.core.outcomes import Unfinished
from pulumi_ctune.tuning_job import deletion
from tests.core.rig import Rig


def test_delete_of_a_running_job_removes_its_checkpoints(rig: Rig) -> None:
    """With DELETE the checkpoints that a cancelled job has made until then do not stay."""
    rig.clock.interrupt_at_s = 500.0
    with pytest.raises(Unfinished) as interrupted:
        rig.verbs().create(rig.inputs(deletion_policy="DELETE"))
    rig.clock.interrupt_at_s = float("inf")
    verbs = rig.verbs()

    deletion.delete(verbs.vertex, verbs.context, interrupted.value.resource_id, interrupted.value.state)

    assert rig.everything_left() == {"models": 0, "endpoints": 0}


def test_partial_success_without_a_model_is_replaced(rig: Rig) -> None:
    """A job that has ended and made no model is nothing to wait for, and nothing to keep: the next run trains anew."""
    rig.emulator.faults.add(job={"state": "JOB_STATE_PARTIALLY_SUCCEEDED", "with_model": False, "at": 0.2})
    with pytest.raises(TuningJobFailedError):
        rig.create(rig.inputs())
    rig.emulator.faults.clear()

    state = rig.create(rig.inputs())

    assert state["name"] == rig.emulator.jobs()[1]["name"]
