"""Try a reward before a reinforcement tuning job is paid for.

Plain REST: google-genai's `validate_reward` loses the answer's `errorStatus`, and a broken reward is an answer of 200.

Source:
https://docs.cloud.google.com/gemini-enterprise-agent-platform/reference/rest/v1beta1/projects.locations.tuningJobs/validateReinforcementTuningReward

"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pulumi_ctune.core import names
from pulumi_ctune.vertex.rest import Rest

_SUFFIX = "/tuningJobs:validateReinforcementTuningReward"


@dataclass(frozen=True)
class RewardAnswer:
    """What the service computed: the overall reward and those by name, None where there is none; `troubles` say why."""

    overall: float | None
    rewards: Mapping[str, float | None]
    troubles: Sequence[str]


def try_reward(rest: Rest, project: str, location: str, trial: Mapping[str, Any]) -> Sequence[str]:
    """What went wrong with the reward; empty if it gave a number."""
    return _read(rest.write("POST", names.parent(project, location), _SUFFIX, body=trial)).troubles


def compute_reward(rest: Rest, project: str, location: str, trial: Mapping[str, Any]) -> RewardAnswer:
    """The reward as the service computes it. It changes nothing, so it is tried again like a read."""
    return _read(rest.ask(names.parent(project, location), _SUFFIX, trial))


def _read(answer: Mapping[str, Any]) -> RewardAnswer:
    given = answer.get("rewardInfoDetails")
    details = {
        name: detail for name, detail in (given.items() if isinstance(given, dict) else ()) if isinstance(detail, dict)
    }
    troubles = [
        f"{name}: {_message(detail['errorStatus'])}" for name, detail in details.items() if detail.get("errorStatus")
    ]
    if not troubles and (status := answer.get("errorStatus")):
        troubles.append(_message(status))
    if not troubles and answer.get("error"):
        troubles.append(str(answer["error"]))
    overall = _number(answer.get("overallReward", 0.0))
    if not troubles and overall is None:
        troubles.append(f"the reward is {answer['overallReward']}")
    rewards = {
        name: None if detail.get("errorStatus") else _number(detail.get("reward", 0.0))
        for name, detail in details.items()
    }
    return RewardAnswer(None if troubles else overall, rewards, troubles)


def _message(status: Any) -> str:
    return str(status.get("message", "")) if isinstance(status, dict) else str(status)


def _number(reward: Any) -> float | None:
    """Proto JSON leaves a zero out and writes NaN as text."""
    return float(reward) if isinstance(reward, int | float) and math.isfinite(reward) else None
