"""A small REST client for tests of the Model Registry and endpoints: in process, with a tuned version at hand.

`conforms` compares an answer with Google's discovery document, independently of the emulator's own reader.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import httpx2

from vertex_emulator import discovery
from vertex_emulator.app import Emulator
from vertex_emulator.transport import EmbeddedTransport

PARENT = "projects/my-project/locations/us-central1"
DATASET = "gs://cloud-samples-data/ai-platform/generative_ai/gemini/text/sft_train_data.jsonl"
_LONG_ENOUGH = timedelta(minutes=10)


class Registry:
    """One emulator and plain requests to it. Operations take a minute of its clock, which only `wait` moves."""

    def __init__(self, emulator: Emulator, *, api_version: str = "v1beta1") -> None:
        self.emulator = emulator
        emulator.configure(operation_duration_s=60)
        self.http = httpx2.Client(transport=EmbeddedTransport(emulator), base_url=f"http://localhost/{api_version}/")

    def get(self, name: str, **params: Any) -> dict[str, Any]:
        return self._body(self.http.get(name, params=params))

    def post(self, name: str, body: Mapping[str, Any] | None = None, **params: Any) -> dict[str, Any]:
        return self._body(self.http.post(name, json=body or {}, params=params))

    def patch(self, name: str, body: Mapping[str, Any], **params: Any) -> dict[str, Any]:
        return self._body(self.http.patch(name, json=body, params=params))

    def delete(self, name: str) -> dict[str, Any]:
        return self._body(self.http.delete(name))

    def error(self, method: str, name: str, body: Mapping[str, Any] | None = None, **params: Any) -> dict[str, Any]:
        """The error of a request that must fail: `{"code", "message", "status"}`."""
        response = self.http.request(method, name, json=body, params=params)
        assert response.status_code == response.json()["error"]["code"]
        error: dict[str, Any] = response.json()["error"]
        return error

    def wait(self, operation: Mapping[str, Any]) -> dict[str, Any]:
        """The operation, once its time is over."""
        self.emulator.advance(timedelta(seconds=61))
        ended = self.get(operation["name"])
        assert ended["done"]
        return ended

    def tuned(self, display_name: str = "bot", *, source: str = "", epochs: int = 2) -> str:
        """`models/M@V` of a finished tuning job, with a checkpoint for each epoch."""
        spec = {"trainingDatasetUri": DATASET, "hyperParameters": {"epochCount": epochs}}
        start = {"preTunedModel": {"tunedModelName": source}} if source else {"baseModel": "gemini-3.5-flash"}
        body = {**start, "supervisedTuningSpec": spec, "tunedModelDisplayName": display_name}
        job = self.post(f"{PARENT}/tuningJobs", body)
        self.emulator.advance(_LONG_ENOUGH)
        name: str = self.get(job["name"])["tunedModel"]["model"]
        return name

    def endpoint(self, endpoint_id: str = "prod-bot", *, location: str = "us-central1") -> str:
        """The name of a new endpoint without deployments."""
        parent = PARENT.replace("us-central1", location)
        operation = self.post(f"{parent}/endpoints", {"displayName": "prod"}, endpointId=endpoint_id)
        name: str = self.wait(operation)["response"]["name"]
        return name

    def deploy(self, endpoint: str, version: str, deployed_id: str, split: Mapping[str, int] | None = None) -> None:
        deployed = {"id": deployed_id, "model": version}
        self.wait(self.post(f"{endpoint}:deployModel", {"deployedModel": deployed, "trafficSplit": split or {}}))

    def release(self, version: str) -> None:
        """Undeploy a version everywhere, as its deletion requires."""
        for deployed in self.get(version).get("deployedModels", []):
            body = {"deployedModelId": deployed["deployedModelId"]}
            self.wait(self.post(f"{deployed['endpoint']}:undeployModel", body))

    def _body(self, response: httpx2.Response) -> dict[str, Any]:
        assert response.status_code == 200, response.text
        body: dict[str, Any] = response.json()
        return body


def conforms(message: str, document: Any, path: str = "") -> list[str]:
    """What in an answer is not as the discovery document says; `message` is the API's name without package."""
    schemas = discovery.load()["schemas"]
    properties = schemas.get(f"GoogleCloudAiplatformV1beta1{message}", schemas.get(message))["properties"]
    problems = []
    for name, value in document.items():
        if name not in properties:
            problems.append(f"{path}.{name} is unknown")
        elif name not in ("metadata", "response"):
            problems += _problems(properties[name], value, f"{path}.{name}")
    return problems


def _problems(part: Mapping[str, Any], value: Any, path: str) -> list[str]:
    if "$ref" in part:
        return conforms(part["$ref"].removeprefix("GoogleCloudAiplatformV1beta1"), value, path)
    kind = part.get("type")
    if kind == "array":
        return [problem for item in value for problem in _problems(part["items"], item, f"{path}[]")]
    if kind == "object":
        inner = part.get("additionalProperties", {})
        return [problem for item in value.values() for problem in _problems(inner, item, f"{path}{{}}")]
    if "enum" in part:
        return [] if value in part["enum"] else [f"{path} is no enum value: {value}"]
    expected: Any = {"string": str, "integer": int, "number": (int, float), "boolean": bool}.get(str(kind), object)
    return [] if isinstance(value, expected) else [f"{path} is {value!r}, not a {kind}"]
