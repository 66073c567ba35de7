"""What the state of a deployment holds: made of what serves, and read for what is ours on the endpoint."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from pulumi_ctune.core.api import Vertex
from pulumi_ctune.core.hidden import OWNER
from pulumi_ctune.core.retry import WaitContext
from pulumi_ctune.deployment.attributes import ENDPOINT_NAME, INPUTS, LEFT_OVER
from pulumi_ctune.deployment.candidate import Candidate
from pulumi_ctune.deployment.diff import percent_of
from pulumi_ctune.deployment.ids import Mark
from pulumi_ctune.deployment.rollout import Rollout, Target


def id_of(state: Mapping[str, Any]) -> str:
    """`projects/../endpoints/E@KEY`, KEY the resource's own: it stays when the version changes."""
    return id_on(state[ENDPOINT_NAME], Mark.of(state[OWNER]))


def id_on(endpoint_name: str, mark: Mark) -> str:
    """The same of a resource that has no state yet."""
    return f"{endpoint_name}@{mark.key}"


class Previous(NamedTuple):
    """What served before: a version (None at first) and the checkpoint asked for (None for its default one)."""

    tuned_model_name: str | None
    checkpoint_id: str | None


def state_of(inputs: Mapping[str, Any], candidate: Candidate, target: Target, previous: Previous) -> dict[str, Any]:
    """What the state is to hold once the target serves."""
    return {
        **inputs_of(inputs),
        "traffic_percent": percent_of(inputs),
        "deployed_model_id": target.deployed_model_id,
        "model": target.version.model,
        "version_id": target.version.version_id,
        "previous_tuned_model_name": previous.tuned_model_name,
        "previous_checkpoint_id": previous.checkpoint_id,
        "metrics": dict(candidate.metrics),
        ENDPOINT_NAME: candidate.endpoint.name,
    }


def inputs_of(properties: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs in a state or in what the program wrote, with the owner."""
    return {key: properties[key] for key in (*INPUTS, OWNER) if properties.get(key) is not None}


def trimmed(state: Mapping[str, Any]) -> dict[str, Any]:
    """Without the note of what is left over where nothing is."""
    return {key: value for key, value in state.items() if key != LEFT_OVER or value}


def known_in(state: Mapping[str, Any]) -> frozenset[str]:
    """The deployed model ids that are ours because the state says so."""
    return frozenset(map(str, {state.get("deployed_model_id"), *(state.get(LEFT_OVER) or {})} - {None, ""}))


def rollout_of(vertex: Vertex, context: WaitContext, id_: str, state: Mapping[str, Any]) -> Rollout:
    """A rollout on the endpoint of a state entry, for one that deploys nothing itself."""
    endpoint, _, key = id_.rpartition("@")
    return Rollout(vertex, context, endpoint, Mark(key, ""), known_in(state))
