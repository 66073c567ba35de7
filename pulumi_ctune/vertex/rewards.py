"""Try a reward before a reinforcement tuning job is paid for.

Plain REST: google-genai's `validate_reward` loses the answer's `errorStatus`, and a broken reward is an answer of 200.

Source:
https://docs.cloud.google.com/gemini-enterprise-agent-platform/reference/rest/v1beta1/projects.locations.tuningJobs/validateReinforcementTuningReward

"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from pulumi_ctune.core import names
from pulumi_ctune.vertex.rest import Rest


def try_reward(rest: Rest, project: str, location: str, trial: Mapping[str, Any]) -> Sequence[str]:
    """What went wrong with the reward; empty if it gave a number."""
    suffix = "/tuningJobs:validateReinforcementTuningReward"
    answer = rest.write("POST", names.parent(project, location), suffix, body=trial)
    details = answer.get("rewardInfoDetails")
    troubles = [
        f"{name}: {_message(detail['errorStatus'])}"
        for name, detail in (details.items() if isinstance(details, dict) else ())
        if isinstance(detail, dict) and detail.get("errorStatus")
    ]
    if not troubles and (status := answer.get("errorStatus")):
        troubles.append(_message(status))
    if not troubles and answer.get("error"):
        troubles.append(str(answer["error"]))
    if not troubles and not _is_number(answer.get("overallReward", 0.0)):
        troubles.append(f"the reward is {answer['overallReward']}")
    return troubles


def _message(status: Any) -> str:
    return str(status.get("message", "")) if isinstance(status, dict) else str(status)


def _is_number(reward: Any) -> bool:
    """Proto JSON leaves a zero out and writes NaN as text."""
    return isinstance(reward, int | float) and math.isfinite(reward)
