"""What was asked of the stand-in: every request with its answer's status, kept in the store, the oldest dropped."""

import json
from typing import Any
from urllib.parse import unquote

from pulumi_ctune.emulator.store import Transaction
from pulumi_ctune.emulator.wsgi import Request

_KIND = "request"
_KEPT = 5_000
_LONGEST_TEXT = 10_000


def write(tx: Transaction, request: Request, status: int) -> None:
    """Add an entry; `status` 0 is an answer that was never sent."""
    number = tx.next_number("request")
    entry = {
        "number": number,
        "method": request.method,
        "path": unquote(request.path),
        "query": dict(request.query),
        "headers": {name: value for name, value in request.headers.items() if name != "authorization"},
        "status": status,
        "body": _readable(request.body),
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


def _readable(body: bytes) -> Any:
    if len(body) > _LONGEST_TEXT * 10:
        return f"({len(body)} bytes)"
    text = body.decode("utf-8", "replace")
    try:
        return json.loads(text) if text.strip() else None
    except (ValueError, RecursionError):
        return text[:_LONGEST_TEXT]
