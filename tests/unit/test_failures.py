"""What somebody reads whose job ended without a model."""

import pytest

from pulumi_ctune.tuning.failures import failure_of
from pulumi_ctune.tuning.resources import JobError, TuningJob

JOB = "projects/4711/locations/us-central1/tuningJobs/99"


@pytest.mark.parametrize(("code", "name"), [(15, "DATA_LOSS"), (3, "INVALID_ARGUMENT"), (99, "code 99")])
def test_code_of_a_failed_job_is_shown_by_its_name(code: int, name: str) -> None:
    """A gRPC code reads as its name, and one that is new as its number."""
    failure = failure_of(TuningJob(JOB, "JOB_STATE_FAILED", error=JobError(code, "It broke.")))

    assert failure.why == f"It broke ({name})"
