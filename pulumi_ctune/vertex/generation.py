"""Answers of a model: `generateContent` of a base model or an endpoint. Ordinary inference, which is paid for.

Source: https://docs.cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pulumi_ctune.core import names
from pulumi_ctune.vertex.rest import Rest


@dataclass(frozen=True)
class Generated:
    """The text of the first candidate, without thoughts. `trouble` says why there is none."""

    text: str
    trouble: str = ""


def model_name(model: str, project: str, location: str) -> str:
    """The full name of what answers: full names stay, `gemini-3.5-flash` is Google's model of that name."""
    if model.startswith("projects/"):
        return model
    return f"{names.parent(project, location)}/publishers/google/models/{names.publisher_model_id(model) or model}"


def generate(rest: Rest, name: str, request: Mapping[str, Any]) -> Generated:
    """One answer; an answer without any text is no error."""
    answer = rest.ask(name, ":generateContent", request)
    candidates = answer.get("candidates")
    first = candidates[0] if isinstance(candidates, list) and candidates else None
    if not isinstance(first, dict):
        feedback = answer.get("promptFeedback")
        reason = feedback.get("blockReason") if isinstance(feedback, dict) else None
        return Generated("", f"the model gave no answer: {reason or 'no reason given'}")
    content = first.get("content")
    parts = content.get("parts") if isinstance(content, dict) else None
    texts = [
        str(part.get("text", ""))
        for part in (parts if isinstance(parts, list) else ())
        if isinstance(part, dict) and not part.get("thought")
    ]
    text = "".join(texts)
    return Generated(text, "" if text else f"the model gave no text: {first.get('finishReason', 'no reason given')}")
