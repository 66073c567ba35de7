"""The small HTTP vocabulary of the emulator: requests, answers, Google's error shape, routes.

Knows WSGI and JSON, and nothing of tuning. A handler answers with a `Response` or a dict; a dict is a JSON answer with
status 200 (google-genai takes any other success status for an error). Handlers raise `ApiProblem` for an error answer.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Generic, TypeVar
from urllib.parse import parse_qs, quote, unquote

HandlerT = TypeVar("HandlerT")

# Google's canonical codes, https://cloud.google.com/apis/design/errors
STATUS_OF = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
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
_PARAMETER = re.compile(r"(\{[^}]+\})")
MAX_JSON_BODY_BYTES = 10 * 2**20
MAX_UPLOAD_BODY_BYTES = 2**30  # Google's own limit for a tuning dataset is 1 GB


class ApiProblem(Exception):
    """An error answer in Google's shape. `status` is the canonical word, by default the usual one for `code`."""

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
    """One HTTP request. `path` is still percent-encoded; `params` are decoded parts of it, by name."""

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
            document = json.loads(self.body, parse_constant=_no_constant)
        except (ValueError, RecursionError) as error:
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


class Router(Generic[HandlerT]):
    """Routes by method and pattern. `{name}` is one segment, at the end without a colon.

    `{name=*}` is one segment, `{name=**}` any.

    A custom verb is part of the pattern (`/v1beta1/{job=**}:cancel`). The first pattern that matches wins, so put
    longer ones first. Patterns are matched before percent-decoding: a segment may hold an encoded slash or colon.
    """

    def __init__(self) -> None:
        self._routes: dict[str, list[_Route[HandlerT]]] = {}

    def add(self, method: str, pattern: str, handler: HandlerT) -> None:
        self._routes.setdefault(method, []).append(_Route(pattern, handler))

    def find(self, method: str, path: str) -> tuple[HandlerT, dict[str, str]]:
        """The handler and decoded path parameters, else `ApiProblem` 404, also for another method (as at Google)."""
        for route in self._routes.get(method, ()):
            if match := route.match(path):
                return route.handler, {name: unquote(value) for name, value in match.groupdict().items()}
        raise ApiProblem(404, f"The requested URL {path} was not found on this server (method {method}).")


class _Route(Generic[HandlerT]):
    """One pattern. Compiled when a path has all its fixed words: few paths have those of any other route."""

    def __init__(self, pattern: str, handler: HandlerT) -> None:
        self.handler = handler
        self._pattern = pattern
        # Those at the end tell routes apart.
        self._words = [word for word in reversed(_PARAMETER.split(pattern)[::2]) if word]

    def match(self, path: str) -> re.Match[str] | None:
        for word in self._words:
            if word not in path:
                return None
        return self._compiled.fullmatch(path)

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return _compiled(self._pattern)


def request_of(environ: Mapping[str, Any]) -> Request:
    """Read a request out of a WSGI environment.

    Raises:
        ApiProblem: 413 for a body over the limit of its path (uploads may be larger), 400 for a length that is none.
    """
    path = _path_of(environ)
    length = environ.get("CONTENT_LENGTH") or "0"
    if not length.isdigit():
        raise ApiProblem(400, f"Content-Length {length!r} is not a number.")
    limit = body_limit(path)
    if int(length) > limit:
        raise too_large(limit)
    return Request(
        method=environ["REQUEST_METHOD"],
        path=path,
        query=parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True),
        headers={
            **{key[5:].replace("_", "-").lower(): value for key, value in environ.items() if key.startswith("HTTP_")},
            "content-type": environ.get("CONTENT_TYPE", ""),
        },
        body=environ["wsgi.input"].read(int(length)) if int(length) else b"",
    )


def body_limit(path: str) -> int:
    """How many bytes a body may have that is sent to a path."""
    return MAX_UPLOAD_BODY_BYTES if path.startswith("/upload/") else MAX_JSON_BODY_BYTES


def too_large(limit: int) -> ApiProblem:
    return ApiProblem(413, f"Request payload size exceeds the limit: {limit} bytes.")


def _path_of(environ: Mapping[str, Any]) -> str:
    # WSGI decodes PATH_INFO (as Latin-1) and cannot tell %2F from a slash; our server and transport give the raw path.
    raw: str = environ.get("RAW_PATH") or quote(environ.get("PATH_INFO", "/").encode("latin-1"), safe="/:@!$&'()*+,;=~")
    # Clients differ in what they encode beyond need (`models/1%402`); only encoded separators must stay encoded.
    return "/".join(
        quote(unquote(segment), safe=":@!$&'()*+,;=~") if "%3A" not in segment.upper() else segment
        for segment in raw.split("/")
    )


def _compiled(pattern: str) -> re.Pattern[str]:
    parts = _PARAMETER.split(pattern)
    shapes = {"": "[^/:]+", "*": "[^/]+", "**": ".+"}
    out = ""
    for part, following in zip(parts, [*parts[1:], ""], strict=True):
        if part.startswith("{"):
            name, _, shape = part[1:-1].partition("=")
            # A verb can only follow the last segment; those before it may hold a colon (`example.com:my-project`).
            out += f"(?P<{name}>{shapes[shape or ('*' if following.startswith('/') else '')]})"
        else:
            out += re.escape(part)
    return re.compile(out)


def _no_constant(word: str) -> None:
    raise ValueError(f"Unexpected token {word}.")
