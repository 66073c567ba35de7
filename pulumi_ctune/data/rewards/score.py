"""What a scorer says of one answer."""

import math
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True)
class Score:
    """A reward from -1 to 1, or none and the reason. `ms` is how long it took."""

    reward: float | None
    reason: str
    ms: float = 0.0

    def taking(self, seconds: float) -> "Score":
        return replace(self, ms=round(seconds * 1000, 3))


def none(reason: str) -> Score:
    """The service would count this call as failed, or nobody here can make it."""
    return Score(None, reason)


def clipped(reward: float, reason: str) -> Score:
    """The service clips every reward; what is no number counts as failed."""
    if math.isnan(reward):
        return none(f"{reason}: the reward is NaN, which counts as failed")
    bounded = max(min(reward, 1.0), -1.0)
    return Score(bounded, reason if bounded == reward else f"{reason}: {reward:g} is clipped to {bounded:g}")


def text_of(content: Any) -> str:
    """The text of a `Content`, without thoughts."""
    return "".join(str(part.get("text", "")) for part in content.get("parts", []) if not part.get("thought"))
