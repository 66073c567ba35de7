"""Errors that come after the work was done: a 499 or 409 proves nothing, in whichever request."""

from collections.abc import Iterator

import httpx2
import pytest

from pulumi_ctune.alias import creation, kind
from pulumi_ctune.config import ApiEndpoint, Settings
from pulumi_ctune.core.outcomes import Unfinished
from pulumi_ctune.vertex.client import VertexClient
from tests.core.rig import Rig
from tests.core.serving import Serving
from vertex_emulator.transport import EmbeddedTransport

CANCELLED = {"error": {"code": 499, "status": "CANCELLED", "message": "The operation was cancelled."}}


class DoneAndRefused(httpx2.BaseTransport):
    """The embedded emulator, which carries a request out and answers 499."""

    def __init__(self, rig: Rig, path: str) -> None:
        self._embedded, self._path = EmbeddedTransport(rig.emulator), path

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        answer = self._embedded.handle_request(request)
        if not request.url.path.endswith(self._path):
            return answer
        return httpx2.Response(499, json=CANCELLED, request=request)


def refuse_late(rig: Rig, path: str) -> None:
    settings = Settings(project="acme", api_endpoint=ApiEndpoint("embedded"))
    rig.client = VertexClient(settings, transport=DoneAndRefused(rig, path), sleep=lambda _: None)


@pytest.fixture
def serving(rig: Rig) -> Iterator[Serving]:
    with Serving.start(rig) as serving:
        yield serving


def test_alias_that_moved_all_the_same_is_in_the_state(rig: Rig) -> None:
    """Else a program that goes back to the old version would see no change, and the alias would stay on the new one."""
    first = rig.create(rig.inputs())
    second = rig.create(rig.continued(first["tuned_model_name"]))
    context = rig.verbs(timeout=kind.DEFAULT_TIMEOUT).context
    state = creation.create(rig.client, context, {"tuned_model_name": first["tuned_model_name"], "alias": "prod"})
    refuse_late(rig, ":mergeVersionAliases")

    moved = {"tuned_model_name": second["tuned_model_name"], "alias": "prod"}
    state = creation.update(rig.client, context, state, moved)

    assert (state["version_id"], state["previous_version_id"]) == ("2", "1")


def test_deployment_that_began_all_the_same_is_undeployed_by_a_revert(serving: Serving) -> None:
    """The state knows of what may be on its way, though the old version keeps serving."""
    rig = serving.rig
    state = serving.create(serving.versions[0])
    usual = rig.client
    refuse_late(rig, ":deployModel")
    with pytest.raises(Unfinished, match="CANCELLED") as refused:
        serving.update(state, serving.versions[1])
    rig.client = usual

    serving.update(dict(refused.value.state), serving.versions[0])

    assert list(serving.deployed().values()) == ["1"]
    assert serving.traffic() == {"1": 100}
