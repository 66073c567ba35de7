"""Which share of an endpoint's traffic a deployment may claim, and when it must not: one owner for each split.

Source: https://docs.cloud.google.com/vertex-ai/docs/reference/rest/v1beta1/projects.locations.endpoints
"""

from dataclasses import dataclass

from pulumi_ctune.core.api import Endpoint
from pulumi_ctune.core.errors import InvalidInputError
from pulumi_ctune.core.percent_shares import without
from pulumi_ctune.core.printable import listed
from pulumi_ctune.deployment.ids import is_marked
from pulumi_ctune.deployment.rollout import Rollout, Target, shown
from pulumi_ctune.deployment.split import (
    NoCounterpartError,
    baseline_of,
    served,
    shifted,
    total,
)


@dataclass(frozen=True)
class Claim:
    """What one verb wants of the split.

    `is_new_share`: the share itself is what the program changed, or there was none: then the target gets `percent`
    whoever has it now. Otherwise only what this resource has already passes on to the target, and others keep theirs.
    `is_new_version`: the target takes the place of another deployment of the resource.
    `is_first`: nothing served before the resource came, so that without traffic nothing serves afterwards either. The
    first deployment of an endpoint gets all traffic at Google, whatever was asked for.
    """

    rollout: Rollout
    target: Target
    percent: int
    is_new_share: bool
    is_new_version: bool
    is_first: bool = False

    def split(self, endpoint: Endpoint) -> dict[str, int]:
        """The split that the endpoint is to have. Raises `InvalidInputError` where the claim cannot be met."""
        target = self.target.deployed_model_id
        own = {deployed.deployed_model_id for deployed in self.rollout.own(endpoint)} - {target}
        current = served(endpoint.traffic_split)
        # Where nothing serves, nobody has taken a share away: our deployment was undeployed.
        percent = self.percent
        if not percent and self.is_first:
            return without(current, {target})
        if percent and current and not self.is_new_share:
            percent = min(percent, self._ours(endpoint, own))
        baseline = baseline_of(current, target, own=own)
        if self.is_new_version and baseline and current.get(target, 0) > percent:
            raise self._refused(
                f"it already serves {current[target]} percent beside the canary {baseline}; with traffic_percent "
                f"{percent} the canary would get the rest",
                "To take the canary back, leave traffic_percent out.",
            )
        try:
            wanted = shifted(current, target, percent, own=own)
        except NoCounterpartError:
            raise self._refused(
                f"nothing else on {endpoint.name} has traffic, so nothing could keep the other {100 - percent} percent",
                "Leave traffic_percent out.",
            ) from None
        self._check_rivals(endpoint, own, wanted)
        return wanted

    def _ours(self, endpoint: Endpoint, own: set[str]) -> int:
        ours = total(endpoint.traffic_split, {*own, self.target.deployed_model_id})
        if ours:
            return ours
        raise InvalidInputError(
            self._what,
            where=endpoint.name,
            why=f"somebody else has changed its traffic split, which leaves nothing to the deployment of this resource "
            f"({shown(served(endpoint.traffic_split))})",
            next_step=f"`pulumi up --refresh` takes {self.percent} percent back.",
        )

    def _check_rivals(self, endpoint: Endpoint, own: set[str], wanted: dict[str, int]) -> None:
        ours = {*own, self.target.deployed_model_id}
        rivals = [
            f"{deployed.deployed_model_id} ({deployed.display_name})"
            for deployed in endpoint.deployed_models
            if deployed.deployed_model_id not in ours
            and is_marked(deployed)
            and wanted.get(deployed.deployed_model_id, 0) < endpoint.traffic_split.get(deployed.deployed_model_id, 0)
        ]
        if rivals:
            raise InvalidInputError(
                self._what,
                where=endpoint.name,
                why=f"another ModelDeployment owns its traffic split: {listed(rivals)}",
                next_step="Keep one ModelDeployment for each endpoint: for a renamed one set `aliases` (`--replace` "
                "does not know its earlier name), for a canary `traffic_percent`, else destroy the other one first, or "
                "undeploy what no stack has any more.",
            )

    def _refused(self, why: str, next_step: str) -> InvalidInputError:
        return InvalidInputError(self._what, where="traffic_percent", why=why, next_step=next_step)

    @property
    def _what(self) -> str:
        return f"{self.target.version.name} gets no traffic"
