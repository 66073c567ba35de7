"""Read: what serves now of what a resource has deployed.

Gone means that the endpoint is gone. A deployment that is gone alone is drift: it is deployed again in place.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from pulumi_ctune.core import import_ids
from pulumi_ctune.core.api import DeployedModel, Endpoint, Vertex
from pulumi_ctune.core.errors import NotFoundError
from pulumi_ctune.core.hidden import ECHOED
from pulumi_ctune.core.outcomes import Found
from pulumi_ctune.core.retry import LONGEST_REFRESH, WaitContext, explaining
from pulumi_ctune.deployment.attributes import ENDPOINT_NAME, LEFT_OVER
from pulumi_ctune.deployment.outputs import inputs_of, rollout_of, trimmed
from pulumi_ctune.deployment.rollout import serves

_WHAT = "the deployment could not be read"


def read(vertex: Vertex, context: WaitContext, id_: str, state: Mapping[str, Any]) -> Found | None:
    """Return what serves now, or None when the endpoint is gone.

    `state` is what was recorded; without `__endpoint_name` in it (`.get()`) everything follows from the endpoint, and
    None says also that nothing of this resource is there.
    """
    context = replace(context, timeout=min(context.timeout, LONGEST_REFRESH))
    if not state.get(ENDPOINT_NAME):
        import_ids.expect_deployment(id_, _WHAT)
    rollout = rollout_of(vertex, context, id_, state)
    try:
        with explaining(_WHAT, where=id_):
            endpoint = rollout.look()
    except NotFoundError:
        return None
    own = rollout.own(endpoint)
    if not state.get(ENDPOINT_NAME):
        return _found_without_state(endpoint, own)
    current = next((item for item in own if item.deployed_model_id == state.get("deployed_model_id")), None)
    percent = endpoint.traffic_split.get(current.deployed_model_id, 0) if current else 0
    idle = {
        item.deployed_model_id: ""
        for item in own
        if item is not current and not serves(endpoint, item.deployed_model_id)
    }
    left_over = {**{key: name for key, name in (state.get(LEFT_OVER) or {}).items() if name}, **idle}
    fresh = {**state, "traffic_percent": percent, LEFT_OVER: left_over}
    if current is None:
        fresh["deployed_model_id"] = None
    return Found(trimmed(fresh), inputs_of(fresh))


def _found_without_state(endpoint: Endpoint, own: list[DeployedModel]) -> Found | None:
    """What `.get()` sees: the deployment that was made last."""
    if not own:
        return None
    current = max(own, key=lambda item: item.create_time or datetime.min.replace(tzinfo=UTC))
    inputs = {
        "endpoint": endpoint.name,
        "tuned_model_name": current.model_version,
        "checkpoint_id": current.checkpoint_id or None,
        "traffic_percent": endpoint.traffic_split.get(current.deployed_model_id, 0),
    }
    outputs = {
        "deployed_model_id": current.deployed_model_id,
        "model": current.model,
        "version_id": current.version_id,
        "metrics": {},
        ENDPOINT_NAME: endpoint.name,
        ECHOED: True,
    }
    return Found({**inputs, **outputs}, inputs)
