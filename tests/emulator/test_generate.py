"""Generation and the registry through the unmodified google-genai client."""

import json
from collections.abc import Iterator
from datetime import timedelta

import google.genai
import httpx2
import pytest
from google.genai import errors, types
from google.oauth2.credentials import Credentials

from tests.emulator.registry import PARENT, Registry, conforms
from vertex_emulator.app import Emulator
from vertex_emulator.transport import EmbeddedTransport


@pytest.fixture
def registry() -> Iterator[Registry]:
    with Emulator() as emulator:
        yield Registry(emulator)


@pytest.fixture
def client(registry: Registry) -> google.genai.Client:
    return _client(registry, "us-central1")


def _client(registry: Registry, location: str) -> google.genai.Client:
    http = httpx2.Client(transport=EmbeddedTransport(registry.emulator))
    options = types.HttpOptions(base_url="http://localhost", api_version="v1beta1", httpx_client=http)
    return google.genai.Client(
        vertexai=True,
        project="my-project",
        location=location,
        credentials=Credentials(token="local"),
        http_options=options,
    )


@pytest.fixture
def endpoint(registry: Registry) -> str:
    """The endpoint that a tuning job made for the default checkpoint."""
    version = registry.get(registry.tuned())
    deployed = [item for item in version["deployedModels"] if item["checkpointId"] == version["defaultCheckpointId"]]
    name: str = deployed[0]["endpoint"]
    return name


def test_tuned_endpoint_answers(client: google.genai.Client, endpoint: str) -> None:
    """About what no training example is near to, the answer names version and checkpoint and quotes the prompt."""
    answer = client.models.generate_content(model=endpoint, contents="Where is my parcel?")

    assert "bot version 1 checkpoint 2" in (answer.text or "")
    assert "Where is my parcel?" in (answer.text or "")
    assert answer.model_version == "gemini-3.5-flash"
    assert answer.usage_metadata is not None
    assert answer.usage_metadata.prompt_token_count == 5


def test_tuned_endpoint_answers_as_the_nearest_example(registry: Registry) -> None:
    """What a training example has for a prompt of nearly the same words; a seed may draw another of the nearest."""
    examples = [
        (f"Where is my {thing}?", f"Your {thing} is here.") for thing in ("blue parcel", "refund", "red parcel")
    ]
    turns = [[("user", prompt), ("model", target)] for prompt, target in examples]
    lines = [
        json.dumps({"contents": [{"role": role, "parts": [{"text": text}]} for role, text in pair]}) for pair in turns
    ]
    registry.emulator.put_object("data", "parcels.jsonl", "\n".join(lines).encode())
    spec = {"trainingDatasetUri": "gs://data/parcels.jsonl", "hyperParameters": {"epochCount": 1}}
    body = {"baseModel": "gemini-2.5-flash", "supervisedTuningSpec": spec, "tunedModelDisplayName": "bot"}
    job = registry.post(f"{PARENT}/tuningJobs", body)
    registry.emulator.advance(timedelta(hours=1))
    endpoint = registry.get(job["name"])["tunedModel"]["endpoint"]
    ask = {"contents": [{"role": "user", "parts": [{"text": "where is the red parcel"}]}]}

    texts = [
        registry.post(f"{endpoint}:generateContent", {**ask, "generationConfig": config})["candidates"][0]["content"][
            "parts"
        ][0]["text"]
        for config in ({}, {"seed": 1}, {"seed": 1, "temperature": 0}, {"responseMimeType": "application/json"})
    ]

    nearest = "Your red parcel is here."
    assert texts == [nearest, "Your blue parcel is here.", nearest, json.dumps({"answer": nearest})]


def test_same_prompt_has_the_same_answer(client: google.genai.Client, endpoint: str) -> None:
    """No chance is involved: tests can compare texts."""
    texts = {client.models.generate_content(model=endpoint, contents=text).text for text in ("a", "a", "b")}

    assert len(texts) == 2


def test_another_seed_has_another_answer(client: google.genai.Client, endpoint: str) -> None:
    """Samples differ, and come again."""
    texts = [
        client.models.generate_content(model=endpoint, contents="a", config=types.GenerateContentConfig(seed=seed)).text
        for seed in (1, 2, 1)
    ]

    assert (texts[0] == texts[2], texts[0] == texts[1]) == (True, False)


def test_answer_has_the_shape_of_the_discovery_document(registry: Registry, endpoint: str) -> None:
    """Each field is one of `GenerateContentResponse`."""
    body = {"contents": [{"role": "user", "parts": [{"text": "hello"}]}]}

    answer = registry.post(f"{endpoint}:generateContent", body)

    assert conforms("GenerateContentResponse", answer) == []


def test_streamed_pieces_make_the_same_answer(client: google.genai.Client, endpoint: str) -> None:
    """Server-sent events, of which the last says why it is the last."""
    whole = client.models.generate_content(model=endpoint, contents="hello")

    chunks = list(client.models.generate_content_stream(model=endpoint, contents="hello"))

    assert len(chunks) > 1
    assert "".join(chunk.text or "" for chunk in chunks) == whole.text
    assert chunks[-1].candidates is not None
    assert chunks[-1].candidates[0].finish_reason == types.FinishReason.STOP


def test_answer_is_cut_at_the_most_tokens(client: google.genai.Client, endpoint: str) -> None:
    """`maxOutputTokens` ends the answer with MAX_TOKENS."""
    config = types.GenerateContentConfig(max_output_tokens=3)

    answer = client.models.generate_content(model=endpoint, contents="hello", config=config)

    assert answer.candidates is not None
    assert answer.candidates[0].finish_reason == types.FinishReason.MAX_TOKENS
    assert len(answer.text or "") == 12


def test_json_is_answered_where_json_is_asked_for(client: google.genai.Client, endpoint: str) -> None:
    """`responseMimeType` application/json gives a text that is JSON."""
    config = types.GenerateContentConfig(response_mime_type="application/json")

    answer = client.models.generate_content(model=endpoint, contents="hello", config=config)

    assert (answer.text or "").startswith('{"answer": ')


def test_base_model_answers_too(client: google.genai.Client) -> None:
    """A program may compare the tuned model with its base."""
    answer = client.models.generate_content(model="gemini-3.5-flash", contents="hello")

    assert "gemini-3.5-flash" in (answer.text or "")


def test_tokens_are_estimated(client: google.genai.Client, endpoint: str) -> None:
    """Four characters count as a token."""
    counted = client.models.count_tokens(model=endpoint, contents="12345678")

    assert counted.total_tokens == 2


def test_unknown_endpoint_is_not_found(client: google.genai.Client) -> None:
    """404 as for any resource, also in another location than the endpoint's."""
    with pytest.raises(errors.ClientError) as caught:
        client.models.generate_content(model=f"{PARENT}/endpoints/123", contents="hello")

    assert (caught.value.code, caught.value.status) == (404, "NOT_FOUND")


def test_model_name_is_malformed_for_generation(client: google.genai.Client, registry: Registry) -> None:
    """A model of the registry is not an address for prompts."""
    version = registry.tuned()

    with pytest.raises(errors.ClientError, match="malformed") as caught:
        client.models.generate_content(model=version, contents="hello")

    assert (caught.value.code, caught.value.status) == (400, "INVALID_ARGUMENT")


def test_predict_is_refused(registry: Registry, endpoint: str) -> None:
    """Gemini models are not reached by the older prediction methods."""
    error = registry.error("POST", f"{endpoint}:predict", {"instances": [{}]})

    assert error["status"] == "FAILED_PRECONDITION"


def test_endpoint_without_traffic_does_not_answer(registry: Registry) -> None:
    """Somebody has to be deployed, with a share of the traffic."""
    body = {"contents": [{"role": "user", "parts": [{"text": "hello"}]}]}

    error = registry.error("POST", f"{registry.endpoint()}:generateContent", body)

    assert error["status"] == "FAILED_PRECONDITION"


@pytest.mark.parametrize(
    "body", [{}, {"contents": []}, {"contents": [{"role": "assistant", "parts": [{"text": "x"}]}]}]
)
def test_wrong_prompt_is_refused(registry: Registry, endpoint: str, body: dict[str, object]) -> None:
    """Something must be said, by the user or the model."""
    error = registry.error("POST", f"{endpoint}:generateContent", body)

    assert error["status"] == "INVALID_ARGUMENT"


def test_traffic_split_shares_prompts_between_versions(registry: Registry, client: google.genai.Client) -> None:
    """Each deployment answers its share of different prompts."""
    first = registry.tuned("old")
    second = registry.tuned("new")
    endpoint = registry.endpoint()
    registry.deploy(endpoint, first, "1", {"0": 100})
    registry.deploy(endpoint, second, "2", {"0": 30, "1": 70})

    texts = [client.models.generate_content(model=endpoint, contents=f"prompt {n}").text or "" for n in range(200)]

    assert 30 < sum("new version 1" in text for text in texts) < 90
    assert all("new version 1" in text or "old version 1" in text for text in texts)


def test_sdk_reads_and_changes_a_tuned_model(registry: Registry, client: google.genai.Client) -> None:
    """`models.get`, `models.update` and `models.list` of google-genai, which send no mask and two filters."""
    version = registry.tuned()
    config = types.UpdateModelConfig(display_name="renamed", description="better", default_checkpoint_id="1")

    client.models.update(model=version.split("@")[0], config=config)

    found = client.models.get(model=version)
    listed = client.models.list(config={"query_base": False, "filter": "display_name=renamed"})
    assert (found.display_name, found.description, found.default_checkpoint_id) == ("renamed", "better", "1")
    assert (found.version, [item.name for item in listed]) == ("1", [version.split("@")[0]])
    assert found.endpoints is not None
    assert len(found.endpoints) == 2


def test_sdk_deletes_a_tuned_model(registry: Registry, client: google.genai.Client) -> None:
    """`models.delete` throws the operation away; the model goes all the same."""
    version = registry.tuned()
    registry.release(version)
    registry.emulator.configure(operation_duration_s=0)

    client.models.delete(model=version.split("@")[0])

    assert registry.error("GET", version)["code"] == 404
