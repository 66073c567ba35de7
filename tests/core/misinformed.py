"""A client that is given another answer to what it makes than the service gave."""

import httpx2

from pulumi_ctune.config import ApiEndpoint, Settings
from pulumi_ctune.vertex.client import VertexClient
from tests.core.rig import Rig
from vertex_emulator.transport import EmbeddedTransport


class _Answered(httpx2.BaseTransport):
    """The embedded emulator, and somebody who has another answer to each create of something below `path`."""

    def __init__(self, rig: Rig, path: str, document: object) -> None:
        self._embedded, self._path, self._document = EmbeddedTransport(rig.emulator), path, document

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        answer = self._embedded.handle_request(request)
        if request.method == "POST" and request.url.path.endswith(self._path):
            return httpx2.Response(200, json=self._document, request=request)
        return answer


def misinformed(rig: Rig, path: str, document: object) -> VertexClient:
    """A client of the rig's emulator. Each POST to what ends in `path` is carried out, and answered by `document`."""
    settings = Settings(project="acme", api_endpoint=ApiEndpoint("embedded"))
    return VertexClient(settings, transport=_Answered(rig, path, document), sleep=rig.clock.pause)
