"""What a model learns from the examples of a dataset: prompts, and the answers that training aims at.

The target of supervised tuning, the completion that is preferred, the reference of a reward. `registry.lessons` keeps
them.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from vertex_emulator.tuning.datasets import Dataset
from vertex_emulator.tuning.training_steps import PREFERENCE, REINFORCEMENT, SUPERVISED

WEIGHTS = {SUPERVISED: 1.0, PREFERENCE: 1.0, REINFORCEMENT: 0.5}
"""How much an example counts against those of other jobs of its chain: a reference is no whole answer, so what was
learnt from answers before stays, unless the prompt is much nearer.
"""


def pairs(method: str, dataset: Dataset) -> Iterator[tuple[str, str]]:
    """(prompt, answer) of each example that has both."""
    for example in dataset.examples:
        prompt = next((_text(content) for content in reversed(_asked(example.document))), "")
        answer = _target(method, example.document)
        if prompt and answer:
            yield prompt, answer


def _asked(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [content for content in document["contents"] if content.get("role", "user") == "user"]


def _target(method: str, document: Mapping[str, Any]) -> str:
    if method == SUPERVISED:
        return _text(document["contents"][-1])
    if method == PREFERENCE:
        return next((_text(item["completion"]) for item in document["completions"] if item.get("score") == 1), "")
    references = document.get("references") or {}
    return (
        str(next(iter(references.values()))) if len(references) == 1 else json.dumps(references) if references else ""
    )


def _text(content: Mapping[str, Any]) -> str:
    return "\n".join(part["text"] for part in content.get("parts", []) if "text" in part and not part.get("thought"))
