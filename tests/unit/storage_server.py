"""Cloud Storage over real HTTP, as bad as it can be: it cuts answers at chosen bytes, and says what it is told to say.

Serves one object. Ranges are of the bytes as they are stored, as at Google for requests that take gzip.
"""

import contextlib
import json
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class StoredObject:
    """`content` as it is stored. `cuts` are offsets in it: the first answer that would go beyond one ends there."""

    content: bytes
    metadata: dict[str, Any] = field(default_factory=dict)
    cuts: set[int] = field(default_factory=set)
    answer: Callable[[int], int] = lambda number: 200
    """The status of request 1, 2, 3, ... for content; another one than 200 is an error."""
    takes_ranges: bool = True
    ranges: list[str] = field(default_factory=list)
    """What requests for content asked for."""


@contextlib.contextmanager
def serving(stored: StoredObject) -> Iterator[str]:
    """The base URL of a server that has the object under every name."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: Any) -> None:
            pass

        def do_GET(self) -> None:
            if "alt=media" in self.path:
                self._content()
            else:
                metadata = {"size": str(len(stored.content)), "generation": "17", **stored.metadata}
                self._send(200, json.dumps(metadata).encode())

        def _content(self) -> None:
            stored.ranges.append(self.headers.get("Range", ""))
            if (status := stored.answer(len(stored.ranges))) != 200:
                error = {"code": status, "message": "No.", "errors": [{"reason": "no"}]}
                self._send(status, json.dumps({"error": error}).encode())
                return
            found = re.fullmatch(r"bytes=(\d+)-(\d+)", stored.ranges[-1])
            assert found
            start, stop = int(found[1]), min(int(found[2]) + 1, len(stored.content))
            if not stored.takes_ranges:
                self._send(200, stored.content)
            elif start >= stop:
                self._send(416, b"{}")
            else:
                cut = min((each for each in stored.cuts if start <= each < stop), default=None)
                stored.cuts.discard(-1 if cut is None else cut)
                place = ("Content-Range", f"bytes {start}-{stop - 1}/{len(stored.content)}")
                body = stored.content[start:stop]
                self._send(206, body, place, sent=None if cut is None else cut - start)

        def _send(self, status: int, body: bytes, *headers: tuple[str, str], sent: int | None = None) -> None:
            self.send_response(status)
            if encoding := stored.metadata.get("contentEncoding") if status in (200, 206) and headers else None:
                self.send_header("Content-Encoding", encoding)
            for name, value in (*headers, ("Content-Length", str(len(body)))):
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body[:sent])
            self.close_connection = self.close_connection or sent is not None

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
