"""Ctrl-C while the API is out of reach: the line says what did not happen, to which resource, and why."""

from collections.abc import Callable, Iterator

import pytest

from pulumi_ctune.alias import creation, deletion, outputs
from pulumi_ctune.alias import reading as alias_reading
from pulumi_ctune.core.errors import CtuneError, WaitInterruptedError
from pulumi_ctune.tuning_job import reading
from tests.core.rig import Rig
from tests.core.serving import Serving

AGAIN = (
    ": interrupted: HTTP 503 UNAVAILABLE: The service is currently unavailable. "
    "Run the same command again to resume it."
)
MODELS, ENDPOINTS, JOBS = "/models/", "/endpoints/", "/tuningJobs/"
GATE = [{"metric": "/train_total_loss", "at_most": 100}]


@pytest.fixture(name="serving")
def serving_fixture(rig: Rig) -> Iterator[Serving]:
    with Serving.start(rig) as serving:
        yield serving


def interrupted(serving: Serving, verb: Callable[[], object], path: str) -> CtuneError:
    """What a verb raises where the API is out of reach for `path`, and somebody presses Ctrl-C."""
    serving.rig.emulator.faults.add(path=path, status=503, times=0)
    serving.rig.clock.interrupt_at_s = serving.rig.clock.now_s + 300
    with pytest.raises(WaitInterruptedError) as raised:
        verb()
    return raised.value


@pytest.mark.parametrize(
    ("path", "where"),
    [(f"{MODELS}.*@2$", "tuned_model_name"), (f"{MODELS}.*@prod$", ""), (":mergeVersionAliases$", "")],
    ids=["version", "holder", "move"],
)
def test_alias_that_was_not_moved(serving: Serving, path: str, where: str) -> None:
    """Create and update: whichever request it was, the alias is where it was."""
    rig, (version, wanted, _) = serving.rig, serving.versions
    alias_id = f"{version.partition('@')[0]}@prod"
    rig.client.merge_version_aliases(version, ["prod"])

    inputs = {"tuned_model_name": wanted, "alias": "prod"}
    error = interrupted(serving, lambda: creation.create(rig.client, rig.verbs().context, inputs), path)

    assert str(error) == f"alias 'prod' was not moved [{where or alias_id}]{AGAIN}"


@pytest.mark.parametrize(
    ("verb", "what"),
    [(alias_reading.read, "the alias could not be read"), (deletion.delete, "alias 'prod' was not taken away")],
    ids=["read", "delete"],
)
def test_alias_that_was_not_looked_at(serving: Serving, verb: Callable[..., object], what: str) -> None:
    """Read and delete name the alias."""
    rig = serving.rig
    state = creation.create(rig.client, rig.verbs().context, {"tuned_model_name": serving.versions[0], "alias": "prod"})
    alias_id = outputs.id_of(state)

    error = interrupted(serving, lambda: verb(rig.client, rig.verbs().context, alias_id, state), "@prod")

    assert str(error) == f"{what} [{alias_id}]{AGAIN}"


@pytest.mark.parametrize(
    ("path", "where"),
    [(MODELS, "tuned_model_name"), (ENDPOINTS, "endpoint"), (JOBS, "require")],
    ids=["version", "endpoint", "series"],
)
def test_version_that_was_not_deployed(serving: Serving, path: str, where: str) -> None:
    """Before anything is deployed, each look is about an input."""
    version = serving.versions[0]

    error = interrupted(serving, lambda: serving.create(version, require=GATE), path)

    assert str(error) == f"{version} was not deployed [{where}]{AGAIN}"


def test_deployment_that_was_not_read(serving: Serving) -> None:
    """A refresh names the deployment."""
    state = serving.create(serving.versions[0])

    error = interrupted(serving, lambda: serving.read(state), ENDPOINTS)

    assert str(error).startswith(f"the deployment could not be read [{state['__endpoint_name']}@")
    assert str(error).endswith(AGAIN)


@pytest.mark.parametrize("path", [JOBS, MODELS, ENDPOINTS], ids=["job", "model", "endpoint"])
def test_job_that_was_not_read(serving: Serving, path: str) -> None:
    """A refresh names the job, whichever of its results could not be read."""
    rig = serving.rig
    state = rig.create(rig.inputs(triggers=["one more"]))

    error = interrupted(serving, lambda: reading.read(rig.client, rig.verbs().context, state["name"], state), path)

    assert str(error) == f"the tuning job or its model could not be read [{state['name']}]{AGAIN}"


def test_job_that_was_not_updated(serving: Serving) -> None:
    """An update names the job that it could not read."""
    rig = serving.rig
    state = rig.create(rig.inputs(triggers=["one more"]))

    error = interrupted(serving, lambda: rig.verbs().update(state["name"], state, rig.inputs()), JOBS)

    assert str(error) == f"the tuning job cannot be read [{state['name']}]{AGAIN}"
