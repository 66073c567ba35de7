"""Remove what a job made and nothing else: deployments, endpoints, the version, and the model with its last version.

What holds for a version whoever made it is in `core.version_removal`. Refused while an alias points at the version, or
an endpoint serves it that the job did not make. Whether anything is to be removed at all is `deletion`'s to say.

Source: https://docs.cloud.google.com/gemini-enterprise-agent-platform/machine-learning/model-registry/delete-model
"""

from datetime import UTC, datetime
from functools import partial

from pulumi_ctune.core import names
from pulumi_ctune.core.api import Endpoint, ModelVersion, TuningJob, Vertex
from pulumi_ctune.core.errors import NotFoundError
from pulumi_ctune.core.percent_shares import without
from pulumi_ctune.core.printable import listed
from pulumi_ctune.core.retry import WaitContext, patiently, while_busy
from pulumi_ctune.core.version_removal import (
    delete_version,
    deployments_of,
    refuse_while_pointed_at,
    see_through,
    serving_elsewhere,
    still_deployed,
)
from pulumi_ctune.tuning_job.outputs import endpoints_of

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def remove_results(vertex: Vertex, context: WaitContext, job: TuningJob, version: ModelVersion | None) -> None:
    """Remove the endpoints of a job and its version, None where that is gone. What is gone already is no error.

    Raises `InUseError` before anything is changed, and `CtuneError`.
    """
    if version:
        refuse_while_pointed_at(version)
        _refuse_while_deployed_by_others(vertex, context, job, version)
    for endpoint in endpoints_of(job):
        model_name = version.model_name if version else names.ModelName.parse(job.tuned_model_name)
        _delete_endpoint(vertex, context, endpoint, model_name)
    if version:
        delete_version(vertex, context, version)


def _refuse_while_deployed_by_others(
    vertex: Vertex, context: WaitContext, job: TuningJob, version: ModelVersion
) -> None:
    """What the job did not deploy is somebody's service, wherever it is, and Google keeps what is deployed anywhere."""
    serving = serving_elsewhere(vertex, context, version, endpoints_of(job))
    if serving:
        raise still_deployed(version, f"it is deployed on {listed(serving)}, which this job did not make")
    for name in endpoints_of(job):
        if added := _deployed_by_others(vertex, context, job, name, version):
            raise still_deployed(version, f"somebody else has deployed it on {name} too ({listed(added)})")


def _deployed_by_others(
    vertex: Vertex, context: WaitContext, job: TuningJob, name: str, version: ModelVersion
) -> list[str]:
    """The deployments of the version on one of the job's endpoints that came after the job's own: one for each
    checkpoint whose endpoint it is.
    """
    try:
        endpoint = patiently(lambda: vertex.get_endpoint(name), context)
    except NotFoundError:
        return []
    ours = deployments_of(endpoint, version.model_name)
    by_age = sorted(ours, key=lambda item: item.create_time or _LONG_AGO)
    made = max(1, sum(checkpoint.endpoint == name for checkpoint in job.checkpoints))
    return [item.deployed_model_id for item in by_age[made:]]


def _delete_endpoint(vertex: Vertex, context: WaitContext, name: str, version: names.ModelName) -> None:
    """Undeploy this version, then delete the endpoint, unless it serves something else too."""
    text = f"deleting endpoint {name}"
    try:
        endpoint = while_busy(lambda: patiently(lambda: _without_our_traffic(vertex, name, version), context), context)
    except NotFoundError:
        return
    ours = deployments_of(endpoint, version)
    for deployed in ours:
        see_through(vertex, context, partial(vertex.start_undeployment, name, deployed.deployed_model_id), text)
    ours_ids = {deployed.deployed_model_id for deployed in ours}
    others = (item for item in endpoint.deployed_models if item.deployed_model_id not in ours_ids)
    foreign = sorted({deployed.model_version for deployed in others})
    if foreign:
        context.report.warn(f"{name} stays: it serves {listed(foreign)} too")
    else:
        see_through(vertex, context, partial(vertex.start_endpoint_deletion, name), text)


def _without_our_traffic(vertex: Vertex, name: str, version: names.ModelName) -> Endpoint:
    """Hand this version's traffic to the others that have some, in proportion; returns the endpoint.

    Only what has no traffic can be undeployed, except for the last deployment of an endpoint.
    """
    endpoint = vertex.get_endpoint(name)
    ours = [deployed.deployed_model_id for deployed in deployments_of(endpoint, version)]
    if len(endpoint.deployed_models) == 1 or not any(endpoint.traffic_split.get(id_) for id_ in ours):
        return endpoint
    split = without(endpoint.traffic_split, ours)
    return vertex.update_endpoint(name, changes={"trafficSplit": split, "etag": endpoint.etag})
