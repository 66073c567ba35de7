"""Two spellings of one provider in one run, as after an upgrade of Python: the program's and the state's.

Pulumi's host keeps an instance for each. Python 3.14 pickles with protocol 5, earlier versions with 4.
"""

import base64
import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from pulumi.dynamic import ResourceProvider

from pulumi_ctune.providers import ContinuousTuningJobProvider, ModelDeploymentProvider, ModelVersionAliasProvider
from tests.engine.emulator import VertexEmulator, vertex_fixture  # noqa: F401  # a fixture goes by its name
from tests.engine.programs import SFT

from .harness import ProviderHost, urn

PREFIX = "pulumi-python:dynamic/ctune:"
JOB = f"{PREFIX}ContinuousTuningJob"
OWNER = {"organization": "acme-org", "project": "infra", "stack": "dev", "name": "sft"}
STATES, PROGRAMS = 4, 5


@pytest.fixture
def host(vertex: VertexEmulator) -> Iterator[ProviderHost]:
    """The process of the run that is looked at."""
    with ProviderHost(ContinuousTuningJobProvider(), config=_config(vertex)) as provider:
        yield provider


@pytest.fixture
def earlier(vertex: VertexEmulator) -> Iterator[ProviderHost]:
    """The process of a run before."""
    with ProviderHost(ContinuousTuningJobProvider(), config=_config(vertex)) as provider:
        yield provider


def _config(vertex: VertexEmulator) -> dict[str, str]:
    return {"ctune:apiEndpoint": f"embedded:{vertex.folder}", "ctune:pollInterval": "1s"}


@contextmanager
def spelled(host: ProviderHost, provider: ResourceProvider, protocol: int) -> Iterator[None]:
    """Calls in the block go to this provider, as a Python with this protocol pickles it."""
    before, host.provider = host.provider, base64.b64encode(pickle.dumps(provider, protocol)).decode()
    yield
    host.provider = before


def tuned(host: ProviderHost) -> dict[str, Any]:
    inputs = {"project": "acme", "location": "us-central1", "__owner": OWNER, **SFT}
    return host.create(host.check(inputs, urn=urn(type=JOB)).inputs, urn=urn(type=JOB)).outputs


def test_renamed_alias_stays(earlier: ProviderHost, host: ProviderHost, vertex: VertexEmulator) -> None:
    """The delete of the old name goes through the state's spelling and leaves the alias to the new name."""
    inputs = {"tuned_model_name": tuned(earlier)["tuned_model_name"], "alias": "prod"}
    new, old = (urn(name, type=f"{PREFIX}ModelVersionAlias") for name in ("new", "old"))
    with spelled(earlier, ModelVersionAliasProvider(), STATES):
        made = earlier.create(inputs, urn=old)

    with spelled(host, ModelVersionAliasProvider(), PROGRAMS):
        host.create(host.check(inputs, urn=new).inputs, urn=new)
    with spelled(host, ModelVersionAliasProvider(), STATES):
        host.delete(made.id, made.outputs, urn=old)

    assert sorted(vertex.get(made.outputs["model"])["versionAliases"]) == ["default", "prod"]


def test_deployment_that_is_replaced_keeps_serving(host: ProviderHost, vertex: VertexEmulator) -> None:
    """After `--replace` the old entry's delete leaves the deployment to the new one."""
    vertex.post("projects/acme/locations/us/endpoints?endpointId=bot", {"displayName": "bot"})
    vertex.end_operations()
    endpoint = "projects/acme/locations/us/endpoints/bot"
    inputs = {"endpoint": endpoint, "tuned_model_name": tuned(host)["tuned_model_name"], "__owner": OWNER}
    live = urn("live", type=f"{PREFIX}ModelDeployment")
    with spelled(host, ModelDeploymentProvider(), STATES):
        made = host.create(host.check(inputs, urn=live).inputs, urn=live)

    with spelled(host, ModelDeploymentProvider(), PROGRAMS):
        again = host.create(host.check(inputs, urn=live).inputs, urn=live)
    with spelled(host, ModelDeploymentProvider(), STATES):
        host.delete(made.id, made.outputs, urn=live)

    assert again.id == made.id
    assert len(vertex.get(endpoint)["deployedModels"]) == 1


def test_protected_job_that_is_replaced_stays(host: ProviderHost, vertex: VertexEmulator) -> None:
    """A forced replacement asks no diff: the delete of the old entry neither fails nor takes the model away."""
    sft = urn(type=JOB)
    inputs = {"project": "acme", "location": "us-central1", "__owner": OWNER, **SFT, "deletion_policy": "PREVENT"}
    with spelled(host, ContinuousTuningJobProvider(), STATES):
        first = host.create(host.check(inputs, urn=sft).inputs, urn=sft)

    with spelled(host, ContinuousTuningJobProvider(), PROGRAMS):
        host.check(inputs, first.outputs, urn=sft)
        second = host.create(host.check(inputs | {"triggers": [2]}, urn=sft).inputs, urn=sft)
    with spelled(host, ContinuousTuningJobProvider(), STATES):
        host.delete(first.id, first.outputs, urn=sft)

    assert first.id != second.id
    assert vertex.get(first.outputs["model"])


def test_job_that_is_replaced_while_somebody_uses_its_version_stays(host: ProviderHost, vertex: VertexEmulator) -> None:
    """With DELETE too: a refusal would stand in the way of every later run, and of the promotion that ends the use."""
    sft = urn(type=JOB)
    inputs = {"project": "acme", "location": "us-central1", "__owner": OWNER, **SFT, "deletion_policy": "DELETE"}
    with spelled(host, ContinuousTuningJobProvider(), STATES):
        first = host.create(host.check(inputs, urn=sft).inputs, urn=sft)
    version = first.outputs["tuned_model_name"]
    vertex.post(f"{version}:mergeVersionAliases", {"versionAliases": ["prod"]})

    with spelled(host, ContinuousTuningJobProvider(), PROGRAMS):
        host.check(inputs, first.outputs, urn=sft)
        host.create(host.check(inputs | {"triggers": [2]}, urn=sft).inputs, urn=sft)
    with spelled(host, ContinuousTuningJobProvider(), STATES):
        host.delete(first.id, first.outputs, urn=sft)

    assert vertex.get(version)["versionAliases"] == ["default", "prod"]
    assert any(f"{version} is not deleted although deletion_policy is DELETE" in line.text for line in host.logs)


def test_each_warning_is_reported_once(host: ProviderHost) -> None:
    """The engine checks a resource several times in a run, and not always through the same instance.

    So the line on the service that the stack works on, and each warning, stand there once.
    """
    version = "projects/acme/locations/us/models/1@1"
    inputs = {"alias": "prod", "tuned_model_name": version, "require": [{"metric": "eval_loss", "at_most": 1}]}
    for protocol in (STATES, PROGRAMS):
        with spelled(host, ModelVersionAliasProvider(), protocol):
            host.check(inputs)

    assert [line.severity for line in host.logs] == ["INFO", "WARNING"]
