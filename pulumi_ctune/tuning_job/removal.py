"""Remove what a job made and nothing else: deployments, endpoints, the version, and the model with its last version.

Refused while an alias points at the version, or an endpoint serves it that the job did not make. Whether anything is to
be removed at all is `deletion`'s to say.

Source: https://docs.cloud.google.com/gemini-enterprise-agent-platform/machine-learning/model-registry/delete-model
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from itertools import islice

from pulumi_ctune.core import names, operations
from pulumi_ctune.core.api import (
    DeployedModel,
    Endpoint,
    ModelVersion,
    Operation,
    TuningJob,
    Vertex,
)
from pulumi_ctune.core.errors import ApiError, CtuneError, NotFoundError
from pulumi_ctune.core.percent_shares import without
from pulumi_ctune.core.printable import MOST_NAMES, listed, some_of
from pulumi_ctune.core.retry import Surroundings, patiently, while_busy
from pulumi_ctune.tuning_job.outputs import endpoints_of

_DEFAULT = "default"
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


class InUseError(CtuneError):
    """Somebody uses the version; nothing was changed."""


def remove_results(vertex: Vertex, world: Surroundings, job: TuningJob, version: ModelVersion | None) -> None:
    """Remove the endpoints of a job and its version, None where that is gone. What is gone already is no error.

    Raises `InUseError` before anything is changed, and `CtuneError`.
    """
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
        raise InUseError(
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


def _still_deployed(version: ModelVersion, why: str) -> InUseError:
    return InUseError(
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
