"""The emulator with a clock that only tests move, the unmodified google-genai SDK, and plain requests."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from google import genai
from google.genai import types
from google.oauth2.credentials import Credentials

from vertex_emulator.app import Emulator
from vertex_emulator.server import running
from vertex_emulator.transport import EmbeddedTransport

START_S = 1_795_000_000.0  # 18 November 2026
PARENT = "projects/acme/locations/us-central1"
TRAINING, VALIDATION, PROMPTS, PREFERENCES = (f"gs://data/{name}.jsonl" for name in ("sft", "sft-val", "rft", "dpo"))


def jsonl(*lines: object) -> bytes:
    return "\n".join(json.dumps(line) for line in lines).encode()


def turn(role: str, text: str) -> dict[str, Any]:
    return {"role": role, "parts": [{"text": text}]}


def supervised_example(number: int = 0) -> dict[str, Any]:
    return {"contents": [turn("user", f"Where is order {number}?"), turn("model", f"Order {number} is on its way.")]}


def prompt(number: int = 0) -> dict[str, Any]:
    return {"contents": [turn("user", f"What is {number} plus 1?")], "references": {"answer": str(number + 1)}}


def preference(number: int = 0) -> dict[str, Any]:
    completions = [{"score": score, "completion": turn("model", f"Answer {number}.{score}")} for score in (1, 0)]
    return {"contents": [turn("user", f"Question {number}?")], "completions": completions}


@pytest.fixture
def emulator(tmp_path: Path) -> Iterator[Emulator]:
    """An emulator with a dataset of each kind in the bucket `data`; its time stands still until a test moves it."""
    with Emulator(tmp_path / "state", clock=lambda: START_S) as made:
        made.put_object("data", "sft.jsonl", jsonl(*map(supervised_example, range(40))))
        made.put_object("data", "sft-val.jsonl", jsonl(*map(supervised_example, range(40, 50))))
        made.put_object("data", "rft.jsonl", jsonl(*map(prompt, range(80))))
        made.put_object("data", "dpo.jsonl", jsonl(*map(preference, range(20))))
        yield made


@pytest.fixture
def http(emulator: Emulator) -> Iterator[httpx2.Client]:
    """Plain requests in process, relative to `/v1beta1/`."""
    with httpx2.Client(transport=EmbeddedTransport(emulator), base_url="http://localhost/v1beta1/") as client:
        yield client


@pytest.fixture
def create(http: httpx2.Client) -> Callable[..., dict[str, Any]]:
    """`create(**fields of TuningJob)`: the answer to a create that must succeed; a supervised job by default."""

    def made(location: str = "us-central1", **fields: Any) -> dict[str, Any]:
        start = {} if "preTunedModel" in fields else {"baseModel": "gemini-3.5-flash"}
        spec = {} if any(name.endswith("Spec") for name in set(fields) - {"encryptionSpec"}) else supervised(3)
        response = http.post(f"projects/acme/locations/{location}/tuningJobs", json={**start, **spec, **fields})
        assert response.status_code == 200, response.text
        job: dict[str, Any] = response.json()
        return job

    return made


def supervised(epochs: int, **spec: Any) -> dict[str, Any]:
    given = {"trainingDatasetUri": TRAINING, "hyperParameters": {"epochCount": epochs}, **spec}
    return {"supervisedTuningSpec": given}


def reinforcement(hyper_parameters: dict[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
    match = {"matchOperation": "EXACT_MATCH", "expression": "{{references.answer}}"}
    scorer = {"correctAnswerReward": 1, "wrongAnswerReward": -1, "stringMatchExpression": match}
    reward = {"rewardName": "answer", "stringMatchRewardScorer": scorer}
    given = {"trainingDatasetUri": PROMPTS, "singleRewardConfig": reward, **spec}
    return {"reinforcementTuningSpec": {**given, "hyperParameters": hyper_parameters or {}}}


@pytest.fixture(params=["in process", "over HTTP"])
def genai_client(request: pytest.FixtureRequest, emulator: Emulator) -> Iterator[genai.Client]:
    """The unmodified SDK, once in process and once over a socket."""
    if request.param == "in process":
        yield sdk("http://vertex.localhost", EmbeddedTransport(emulator))
    else:
        with running(emulator) as base_url, httpx2.HTTPTransport() as transport:
            yield sdk(base_url, transport)


def sdk(base_url: str, transport: httpx2.BaseTransport, *, api_version: str = "v1beta1") -> genai.Client:
    return genai.Client(
        vertexai=True,
        project="acme",
        location="us-central1",
        credentials=Credentials(token="local"),
        http_options=types.HttpOptions(
            base_url=base_url,
            api_version=api_version,
            httpx_client=httpx2.Client(transport=transport, trust_env=False),
        ),
    )
