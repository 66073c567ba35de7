"""Resolving a source: in each spelling, and against answers that the emulator does not give."""

import httpx2
import pytest

from pulumi_ctune.config import ApiEndpoint, Settings
from pulumi_ctune.core.source import Source
from pulumi_ctune.tuning_job.source_lookup import resolve_source
from pulumi_ctune.vertex.client import VertexClient
from tests.core.rig import Rig
from tests.unit.clock import RecordedReport

MODEL = "projects/123456789012/locations/us-central1/models/77"


def vertex(model: dict[str, object], *, list_status: int) -> VertexClient:
    """A client of a registry that knows one model, and may refuse to list its checkpoints."""

    def answer(request: httpx2.Request) -> httpx2.Response:
        if request.url.path.endswith(":listCheckpoints"):
            return httpx2.Response(list_status, json={})
        return httpx2.Response(200, json=model)

    settings = Settings(api_endpoint=ApiEndpoint("url", url="http://127.0.0.1:1"))
    return VertexClient(settings, transport=httpx2.MockTransport(answer), sleep=lambda seconds: None)


def test_checkpoint_that_cannot_be_looked_up_is_sent_as_it_is() -> None:
    """Where a version's checkpoints cannot be listed, the tuning service judges."""
    client = vertex({"name": MODEL, "versionId": "2"}, list_status=404)

    source = resolve_source(client, Source(MODEL, "7"), RecordedReport())

    assert (source.tuned_model_name, source.checkpoint_id) == (f"{MODEL}@2", "7")


def test_source_without_checkpoints_is_pinned_without_one() -> None:
    """A version that has no checkpoints is sent by its number alone."""
    client = vertex({"name": MODEL, "versionId": "2"}, list_status=200)

    source = resolve_source(client, Source(MODEL), RecordedReport())

    assert source.pre_tuned_model == {"tuned_model_name": f"{MODEL}@2"}


@pytest.mark.parametrize("spelling", ["", "@default", "@1"], ids=["no version", "default", "number"])
def test_source_is_the_same_in_each_spelling(rig: Rig, spelling: str) -> None:
    """A model without version is its default one: all are pinned to number and checkpoint."""
    made = rig.create(rig.inputs())

    source = resolve_source(rig.client, Source(f"{made['model']}{spelling}"), rig.report)

    assert (source.tuned_model_name, source.checkpoint_id) == (made["tuned_model_name"], "3")
