"""Delete: cancel a job that still runs, and do with its results what the deletion policy says.

    ABANDON    leave model version and endpoints, and mark the version: the next `up` with the same inputs takes it up
    DELETE     remove what this job made and nothing else: its deployments and endpoints, its version, and the model
               only when that was its last version; refuse while an alias points at the version, or an endpoint
               serves it that the job did not make
    PREVENT    refuse, unless the job failed: then there is nothing to protect

Everything may be gone already, and a delete that was cut short is simply repeated. The record of the job itself stays:
the API has no way to delete one.

Source: https://docs.cloud.google.com/gemini-enterprise-agent-platform/machine-learning/model-registry/delete-model
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

from pulumi_ctune.errors import (
    ApiError,
    CtuneError,
    NotFoundError,
    TuningJobTimeoutError,
    WaitInterruptedError,
)
from pulumi_ctune.tuning import identity, names, operations, states
from pulumi_ctune.tuning.attributes import OWNER
from pulumi_ctune.tuning.outputs import endpoints_of
from pulumi_ctune.tuning.patience import Surroundings, patiently, while_busy
from pulumi_ctune.tuning.resources import DeployedModel, Endpoint, ModelVersion, Operation, TuningJob, Vertex
from pulumi_ctune.tuning.shares import without
from pulumi_ctune.tuning.wait import wait_for_job

DEFAULT_TIMEOUT = timedelta(hours=1)
"""How long delete takes at most where `custom_timeouts` says nothing: operations take minutes, seldom many."""

_DEFAULT = "default"
_CANCELLED_WITHIN = timedelta(minutes=15)  # it usually takes a minute or two


def delete(vertex: Vertex, world: Surroundings, job_name: str, state: Mapping[str, Any]) -> None:
    """Carry out the deletion policy in `state`. Raises `CtuneError`; what is already gone is no error.

    Interrupted or out of time, it leaves what is under way at Google to go on; the next delete does the rest.
    """
    policy = state.get("deletion_policy") or "ABANDON"
    try:
        job = patiently(lambda: vertex.get_job(job_name), world)
        if not states.is_final(job.state):
            if policy == "PREVENT":
                raise _prevented(job_name)
            _cancel(vertex, world, job_name)
            world.report.info(f"asked Google to cancel tuning job {job_name}")
            if policy == "ABANDON":
                return
            job = _cancelled(vertex, world, job)  # the checkpoints made till then stay, with their endpoints
        version = _own_version(vertex, world, job, state)
        if version is None:
            return
        if policy == "PREVENT" and states.meaning(job.state) is states.Meaning.SUCCEEDED:
            raise _prevented(job_name)
        if policy != "DELETE":
            _mark_abandoned(vertex, world, version)
        else:
            _delete_results(vertex, world, job, version)
    except NotFoundError:
        return
    except ApiError as error:
        raise error.but(what="the results of the tuning job could not be deleted", where=job_name) from error
    except CtuneError as error:
        if error.where:
            raise
        raise error.explaining("the deletion was not finished", where=job_name) from error


def _prevented(job_name: str) -> CtuneError:
    return CtuneError(
        "the tuned model is not deleted",
        where=job_name,
        why="its deletion_policy is PREVENT",
        next_step="Set deletion_policy to ABANDON or DELETE, run `pulumi up`, then delete again.",
    )


def _cancel(vertex: Vertex, world: Surroundings, job_name: str) -> None:
    try:
        patiently(lambda: vertex.cancel_job(job_name), world)
    except NotFoundError:
        raise
    except ApiError as error:
        what = "the tuning job could not be cancelled and still runs"
        raise CtuneError(
            what, where=job_name, why=error.why, next_step=f"To cancel it by hand: {names.cancel_command(job_name)}"
        ) from error


def _cancelled(vertex: Vertex, world: Surroundings, job: TuningJob) -> TuningJob:
    """The job once it has ended, however it has."""
    patience = min(_CANCELLED_WITHIN, timedelta(seconds=world.left_s()))
    try:
        return wait_for_job(job, lambda: vertex.get_job(job.name), replace(world, timeout=patience))
    except (TuningJobTimeoutError, WaitInterruptedError) as error:
        raise error.but(
            what="the tuning job is being cancelled, and what it has made is not deleted yet",
            next_step="Run the same command again.",
        ) from error


def _own_version(vertex: Vertex, world: Surroundings, job: TuningJob, state: Mapping[str, Any]) -> ModelVersion | None:
    """The job's model version, unless it is gone or another state entry has recorded it since."""
    if not job.tuned_model_name:
        return None
    try:
        version = patiently(lambda: vertex.get_model_version(job.tuned_model_name), world)
    except NotFoundError:
        return None
    mark = version.labels.get(identity.RECORDED, "")
    if mark not in ("", identity.ABANDONED, (state.get(OWNER) or {}).get("token")):
        world.report.info(f"{version.name} stays: another resource has taken it over")
        return None
    return version


def _mark_abandoned(vertex: Vertex, world: Surroundings, version: ModelVersion) -> None:
    labels = {**version.labels, identity.RECORDED: identity.ABANDONED}
    try:
        patiently(lambda: vertex.update_model_version(version.name, changes={"labels": labels}), world)
    except ApiError as error:
        world.report.warn(f"{version.name} stays, but could not be marked as abandoned: {error.why}")


def _delete_results(vertex: Vertex, world: Surroundings, job: TuningJob, version: ModelVersion) -> None:
    _refuse_while_pointed_at(version)
    _refuse_while_deployed_elsewhere(vertex, world, job, version)
    for endpoint in endpoints_of(job):
        _delete_endpoint(vertex, world, endpoint, version)
    siblings = patiently(lambda: vertex.list_model_versions(version.model), world)
    others = [sibling for sibling in siblings if sibling.version_id != version.version_id]
    if others:
        _hand_default_on(vertex, world, version, others)
        start = partial(vertex.start_model_version_deletion, version.name)
    else:
        start = partial(vertex.start_model_deletion, version.model)
    _see_through(vertex, world, start, f"deleting {version.name}")


def _refuse_while_pointed_at(version: ModelVersion) -> None:
    """An alias is somebody's pin, most likely another stack's: its version is not deleted."""
    aliases = [alias for alias in version.aliases if alias != _DEFAULT]
    if aliases:
        listed = ", ".join(f"'{alias}'" for alias in aliases)
        raise CtuneError(
            "the tuned model version is not deleted",
            where=version.name,
            why=f"the version alias {listed} points at it",
            next_step="Move the alias to another version or take it away (`ctune.ModelVersionAlias`), or set "
            "deletion_policy to ABANDON; then run `pulumi up`, and delete again.",
        )


def _refuse_while_deployed_elsewhere(
    vertex: Vertex, world: Surroundings, job: TuningJob, version: ModelVersion
) -> None:
    """An endpoint that the job did not make is somebody's service, and Google keeps what is deployed anywhere."""
    own = [_place_of(endpoint) for endpoint in endpoints_of(job)]
    others = sorted({item.endpoint for item in version.deployed_models if _place_of(item.endpoint) not in own})
    serving = [name for name in others if _still_serves(vertex, world, name, version)]
    if serving:
        raise CtuneError(
            "the tuned model version is not deleted",
            where=version.name,
            why=f"it is deployed on {', '.join(serving)}, which this job did not make",
            next_step="Take it off there (`ctune.ModelDeployment`), or set deletion_policy to ABANDON and run "
            "`pulumi up`; then delete again.",
        )


def _place_of(endpoint: str) -> tuple[str, str]:
    """Location and id, which tell endpoints apart also where one name has the project's id and the other its number."""
    return names.location_of(endpoint), names.last_segment(endpoint)


def _still_serves(vertex: Vertex, world: Surroundings, name: str, version: ModelVersion) -> bool:
    """Ask the endpoint itself: the registry may not have taken in yet that the version was undeployed a moment ago."""
    try:
        return bool(_ours(patiently(lambda: vertex.get_endpoint(name), world), version))
    except NotFoundError:
        return False
    except ApiError:  # somebody else's endpoint, perhaps in another project: then the registry's word has to do
        return True


def _hand_default_on(
    vertex: Vertex, world: Surroundings, version: ModelVersion, others: Sequence[ModelVersion]
) -> None:
    """Give the alias `default`, which each model needs, to the newest version that stays."""
    if _DEFAULT not in version.aliases:
        return
    heir = max(others, key=lambda other: int(other.version_id))
    patiently(lambda: vertex.merge_version_aliases(heir.name, [_DEFAULT]), world)
    world.report.info(f"{heir.name} is now the default version, as {version.name} is deleted")


def _delete_endpoint(vertex: Vertex, world: Surroundings, name: str, version: ModelVersion) -> None:
    """Undeploy this version, then delete the endpoint, unless it serves something else too."""
    text = f"deleting endpoint {name}"
    try:
        endpoint = while_busy(lambda: patiently(lambda: _without_our_traffic(vertex, name, version), world), world)
    except NotFoundError:
        return
    ours = _ours(endpoint, version)
    for deployed in ours:
        _see_through(vertex, world, partial(vertex.start_undeployment, name, deployed.deployed_model_id), text)
    foreign = sorted({deployed.model_version for deployed in endpoint.deployed_models if deployed not in ours})
    if foreign:
        world.report.warn(f"{name} stays: it serves {', '.join(foreign)} too")
    else:
        _see_through(vertex, world, partial(vertex.start_endpoint_deletion, name), text)


def _without_our_traffic(vertex: Vertex, name: str, version: ModelVersion) -> Endpoint:
    """Hand this version's traffic to the others that have some, in proportion; returns the endpoint.

    Only what has no traffic can be undeployed, except for the last deployment of an endpoint.
    """
    endpoint = vertex.get_endpoint(name)
    ours = [deployed.deployed_model_id for deployed in _ours(endpoint, version)]
    if len(endpoint.deployed_models) == 1 or not any(endpoint.traffic_split.get(id_) for id_ in ours):
        return endpoint
    split = without(endpoint.traffic_split, ours)
    return vertex.update_endpoint(name, changes={"trafficSplit": split, "etag": endpoint.etag})


def _ours(endpoint: Endpoint, version: ModelVersion) -> list[DeployedModel]:
    model_id = names.last_segment(version.model)
    return [
        deployed
        for deployed in endpoint.deployed_models
        if names.last_segment(deployed.model) == model_id and deployed.version_id in ("", version.version_id)
    ]


def _see_through(vertex: Vertex, world: Surroundings, start: Callable[[], Operation], text: str) -> None:
    """Start an operation that takes something away and wait for its end; what is gone already is no error."""
    try:
        while_busy(lambda: patiently(lambda: operations.run(vertex, world, start, text), world), world)
    except NotFoundError:
        return
