"""How a deployment on somebody's endpoint is known to be ours: by its id, and by a mark in its display name.

`DeployedModel.id` is the client's choice. Computed from what is deployed where and for whom, it makes `deployModel` a
request that may be sent again: the second one finds the id taken. The display name ends in a mark of the resource, so
that every deployment it ever made can be told from other people's, though the state that knew of it was lost.

Whether an id may be used again once its deployment is gone is documented nowhere. So there is a row of ids for each
deployment, and who comes back to a version takes the first that Google lets it have.

Source: https://docs.cloud.google.com/vertex-ai/docs/reference/rest/v1beta1/projects.locations.endpoints#DeployedModel
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from pulumi_ctune.core.api import DeployedModel
from pulumi_ctune.core.ownership import Owner

_PREFIX = "ctune-"
_ANY_MARK = re.compile(rf"(?:^|\s){_PREFIX}[0-9a-f]{{20}}$")
_LONGEST_DISPLAY_NAME = 128  # characters
_IDS_OF_A_DEPLOYMENT = 100  # so often a resource can come back to a version, should no id be free a second time
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


def deployed_model_ids(mark: Mark, endpoint: str, model_version: str, checkpoint_id: str) -> tuple[str, ...]:
    """The ids under which a resource deploys this version and checkpoint there, in the order in which they are tried:
    1 to 10 digits each, always the same ones.
    """
    what: list[str | int] = [mark.key, endpoint, model_version, checkpoint_id]
    return tuple(dict.fromkeys(_hashed([*what, salt] if salt else what) for salt in range(_IDS_OF_A_DEPLOYMENT)))


def _hashed(what: list[str | int]) -> str:
    return str(int(hashlib.sha256(json.dumps(what).encode()).hexdigest(), 16) % _IDS + 1)
