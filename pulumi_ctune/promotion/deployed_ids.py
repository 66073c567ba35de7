"""How a deployment on somebody's endpoint is known to be ours: by its id, and by a mark in its display name.

`DeployedModel.id` is the client's choice. Computed from what is deployed where and for whom, it makes `deployModel` a
request that may be sent again: the second one finds the id taken. The display name ends in a mark of the resource, so
that every deployment it ever made can be told from other people's, though the state that knew of it was lost.

Source: https://docs.cloud.google.com/vertex-ai/docs/reference/rest/v1beta1/projects.locations.endpoints#DeployedModel
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from pulumi_ctune.tuning.identity import Owner
from pulumi_ctune.tuning.resources import DeployedModel

_PREFIX = "ctune-"
_ANY_MARK = re.compile(rf"(?:^|\s){_PREFIX}[0-9a-f]{{20}}$")
_LONGEST_DISPLAY_NAME = 128  # characters
_IDS = 10**10 - 1  # 1 to 9999999999: the API takes 1 to 10 digits, and "0" means something else in splits


@dataclass(frozen=True)
class Mark:
    """The mark of one resource; `name` is for people who look at the endpoint."""

    key: str
    name: str

    @classmethod
    def of(cls, owner: Mapping[str, Any]) -> Self:
        """The mark of the owner that the state holds."""
        maker = Owner.of(owner)
        return cls(maker.key, maker.name)

    @property
    def display_name(self) -> str:
        mark = f"{_PREFIX}{self.key}"
        return f"{self.name[: _LONGEST_DISPLAY_NAME - len(mark) - 1]} {mark}".strip()

    def is_on(self, deployed: DeployedModel) -> bool:
        return deployed.display_name.endswith(f"{_PREFIX}{self.key}")


def is_marked(deployed: DeployedModel) -> bool:
    """Whether any resource of this kind, in whatever stack, made the deployment."""
    return _ANY_MARK.search(deployed.display_name) is not None


def deployed_model_id(mark: Mark, endpoint: str, model_version: str, checkpoint_id: str) -> str:
    """The id under which a resource deploys this version and checkpoint there: 1 to 10 digits, always the same."""
    text = json.dumps([mark.key, endpoint, model_version, checkpoint_id])
    return str(int(hashlib.sha256(text.encode()).hexdigest(), 16) % _IDS + 1)
