"""Evaluation runs for tests: sets with answers, runs on them, over plain requests in process."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import httpx2

from tests.emulator.conftest import PARENT
from vertex_emulator.app import Emulator

EXACT_MATCH = {"metric": "exact_match", "computationBasedMetricSpec": {"type": "EXACT_MATCH"}}
CANDIDATE = "model-under-test"


def request(prompt: str, reference: str | None, **answers: str) -> dict[str, Any]:
    """An `EvaluationRequest` with answers by candidate; an underscore in a name stands for a hyphen."""
    given = [{"candidate": name.replace("_", "-"), "text": text} for name, text in answers.items()]
    golden = {} if reference is None else {"goldenResponse": {"text": reference}}
    return {"prompt": {"text": prompt}, **golden} | ({"candidateResponses": given} if given else {})


class Evaluation:
    """One emulator, whose clock only `wait` moves."""

    def __init__(self, emulator: Emulator, http: httpx2.Client) -> None:
        self.emulator = emulator
        self.http = http

    def post(self, name: str, body: Mapping[str, Any]) -> dict[str, Any]:
        return self._body(self.http.post(name, json=body))

    def get(self, name: str, **params: Any) -> dict[str, Any]:
        return self._body(self.http.get(name, params=params))

    def error(self, method: str, name: str, body: Mapping[str, Any] | None = None, **params: Any) -> tuple[int, str]:
        """(status, message) of a request that must fail."""
        response = self.http.request(method, name, json=body, params=params)
        error = response.json()["error"]
        assert response.status_code == error["code"]
        return error["code"], error["message"]

    def item(self, evaluation_request: Mapping[str, Any]) -> str:
        body = {"displayName": "row", "evaluationItemType": "REQUEST", "evaluationRequest": evaluation_request}
        name: str = self.post(f"{PARENT}/evaluationItems", body)["name"]
        return name

    def set_of(self, *requests: Mapping[str, Any]) -> str:
        """The name of a new set of these rows."""
        body = {"displayName": "held-out", "evaluationItems": [self.item(item) for item in requests]}
        name: str = self.post(f"{PARENT}/evaluationSets", body)["name"]
        return name

    def run_body(
        self, evaluation_set: str, metrics: Sequence[Mapping[str, Any]] = (EXACT_MATCH,), **fields: Any
    ) -> Any:
        config = {"metrics": list(metrics), **fields.pop("config", {})}
        source = {"evaluationSet": evaluation_set}
        return {"displayName": "quality", "dataSource": source, "evaluationConfig": config, **fields}

    def started(self, evaluation_set: str, *metrics: Mapping[str, Any], **fields: Any) -> str:
        """The name of a new run."""
        body = self.run_body(evaluation_set, metrics or (EXACT_MATCH,), **fields)
        name: str = self.post(f"{PARENT}/evaluationRuns", body)["name"]
        return name

    def ended(self, evaluation_set: str, *metrics: Mapping[str, Any], **fields: Any) -> dict[str, Any]:
        """A run on a set, when it is over."""
        name = self.started(evaluation_set, *metrics, **fields)
        self.wait()
        return self.get(name)

    def averages(self, run: Mapping[str, Any]) -> dict[str, float]:
        """`candidate/metric` -> average."""
        metrics = run["evaluationResults"]["summaryMetrics"]["metrics"]
        return {key.rpartition("/")[0]: value for key, value in metrics.items() if key.endswith("/AVERAGE")}

    def results(self, run: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The results of a run's rows, in order."""
        found = self.get(run["evaluationResults"]["evaluationSet"])
        return [self.get(name)["evaluationResponse"] for name in found["evaluationItems"]]

    def wait(self, seconds: float = 60) -> None:
        self.emulator.advance(timedelta(seconds=seconds))

    def _body(self, response: httpx2.Response) -> dict[str, Any]:
        assert response.status_code == 200, response.text
        body: dict[str, Any] = response.json()
        return body
