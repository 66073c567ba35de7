"""The verbs of a deployment: bring a tuned version to serve on an endpoint, move on to the next one, look, take it off.

The endpoint is the user's and keeps its address. A new version comes in separate steps: it is deployed beside the old
one, then gets the traffic, and only then the old one is undeployed; whatever ends a verb before the traffic has moved
leaves the old one serving. Every step can be repeated, and what is on the endpoint is told from other people's by id
and mark (`ids`), so the engine may call a verb again after any interruption. Knows neither HTTP nor Pulumi.

Source: https://docs.cloud.google.com/vertex-ai/docs/reference/rest/v1beta1/projects.locations.endpoints/deployModel
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from pulumi_ctune.core.api import DeployedModel, Endpoint, Vertex
from pulumi_ctune.core.errors import CtuneError, InvalidInputError, NotFoundError, WaitInterruptedError
from pulumi_ctune.core.hidden import OWNER
from pulumi_ctune.core.outcomes import Found, Unfinished
from pulumi_ctune.core.printable import listed
from pulumi_ctune.core.retry import LONGEST_REFRESH, Surroundings, explaining
from pulumi_ctune.core.traffic import without
from pulumi_ctune.deployment.attributes import ENDPOINT_NAME, INPUTS, LEFT_OVER
from pulumi_ctune.deployment.candidate import Candidate, find_candidate, judge_again, keeps_serving
from pulumi_ctune.deployment.diff import checkpoint_of, percent_of, plan
from pulumi_ctune.deployment.ids import Mark, deployed_model_ids
from pulumi_ctune.deployment.rollout import Rollout, Target, shown
from pulumi_ctune.deployment.split import baseline_of, served
from pulumi_ctune.deployment.split_claims import Claim

DEFAULT_TIMEOUT = timedelta(hours=1)
"""How long a verb takes at most where `custom_timeouts` says nothing: a deployment takes minutes, seldom many."""


def id_of(state: Mapping[str, Any]) -> str:
    """`projects/../endpoints/E@KEY`, KEY the resource's own: it stays when the version changes."""
    return _id(state[ENDPOINT_NAME], Mark.of(state[OWNER]))


def create(vertex: Vertex, world: Surroundings, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Bring the version to serve, whatever an earlier run left on the endpoint, and return the state.

    Raises `CtuneError` while nothing was deployed, `Unfinished` once something may be.
    """
    return _roll_out(vertex, world, inputs, {})


def update(
    vertex: Vertex, world: Surroundings, old_state: Mapping[str, Any], inputs: Mapping[str, Any]
) -> dict[str, Any]:
    """Bring the endpoint in line with the inputs and return the new state.

    Raises as `create` does; until the traffic has moved, the state that is kept names the version that serves.
    """
    updates = plan(old_state, inputs).updates
    if "require" in updates and not {*updates} - {"require"}:  # a changed limit alone touches nothing on the endpoint
        metrics = judge_again(vertex, world, inputs, old_state)
        return {**old_state, **_inputs(inputs), "require": inputs.get("require"), "metrics": metrics}
    return _roll_out(vertex, world, inputs, old_state)


def read(vertex: Vertex, world: Surroundings, id_: str, state: Mapping[str, Any]) -> Found | None:
    """Return what serves now, or None when the endpoint is gone.

    `state` is what was recorded; without `__endpoint_name` in it (`.get()`) everything follows from the endpoint, and
    None says also that nothing of this resource is there.
    """
    world = replace(world, timeout=min(world.timeout, LONGEST_REFRESH))
    rollout = _rollout_of(vertex, world, id_, state)
    try:
        with explaining("the deployment could not be read", where=id_):
            endpoint = rollout.look()
    except NotFoundError:
        return None
    own = rollout.own(endpoint)
    if not state.get(ENDPOINT_NAME):
        return _found_without_state(endpoint, own)
    current = next((item for item in own if item.deployed_model_id == state.get("deployed_model_id")), None)
    percent = endpoint.traffic_split.get(current.deployed_model_id, 0) if current else 0
    idle = {item.deployed_model_id: "" for item in own if item is not current and not _serves(endpoint, item)}
    left_over = {**{key: name for key, name in (state.get(LEFT_OVER) or {}).items() if name}, **idle}
    fresh = {**state, "traffic_percent": percent, LEFT_OVER: left_over}
    if current is None:
        fresh["deployed_model_id"] = None
    return Found(_trimmed(fresh), _inputs(fresh))


def delete(vertex: Vertex, world: Surroundings, id_: str, state: Mapping[str, Any]) -> None:
    """Hand our traffic to what stays on the endpoint, in proportion, and undeploy all that is ours and nothing else."""
    rollout = _rollout_of(vertex, world, id_, state)
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
        _tell_who_serves(world, after, own)
        refused = rollout.undeploy(sorted(own))
    except NotFoundError:
        return
    except CtuneError as error:
        raise _explained(error, what, id_) from error
    if refused:
        raise _explained(next(iter(refused.values())), what, id_)


def _tell_who_serves(world: Surroundings, endpoint: Endpoint, own: Collection[str]) -> None:
    others = [item.deployed_model_id for item in endpoint.deployed_models if item.deployed_model_id not in own]
    if split := without(endpoint.traffic_split, own):
        world.report.info(f"traffic of {endpoint.name}: {shown(split)}")
    elif others:  # they had none when we came, or we took it: who should serve is not ours to guess
        world.report.warn(
            f"nothing serves on {endpoint.name} any more: there is {listed(others)}, without traffic. Give it some, "
            "or deploy another version."
        )


def _roll_out(vertex: Vertex, world: Surroundings, inputs: Mapping[str, Any], old: Mapping[str, Any]) -> dict[str, Any]:
    candidate = find_candidate(vertex, world, inputs, old)
    version, checkpoint_id, endpoint = candidate.version, candidate.checkpoint_id, candidate.endpoint.name
    mark = Mark.of(inputs[OWNER])
    ids = deployed_model_ids(mark, endpoint, version.name, checkpoint_id)
    target = Target(ids[0], version, checkpoint_id, ids)
    serving = str(old.get("deployed_model_id") or "")
    left_over: dict[str, str] = dict(old.get(LEFT_OVER) or {})
    known = frozenset({serving, *left_over} - {""})
    rollout = Rollout(vertex, world, endpoint, mark, known)
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
        replace(claim, target=target).split(before)  # what cannot be claimed is said before anything is changed
        target = rollout.deploy(target)
        after = rollout.shift(replace(claim, target=target).split)
    except CtuneError as error:
        cause = _explained(error, f"{version.name} does not serve yet", endpoint, next_step=keeps_serving(old))
        if not rollout.pending:
            raise cause from error
        kept = {**(old or {**_inputs(inputs), ENDPOINT_NAME: endpoint}), LEFT_OVER: left_over | rollout.pending}
        raise Unfinished(_id(endpoint, mark), kept, cause) from error

    world.report.info(f"{version.name} serves on {endpoint}: {shown(served(after.traffic_split))}")
    state = _state(inputs, candidate, target, _previous(rollout, before, target, old))
    return _tidied(rollout, state, _obsolete(rollout, after, target))


class _Previous(NamedTuple):
    """What served before: a version (None at first) and the checkpoint asked for (None for its default one)."""

    tuned_model_name: str | None
    checkpoint_id: str | None


def _state(inputs: Mapping[str, Any], candidate: Candidate, target: Target, previous: _Previous) -> dict[str, Any]:
    """What the state is to hold once the target serves."""
    return {
        **_inputs(inputs),
        "traffic_percent": percent_of(inputs),
        "deployed_model_id": target.deployed_model_id,
        "model": target.version.model,
        "version_id": target.version.version_id,
        "previous_tuned_model_name": previous.tuned_model_name,
        "previous_checkpoint_id": previous.checkpoint_id,
        "metrics": dict(candidate.metrics),
        ENDPOINT_NAME: candidate.endpoint.name,
    }


def _obsolete(rollout: Rollout, endpoint: Endpoint, target: Target) -> list[str]:
    """Our deployments that the target has taken the traffic of."""
    return [
        item.deployed_model_id
        for item in rollout.own(endpoint)
        if item.deployed_model_id != target.deployed_model_id and not _serves(endpoint, item)
    ]


def _tidied(rollout: Rollout, state: dict[str, Any], obsolete: Iterable[str]) -> dict[str, Any]:
    """Undeploy what no longer serves. It does no harm, so what cannot be undeployed now is left to the next run."""
    try:
        refused = rollout.undeploy(obsolete)
    except WaitInterruptedError as error:
        what = f"{state['tuned_model_name']} serves, and what served before is still to be undeployed"
        cause = _explained(error, what, rollout.endpoint)
        kept = {**state, LEFT_OVER: dict.fromkeys(obsolete, "")}
        raise Unfinished(_id(rollout.endpoint, rollout.mark), kept, cause) from error
    for deployed, reason in refused.items():
        rollout.world.report.warn(
            f"deployment {deployed} has no traffic any more but could not be undeployed from {rollout.endpoint}: "
            f"{reason.why or reason.what}; the next `pulumi up` tries again"
        )
    return _trimmed({**state, LEFT_OVER: dict.fromkeys(refused, "")})


def _previous(rollout: Rollout, before: Endpoint, target: Target, old: Mapping[str, Any]) -> _Previous:
    """What served before: told by the endpoint, or by the state where an earlier run moved the traffic."""
    own = {item.deployed_model_id: item for item in rollout.own(before) if not target.is_deployed_as(item)}
    recorded = old.get("deployed_model_id")
    earlier = _Previous(old.get("previous_tuned_model_name"), old.get("previous_checkpoint_id"))
    baseline = baseline_of(before.traffic_split, target.deployed_model_id, own=own)
    if baseline and baseline != recorded:
        name = own[baseline].model_version
        # The state knows better: a default checkpoint may be deployed without saying which one it is.
        return earlier if name == earlier.tuned_model_name else _Previous(name, own[baseline].checkpoint_id or None)
    if old.get("model") and recorded and recorded not in target.ids:
        return _Previous(f"{old['model']}@{old['version_id']}", checkpoint_of(old) or None)
    return earlier


def _rollout_of(vertex: Vertex, world: Surroundings, id_: str, state: Mapping[str, Any]) -> Rollout:
    endpoint, _, key = id_.rpartition("@")
    known = {state.get("deployed_model_id"), *(state.get(LEFT_OVER) or {})} - {None, ""}
    return Rollout(vertex, world, endpoint, Mark(key, ""), frozenset(map(str, known)))


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
    }
    return Found({**inputs, **outputs}, inputs)


def _serves(endpoint: Endpoint, deployed: DeployedModel) -> bool:
    return endpoint.traffic_split.get(deployed.deployed_model_id, 0) > 0


def _explained(error: CtuneError, what: str, where: str, *, next_step: str = "") -> CtuneError:
    """The error as a user reads it: an interruption and a timeout have said in `what` why something did not happen."""
    if isinstance(error, InvalidInputError):
        return error
    told = error.explaining(what, where=where)
    return told.but(next_step=f"{error.next_step} {next_step}".strip())


def _inputs(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {key: properties[key] for key in (*INPUTS, OWNER) if properties.get(key) is not None}


def _trimmed(state: Mapping[str, Any]) -> dict[str, Any]:
    """Without the note of what is left over where nothing is."""
    return {key: value for key, value in state.items() if key != LEFT_OVER or value}


def _id(endpoint_name: str, mark: Mark) -> str:
    return f"{endpoint_name}@{mark.key}"
