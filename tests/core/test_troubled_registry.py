"""What happens to a paid job while Model Registry refuses to be read."""

import pytest

from pulumi_ctune.core.errors import PermissionDeniedError
from pulumi_ctune.core.outcomes import Unfinished
from tests.core.rig import Rig

REGISTRY = {"method": "GET", "path": "/models/"}


def test_unreadable_version_of_an_earlier_job_stops_the_create(rig: Rig) -> None:
    """Whether a finished job was recorded cannot be told without its version, and training anew would pay twice."""
    first = rig.verbs().create(rig.inputs())
    rig.emulator.faults.add(**REGISTRY, status=403, times=0)

    with pytest.raises(PermissionDeniedError) as raised:
        rig.verbs().create(rig.inputs())

    assert first["name"] in str(raised.value)
    assert len(rig.submissions()) == 1


def test_error_after_the_training_names_the_job(rig: Rig) -> None:
    """Whatever goes wrong once a job exists, the error says which job."""
    rig.emulator.faults.add(**REGISTRY, status=403, times=0)

    with pytest.raises(Unfinished) as raised:
        rig.verbs().create(rig.inputs())

    assert raised.value.resource_id in str(raised.value.cause)
