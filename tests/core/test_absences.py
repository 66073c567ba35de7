"""Aliases and deployments whose model or endpoint is gone, refused or out of reach: no state that no run gets past."""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from pulumi_ctune.alias import creation, kind, outputs
from pulumi_ctune.alias import deletion as alias_deletion
from pulumi_ctune.alias import reading as alias_reading
from pulumi_ctune.config import ApiEndpoint, Settings
from pulumi_ctune.core import retry
from pulumi_ctune.core.errors import (
    ApiError,
    BadRequestError,
    CtuneError,
    PermissionDeniedError,
    UnavailableError,
)
from pulumi_ctune.core.outcomes import Found
from pulumi_ctune.tuning_job import deletion, reading
from pulumi_ctune.vertex.client import VertexClient
from tests.core.rig import Rig
from tests.core.serving import ENDPOINT, Serving
from vertex_emulator.transport import EmbeddedTransport


@pytest.fixture
def serving(rig: Rig) -> Iterator[Serving]:
    with Serving.start(rig) as serving:
        yield serving


def put(rig: Rig, version: str) -> dict[str, Any]:
    return creation.create(rig.client, rig.verbs().context, {"tuned_model_name": version, "alias": "prod"})


def read_job(rig: Rig, state: dict[str, Any]) -> Found | None:
    return reading.read(rig.client, rig.verbs().context, state["name"], state)


def read_alias(rig: Rig, state: dict[str, Any]) -> Found | None:
    return alias_reading.read(rig.client, rig.verbs(timeout=kind.DEFAULT_TIMEOUT).context, outputs.id_of(state), state)


def delete_alias(rig: Rig, state: dict[str, Any]) -> None:
    alias_deletion.delete(rig.client, rig.verbs(timeout=kind.DEFAULT_TIMEOUT).context, outputs.id_of(state), state)


def test_alias_of_a_model_that_is_gone_is_gone(rig: Rig) -> None:
    """A refresh sees it, and a destroy has nothing to do."""
    job = rig.create(rig.inputs())
    state = put(rig, job["tuned_model_name"])
    undeploy_all(rig, job)
    rig.finish(rig.client.start_model_deletion(job["model"]))

    assert read_alias(rig, state) is None
    delete_alias(rig, state)


def undeploy_all(rig: Rig, job: dict[str, Any]) -> None:
    """Somebody deletes what a job made, endpoints first."""
    for checkpoint in job["checkpoints"]:
        endpoint = rig.client.get_endpoint(checkpoint["endpoint"])
        for deployed in endpoint.deployed_models:
            rig.finish(rig.client.start_undeployment(endpoint.name, deployed.deployed_model_id))


def test_alias_that_moves_while_it_is_taken_away_stays(rig: Rig) -> None:
    """Somebody was faster: a refusal then is no error."""
    first = rig.create(rig.inputs())
    second = rig.create(rig.continued(first["tuned_model_name"]))
    state = put(rig, first["tuned_model_name"])

    class Faster(httpx2.BaseTransport):
        embedded = EmbeddedTransport(rig.emulator)

        def handle_request(self, request: httpx2.Request) -> httpx2.Response:
            if b"-prod" in request.read():
                mover.merge_version_aliases(second["tuned_model_name"], ["prod"])
                rig.emulator.faults.add(path=":mergeVersionAliases$", status=400, message="not on this version")
            return self.embedded.handle_request(request)

    mover = rig.client
    settings = Settings(project="acme", api_endpoint=ApiEndpoint("embedded"))
    rig.client = VertexClient(settings, transport=Faster(), sleep=lambda _: None)
    delete_alias(rig, state)

    assert mover.get_model_version(outputs.id_of(state)).name == second["tuned_model_name"]
    assert "stays: it is on version 2, not on 1 any more" in rig.report.infos[-1]


def test_alias_that_may_not_be_taken_away_is_an_error(rig: Rig) -> None:
    """A refusal of what is still there is told."""
    state = put(rig, rig.create(rig.inputs())["tuned_model_name"])
    rig.emulator.faults.add(path=":mergeVersionAliases$", status=400, message="locked", times=0)

    with pytest.raises(ApiError, match="alias 'prod' was not taken away"):
        delete_alias(rig, state)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"status": 403}, PermissionDeniedError),
        ({"status": 404, "reason": "Not Found"}, BadRequestError),
        ({"status": 503}, UnavailableError),
    ],
    ids=["refused", "proxy's 404", "out of reach"],
)
@pytest.mark.parametrize("kind", ["job", "alias", "deployment"])
def test_refresh_that_cannot_tell_is_an_error(
    serving: Serving, kind: str, answer: dict[str, Any], error: type[ApiError]
) -> None:
    """Only the API's own 404 is an absence; an API that is out of reach is waited for, for a while."""
    rig = serving.rig
    version = serving.versions[0]
    made = {"job": lambda: rig.create(rig.inputs()), "alias": lambda: put(rig, version)}
    state = made.get(kind, lambda: serving.create(version))()
    began = rig.clock.now_s
    rig.emulator.faults.add(method="GET", times=0, **answer)

    look = {"job": lambda: read_job(rig, state), "alias": lambda: read_alias(rig, state)}
    with pytest.raises(error, match="could not be read"):
        look.get(kind, lambda: serving.read(state))()

    retries_s = 2.0  # of the client, within the last look
    assert rig.clock.now_s - began <= retry.LONGEST_REFRESH.total_seconds() + retries_s


def test_deployment_on_an_endpoint_that_is_gone_is_gone(serving: Serving) -> None:
    """A refresh sees it, and a destroy has nothing to do."""
    state = serving.create(serving.versions[0])
    serving.rig.finish(serving.rig.client.start_undeployment(ENDPOINT, state["deployed_model_id"]))
    serving.rig.finish(serving.rig.client.start_endpoint_deletion(ENDPOINT))

    assert serving.read(state) is None
    serving.delete(state)


def test_not_found_of_a_proxy_leaves_a_deployment_in_the_state(serving: Serving) -> None:
    """A destroy that could not look has taken nothing off."""
    state = serving.create(serving.versions[0])
    serving.rig.emulator.faults.add(path="/endpoints/prod-bot", status=404, reason="Not Found", times=0)

    with pytest.raises(CtuneError, match="was not taken off its endpoint"):
        serving.delete(state)


def test_destroy_says_what_stays(rig: Rig) -> None:
    """ABANDON leaves version and endpoints: one line names them."""
    state = rig.create(rig.inputs())

    deletion.delete(rig.client, rig.verbs().context, state["name"], state)

    names = [state["tuned_model_name"], state["endpoint"]]
    names += [item["endpoint"] for item in state["checkpoints"] if item["endpoint"] != state["endpoint"]]
    reported = [line for line in rig.report.infos if "stays at Google" in line]
    assert reported == [f"deletion_policy is ABANDON, so this stays at Google: {', '.join(names)}"]


def test_not_found_of_a_proxy_makes_no_second_job(rig: Rig) -> None:
    """Whether the model version of the own job is there cannot be told then: nothing is submitted."""
    first = rig.create(rig.inputs())
    rig.emulator.faults.add(method="GET", path="/models/", status=404, reason="Not Found")

    with pytest.raises(ApiError, match="no tuning job was submitted"):
        rig.create(rig.inputs(), rig.nothing_saved())

    assert rig.create(rig.inputs(), rig.nothing_saved())["name"] == first["name"]
    assert len(rig.submissions()) == 1


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/endpoints/"), ("POST", ":undeployModel$"), ("DELETE", "/endpoints/"), ("DELETE", "/models/")],
)
def test_not_found_of_a_proxy_ends_no_deletion(rig: Rig, method: str, path: str) -> None:
    """What may be there still stays in the state, and the next destroy takes it away."""
    state = rig.create(rig.inputs(deletion_policy="DELETE"))
    rig.emulator.faults.add(method=method, path=path, status=404, reason="Not Found")

    with pytest.raises(ApiError, match="could not be deleted"):
        deletion.delete(rig.client, rig.verbs().context, state["name"], state)
    deletion.delete(rig.client, rig.verbs().context, state["name"], state)

    assert rig.everything_left() == {"models": 0, "endpoints": 0}
