"""Answers with odd entries, of strangers or of a new kind: they stand in nobody's way, and prove nothing."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest

from pulumi_ctune.alias import creation, kind
from pulumi_ctune.config import ApiEndpoint, Settings
from pulumi_ctune.core.errors import CtuneError, PermissionDeniedError, UnavailableError
from pulumi_ctune.tuning_job import deletion, reading
from pulumi_ctune.vertex.client import VertexClient
from tests.core.rig import Rig
from tests.core.serving import Serving
from vertex_emulator.transport import EmbeddedTransport

Edit = Callable[[dict[str, Any]], object]


class Edited(httpx2.BaseTransport):
    """The embedded emulator, with answers to some reads changed in place."""

    def __init__(self, rig: Rig, path: str, edit: Edit) -> None:
        self._embedded, self._path, self._edit = EmbeddedTransport(rig.emulator), path, edit

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        answer = self._embedded.handle_request(request)
        if request.method != "GET" or not re.search(self._path, request.url.path):
            return answer
        answer.read()
        document = answer.json()
        self._edit(document)
        return httpx2.Response(answer.status_code, json=document, request=request)


class Blocked(httpx2.BaseTransport):
    """A proxy that lets nobody read models."""

    def __init__(self, rig: Rig) -> None:
        self._embedded = EmbeddedTransport(rig.emulator)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        if "/models/" in request.url.path:
            return httpx2.Response(403, html="<html>Blocked by your administrator</html>", request=request)
        return self._embedded.handle_request(request)


def edit_answers(rig: Rig, path: str, edit: Edit) -> None:
    settings = Settings(project="acme", api_endpoint=ApiEndpoint("embedded"))
    rig.client = VertexClient(settings, transport=Edited(rig, path, edit), sleep=lambda _: None)


@pytest.fixture
def serving(rig: Rig) -> Iterator[Serving]:
    with Serving.start(rig) as serving:
        yield serving


def second_version(rig: Rig) -> dict[str, Any]:
    """The state of a job that made the default version of a model that has another one."""
    first = rig.create(rig.inputs())
    second = rig.create(rig.continued(first["tuned_model_name"], deletion_policy="DELETE"))
    rig.client.merge_version_aliases(second["tuned_model_name"], ["default"])
    return second


def test_version_with_an_odd_number_is_no_obstacle_to_a_deletion(rig: Rig) -> None:
    """The alias `default` goes to a version with a proper number."""
    state = second_version(rig)
    edit_answers(rig, ":listVersions$", lambda page: page["models"].append({"name": state["model"], "versionId": "x"}))

    deletion.delete(rig.client, rig.verbs().context, state["name"], state)

    assert rig.client.get_model_version(f"{state['model']}@default").version_id == "1"


def test_list_that_cannot_be_right_deletes_no_model(rig: Rig) -> None:
    """A model goes with its last version: that must not follow from an empty list."""
    state = second_version(rig)
    rig.emulator.forget_requests()
    edit_answers(rig, ":listVersions$", dict.clear)

    with pytest.raises(CtuneError, match="cannot be told whether it is the last one"):
        deletion.delete(rig.client, rig.verbs().context, state["name"], state)

    assert not [entry for entry in rig.emulator.requests() if re.search(r"/models/\w+$", entry["path"])]


def test_operation_without_a_name_holds_up_no_deployment(serving: Serving) -> None:
    """Nobody can wait for it."""
    metadata = {"@type": "type.googleapis.com/google.cloud.aiplatform.v1beta1.DeployModelOperationMetadata"}
    edit_answers(serving.rig, "/operations$", lambda page: page.update(operations=[{"metadata": metadata}]))

    serving.create(serving.versions[0])

    assert serving.traffic() == {"1": 100}


@pytest.mark.parametrize(
    "edit",
    [
        lambda job: job["tunedModel"].update(endpoint="endpoints/5"),
        lambda job: job.update(preTunedModel="models/7"),
    ],
    ids=["endpoint", "source"],
)
def test_odd_field_of_an_own_job_is_no_state_that_no_run_gets_past(rig: Rig, edit: Edit) -> None:
    """Refresh, update and destroy go on."""
    state = rig.create(rig.inputs())
    edit_answers(rig, "/tuningJobs/", edit)

    assert reading.read(rig.client, rig.verbs().context, state["name"], state) is not None
    state = rig.verbs().update(state["name"], state, rig.inputs(labels={"team": "search"}))
    deletion.delete(rig.client, rig.verbs().context, state["name"], state)

    assert state["labels"] == {"team": "search"}


def test_block_page_of_a_proxy_leaves_no_source_unpinned(rig: Rig) -> None:
    """Google's own 403 may be the tuning service's to overcome; who knows what stands behind a page?"""
    source = rig.create(rig.inputs())
    settings = Settings(project="acme", api_endpoint=ApiEndpoint("embedded"))
    rig.client = VertexClient(settings, transport=Blocked(rig), sleep=lambda _: None)

    with pytest.raises(PermissionDeniedError, match=r"no tuning job was submitted.*Blocked by"):
        rig.create(rig.continued(source["model"]))

    assert len(rig.submissions()) == 1


@pytest.mark.parametrize("field", ["name", "versionId"])
def test_version_that_says_less_than_it_must_is_no_version(rig: Rig, field: str) -> None:
    """Neither continued from nor put into a state; nothing was submitted, and no wait of a day follows."""
    source = rig.create(rig.inputs())
    edit_answers(rig, r"/models/\d+@", lambda version: version.pop(field))
    context = rig.verbs(timeout=kind.DEFAULT_TIMEOUT).context

    with pytest.raises(UnavailableError, match="not what the API sends"):
        rig.verbs(timeout=kind.DEFAULT_TIMEOUT).create(rig.continued(source["tuned_model_name"]))
    with pytest.raises(UnavailableError, match="not what the API sends"):
        creation.create(rig.client, context, {"tuned_model_name": source["tuned_model_name"], "alias": "prod"})

    assert len(rig.submissions()) == 1


def test_empty_answer_for_an_endpoint_takes_no_traffic_away(serving: Serving) -> None:
    """An endpoint that seems to be empty gives all traffic to what comes; others may serve there."""
    serving.deploy_foreign("777", serving.versions[1], {"0": 100})
    usual = serving.rig.client
    edit_answers(serving.rig, "/endpoints/prod-bot$", dict.clear)

    with pytest.raises(UnavailableError, match="not what the API sends"):
        serving.create(serving.versions[0])
    serving.rig.client = usual

    assert serving.split() == {"777": 100}
