"""Remove one version of a model: refused while somebody uses it; the model goes with its last version.

Owns what holds for a version whoever made it. Which versions and endpoints are to be removed is the caller's to say.

Source: https://docs.cloud.google.com/gemini-enterprise-agent-platform/machine-learning/model-registry/delete-model
"""

from collections.abc import Callable, Collection, Sequence
from functools import partial
from itertools import islice

from pulumi_ctune.core import names, operations
from pulumi_ctune.core.api import DeployedModel, Endpoint, ModelVersion, Operation, Vertex
from pulumi_ctune.core.errors import ApiError, CtuneError, NotFoundError
from pulumi_ctune.core.printable import MOST_NAMES, some_of
from pulumi_ctune.core.retry import WaitContext, patiently, while_busy

_DEFAULT = "default"


class InUseError(CtuneError):
    """Somebody uses the version; nothing was changed."""


def delete_version(vertex: Vertex, context: WaitContext, version: ModelVersion) -> None:
    """Delete a version that nobody uses; what is gone already is no error."""
    siblings = patiently(lambda: vertex.list_model_versions(version.model), context)
    others = [sibling for sibling in siblings if sibling.version_id != version.version_id]
    if len(others) == len(siblings):  # the model goes with its last version: a list that cannot be right proves nothing
        raise CtuneError(
            "the tuned model version is not deleted",
            where=version.name,
            why="the list of its model's versions does not name it, so it cannot be told whether it is the last one",
            next_step="Run the same command again.",
        )
    if others:
        _hand_default_on(vertex, context, version, others)
        start = partial(vertex.start_model_version_deletion, version.name)
    else:
        start = partial(vertex.start_model_deletion, version.model)
    see_through(vertex, context, start, f"deleting {version.name}")


def refuse_while_pointed_at(version: ModelVersion) -> None:
    """An alias is somebody's pin, most likely another stack's: its version is not deleted. Raises `InUseError`."""
    aliases = [alias for alias in version.aliases if alias != _DEFAULT]
    if aliases:
        raise InUseError(
            "the tuned model version is not deleted",
            where=version.name,
            why=f"the version alias {some_of(aliases)} points at it",
            next_step="Move the alias to another version or take it away (`ctune.ModelVersionAlias`), or set "
            "deletion_policy to ABANDON; then run `pulumi up`, and delete again.",
        )


def serving_elsewhere(
    vertex: Vertex, context: WaitContext, version: ModelVersion, own: Collection[str] = ()
) -> list[str]:
    """The endpoints that serve the version, without `own` ones; a few at most, as one is enough to refuse."""
    places = {_place_of(endpoint) for endpoint in own}
    others = sorted({item.endpoint for item in version.deployed_models if _place_of(item.endpoint) not in places})
    return list(islice((name for name in others if _still_serves(vertex, context, name, version)), MOST_NAMES))


def still_deployed(version: ModelVersion, why: str) -> InUseError:
    return InUseError(
        "the tuned model version is not deleted",
        where=version.name,
        why=why,
        next_step="Take it off there (`ctune.ModelDeployment`), or set deletion_policy to ABANDON and run "
        "`pulumi up`; then delete again.",
    )


def deployments_of(endpoint: Endpoint, version: names.ModelName) -> list[DeployedModel]:
    """What of an endpoint is this version."""
    return [
        deployed
        for deployed in endpoint.deployed_models
        if names.last_segment(deployed.model) == version.model_id and deployed.version_id in ("", version.version)
    ]


def see_through(vertex: Vertex, context: WaitContext, start: Callable[[], Operation], text: str) -> None:
    """Start an operation that takes something away and wait for its end; what is gone already is no error."""
    try:
        while_busy(lambda: patiently(lambda: operations.run(vertex, context, start, text), context), context)
    except NotFoundError:
        return


def _place_of(endpoint: str) -> tuple[str, str]:
    """Location and id, which tell endpoints apart also where one name has the project's id and the other its number."""
    return names.location_of(endpoint), names.last_segment(endpoint)


def _still_serves(vertex: Vertex, context: WaitContext, name: str, version: ModelVersion) -> bool:
    """Ask the endpoint itself: the registry may not have taken in yet that the version was undeployed a moment ago."""
    try:
        endpoint = patiently(lambda: vertex.get_endpoint(name), context)
        return bool(deployments_of(endpoint, version.model_name))
    except NotFoundError:
        return False
    except ApiError:  # somebody else's endpoint, perhaps in another project: then the registry's word has to do
        return True


def _hand_default_on(
    vertex: Vertex, context: WaitContext, version: ModelVersion, others: Sequence[ModelVersion]
) -> None:
    """Give the alias `default`, which each model needs, to the newest version that stays."""
    if _DEFAULT not in version.aliases:
        return
    heir = max(others, key=lambda other: _number(other.version_id))
    patiently(lambda: vertex.merge_version_aliases(heir.name, [_DEFAULT]), context)
    context.report.info(f"{heir.name} is now the default version, as {version.name} is deleted")


def _number(version_id: str) -> int:
    return int(version_id) if version_id.isdecimal() else 0
