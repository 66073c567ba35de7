"""Create and update: bring a tuned version to serve on an endpoint, and move on to the next one.

The endpoint is the user's and keeps its address. A new version comes in separate steps: it is deployed beside the old
one, then gets the traffic, and only then the old one is undeployed; whatever ends a verb before the traffic has moved
leaves the old one serving. Every step can be repeated, and what is on the endpoint is told from other people's by id
and mark (`ids`), so the engine may call a verb again after any interruption. Knows neither HTTP nor Pulumi.

Source: https://docs.cloud.google.com/vertex-ai/docs/reference/rest/v1beta1/projects.locations.endpoints/deployModel
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from pulumi_ctune.core.api import Endpoint, Vertex
from pulumi_ctune.core.errors import CtuneError, WaitInterruptedError
from pulumi_ctune.core.hidden import OWNER
from pulumi_ctune.core.outcomes import Unfinished
from pulumi_ctune.core.retry import WaitContext
from pulumi_ctune.deployment.attributes import ENDPOINT_NAME, LEFT_OVER
from pulumi_ctune.deployment.candidate import find_candidate, judge_again, keeps_serving
from pulumi_ctune.deployment.deploying import deploy
from pulumi_ctune.deployment.diff import checkpoint_of, percent_of, plan
from pulumi_ctune.deployment.ids import Mark, deployed_model_ids
from pulumi_ctune.deployment.outputs import Previous, id_on, inputs_of, known_in, state_of, trimmed
from pulumi_ctune.deployment.rollout import Rollout, Target, explained, serves, shown
from pulumi_ctune.deployment.split import baseline_of, served
from pulumi_ctune.deployment.split_claims import Claim


def create(vertex: Vertex, context: WaitContext, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Bring the version to serve, whatever an earlier run left on the endpoint, and return the state.

    Raises `CtuneError` while nothing was deployed, `Unfinished` once something may be.
    """
    return _roll_out(vertex, context, inputs, {})


def update(
    vertex: Vertex, context: WaitContext, old_state: Mapping[str, Any], inputs: Mapping[str, Any]
) -> dict[str, Any]:
    """Bring the endpoint in line with the inputs and return the new state.

    Raises as `create` does; until the traffic has moved, the state that is kept names the version that serves.
    """
    updates = plan(old_state, inputs).updates
    if "require" in updates and not {*updates} - {"require"}:  # a changed limit alone touches nothing on the endpoint
        metrics = judge_again(vertex, context, inputs, old_state)
        return {**old_state, **inputs_of(inputs), "require": inputs.get("require"), "metrics": metrics}
    return _roll_out(vertex, context, inputs, old_state)


def _roll_out(
    vertex: Vertex, context: WaitContext, inputs: Mapping[str, Any], old: Mapping[str, Any]
) -> dict[str, Any]:
    candidate = find_candidate(vertex, context, inputs, old)
    version, checkpoint_id, endpoint = candidate.version, candidate.checkpoint_id, candidate.endpoint.name
    mark = Mark.of(inputs[OWNER])
    ids = deployed_model_ids(mark, endpoint, version.name, checkpoint_id)
    target = Target(ids[0], version, checkpoint_id, ids)
    serving = str(old.get("deployed_model_id") or "")
    left_over: dict[str, str] = dict(old.get(LEFT_OVER) or {})
    rollout = Rollout(vertex, context, endpoint, mark, known_in(old))
    claim = Claim(
        rollout,
        target,
        percent_of(inputs),
        is_new_share=not serving or percent_of(inputs) != percent_of(old),
        is_new_version=serving not in ids,
    )
    try:
        rollout.settle(left_over)
        before = rollout.look()
        target = rollout.deployed(before, target) or target
        ours = replace(claim, target=target, is_first=not serving and {*served(before.traffic_split)} <= {*ids})
        ours.split(before)  # what cannot be claimed is said before anything is changed
        target = deploy(rollout, target)
        after = rollout.shift(replace(ours, target=target).split)
    except CtuneError as error:
        cause = explained(error, f"{version.name} does not serve yet", endpoint, next_step=keeps_serving(old))
        if not rollout.pending:
            raise cause from error
        kept = {**(old or {**inputs_of(inputs), ENDPOINT_NAME: endpoint}), LEFT_OVER: left_over | rollout.pending}
        raise Unfinished(id_on(endpoint, mark), kept, cause) from error

    comes = "serves on" if serves(after, target.deployed_model_id) else "is deployed without traffic on"
    context.report.info(f"{version.name} {comes} {endpoint}: {shown(served(after.traffic_split))}")
    state = state_of(inputs, candidate, target, _previous(rollout, before, target, old))
    return _tidied(rollout, state, _obsolete(rollout, after, target))


def _obsolete(rollout: Rollout, endpoint: Endpoint, target: Target) -> list[str]:
    """Our deployments that the target has taken the traffic of."""
    return [
        item.deployed_model_id
        for item in rollout.own(endpoint)
        if item.deployed_model_id != target.deployed_model_id and not serves(endpoint, item.deployed_model_id)
    ]


def _tidied(rollout: Rollout, state: dict[str, Any], obsolete: Iterable[str]) -> dict[str, Any]:
    """Undeploy what no longer serves. It does no harm, so what cannot be undeployed now is left to the next run."""
    try:
        refused = rollout.undeploy(obsolete)
    except WaitInterruptedError as error:
        what = f"{state['tuned_model_name']} serves, and what served before is still to be undeployed"
        cause = explained(error, what, rollout.endpoint)
        kept = {**state, LEFT_OVER: dict.fromkeys(obsolete, "")}
        raise Unfinished(id_on(rollout.endpoint, rollout.mark), kept, cause) from error
    for deployed, reason in refused.items():
        rollout.context.report.warn(
            f"deployment {deployed} has no traffic any more but could not be undeployed from {rollout.endpoint}: "
            f"{reason.why or reason.what}; the next `pulumi up` tries again"
        )
    return trimmed({**state, LEFT_OVER: dict.fromkeys(refused, "")})


def _previous(rollout: Rollout, before: Endpoint, target: Target, old: Mapping[str, Any]) -> Previous:
    """What served before: told by the endpoint, or by the state where an earlier run moved the traffic."""
    own = {item.deployed_model_id: item for item in rollout.own(before) if not target.is_deployed_as(item)}
    recorded = old.get("deployed_model_id")
    earlier = Previous(old.get("previous_tuned_model_name"), old.get("previous_checkpoint_id"))
    baseline = baseline_of(before.traffic_split, target.deployed_model_id, own=own)
    if baseline and baseline != recorded:
        name = own[baseline].model_version
        # The state knows better: a default checkpoint may be deployed without saying which one it is.
        return earlier if name == earlier.tuned_model_name else Previous(name, own[baseline].checkpoint_id or None)
    if old.get("model") and recorded and recorded not in target.ids:
        return Previous(f"{old['model']}@{old['version_id']}", checkpoint_of(old) or None)
    return earlier
