"""What was asked of the emulator: every request with its answer's status, kept in the store, the oldest dropped.

Credentials are not kept: not those of headers and the query, nor the body of a request for a token. Foreign text may be
printed as it is read from here: what steers a terminal is written as an escape, bodies in JSON aside.
"""

import json
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote

from vertex_emulator.plain_text import plain
from vertex_emulator.store import Transaction
from vertex_emulator.wsgi import Request

_KIND = "request"
_KEPT = 5_000
_LONGEST_TEXT = 10_000
_SECRET = "[secret]"
# Headers and query parameters that hold a credential or a part of one. `pageToken` is none, nor is a key's SHA-256.
_SECRET_NAME = re.compile(
    r"authorization|cookie|password|secret|signature|credential|assertion|api[_-]?key|encryption-key$"
    r"|(^|access|oauth|refresh|id|auth|security|iam-authorization)[_-]?token$|^key$|^upload_id$",
    re.IGNORECASE,
)
_TOKEN_PATH = "/token"  # takes the signed assertion of a service account


def write(tx: Transaction, request: Request, status: int) -> None:
    """Add an entry; `status` 0 is an answer that was never sent."""
    number = tx.next_number("request")
    entry = {
        "number": number,
        "method": request.method,
        "path": plain(unquote(request.path)),
        "query": {name: [_shown(name, value) for value in values] for name, values in _named(request.query.items())},
        "headers": {name: _shown(name, value) for name, value in _named(request.headers.items())},
        "status": status,
        "body": _SECRET if request.path == _TOKEN_PATH else _readable(request.body),
    }
    tx.put(_KIND, _name(number), entry)
    tx.delete(_KIND, _name(number - _KEPT))


def read(tx: Transaction) -> list[dict[str, Any]]:
    """From old to new: `number`, `method`, `path` (decoded), `query`, `headers`, `status`, `body` (JSON or text)."""
    return [entry for _, entry in tx.list(_KIND)]


def clear(tx: Transaction) -> None:
    tx.delete_all(_KIND)


def _name(number: int) -> str:
    return f"{number:012d}"


def _named(items: Iterable[tuple[str, Any]]) -> Iterable[tuple[str, Any]]:
    return ((plain(name), value) for name, value in items)


def _shown(name: str, value: str) -> str:
    return _SECRET if _SECRET_NAME.search(name) else plain(value)


def _readable(body: bytes) -> Any:
    if len(body) > _LONGEST_TEXT * 10:
        return f"({len(body)} bytes)"
    text = body.decode("utf-8", "replace")
    try:
        return json.loads(text) if text.strip() else None
    except (ValueError, RecursionError):
        return plain(text[:_LONGEST_TEXT])
