"""Every state of the API has a meaning."""

import pytest

from pulumi_ctune.core import discovery, job_states
from pulumi_ctune.core.api import TuningJob
from pulumi_ctune.tuning_job.progress import progress_line


def test_every_state_of_the_api_is_known() -> None:
    """No state of the discovery document is left to the rule for unknown ones."""
    schema = discovery.load()["schemas"]["GoogleCloudAiplatformV1beta1TuningJob"]

    unknown = [state for state in schema["properties"]["state"]["enum"] if not job_states.is_known(state)]

    assert unknown == []


@pytest.mark.parametrize(
    ("job", "line"),
    [
        (TuningJob("j", "JOB_STATE_PENDING"), "pending"),
        (
            TuningJob("j", "JOB_STATE_QUEUED", detail="TUNING_JOB_STATE_WAITING_FOR_QUOTA"),
            "queued: waiting for quota",
        ),
        (
            TuningJob(
                "j",
                "JOB_STATE_RUNNING",
                detail="TUNING_JOB_STATE_TUNING",
                completed_epoch_count=2,
                request={"supervisedTuningSpec": {"hyperParameters": {"epochCount": "4"}}},
            ),
            "running, epoch 2 of 4",
        ),
        (
            TuningJob("j", "JOB_STATE_RUNNING", detail="TUNING_JOB_STATE_POST_PROCESSING", completed_step_count=30),
            "running, step 30: post processing",
        ),
        (
            TuningJob(
                "j",
                "JOB_STATE_RUNNING",
                completed_epoch_count=0,
                completed_step_count=30,
                step_count=110,
                request={"reinforcementTuningSpec": {"hyperParameters": {"epochCount": "1"}}},
            ),
            "running, step 30 of 110",
        ),
    ],
    ids=["bare", "detail", "epochs", "steps without goal", "reinforcement"],
)
def test_progress_line(job: TuningJob, line: str) -> None:
    """The status line holds state, epoch or step n of m, and detail, in this order and as far as they are known.

    That a job which counts is tuning goes without saying.
    """
    assert progress_line(job) == line
