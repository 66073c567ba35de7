"""A wire for the client under test: canned answers in, requests out. What httpx2 and google-genai do is real."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import httpx2

from pulumi_ctune.config import ApiEndpoint, Settings
from pulumi_ctune.vertex.client import VertexClient

PARENT = "projects/acme/locations/us-central1"
URL = "https://vertex.example"
JOB = f"{PARENT}/tuningJobs/1"
SFT = {"baseModel": "gemini-3.5-flash", "supervisedTuningSpec": {"trainingDatasetUri": "gs://b/sft.jsonl"}}

Answer = httpx2.Response | Exception | Mapping[str, Any] | Callable[[httpx2.Request], httpx2.Response]


class Wire(httpx2.BaseTransport):
    """Plays `answers` one after the other, the last one for ever. A mapping is a JSON answer with status 200."""

    def __init__(self, *answers: Answer) -> None:
        self._answers = list(answers)
        self.requests: list[httpx2.Request] = []

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        request.read()
        self.requests.append(request)
        answer = self._answers[min(len(self.requests), len(self._answers)) - 1]
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, httpx2.Response):
            return answer
        return httpx2.Response(200, json=dict(answer)) if isinstance(answer, Mapping) else answer(request)

    @property
    def lines(self) -> list[str]:
        """`METHOD path?query` of each request."""
        return [f"{request.method} {request.url.raw_path.decode()}" for request in self.requests]

    def body(self, position: int = -1) -> Any:
        return json.loads(self.requests[position].content)


class Pauses:
    """A sleep that only notes how long it was asked for."""

    def __init__(self) -> None:
        self.taken: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.taken.append(seconds)


def client(wire: Wire, settings: Settings | None = None, pauses: Pauses | None = None) -> VertexClient:
    """A client whose network is `wire`. Default settings: one base URL and a given token."""
    pauses = pauses or Pauses()
    settings = settings or Settings(access_token="token", api_endpoint=ApiEndpoint("url", url=URL))
    return VertexClient(settings, transport=wire, sleep=pauses.sleep)


def error(code: int, message: str, status: str = "", **details: Any) -> httpx2.Response:
    """An error answer in Google's shape."""
    body: dict[str, Any] = {"code": code, "message": message, "status": status}
    if details:
        body["details"] = [details]
    return httpx2.Response(code, json={"error": body})
