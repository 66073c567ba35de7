"""A loopback server that answers as the real service did: recorded exchanges in, their answers out."""

import json
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.recorded import Exchange


@dataclass(frozen=True)
class Received:
    """A request that came: `path` is without API version and query."""

    method: str
    path: str
    query: dict[str, str]
    body: Any


@dataclass
class ReplayServer:
    """What is served at `url`, and what was asked. Unknown requests get a 501 that names them.

    The answers to equal requests are given in the order in which they were recorded, the last one for ever. The API
    version is not compared: the client speaks v1beta1, most was recorded in v1.
    """

    url: str = ""
    received: list[Received] = field(default_factory=list)
    answers: dict[tuple[str, str], list[tuple[int, Any]]] = field(default_factory=dict)

    def play(self, exchanges: Iterable[Exchange]) -> None:
        for exchange in exchanges:
            verb = exchange.path.partition("?")[0].partition(":")[2]
            name = f"{exchange.name}:{verb}" if verb else exchange.name
            self.answer(exchange.method, name, exchange.status, exchange.response)

    def answer(self, method: str, name: str, status: int, body: Any) -> None:
        self.answers.setdefault((method, name), []).append((status, body))

    def take(self, received: Received) -> tuple[int, Any]:
        self.received.append(received)
        known = self.answers.get((received.method, received.path))
        if known is None:
            message = f"nothing was recorded for {received.method} {received.path}"
            return 501, {"error": {"code": 501, "message": message, "status": "UNIMPLEMENTED"}}
        return known.pop(0) if len(known) > 1 else known[0]

    @property
    def lines(self) -> list[str]:
        """`METHOD path` of each request."""
        return [f"{item.method} {item.path}" for item in self.received]


@contextmanager
def replaying(exchanges: Iterable[Exchange] = ()) -> Iterator[ReplayServer]:
    """Serve in a thread for the length of the block."""
    replay = ReplayServer()
    replay.play(exchanges)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            target = urlsplit(self.path)
            content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, body = replay.take(
                Received(
                    self.command,
                    unquote(target.path).split("/", 2)[2],
                    dict(parse_qsl(target.query)),
                    json.loads(content) if content else None,
                )
            )
            answer = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json; charset=UTF-8")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_POST = do_PATCH = do_DELETE = _serve

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing on stderr."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    replay.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield replay
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
