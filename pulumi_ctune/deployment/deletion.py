"""Delete: hand our traffic on, and take what is ours off the endpoint."""

from collections.abc import Collection, Mapping
from typing import Any

from pulumi_ctune.core.api import Endpoint, Vertex
from pulumi_ctune.core.errors import CtuneError, NotFoundError
from pulumi_ctune.core.percent_shares import without
from pulumi_ctune.core.printable import listed
from pulumi_ctune.core.retry import WaitContext
from pulumi_ctune.deployment.attributes import LEFT_OVER
from pulumi_ctune.deployment.outputs import rollout_of
from pulumi_ctune.deployment.rollout import explained, shown
from pulumi_ctune.deployment.split import served


def delete(vertex: Vertex, context: WaitContext, id_: str, state: Mapping[str, Any]) -> None:
    """Hand our traffic to what stays on the endpoint, in proportion, and undeploy all that is ours and nothing else."""
    rollout = rollout_of(vertex, context, id_, state)
    what = "the deployment was not taken off its endpoint"
    try:
        rollout.settle(state.get(LEFT_OVER) or {})
        rollout.settle_all()
        own = {item.deployed_model_id for item in rollout.own(rollout.look())}
        if not own:
            return

        def left(endpoint: Endpoint) -> dict[str, int]:
            # The last deployment leaves with its traffic; the API would not let go of it before.
            is_last = len(endpoint.deployed_models) == 1
            return served(endpoint.traffic_split) if is_last else without(endpoint.traffic_split, own)

        after = rollout.shift(left)
        _tell_who_serves(context, after, own)
        refused = rollout.undeploy(sorted(own))
    except NotFoundError:
        return
    except CtuneError as error:
        raise explained(error, what, id_) from error
    if refused:
        raise explained(next(iter(refused.values())), what, id_)


def _tell_who_serves(context: WaitContext, endpoint: Endpoint, own: Collection[str]) -> None:
    others = [item.deployed_model_id for item in endpoint.deployed_models if item.deployed_model_id not in own]
    if split := without(endpoint.traffic_split, own):
        context.report.info(f"traffic of {endpoint.name}: {shown(split)}")
    elif others:  # they had none when we came, or we took it: who should serve is not ours to guess
        context.report.warn(
            f"nothing serves on {endpoint.name} any more: there is {listed(others)}, without traffic. Give it some, "
            "or deploy another version."
        )
