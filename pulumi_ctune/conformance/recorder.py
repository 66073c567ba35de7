"""Requests and answers as they come, in the form of a recording. Of headers only the asked-for range is kept: tokens
stand there.
"""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

if TYPE_CHECKING:
    import httpx2


class Recorder:
    """Hands every exchange to `keep`. `step` is what goes on."""

    def __init__(self, keep: Callable[[Mapping[str, Any]], None], now: Callable[[], datetime] | None = None) -> None:
        self._keep = keep
        self._now = now or (lambda: datetime.now(UTC))
        self.step = ""

    def __call__(self, answer: "httpx2.Response") -> None:
        request = answer.request
        exchange: dict[str, Any] = {
            "step": self.step,
            "at": self._now().isoformat().replace("+00:00", "Z"),
            "method": request.method,
            "path": unquote(request.url.raw_path.decode("ascii", "replace")),
        }
        if part := request.headers.get("range"):
            exchange["range"] = part
        content = _read(request)
        if isinstance(document := _parsed(content), dict):
            exchange["body"] = document
        elif content:
            exchange["text"] = content
        exchange["status"] = answer.status_code
        is_media = "alt=media" in exchange["path"]
        found = None if is_media and answer.is_success else _parsed(answer.text)
        exchange["response"] = found if isinstance(found, dict) else {}
        if not isinstance(found, dict) and not is_media and answer.text.strip():
            exchange["response_text"] = answer.text[:2000]
        self._keep(exchange)


def _read(request: "httpx2.Request") -> str:
    try:
        return request.content.decode("utf-8", "replace")
    except RuntimeError:  # a stream that was sent and is gone
        return ""


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None
