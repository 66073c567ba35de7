"""The emulator as a transport of httpx2: requests go to it in process, without a port.

What a fault does to a connection becomes what httpx2 raises for it over a network.
"""

from typing import Any

import httpx2

from vertex_emulator.app import Emulator
from vertex_emulator.faults import ConnectionDropped


class EmbeddedTransport(httpx2.BaseTransport):
    """Answers every request, whatever its host, from `emulator`; closing it leaves the emulator open."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Raises `ReadError` for a dropped connection, `RemoteProtocolError` for an answer that was cut."""
        raw_path = request.url.raw_path.split(b"?")[0].decode("ascii")

        def app(environ: dict[str, Any], start_response: Any) -> Any:
            return self._emulator({**environ, "RAW_PATH": raw_path}, start_response)

        try:
            response = httpx2.WSGITransport(app=app).handle_request(request)
        except ConnectionDropped:
            raise httpx2.ReadError("[Errno 104] Connection reset by peer", request=request) from None
        try:
            response.read()
        except ConnectionDropped:
            message = "peer closed connection without sending complete message body"
            raise httpx2.RemoteProtocolError(message, request=request) from None
        return response
