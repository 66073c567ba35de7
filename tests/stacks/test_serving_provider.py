"""Which provider stacks/serving.py has for its endpoint where no emulator is set, in Pulumi's own test runtime."""

import json
import subprocess
import sys
from typing import Any

from .project import REPOSITORY

# A process of its own, since the test runtime changes settings that hold for all of a process.
PROGRAM = """
import asyncio
import json
import sys
import pulumi
from pulumi.runtime import Mocks, set_all_config, set_mocks, test

class Recorded(Mocks):
    def new_resource(self, resource):
        if resource.typ in ("pulumi:providers:gcp", "gcp:vertex/aiEndpoint:AiEndpoint"):
            made[resource.typ.rpartition(":")[2]] = {"inputs": resource.inputs, "provider": resource.provider}
        return f"{resource.name}-id", {**resource.inputs, "name": resource.name}

    def call(self, call):
        return {}

location, config = sys.argv[1], json.loads(sys.argv[2])
made = {}
set_all_config(config)
asyncio.set_event_loop(asyncio.new_event_loop())  # Python 3.14 makes none by itself, and pulumi's `set_mocks` wants one
set_mocks(Recorded())

@test
def serve():
    from serving import Serving

    version = "projects/1/locations/us-central1/models/4711@2"
    callers = ["group:support@example.com"]
    bot = Serving("bot", endpoint_id="1", location=location, tuned_model_name=version, checkpoint_id="2",
                  traffic_percent=100, gates=[], callers=callers, labels={})
    return bot.endpoint.id

serve()
print(json.dumps(made))
"""
CONFIG = {
    "gcp:project": "acme",
    "gcp:region": "us-central1",
    "gcp:impersonateServiceAccount": "deployer@acme.iam.gserviceaccount.com",
    "gcp:accessToken": "hush",
    "gcp:userProjectOverride": "true",
    "gcp:billingProject": "acme-billing",
}
SECRET_MARK = "4dabf18193072939515e22adb298388d"


def test_endpoint_in_a_multi_region_has_a_provider_with_googles_host_and_the_stacks_credentials() -> None:
    """The provider of `us` differs from the stack's own in its host alone, and the token stays a secret."""
    made = made_in("us", CONFIG)

    provider = made["gcp"]["inputs"]
    token = provider.pop("accessToken")
    assert provider == {
        "vertexAiCustomEndpoint": "https://aiplatform.us.rep.googleapis.com/v1beta1/",
        "project": "acme",
        "region": "us-central1",
        "impersonateServiceAccount": "deployer@acme.iam.gserviceaccount.com",
        "userProjectOverride": "true",
        "billingProject": "acme-billing",
    }
    assert (SECRET_MARK in token, token["value"]) == (True, "hush")
    assert "::vertex-us::" in made["AiEndpoint"]["provider"]


def test_endpoint_in_a_region_has_the_stacks_own_provider() -> None:
    """pulumi-gcp knows the hosts of regions by itself."""
    assert served_by_the_stack("us-central1", CONFIG)


def test_host_in_the_config_is_left_alone() -> None:
    """Who names a host for the stack, such as that of an emulator, gets no other."""
    assert served_by_the_stack("us", CONFIG | {"gcp:vertexAiCustomEndpoint": "https://example.test/v1beta1/"})


def served_by_the_stack(location: str, config: dict[str, str]) -> bool:
    made = made_in(location, config)
    return list(made) == ["AiEndpoint"] and not made["AiEndpoint"]["provider"]


def made_in(location: str, config: dict[str, str]) -> dict[str, Any]:
    """Inputs and provider of an explicit `gcp` provider, if there is one, and of the `AiEndpoint`."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, location, json.dumps(config)],
        cwd=REPOSITORY / "stacks",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    made: dict[str, Any] = json.loads(done.stdout)
    return made
