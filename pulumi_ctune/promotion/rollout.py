"""The steps by which a version comes to serve on an endpoint, and goes: deploy, shift traffic, undeploy.

Each step looks at the endpoint before it writes, so all of them can be repeated after any interruption, and none
touches a deployment of somebody else. Knows no inputs and no state: `deployments` puts the steps together.

Source: https://docs.cloud.google.com/vertex-ai/docs/reference/rest/v1beta1/projects.locations.endpoints/deployModel
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from pulumi_ctune.errors import (
    ApiError,
    BadRequestError,
    CtuneError,
    NotFoundError,
    QuotaExceededError,
    UnavailableError,
    WaitInterruptedError,
)
from pulumi_ctune.promotion.deployed_ids import Mark
from pulumi_ctune.promotion.traffic import served
from pulumi_ctune.tuning import names, operations
from pulumi_ctune.tuning.resources import DeployedModel, Endpoint, ModelVersion, Operation, Vertex
from pulumi_ctune.tuning.wait import Surroundings, backoff_s, patiently

_UNDEPLOY_PATIENCE_S = 120.0  # traffic that was taken away a moment ago may still count
_UNDEPLOY_PAUSE_S = 5.0
_CONFLICTS = 10  # changes of the endpoint by others between our look and our write
_CONFLICT_PAUSE_S = 1.0
_UNDER_WAY_PAUSE_S = 5.0
_TAKEN = "ALREADY_EXISTS"  # the id is deployed, or being deployed


@dataclass(frozen=True)
class Target:
    """What is to serve: a version, one of its checkpoints (empty: the default one), and the id it is deployed under."""

    deployed_model_id: str
    version: ModelVersion
    checkpoint_id: str = ""

    def is_deployed_as(self, deployed: DeployedModel) -> bool:
        same_model = names.last_segment(deployed.model) == names.last_segment(self.version.model)
        return same_model and deployed.version_id in ("", self.version.version_id)


@dataclass
class Rollout:
    """One verb's work on one endpoint.

    `known` are deployed model ids that are ours whatever their display name says. `pending` is what this rollout has
    brought to the endpoint, or is about to, and has not given traffic yet: id -> operation under way, or empty.
    """

    vertex: Vertex
    world: Surroundings
    endpoint: str
    mark: Mark
    known: frozenset[str] = frozenset()
    pending: dict[str, str] = field(default_factory=dict)

    def look(self) -> Endpoint:
        return patiently(lambda: self.vertex.get_endpoint(self.endpoint), self.world)

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
                operations.finish(self.vertex, self.world, Operation(name), text)

    def settle_all(self) -> None:
        """Wait for every deployment under way on the endpoint: one of a run that was killed is in no state."""
        try:
            under_way = patiently(lambda: self.vertex.list_deployment_operations(self.endpoint), self.world)
        except ApiError:  # gone, or not ours to list: what is on the endpoint is seen all the same
            return
        for operation in under_way:
            text = f"waiting for a deployment on {self.endpoint}, which somebody began"
            operations.finish(self.vertex, self.world, operation, text)

    def deploy(self, target: Target) -> None:
        """Return once the target is on the endpoint: with all traffic where there was none, without any elsewhere."""
        attempt = 0
        id_, text = target.deployed_model_id, f"deploying {target.version.name}"
        while not self._has(self.look(), target):
            attempt += 1
            try:
                operation = self._start(target)
            except (UnavailableError, QuotaExceededError) as error:  # it may have begun: the id makes a repeat harmless
                self.world.report.status(f"Vertex AI is out of reach, still trying: {error.why}")
                self._pause(max(backoff_s(attempt, self.world), error.retry_after_s or 0), error)
                continue
            except ApiError as error:
                if error.status != _TAKEN:
                    self.pending.pop(id_, None)
                    raise
                self.world.report.status(f"{text}, which an earlier run began")
                self._pause(_UNDER_WAY_PAUSE_S, error)
                continue
            self.pending[id_] = operation.name
            ended = operations.finish(self.vertex, self.world, operation, text)
            self.pending[id_] = ""
            if ended.error is not None and ended.error.status != _TAKEN:
                del self.pending[id_]
                raise ended.error
        self.pending[id_] = ""

    def shift(self, wanted: Callable[[Endpoint], Mapping[str, int]]) -> Endpoint:
        """Give the endpoint the split that `wanted` computes from what it is now; returns the endpoint afterwards."""
        for _ in range(_CONFLICTS):
            try:
                return patiently(lambda: self._shift_once(wanted), self.world)
            except BadRequestError as error:
                if error.status not in ("ABORTED", "FAILED_PRECONDITION"):
                    raise
                conflict = error
                self.world.report.status("somebody else has changed the endpoint, looking again")
                self._pause(_CONFLICT_PAUSE_S, error)
        raise conflict

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

    def _has(self, endpoint: Endpoint, target: Target) -> bool:
        there = [item for item in endpoint.deployed_models if item.deployed_model_id == target.deployed_model_id]
        if there and not target.is_deployed_as(there[0]):
            raise CtuneError(
                f"{target.version.name} was not deployed",
                where=endpoint.name,
                why=f"the id {target.deployed_model_id} that it would get belongs to {there[0].model_version}",
                next_step="Undeploy that one, or give the resource another name.",
            )
        return bool(there)

    def _start(self, target: Target) -> Operation:
        endpoint = self.look()
        deployed: dict[str, Any] = {
            "id": target.deployed_model_id,
            "model": target.version.name,
            "displayName": self.mark.display_name,
        }
        if target.checkpoint_id:
            deployed["checkpointId"] = target.checkpoint_id
        # An endpoint without traffic serves nothing until it is told to; elsewhere "unchanged" keeps all as it is.
        split = {} if served(endpoint.traffic_split) else {"0": 100}
        self.pending[target.deployed_model_id] = ""
        return self.vertex.start_deployment(self.endpoint, deployed, split)

    def _shift_once(self, wanted: Callable[[Endpoint], Mapping[str, int]]) -> Endpoint:
        endpoint = self.vertex.get_endpoint(self.endpoint)
        split = wanted(endpoint)
        if served(endpoint.traffic_split) == split:
            return endpoint
        self.world.report.status(f"shifting traffic: {shown(split)}")
        changes = {"trafficSplit": dict(split), "etag": endpoint.etag}
        return self.vertex.update_endpoint(self.endpoint, changes=changes)

    def _undeploy(self, deployed_model_id: str) -> None:
        began = self.world.now()
        text = f"undeploying {deployed_model_id}"
        start = partial(self.vertex.start_undeployment, self.endpoint, deployed_model_id)
        while True:
            try:
                endpoint = self.look()
                if all(item.deployed_model_id != deployed_model_id for item in endpoint.deployed_models):
                    return
                operations.run(self.vertex, self.world, start, text)
            except NotFoundError:  # gone meanwhile, or the endpoint with it
                return
            except ApiError as error:
                may_pass = isinstance(error, UnavailableError | QuotaExceededError) or error.status in (
                    "ABORTED",
                    "FAILED_PRECONDITION",
                )
                if not may_pass or self.world.now() - began > _UNDEPLOY_PATIENCE_S:
                    raise
                self._pause(max(_UNDEPLOY_PAUSE_S, error.retry_after_s or 0), error)

    def _pause(self, seconds: float, error: ApiError) -> None:
        if seconds >= self.world.left_s():
            raise error
        if self.world.pause(seconds):
            raise WaitInterruptedError("interrupted", why=error.why, next_step="`pulumi up` goes on.") from error


def shown(split: Mapping[str, int]) -> str:
    """A split in words: `123 90 %, 456 10 %`."""
    by_share = sorted(split.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{key} {share} %" for key, share in by_share) or "none"
