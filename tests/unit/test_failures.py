"""What somebody reads whose job ended without a model."""

import pytest

from pulumi_ctune.core.api import JobError, TuningJob
from pulumi_ctune.tuning_job.failures import failure_of

JOB = "projects/4711/locations/us-central1/tuningJobs/99"


@pytest.mark.parametrize(("code", "name"), [(15, "DATA_LOSS"), (3, "INVALID_ARGUMENT"), (99, "code 99")])
def test_code_of_a_failed_job_is_shown_by_its_name(code: int, name: str) -> None:
    """A gRPC code reads as its name, and one that is new as its number."""
    failure = failure_of(TuningJob(JOB, "JOB_STATE_FAILED", error=JobError(code, "It broke.")))

    assert failure.why == f"It broke ({name})"


@pytest.mark.parametrize(
    "trouble",
    [
        "{} does not have storage.objects.get access to the Google Cloud Storage object.",
        "Permission 'cloudkms.cryptoKeyVersions.useToEncrypt' denied to {} on the CryptoKey.",
        "Service account {} does not exist.",
    ],
)
def test_advice_names_the_account_that_the_service_names(trouble: str) -> None:
    """Whoever grants to another account pays for another run that fails."""
    account = "service-123@gcp-sa-aiplatform.iam.gserviceaccount.com"

    failure = failure_of(TuningJob(JOB, "JOB_STATE_FAILED", error=JobError(7, trouble.format(account))))

    assert account in failure.next_step
    assert "gcp-sa-vertex-tune" not in failure.next_step
