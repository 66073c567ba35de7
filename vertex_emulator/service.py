"""What every area of the emulator shares: the call that a handler gets, lists by page, timestamps.

An area is a module with `ROUTES`, a list of (method, pattern, handler). A pattern without leading slash is mounted
below each API version (`/v1beta1/`, `/v1/`), one with a slash stands for itself. A handler is
`handler(call) -> Response | dict` and raises `ApiProblem` for an error answer; what it wrote is rolled back then.
"""

import base64
import binascii
import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from vertex_emulator.faults import NO_EFFECTS, Effects
from vertex_emulator.schema import Schema
from vertex_emulator.settings import Settings
from vertex_emulator.store import Transaction
from vertex_emulator.wsgi import ApiProblem, Request, Response

_LARGEST_PAGE = 1000


@dataclass(frozen=True)
class Call:
    """One request on its way through a handler: its transaction, the time, the rules of its API version."""

    request: Request
    tx: Transaction
    now: float
    """Seconds since the epoch on the emulator's clock."""
    settings: Settings
    schema: Schema
    effects: Effects = NO_EFFECTS
    """The faults that this request meets; `app` has carried out most of them."""

    def param(self, name: str) -> str:
        """A part of the path by its name in the route's pattern."""
        return self.request.params[name]


Handler = Callable[[Call], Response | dict[str, Any]]
Route = tuple[str, str, Handler]


def page_of(
    call: Call,
    items: Iterable[dict[str, Any]],
    *,
    key: str = "name",
    default_size: int = 50,
) -> tuple[list[dict[str, Any]], str]:
    """The page that `pageSize` and `pageToken` of a list call ask for, and the next page's token (empty on the last).

    The token names the last item of the page before, so that items made in between neither repeat nor hide one.
    """
    size, token = _asked_page(call, default_size)
    return page_by(list(items), size=size, token=token, key=key)


def page_after(
    call: Call, items_after: Callable[[str], Iterator[dict[str, Any]]], *, default_size: int = 50
) -> tuple[list[dict[str, Any]], str]:
    """As `page_of`, for lists that may be long: `items_after(name)` gives what comes after an item, or all after ''."""
    size, token = _asked_page(call, default_size)
    index, last = _read_token(token) if token else (0, "")
    found = list(itertools.islice(items_after(last), size + 1))
    page = found[:size]
    return page, _write_token(index + size, page[-1]["name"]) if len(found) > size else ""


def _asked_page(call: Call, default_size: int) -> tuple[int, str]:
    """(how many items a list call asks for at most, its page token)."""
    size_text = call.request.arg("pageSize") or call.request.arg("page_size") or "0"
    token = call.request.arg("pageToken") or call.request.arg("page_token")
    try:
        size = int(size_text)
    except ValueError:
        raise ApiProblem(400, f"Invalid value at 'page_size' (TYPE_INT32), \"{size_text}\"") from None
    if size < 0:
        raise ApiProblem(400, "The page size must not be negative.")
    return min(size or default_size, _LARGEST_PAGE), token


def page_by(items: list[dict[str, Any]], *, size: int, token: str, key: str) -> tuple[list[dict[str, Any]], str]:
    """As `page_of`, with size and token given (for methods that take them in the body)."""
    start = 0
    if token:
        index, last = _read_token(token)
        found = next((place for place, item in enumerate(items) if item[key] == last), None)
        start = index if found is None else found + 1
    page = items[start : start + size]
    more = start + size < len(items)
    return page, _write_token(start + size, page[-1][key]) if page and more else ""


def next_page(token: str) -> dict[str, str]:
    """What a list answers besides the page: the token of the next one, nothing after the last."""
    return {"nextPageToken": token} if token else {}


def timestamp(seconds: float) -> str:
    """RFC 3339 in UTC with microseconds, as Google writes it: `2026-11-21T09:00:00.123456Z`."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def seconds_of(text: str) -> float:
    """The moment of an RFC 3339 timestamp, in seconds since the epoch."""
    return datetime.fromisoformat(text).timestamp()


def _write_token(index: int, last: str) -> str:
    return base64.urlsafe_b64encode(f"{index}:{last}".encode()).decode().rstrip("=")


def _read_token(token: str) -> tuple[int, str]:
    try:
        index, _, last = (
            base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True).decode().partition(":")
        )
        return int(index), last
    except (ValueError, binascii.Error):
        raise ApiProblem(400, f"The page token {token!r} is invalid.") from None
