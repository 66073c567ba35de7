"""Rewards and answers that the client asks the service for."""

from typing import Any

import httpx2
import pytest

from pulumi_ctune.vertex.generation import Generated, model_name
from pulumi_ctune.vertex.rewards import RewardAnswer
from tests.unit.vertex_wire import PARENT, Wire, client

TRIAL = {"example": {}, "sampleResponse": {}, "singleRewardConfig": {}}
MODEL = f"{PARENT}/publishers/google/models/gemini-3.5-flash"
BUSY = httpx2.Response(429, json={"error": {"code": 429, "message": "Slow down.", "status": "RESOURCE_EXHAUSTED"}})

REWARDS: dict[str, tuple[dict[str, Any], RewardAnswer]] = {
    "number": ({"overallReward": 0.5}, RewardAnswer(0.5, {}, [])),
    "zero is left out": ({"rewardInfoDetails": {"a": {}}}, RewardAnswer(0.0, {"a": 0.0}, [])),
    "by name": (
        {"overallReward": 0.25, "rewardInfoDetails": {"a": {"reward": 1}, "b": {"reward": -0.5}}},
        RewardAnswer(0.25, {"a": 1.0, "b": -0.5}, []),
    ),
    "one of them failed": (
        {"rewardInfoDetails": {"a": {"reward": 1}, "b": {"errorStatus": {"code": 3, "message": "No."}}}},
        RewardAnswer(None, {"a": 1.0, "b": None}, ["b: No."]),
    ),
    "NaN": ({"overallReward": "NaN"}, RewardAnswer(None, {}, ["the reward is NaN"])),
}


@pytest.mark.parametrize(("answer", "read"), REWARDS.values(), ids=REWARDS.keys())
def test_answer_of_the_validator_is_read(answer: dict[str, Any], read: RewardAnswer) -> None:
    """A broken reward is an answer of 200."""
    assert client(Wire(answer)).compute_reward("acme", "us-central1", TRIAL) == read


def test_validator_is_asked_again_when_it_is_busy() -> None:
    """It changes nothing, so it is no write."""
    wire = Wire(BUSY, {"overallReward": 1})

    assert client(wire).compute_reward("acme", "us-central1", TRIAL).overall == 1
    assert wire.lines == [f"POST /v1beta1/{PARENT}/tuningJobs:validateReinforcementTuningReward"] * 2


def candidate(*parts: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"candidates": [{"content": {"role": "model", "parts": [*parts]}, **fields}]}


ANSWERS: dict[str, tuple[dict[str, Any], Generated]] = {
    "text": (candidate({"text": "a"}, {"text": "b"}), Generated("ab")),
    "thoughts are left out": (candidate({"text": "hm", "thought": True}, {"text": "b"}), Generated("b")),
    "nothing but thoughts": (
        candidate({"text": "hm", "thought": True}, finishReason="MAX_TOKENS"),
        Generated("", "the model gave no text: MAX_TOKENS"),
    ),
    "no content": (
        {"candidates": [{"finishReason": "SAFETY"}]},
        Generated("", "the model gave no text: SAFETY"),
    ),
    "blocked prompt": (
        {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}},
        Generated("", "the model gave no answer: PROHIBITED_CONTENT"),
    ),
    "empty": ({}, Generated("", "the model gave no answer: no reason given")),
}


@pytest.mark.parametrize(("answer", "read"), ANSWERS.values(), ids=ANSWERS.keys())
def test_answer_of_a_model_is_read(answer: dict[str, Any], read: Generated) -> None:
    """An answer without text is no error."""
    assert client(Wire(answer)).generate(MODEL, {"contents": []}) == read


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("gemini-3.5-flash", MODEL),
        ("publishers/google/models/gemini-3.5-flash", MODEL),
        (f"{PARENT}/endpoints/1", f"{PARENT}/endpoints/1"),
    ],
)
def test_model_is_asked_by_its_full_name(model: str, name: str) -> None:
    """Base models by their short name, tuned ones by their endpoint."""
    assert model_name(model, "acme", "us-central1") == name
