"""Content generation: the same answer for the same prompt, model version and checkpoint, without any model.

A tuned version answers as the nearest training example of its chain says (`lessons`); about anything else it says who
it is, as a base model always does.

Serves tuned endpoints (`endpoints/E`) and the base models of Google (`publishers/google/models/M`): generateContent,
streamGenerateContent, countTokens, and the refusals that other ways to call a tuned Gemini model meet.

Source: https://docs.cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference
"""

import hashlib
import json
import uuid
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from vertex_emulator import names
from vertex_emulator.registry import endpoint_records, lessons, model_records, operations
from vertex_emulator.registry.deployments import endpoint_name_of
from vertex_emulator.registry.models import BASE_MODEL_LABEL
from vertex_emulator.service import Call, Route, timestamp
from vertex_emulator.wsgi import ApiProblem, Response

_CHARACTERS_PER_TOKEN = 4  # a rule of thumb for English text; nothing here counts real tokens
_LONGEST_QUOTE = 60
_STREAM_CHUNKS = 3


@dataclass(frozen=True)
class _Speaker:
    """Who answers, in words; the `modelVersion` to show; what a tuned version has learnt."""

    words: str
    model_version: str
    learnt: lessons.Lessons = ()


def generate_content(call: Call) -> dict[str, Any]:
    return call.schema.shown(
        "GenerateContentResponse", answer(call, _name_of(call), _request_of(call), sent=call.request.body)
    )


def answer(call: Call, name: str, body: Mapping[str, Any], *, sent: bytes | None = None) -> dict[str, Any]:
    """The `GenerateContentResponse` of an endpoint or a base model, by its full name, to a checked request.

    `sent` are the bytes of the request as they came, which decide who of several deployments answers.

    Raises:
        ApiProblem: 404 if there is no such endpoint or model, 400 if nothing on it has traffic.
    """
    speaker = _speaker(call, name, json.dumps(body).encode() if sent is None else sent)
    return _answer(call, speaker, body)


def stream_generate_content(call: Call) -> Response:
    """Server-sent events with `alt=sse`, else the chunks as one JSON list."""
    whole = answer(call, _name_of(call), _request_of(call), sent=call.request.body)
    chunks = [call.schema.shown("GenerateContentResponse", chunk) for chunk in _chunks(whole)]
    if call.request.arg("alt") == "sse":
        body = "".join(f"data: {json.dumps(chunk)}\r\n\r\n" for chunk in chunks)
        return Response(body.encode(), 200, (("Content-Type", "text/event-stream"),))
    return Response.of_json(chunks)


def count_tokens(call: Call) -> dict[str, Any]:
    _speaker(call, _name_of(call), call.request.body)
    body = call.schema.read("CountTokensRequest", call.request.json())
    text = _text_of(body.get("systemInstruction", {})) + "".join(map(_text_of, body.get("contents", [])))
    tokens = _tokens(text)
    counted = {
        "totalTokens": tokens,
        "totalBillableCharacters": len("".join(text.split())),
        "promptTokensDetails": [{"modality": "TEXT", "tokenCount": tokens}],
    }
    return call.schema.shown("CountTokensResponse", counted)


def refuse_model_name(call: Call) -> NoReturn:
    """A model of the Model Registry generates nothing; its endpoint does."""
    name = f"projects/{call.param('project')}/locations/{call.param('location')}/models/{call.param('model')}"
    raise ApiProblem(
        400,
        f"The model name {name} is malformed: expected a publisher model (projects/*/locations/*/publishers/*/models/*)"
        " or a tuned model's endpoint (projects/*/locations/*/endpoints/*).",
    )


def refuse_predict(call: Call) -> NoReturn:
    _speaker(call, _name_of(call), call.request.body)
    message = (
        "Gemini cannot be accessed through the Predict and RawPredict methods. Use generateContent on the endpoint."
    )
    raise ApiProblem(400, message, status="FAILED_PRECONDITION")


def _request_of(call: Call) -> dict[str, Any]:
    body = call.schema.read("GenerateContentRequest", call.request.json())
    contents = body.get("contents") or []
    if not any(content.get("parts") for content in contents):
        raise ApiProblem(400, "Unable to submit request because at least one contents field is required.")
    for content in contents:
        if content.get("role", "user") not in ("user", "model"):
            raise ApiProblem(400, "Please use a valid role: user, model.")
    return body


def _name_of(call: Call) -> str:
    """The name of who is asked: an endpoint's in its canonical form, a base model's as it was sent."""
    if "endpoint" in call.request.params:
        return endpoint_name_of(call)
    return call.request.path.split("/", 2)[2].partition(":")[0]


def _speaker(call: Call, name: str, sent: bytes) -> _Speaker:
    if "/publishers/" in name:
        model = names.last_segment(name)
        if not model.startswith("gemini-"):
            raise ApiProblem(404, f"Publisher Model `{name}` was not found.")
        return _Speaker(model, model)
    endpoint = endpoint_records.endpoint(call.tx, names.canonical(name))
    deployed = _chosen(endpoint, sent)
    if deployed is None:
        message = f"The Endpoint {name} has no deployed model with traffic."
        raise ApiProblem(400, message, status="FAILED_PRECONDITION")
    version = model_records.version(call.tx, deployed["model"], deployed["modelVersionId"])
    checkpoint = deployed.get("checkpointId") or version.get("defaultCheckpointId")
    holder = model_records.model(call.tx, deployed["model"])
    words = f"{holder['displayName']} version {version['versionId']}" + (
        f" checkpoint {checkpoint}" if checkpoint else ""
    )
    base_model = version.get("baseModelSource", {}).get("modelGardenSource", {}).get("publicModelName", "")
    base_model = base_model.rpartition("/")[2] or version["labels"].get(BASE_MODEL_LABEL, "gemini")
    return _Speaker(words, base_model, lessons.learnt(version, checkpoint))


def _chosen(endpoint: Mapping[str, Any], body: bytes) -> dict[str, Any] | None:
    """The deployment that answers: the same one for the same request; many requests are shared out by the split."""
    place = zlib.crc32(body) % 100
    for deployed_id, share in sorted(endpoint["trafficSplit"].items()):
        if place < share:
            return endpoint_records.deployed_model(dict(endpoint), deployed_id)
        place -= share
    return None


def _answer(call: Call, speaker: _Speaker, body: Mapping[str, Any]) -> dict[str, Any]:
    config = body.get("generationConfig", {})
    prompt = _text_of(body["contents"][-1])
    before = _text_of(body.get("systemInstruction", {})) + "".join(map(_text_of, body["contents"][:-1]))
    text = _text(call, speaker, prompt, before, config)
    most_tokens = config.get("maxOutputTokens")
    reason = "STOP"
    if most_tokens and _tokens(text) > most_tokens:
        text, reason = text[: most_tokens * _CHARACTERS_PER_TOKEN], "MAX_TOKENS"
    prompt_tokens, answer_tokens = _tokens(before + prompt), _tokens(text)
    return {
        "candidates": [{"content": {"role": "model", "parts": [{"text": text}]}, "finishReason": reason}],
        "usageMetadata": {
            "promptTokenCount": prompt_tokens,
            "candidatesTokenCount": answer_tokens,
            "totalTokenCount": prompt_tokens + answer_tokens,
            "trafficType": "ON_DEMAND",
            "promptTokensDetails": [{"modality": "TEXT", "tokenCount": prompt_tokens}],
            "candidatesTokensDetails": [{"modality": "TEXT", "tokenCount": answer_tokens}],
        },
        "modelVersion": speaker.model_version,
        "createTime": timestamp(call.now),
        "responseId": uuid.uuid4().hex,
    }


def _text(call: Call, speaker: _Speaker, prompt: str, before: str, config: Mapping[str, Any]) -> str:
    seed = None if config.get("temperature") == 0 else config.get("seed")
    as_json = config.get("responseMimeType") == "application/json"
    learnt = lessons.answer(call.tx, speaker.learnt, prompt, seed=seed)
    if learnt is None:
        drawn = before if seed is None else f"{before}\0{seed}"  # another seed, another answer
        return _sentence(speaker.words, prompt, drawn, as_json=as_json)
    return json.dumps({"answer": learnt}) if as_json and not _is_json(learnt) else learnt


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _sentence(speaker: str, prompt: str, before: str, *, as_json: bool) -> str:
    quote = " ".join(prompt.split())
    quote = quote if len(quote) <= _LONGEST_QUOTE else quote[: _LONGEST_QUOTE - 1] + "…"
    mark = hashlib.sha256(f"{speaker}\0{before}\0{prompt}".encode("utf-8", "replace")).hexdigest()[:8]
    sentence = f"This is {speaker} of the emulator, answering “{quote}” with {mark}."
    return json.dumps({"answer": sentence}) if as_json else sentence


def _chunks(answer: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The answer in pieces; only the last has the reason of its end and the whole usage."""
    candidate = answer["candidates"][0]
    text: str = candidate["content"]["parts"][0]["text"]
    size = max(-(-len(text) // _STREAM_CHUNKS), 1)
    pieces = [text[start : start + size] for start in range(0, len(text), size)]
    for index, piece in enumerate(pieces):
        shown: dict[str, Any] = {"content": {"role": "model", "parts": [{"text": piece}]}}
        if index == len(pieces) - 1:
            yield {**answer, "candidates": [{**shown, "finishReason": candidate["finishReason"]}]}
        else:
            yield {**answer, "candidates": [shown], "usageMetadata": {"trafficType": "ON_DEMAND"}}


def _text_of(content: Mapping[str, Any]) -> str:
    return "\n".join(part.get("text", "") for part in content.get("parts", []))


def _tokens(text: str) -> int:
    return -(-len(text) // _CHARACTERS_PER_TOKEN)


_LOCATION = "projects/{project}/locations/{location}"
_SPEAKERS = (f"{_LOCATION}/endpoints/{{endpoint}}", f"{_LOCATION}/publishers/google/models/{{publisher_model}}")

ROUTES: list[Route] = [
    ("POST", pattern + verb, operations.settled(handler))
    for pattern in _SPEAKERS
    for verb, handler in (
        (":generateContent", generate_content),
        (":streamGenerateContent", stream_generate_content),
        (":countTokens", count_tokens),
        (":predict", refuse_predict),
        (":rawPredict", refuse_predict),
    )
] + [
    ("POST", f"{_LOCATION}/models/{{model}}:generateContent", refuse_model_name),
    ("POST", f"{_LOCATION}/models/{{model}}:streamGenerateContent", refuse_model_name),
]
