"""What a job calls its release, and what the command line takes for one."""

import json
import re
import subprocess
import sys

from pulumi_ctune import ContinuousTuningJob
from pulumi_ctune.cli.releases import RELEASE_KEYS

# A process of its own, since Pulumi's test runtime changes settings that hold for all of a process.
RELEASE_OF_A_JOB = """
import asyncio
import json
import pulumi
from pulumi.runtime import Mocks, set_mocks, test
import pulumi_ctune as ctune

class Made(Mocks):
    def new_resource(self, resource):
        return resource.name, {**resource.inputs, "tuned_model_name": "m@1", "metrics": {}}

    def call(self, call):
        return {}

@test
def print_keys():
    uri = {"training_dataset_uri": "gs://b/train.jsonl"}
    job = ctune.ContinuousTuningJob("j", base_model="gemini-3.5-flash", supervised_tuning_spec=uri)
    return job.release.apply(lambda release: print(json.dumps(list(release))))

asyncio.set_event_loop(asyncio.new_event_loop())  # Python 3.14 makes none by itself, and pulumi's `set_mocks` wants one
set_mocks(Made())
print_keys()
"""


def test_keys_are_those_of_a_jobs_release() -> None:
    """`ctune promote` shows the keys in the order that `job.release` has."""
    done = subprocess.run([sys.executable, "-c", RELEASE_OF_A_JOB], capture_output=True, text=True, check=True)

    assert tuple(json.loads(done.stdout)) == RELEASE_KEYS


def test_keys_are_those_that_the_docstring_names() -> None:
    """Whoever reads about `job.release` reads the same keys."""
    _, _, keys = (ContinuousTuningJob.release.__doc__ or "").partition("Keys: ")

    assert tuple(re.findall(r"`(\w+)`", keys)) == RELEASE_KEYS
