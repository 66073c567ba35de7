"""What a job calls its release and what the command line takes for one."""

import re

from pulumi_ctune import ContinuousTuningJob
from pulumi_ctune.cli.releases import RELEASE_KEYS


def test_keys_are_those_of_a_jobs_release() -> None:
    """`ctune promote` shows the keys in the order in which `job.release` tells them."""
    _, _, told = (ContinuousTuningJob.release.__doc__ or "").partition("Keys: ")

    assert tuple(re.findall(r"`(\w+)`", told)) == RELEASE_KEYS
