"""Delete: cancel a job that still runs, and do with its results what the deletion policy says.

    ABANDON    leave model version and endpoints, and mark the version: the next `up` with the same inputs takes it up
    DELETE     remove what this job made and nothing else: its deployments and endpoints, its version, and the model
               only when that was its last version; refuse while an alias points at the version, or an endpoint
               serves it that the job did not make
    PREVENT    refuse, unless the job failed and nobody adopted what it left: then there is nothing to protect

An entry that has been replaced is not refused its deletion: the program can no longer change its policy, so every later
run would fail over it. What PREVENT protects, or somebody uses, stays as with ABANDON.
Where the mark on the version says that another state entry has taken it over, or this one had taken it over from
somebody, nothing is touched, whatever the policy.
Everything may be gone already, and a delete that was cut short is simply repeated. The record of the job itself stays:
the API has no way to delete one.

Source: https://docs.cloud.google.com/gemini-enterprise-agent-platform/machine-learning/model-registry/delete-model
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice
from typing import Any

from pulumi_ctune.core import job_states, names, operations, ownership
from pulumi_ctune.core.api import (
    DeployedModel,
    Endpoint,
    ModelVersion,
    Operation,
    TuningJob,
    Vertex,
)
from pulumi_ctune.core.errors import (
    ApiError,
    CtuneError,
    NotFoundError,
    TuningJobTimeoutError,
    WaitInterruptedError,
)
from pulumi_ctune.core.printable import MOST_NAMES, listed, some_of
from pulumi_ctune.core.retry import Surroundings, patiently, while_busy
from pulumi_ctune.core.traffic import without
from pulumi_ctune.tuning_job import cancellation
from pulumi_ctune.tuning_job.attributes import ABANDON, DELETE, PREVENT
from pulumi_ctune.tuning_job.edits import changed_labels, edit_version
from pulumi_ctune.tuning_job.outputs import endpoints_of
from pulumi_ctune.tuning_job.state import State
from pulumi_ctune.tuning_job.wait import wait_for_job

DEFAULT_TIMEOUT = timedelta(hours=1)
"""How long delete takes at most where `custom_timeouts` says nothing: operations take minutes, seldom many."""

_DEFAULT = "default"
_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_CANCELLED_WITHIN = timedelta(minutes=15)  # it usually takes a minute or two


class _InUseError(CtuneError):
    """Somebody uses the version; nothing was changed."""


def delete(
    vertex: Vertex,
    world: Surroundings,
    job_name: str,
    state: Mapping[str, Any],
    *,
    is_replaced: Callable[[], bool] = lambda: False,
) -> None:
    """Carry out the deletion policy in `state`. Raises `CtuneError`; what is already gone is no error.

    `is_replaced` tells whether another entry has taken the place of this one, see above; it may take its time.
    Interrupted or out of time, it leaves what is under way at Google to go on; the next delete does the rest.
    """
    saved = State.parse(state)
    policy = saved.deletion_policy
    if policy == PREVENT and is_replaced():
        policy = ABANDON
    try:
        job = _job(vertex, world, job_name, saved)
        if not job_states.is_final(job.state):
            if saved.is_shared:
                world.report.warn(f"tuning job {job_name} goes on: another resource had it when it was adopted")
                return
            if policy == PREVENT:
                raise _prevented(job_name)
            if cancellation.cancel(vertex, world, job_name):
                world.report.info(f"asked Google to cancel tuning job {job_name}")
                if policy == ABANDON:
                    return
                job = _cancelled(vertex, world, job)  # the checkpoints made till then stay, with their endpoints
            else:  # it ended a moment before: then it has left what any job leaves
                job = _job(vertex, world, job_name, saved)
        try:
            _deal_with_results(vertex, world, job, saved, policy)
        except _InUseError as error:
            if not is_replaced():
                raise
            world.report.warn(f"{error.where} is not deleted although deletion_policy is DELETE: {error.why}")
            _deal_with_results(vertex, world, job, saved, ABANDON)
    except NotFoundError:  # all of it is gone
        return
    except ApiError as error:
        raise error.but(what="the results of the tuning job could not be deleted", where=job_name) from error
    except CtuneError as error:
        if error.where:
            raise
        raise error.explaining("the deletion was not finished", where=job_name) from error


def _job(vertex: Vertex, world: Surroundings, job_name: str, saved: State) -> TuningJob:
    """The job; as the state has it where its record is gone: what it has made may be there all the same."""
    try:
        return patiently(lambda: vertex.get_job(job_name), world)
    except NotFoundError:
        if not saved.tuned_model_name:
            raise
        return replace(saved.job, name=job_name, state=_ended(saved.job_state))


def _ended(state: str) -> str:
    """A state that was recorded, for a job that is gone: nothing of it goes on."""
    return state if job_states.is_final(state) else "JOB_STATE_CANCELLED"


def _deal_with_results(vertex: Vertex, world: Surroundings, job: TuningJob, saved: State, policy: str) -> None:
    if not job.tuned_model_name:
        return
    version = _version(vertex, world, job)
    if version and ownership.is_anothers(version.labels.get(ownership.RECORDED, ""), saved.hold):
        world.report.warn(
            f"nothing of {version.name} is deleted: another state entry has taken it over{_maker(version, saved)}"
        )
        return
    if version and saved.is_shared:
        world.report.warn(
            f"nothing of {version.name} is deleted: another resource had it when it was adopted, and may have it still"
            f"{_maker(version, saved)}"
        )
        return
    if version and policy == PREVENT and (_has_succeeded(job) or saved.is_recorded):
        raise _prevented(job.name)
    if policy == DELETE:
        _delete_results(vertex, world, job, version)
    elif version:
        _mark_abandoned(vertex, world, version)
        there = ", ".join([version.name, *endpoints_of(job)])
        why = "" if saved.deletion_policy == DELETE else f"deletion_policy is {saved.deletion_policy}, so "
        world.report.info(f"{why}this stays at Google: {there}")


def _maker(version: ModelVersion, saved: State) -> str:
    """Who the version was made for, in brackets; nothing where that is the resource of `saved`, or no label tells."""
    if ownership.RESOURCE not in version.labels or ownership.was_made_for(version.labels, saved.owner):
        return ""
    return f" (it was made for {ownership.holder_in_words(version.labels)})"


def _has_succeeded(job: TuningJob) -> bool:
    return job_states.meaning(job.state) is job_states.Meaning.SUCCEEDED


def _prevented(job_name: str) -> CtuneError:
    return CtuneError(
        "the tuned model is not deleted",
        where=job_name,
        why="its deletion_policy is PREVENT",
        next_step="Set deletion_policy to ABANDON or DELETE, run `pulumi up`, then delete again.",
    )


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


def _version(vertex: Vertex, world: Surroundings, job: TuningJob) -> ModelVersion | None:
    """The job's model version; None once it is gone."""
    try:
        return patiently(lambda: vertex.get_model_version(job.tuned_model_name), world)
    except NotFoundError:
        return None


def _mark_abandoned(vertex: Vertex, world: Surroundings, version: ModelVersion) -> None:
    mark = {ownership.RECORDED: ownership.ABANDONED}
    try:
        edit_version(vertex, world, version.name, lambda now: changed_labels(now.labels, mark))
    except ApiError as error:
        world.report.warn(f"{version.name} stays, but could not be marked as abandoned: {error.why}")


def _delete_results(vertex: Vertex, world: Surroundings, job: TuningJob, version: ModelVersion | None) -> None:
    if version:
        _refuse_while_pointed_at(version)
        _refuse_while_deployed_by_others(vertex, world, job, version)
    for endpoint in endpoints_of(job):
        model_name = version.model_name if version else names.ModelName.parse(job.tuned_model_name)
        _delete_endpoint(vertex, world, endpoint, model_name)
    if version:
        _delete_version(vertex, world, version)


def _delete_version(vertex: Vertex, world: Surroundings, version: ModelVersion) -> None:
    siblings = patiently(lambda: vertex.list_model_versions(version.model), world)
    others = [sibling for sibling in siblings if sibling.version_id != version.version_id]
    if len(others) == len(siblings):  # the model goes with its last version: a list that cannot be right proves nothing
        raise CtuneError(
            "the tuned model version is not deleted",
            where=version.name,
            why="the list of its model's versions does not name it, so it cannot be told whether it is the last one",
            next_step="Run the same command again.",
        )
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
        raise _InUseError(
            "the tuned model version is not deleted",
            where=version.name,
            why=f"the version alias {some_of(aliases)} points at it",
            next_step="Move the alias to another version or take it away (`ctune.ModelVersionAlias`), or set "
            "deletion_policy to ABANDON; then run `pulumi up`, and delete again.",
        )


def _refuse_while_deployed_by_others(
    vertex: Vertex, world: Surroundings, job: TuningJob, version: ModelVersion
) -> None:
    """What the job did not deploy is somebody's service, wherever it is, and Google keeps what is deployed anywhere."""
    own = {_place_of(endpoint) for endpoint in endpoints_of(job)}
    others = sorted({item.endpoint for item in version.deployed_models if _place_of(item.endpoint) not in own})
    # One is enough to refuse; a few are named.
    serving = list(islice((name for name in others if _still_serves(vertex, world, name, version)), MOST_NAMES))
    if serving:
        raise _still_deployed(version, f"it is deployed on {listed(serving)}, which this job did not make")
    for name in endpoints_of(job):
        if added := _deployed_by_others(vertex, world, job, name, version):
            raise _still_deployed(version, f"somebody else has deployed it on {name} too ({listed(added)})")


def _still_deployed(version: ModelVersion, why: str) -> _InUseError:
    return _InUseError(
        "the tuned model version is not deleted",
        where=version.name,
        why=why,
        next_step="Take it off there (`ctune.ModelDeployment`), or set deletion_policy to ABANDON and run "
        "`pulumi up`; then delete again.",
    )


def _deployed_by_others(
    vertex: Vertex, world: Surroundings, job: TuningJob, name: str, version: ModelVersion
) -> list[str]:
    """The deployments of the version on one of the job's endpoints that came after the job's own: one for each
    checkpoint whose endpoint it is.
    """
    try:
        endpoint = patiently(lambda: vertex.get_endpoint(name), world)
    except NotFoundError:
        return []
    ours = _ours(endpoint, version.model_name)
    by_age = sorted(ours, key=lambda item: item.create_time or _LONG_AGO)
    made = max(1, sum(checkpoint.endpoint == name for checkpoint in job.checkpoints))
    return [item.deployed_model_id for item in by_age[made:]]


def _place_of(endpoint: str) -> tuple[str, str]:
    """Location and id, which tell endpoints apart also where one name has the project's id and the other its number."""
    return names.location_of(endpoint), names.last_segment(endpoint)


def _still_serves(vertex: Vertex, world: Surroundings, name: str, version: ModelVersion) -> bool:
    """Ask the endpoint itself: the registry may not have taken in yet that the version was undeployed a moment ago."""
    try:
        endpoint = patiently(lambda: vertex.get_endpoint(name), world)
        return bool(_ours(endpoint, version.model_name))
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
    heir = max(others, key=lambda other: _number(other.version_id))
    patiently(lambda: vertex.merge_version_aliases(heir.name, [_DEFAULT]), world)
    world.report.info(f"{heir.name} is now the default version, as {version.name} is deleted")


def _number(version_id: str) -> int:
    return int(version_id) if version_id.isdecimal() else 0


def _delete_endpoint(vertex: Vertex, world: Surroundings, name: str, version: names.ModelName) -> None:
    """Undeploy this version, then delete the endpoint, unless it serves something else too."""
    text = f"deleting endpoint {name}"
    try:
        endpoint = while_busy(lambda: patiently(lambda: _without_our_traffic(vertex, name, version), world), world)
    except NotFoundError:
        return
    ours = _ours(endpoint, version)
    for deployed in ours:
        _see_through(vertex, world, partial(vertex.start_undeployment, name, deployed.deployed_model_id), text)
    ours_ids = {deployed.deployed_model_id for deployed in ours}
    others = (item for item in endpoint.deployed_models if item.deployed_model_id not in ours_ids)
    foreign = sorted({deployed.model_version for deployed in others})
    if foreign:
        world.report.warn(f"{name} stays: it serves {listed(foreign)} too")
    else:
        _see_through(vertex, world, partial(vertex.start_endpoint_deletion, name), text)


def _without_our_traffic(vertex: Vertex, name: str, version: names.ModelName) -> Endpoint:
    """Hand this version's traffic to the others that have some, in proportion; returns the endpoint.

    Only what has no traffic can be undeployed, except for the last deployment of an endpoint.
    """
    endpoint = vertex.get_endpoint(name)
    ours = [deployed.deployed_model_id for deployed in _ours(endpoint, version)]
    if len(endpoint.deployed_models) == 1 or not any(endpoint.traffic_split.get(id_) for id_ in ours):
        return endpoint
    split = without(endpoint.traffic_split, ours)
    return vertex.update_endpoint(name, changes={"trafficSplit": split, "etag": endpoint.etag})


def _ours(endpoint: Endpoint, version: names.ModelName) -> list[DeployedModel]:
    return [
        deployed
        for deployed in endpoint.deployed_models
        if names.last_segment(deployed.model) == version.model_id and deployed.version_id in ("", version.version)
    ]


def _see_through(vertex: Vertex, world: Surroundings, start: Callable[[], Operation], text: str) -> None:
    """Start an operation that takes something away and wait for its end; what is gone already is no error."""
    try:
        while_busy(lambda: patiently(lambda: operations.run(vertex, world, start, text), world), world)
    except NotFoundError:
        return
