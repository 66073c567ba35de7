"""Look a tuned model's version up, for programs that use one and do not tune.

Reads only: the version, its checkpoints where the version does not list them, and the tuning job where the version does
not say which endpoint is the one. Knows neither HTTP nor Pulumi.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pulumi_ctune.core import grammar, names
from pulumi_ctune.core.api import Checkpoint, ModelVersion, Vertex
from pulumi_ctune.core.errors import ApiError, InvalidInputError, NotFoundError
from pulumi_ctune.core.job_of_version import find_job_of
from pulumi_ctune.core.messages import show
from pulumi_ctune.core.versions import find_version

_WHAT = "the tuned model could not be looked up"


@dataclass(frozen=True)
class FoundVersion:
    """A version with its checkpoints, first to last, and the endpoint of its default checkpoint ("" where unknown)."""

    version: ModelVersion
    checkpoints: Sequence[Checkpoint]
    endpoint: str


def full_name(name: str, project: str | None, location: str | None) -> str:
    """`projects/../models/M[@V]` of a full name, of `models/M[@V]` or of `M[@V]`.

    Raises:
        InvalidInputError: it is no such name, or project or location are missing for a short one.
    """
    for argument, value in (("name", name), ("project", project), ("location", location)):
        if not isinstance(value, str) and (argument == "name" or value is not None):
            raise InvalidInputError(_WHAT, where=argument, why=f"{show(value)} is not text")
    if not name:
        raise InvalidInputError(_WHAT, where="name", why="it is empty", next_step="Give the model's full name.")
    if "/" not in name.removeprefix("models/"):
        missing = [key for key, value in (("project", project), ("location", location)) if not value]
        if missing:
            given = " and ".join(missing)
            raise InvalidInputError(_WHAT, where=name, why=f"{given} missing", next_step="Give the model's full name.")
        name = f"{names.parent(str(project), str(location))}/models/{name.removeprefix('models/')}"
    if reason := grammar.tuned_model_name(name):
        raise InvalidInputError(_WHAT, why=reason)
    return name


def look_up(vertex: Vertex, name: str) -> FoundVersion:
    """The version of this full name: by number, alias, or without `@` the default one. Raises `ApiError`."""
    version = find_version(vertex, name, what=_WHAT, where=name)
    try:
        checkpoints = version.checkpoints or vertex.list_checkpoints(version.name)
    except NotFoundError:
        checkpoints = ()
    except ApiError as error:
        raise error.but(what=_WHAT, where=name) from error
    serving = {deployed.checkpoint_id: deployed.endpoint for deployed in version.deployed_models}
    return FoundVersion(
        version,
        tuple(replace(item, endpoint=item.endpoint or serving.get(item.checkpoint_id, "")) for item in checkpoints),
        _endpoint(vertex, version),
    )


def _endpoint(vertex: Vertex, version: ModelVersion) -> str:
    """The endpoint that Google deployed the default checkpoint to.

    Somebody may have deployed the version to endpoints of their own as well; then the tuning job knows which is its.
    """
    endpoints = {
        deployed.endpoint
        for deployed in version.deployed_models
        if deployed.checkpoint_id in ("", version.default_checkpoint_id) or not version.default_checkpoint_id
    }
    if len(endpoints) == 1:
        return endpoints.pop()
    by_job = _endpoint_by_job(vertex, version)
    return by_job if by_job in endpoints or not endpoints else min(endpoints)


def _endpoint_by_job(vertex: Vertex, version: ModelVersion) -> str:
    """What the job that made the version says; "" where it cannot be read."""
    try:
        return find_job_of(version, vertex.get_job).endpoint
    except ApiError:
        return ""
