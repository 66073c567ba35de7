"""The emulator as a transport of httpx2: requests go to it in process, without a port.

What a fault does to a connection becomes what httpx2 raises for it over a network.
"""

from collections.abc import Iterator
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
        # Neither read nor unpacked here: that is for the client, as with an answer that comes over a network.
        response.stream = _Body(response.stream, request)
        return response


class _Body(httpx2.SyncByteStream):
    """The body of an answer, up to where it is cut."""

    def __init__(self, stream: Any, request: httpx2.Request) -> None:
        self._stream = stream
        self._request = request

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from self._stream
        except ConnectionDropped:
            message = "peer closed connection without sending complete message body"
            raise httpx2.RemoteProtocolError(message, request=self._request) from None

    def close(self) -> None:
        self._stream.close()
