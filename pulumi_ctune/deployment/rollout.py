"""The steps by which a version comes to serve on an endpoint, and goes: look, deploy, shift traffic, undeploy.

Each step looks at the endpoint before it writes, so all of them can be repeated after any interruption, and none
touches a deployment of somebody else. Knows no inputs and no state: `deploying` repeats what it takes to deploy, and
`creation` puts the steps together.

Source: https://docs.cloud.google.com/vertex-ai/docs/reference/rest/v1beta1/projects.locations.endpoints/deployModel
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from typing import Any

from pulumi_ctune.core import names, operations
from pulumi_ctune.core.api import (
    DeployedModel,
    Endpoint,
    ModelVersion,
    Operation,
    Vertex,
)
from pulumi_ctune.core.errors import (
    ApiError,
    BadRequestError,
    CtuneError,
    InvalidInputError,
    NotFoundError,
    WaitInterruptedError,
)
from pulumi_ctune.core.printable import listed
from pulumi_ctune.core.retry import (
    Retries,
    WaitContext,
    patiently,
    while_busy,
)
from pulumi_ctune.core.retry_policies import CONFLICTING_SPLIT
from pulumi_ctune.deployment.ids import Mark
from pulumi_ctune.deployment.split import served

_BRIEF_S = 120.0  # how long trouble is ridden out with what can be left to the next run


@dataclass(frozen=True)
class Target:
    """What is to serve: a version, one of its checkpoints (empty: the default one), and the id it is deployed under.

    `ids` are all that it may be deployed under (see the module `ids`); until it is, `deployed_model_id` is the first.
    """

    deployed_model_id: str
    version: ModelVersion
    checkpoint_id: str = ""
    ids: tuple[str, ...] = ()

    def under(self, deployed_model_id: str) -> "Target":
        """The same under this id."""
        return replace(self, deployed_model_id=deployed_model_id)

    def is_deployed_as(self, deployed: DeployedModel) -> bool:
        same_model = names.last_segment(deployed.model) == names.last_segment(self.version.model)
        same_version = same_model and deployed.version_id in ("", self.version.version_id)
        return same_version and deployed.deployed_model_id in self.ids


@dataclass
class Rollout:
    """One verb's work on one endpoint.

    `known` are deployed model ids that are ours whatever their display name says. `pending` is what this rollout has
    brought to the endpoint, or is about to, and has not given traffic yet: id -> operation under way, or empty.
    """

    vertex: Vertex
    context: WaitContext
    endpoint: str
    mark: Mark
    known: frozenset[str] = frozenset()
    pending: dict[str, str] = field(default_factory=dict)

    def look(self) -> Endpoint:
        return patiently(lambda: self.vertex.get_endpoint(self.endpoint), self.context)

    def own(self, endpoint: Endpoint) -> list[DeployedModel]:
        """The deployments that this resource has made."""
        return [
            deployed
            for deployed in endpoint.deployed_models
            if self.mark.is_on(deployed) or deployed.deployed_model_id in self.known
        ]

    def settle(self, left_over: Mapping[str, str]) -> None:
        """Wait for operations of earlier runs, so that what they deploy can be seen; how they end does not matter."""
        for deployed_model_id, name in left_over.items():
            if name:
                text = f"waiting for the deployment of {deployed_model_id}, which an earlier run began"
                operations.finish(self.vertex, self.context, Operation(name), text)

    def settle_all(self) -> list[Operation] | None:
        """Wait for every deployment under way on the endpoint: one of a run that was killed is in no state.

        Returns those that were waited for; None where they cannot be listed.
        """
        try:
            listed = patiently(lambda: self.vertex.list_deployment_operations(self.endpoint), self._brief())
        except ApiError:  # gone, not ours to list, or out of reach: what is on the endpoint is seen all the same
            return None
        under_way = [operation for operation in listed if not operation.done]
        for operation in under_way:
            text = f"waiting for a deployment on {self.endpoint}, which somebody began"
            operations.finish(self.vertex, self.context, operation, text, signed_in=True)
        return under_way

    def deployed(self, endpoint: Endpoint, target: Target) -> Target | None:
        """The target under the id that it has on the endpoint: of several, the one with the most traffic.

        The id is enough to know it by; that Google keeps display names for Gemini is documented nowhere.
        """
        shares = {
            item.deployed_model_id: endpoint.traffic_split.get(item.deployed_model_id, 0)
            for item in endpoint.deployed_models
            if target.is_deployed_as(item)
        }
        if not shares:
            return None
        return target.under(max(shares, key=lambda id_: (shares[id_], -target.ids.index(id_))))

    def start(self, endpoint: Endpoint, target: Target) -> Operation:
        """Ask for the target on the endpoint, which was just looked at: without traffic, unless nothing has any."""
        deployed: dict[str, Any] = {
            "id": target.deployed_model_id,
            "model": target.version.name,
            "displayName": self.mark.display_name,
        }
        # Whether Google takes the field for Gemini is not documented, so it is sent only where it makes a difference.
        if target.checkpoint_id not in ("", target.version.default_checkpoint_id):
            deployed["checkpointId"] = target.checkpoint_id
        # An endpoint without traffic serves nothing until it is told to; elsewhere "unchanged" keeps all as it is.
        split = {} if served(endpoint.traffic_split) else {"0": 100}
        self.pending[target.deployed_model_id] = ""
        return self.vertex.start_deployment(self.endpoint, deployed, split)

    def shift(self, wanted: Callable[[Endpoint], Mapping[str, int]]) -> Endpoint:
        """Give the endpoint the split that `wanted` computes from what it is now; returns the endpoint afterwards."""
        tries = Retries(CONFLICTING_SPLIT, self.context)
        while True:
            try:
                return patiently(lambda: self._shift_once(wanted), self.context)
            except BadRequestError as error:
                if not error.is_conflict or tries.is_last:
                    raise
                self.context.report.status("somebody else has changed the endpoint, looking again")
                tries.pause(error)

    def undeploy(self, deployed_model_ids: Iterable[str]) -> dict[str, CtuneError]:
        """Undeploy ours that have no traffic; what could not be undeployed comes back with the reason.

        Raises `WaitInterruptedError`.
        """
        refused: dict[str, CtuneError] = {}
        for deployed_model_id in deployed_model_ids:
            try:
                self._undeploy(deployed_model_id)
            except WaitInterruptedError:
                raise
            except CtuneError as error:
                refused[deployed_model_id] = error
        return refused

    def _shift_once(self, wanted: Callable[[Endpoint], Mapping[str, int]]) -> Endpoint:
        endpoint = self.vertex.get_endpoint(self.endpoint)
        split = wanted(endpoint)
        if served(endpoint.traffic_split) == split:
            return endpoint
        self.context.report.status(f"shifting traffic: {shown(split)}")
        changes = {"trafficSplit": dict(split), "etag": endpoint.etag}
        return self.vertex.update_endpoint(self.endpoint, changes=changes)

    def _undeploy(self, deployed_model_id: str) -> None:
        start = partial(self.vertex.start_undeployment, self.endpoint, deployed_model_id)
        brief = self._brief()

        def undeploy() -> None:
            if any(item.deployed_model_id == deployed_model_id for item in self.look().deployed_models):
                operations.run(self.vertex, self.context, start, f"undeploying {deployed_model_id}")

        try:
            while_busy(lambda: patiently(undeploy, brief), self.context)
        except NotFoundError:  # gone meanwhile, or the endpoint with it
            return

    def _brief(self) -> WaitContext:
        """WaitContext for what the verb can end well without, should the API be out of reach for it."""
        return replace(self.context, timeout=timedelta(seconds=min(_BRIEF_S, self.context.left_s())))


def shown(split: Mapping[str, int]) -> str:
    """A split in words: `123 90 %, 456 10 %`."""
    by_share = sorted(split.items(), key=lambda item: (-item[1], item[0]))
    return listed(f"{key} {share} %" for key, share in by_share) or "none"


def serves(endpoint: Endpoint, deployed_model_id: str) -> bool:
    return endpoint.traffic_split.get(deployed_model_id, 0) > 0


def explained(error: CtuneError, what: str, where: str, *, next_step: str = "") -> CtuneError:
    """The error as a user reads it: an interruption and a timeout have said in `what` why something did not happen."""
    if isinstance(error, InvalidInputError):
        return error
    described = error.explaining(what, where=where)
    return described.but(next_step=f"{error.next_step} {next_step}".strip())
