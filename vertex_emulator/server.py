"""Serves the emulator over HTTP/1.1 on a loopback address, with the standard library's threading server.

Refuses requests whose Host or Origin is not a loopback name, so that no web page can reach it (DNS rebinding,
cross-site requests). Answers are buffered whole: unbuffered, headers and body travel in two packets, and each call
waits 40 ms for a delayed acknowledgement.
"""

import contextlib
import ipaddress
import re
import socket
import struct
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

from vertex_emulator.app import Emulator, log_bug
from vertex_emulator.faults import ConnectionDropped
from vertex_emulator.wsgi import (
    MAX_UPLOAD_BODY_BYTES,
    ApiProblem,
    Response,
    body_limit,
    too_large,
)

DEFAULT_HOST = "127.0.0.1"
_IDLE_TIMEOUT_S = 120.0
_LONGEST_CHUNK_LINE = 1024
_CHUNK_SIZE = re.compile(rb"[0-9A-Fa-f]{1,8}")
_MOST_TRAILERS = 100


@contextlib.contextmanager
def running(emulator: Emulator) -> Iterator[str]:
    """Serve in a thread, on any free port, for the length of the block; gives the base URL: `http://127.0.0.1:43211`."""
    server = bind(emulator)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server.base_url
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def bind(emulator: Emulator, host: str = DEFAULT_HOST, port: int = 0) -> "EmulatorServer":
    """A server that listens; `serve_forever()` serves. Port 0 is any free one.

    Raises:
        ValueError: the host is not a loopback name or address.
        OSError: the port is taken, or not ours to take.
    """
    if not is_loopback(host):
        raise ValueError(f"{host!r} is not a loopback address")
    return EmulatorServer(emulator, host, port)


def is_loopback(host: str) -> bool:
    """Whether a host name or address (IPv6 with or without brackets) means this machine only."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


class EmulatorServer(ThreadingHTTPServer):
    """A thread per connection; ends without waiting for idle connections."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, emulator: Emulator, host: str, port: int) -> None:
        self.emulator = emulator
        if ":" in host:
            self.address_family = socket.AF_INET6
        super().__init__((host.strip("[]"), port), _Handler)
        shown = f"[{host.strip('[]')}]" if ":" in host else host
        self.base_url = f"http://{shown}:{self.server_address[1]}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is no error of ours."""
        if not isinstance(sys.exc_info()[1], OSError):
            log_bug(f"the connection of {client_address}")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "ctune-emulator"
    wbufsize = -1
    timeout = _IDLE_TIMEOUT_S
    server: EmulatorServer

    def log_message(self, format: str, *args: Any) -> None:
        """The app keeps the log of requests."""

    def handle_expect_100(self) -> bool:
        # A body that will be refused need not be sent.
        if self._refusal():
            self.close_connection = True
            self._refuse()
            return False
        return super().handle_expect_100()

    def _serve(self) -> None:
        if self._refusal():
            self.close_connection = True  # the body, which was not read, would be taken for the next request
            self._refuse()
            return
        try:
            body = self._chunked_body() if self.headers.get("Transfer-Encoding") else None
        except ApiProblem as problem:
            self.close_connection = True
            self._write_problem(problem)
            return
        length = len(body) if body is not None else int(self.headers.get("Content-Length") or 0)
        source = BytesIO(body) if body is not None else self.rfile
        environ = self._environ(source, length)
        started: list[Any] = []

        def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            started[:] = [status, headers]

        try:
            answer = self.server.emulator(environ, start_response)
            code, _, phrase = started[0].partition(" ")
            self.send_response_only(int(code), phrase)
            for name, value in started[1]:
                self.send_header(name, value)
            if int(code) == 413:
                self.close_connection = True
            if self.close_connection:
                self.send_header("Connection", "close")
            self.end_headers()
            for chunk in answer:
                if self.command != "HEAD":
                    self.wfile.write(chunk)
            self.wfile.flush()
        except ConnectionDropped:
            self._drop(cut=bool(started))

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = _serve

    def _environ(self, source: Any, length: int) -> dict[str, Any]:
        path, query = self._target()
        environ = {
            "REQUEST_METHOD": self.command,
            "RAW_PATH": path,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(length),
            "SERVER_NAME": str(self.server.server_address[0]),
            "SERVER_PORT": str(self.server.server_address[1]),
            "wsgi.input": source,
            "wsgi.url_scheme": "http",
        }
        for name, value in self.headers.items():
            environ["HTTP_" + name.upper().replace("-", "_")] = value
        return environ

    def _target(self) -> tuple[str, str]:
        """(path, query) of the request; a client behind a proxy's setting sends the whole URL."""
        path, _, query = self.path.partition("?")
        return (urlsplit(path).path or "/") if "://" in path else path, query

    def _refusal(self) -> ApiProblem | None:
        for header, value in (("Host", "//" + self.headers.get("Host", "")), ("Origin", self.headers.get("Origin"))):
            if value is not None and not is_loopback(_host_in(value)):
                return ApiProblem(403, f"The emulator serves loopback names only, not {header} {value.strip('/')!r}.")
        length = self.headers.get("Content-Length", "0")
        if not length.isdigit():
            return ApiProblem(400, f"Content-Length {length!r} is not a number.")
        if int(length) > MAX_UPLOAD_BODY_BYTES:
            return too_large(MAX_UPLOAD_BODY_BYTES)
        return None

    def _refuse(self) -> None:
        if problem := self._refusal():
            self._write_problem(problem)

    def _write_problem(self, problem: ApiProblem) -> None:
        response = Response.of_json(problem.body(), problem.code)
        self.send_response_only(problem.code)
        for name, value in (*response.headers, ("Content-Length", str(len(response.body))), ("Connection", "close")):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(response.body)
        self.wfile.flush()

    def _chunked_body(self) -> bytes:
        """A body without a length: https://www.rfc-editor.org/rfc/rfc9112#section-7.1."""
        coding = self.headers["Transfer-Encoding"]
        if coding.strip().lower() != "chunked":
            raise ApiProblem(501, f"The transfer coding {coding!r} is not served, only 'chunked' is.")
        limit, body = body_limit(self._target()[0]), bytearray()
        while True:
            line = self.rfile.readline(_LONGEST_CHUNK_LINE)
            match = _CHUNK_SIZE.fullmatch(line.partition(b";")[0].strip())
            if match is None or not line.endswith(b"\n"):
                raise ApiProblem(400, f"Malformed chunked body: {line[:20]!r} is no size of a chunk.")
            size = int(match[0], 16)
            if len(body) + size > limit:
                raise too_large(limit)
            if not size:
                self._skip_trailers()
                return bytes(body)
            body += self.rfile.read(size)
            if self.rfile.readline(3).rstrip(b"\r\n"):
                raise ApiProblem(400, f"Malformed chunked body: no line ends after {size} bytes.")

    def _skip_trailers(self) -> None:
        for _ in range(_MOST_TRAILERS):
            if not self.rfile.readline(_LONGEST_CHUNK_LINE).strip():
                return
        raise ApiProblem(400, "Malformed chunked body: the trailer has no end.")

    def _drop(self, *, cut: bool) -> None:
        """End the connection: in the middle of an answer if it was cut, with a reset if nothing was sent."""
        self.close_connection = True
        if cut:
            with contextlib.suppress(OSError):
                self.wfile.flush()
        else:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            # The base class flushes and closes this file at the end; a reset must not be preceded by anything.
            self.wfile = BytesIO()
        with contextlib.suppress(OSError):
            self.connection.close() if not cut else self.connection.shutdown(socket.SHUT_RDWR)


def _host_in(value: str) -> str:
    try:
        return urlsplit(value).hostname or ""
    except ValueError:
        return ""
