"""The reward for what a model read out of a contract clause: the share of right facts, from 0 to 1; -1 for no JSON."""

import json
from typing import Any

FACTS = ("notice_days", "term_months", "renews")


def evaluate(example: dict[str, Any], response: dict[str, Any]) -> float:
    """Compare the answer, such as {"notice_days": 30, ...}, with the example's `references`, which are texts."""
    text = "".join(part.get("text", "") for part in response.get("parts", []) if not part.get("thought"))
    try:
        answer = json.loads(text)
    except ValueError:
        return -1.0
    if not isinstance(answer, dict):
        return -1.0
    right = [str(answer.get(fact, "")).lower() == example["references"][fact] for fact in FACTS]
    return sum(right) / len(FACTS)
