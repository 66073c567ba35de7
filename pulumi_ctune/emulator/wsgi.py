"""The small HTTP vocabulary of the stand-in: requests, answers, Google's error shape, routes.

Knows WSGI and JSON, and nothing of tuning. Every handler is `handler(request) -> Response | dict`; a dict is a JSON answer with
status 200 (google-genai takes any other success status for an error). Handlers raise `ApiProblem` for an error answer.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote

# Google's canonical codes, https://cloud.google.com/apis/design/errors
STATUS_OF = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    405: "INVALID_ARGUMENT",
    409: "ALREADY_EXISTS",
    412: "FAILED_PRECONDITION",
    413: "INVALID_ARGUMENT",
    416: "OUT_OF_RANGE",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    501: "UNIMPLEMENTED",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
REASONS = {200: "OK", 204: "No Content", 206: "Partial Content", 308: "Resume Incomplete", 400: "Bad Request"}


class ApiProblem(Exception):
    """An error answer in Google's shape: HTTP `code`, canonical `status` (default: the usual one for the code), `message`, `details`."""

    def __init__(self, code: int, message: str, *, status: str = "", details: Iterable[Mapping[str, Any]] = ()) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status or STATUS_OF.get(code, "UNKNOWN")
        self.details = [dict(detail) for detail in details]

    def body(self) -> dict[str, Any]:
        """The JSON document that Google sends: `{"error": {"code", "message", "status", "details"?}}`."""
        error: dict[str, Any] = {"code": self.code, "message": self.message, "status": self.status}
        if self.details:
            error["details"] = self.details
        return {"error": error}


@dataclass(frozen=True)
class Request:
    """One HTTP request. `path` is percent-decoded and starts with `/`; `params` are the named groups of the matched route."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]  # names in lower case
    body: bytes
    params: Mapping[str, str] = field(default_factory=dict)

    def arg(self, name: str, default: str = "") -> str:
        """The last value of a query parameter."""
        return self.query.get(name, [default])[-1]

    def json(self) -> dict[str, Any]:
        """The body as a JSON object; an empty body is `{}`."""
        if not self.body.strip():
            return {}
        try:
            document = json.loads(self.body)
        except ValueError as error:
            raise ApiProblem(400, f"Invalid JSON payload received. {error}") from None
        if not isinstance(document, dict):
            raise ApiProblem(400, "Invalid JSON payload received. Root element must be a message.")
        return document


@dataclass(frozen=True)
class Response:
    """One HTTP answer."""

    body: bytes = b""
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()

    @staticmethod
    def of_json(document: Any, status: int = 200) -> "Response":
        return Response(json.dumps(document).encode(), status, (("Content-Type", "application/json; charset=UTF-8"),))


Handler = Callable[[Request], "Response | dict[str, Any]"]


class Router:
    """Routes by method and path pattern. Patterns are Google's: `{name}` is one segment, `{name=**}` any number of them.

    A custom verb is part of the pattern (`/v1beta1/{job}:cancel`). The first pattern that matches wins, so put longer ones first.
    """

    def __init__(self) -> None:
        self._routes: list[tuple[str, re.Pattern[str], Handler]] = []

    def add(self, method: str, pattern: str, handler: Handler) -> None:
        self._routes.append((method, _compiled(pattern), handler))

    def find(self, method: str, path: str) -> tuple[Handler, dict[str, str]]:
        """The handler and path parameters, else `ApiProblem` 404 (no such path) or 405 (other method)."""
        other_method = False
        for wanted, pattern, handler in self._routes:
            if match := pattern.fullmatch(path):
                if wanted == method:
                    return handler, match.groupdict()
                other_method = True
        if other_method:
            raise ApiProblem(405, f"Method {method} is not allowed for {path}.")
        raise ApiProblem(404, f"The requested URL {path} was not found on this server.")


def request_of(environ: Mapping[str, Any], *, max_body_bytes: int) -> Request:
    """Read a request out of a WSGI environment. Raises `ApiProblem` 413 for a body over `max_body_bytes`, 411 for one without length."""
    length = environ.get("CONTENT_LENGTH") or "0"
    if not length.isdigit():
        raise ApiProblem(400, f"Content-Length {length!r} is not a number.")
    if int(length) > max_body_bytes:
        raise ApiProblem(413, f"Request payload size exceeds the limit: {max_body_bytes} bytes.")
    return Request(
        method=environ["REQUEST_METHOD"],
        path=_path_of(environ),
        query=parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True),
        headers={
            **{key[5:].replace("_", "-").lower(): value for key, value in environ.items() if key.startswith("HTTP_")},
            "content-type": environ.get("CONTENT_TYPE", ""),
        },
        body=environ["wsgi.input"].read(int(length)) if int(length) else b"",
    )


def _path_of(environ: Mapping[str, Any]) -> str:
    # WSGI decodes PATH_INFO as Latin-1 and loses %2F; object names need the raw form where the server gives it.
    raw: str | None = environ.get("RAW_PATH")
    if raw is not None:
        return raw
    decoded: str = environ.get("PATH_INFO", "/").encode("latin-1").decode("utf-8", "replace")
    return decoded


def _compiled(pattern: str) -> re.Pattern[str]:
    parts = re.split(r"(\{[^}]+\})", pattern)
    out = ""
    for part in parts:
        if part.startswith("{"):
            name, _, shape = part[1:-1].partition("=")
            out += f"(?P<{name}>.+)" if shape == "**" else f"(?P<{name}>[^/:]+)"
        else:
            out += re.escape(part)
    return re.compile(out)


def decoded(segment: str) -> str:
    """A percent-encoded path segment as text."""
    return unquote(segment)
