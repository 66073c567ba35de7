"""What a run calls: the endpoint of the version that is judged, and of what it is compared with.

Read when a run is made, so that an alias, or an endpoint that serves now this and now that, is pinned in the outputs.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pulumi_ctune.core import names
from pulumi_ctune.core.api import Endpoint, ModelVersion, Vertex
from pulumi_ctune.core.errors import InvalidInputError, NotFoundError
from pulumi_ctune.core.names import EndpointName, ModelName
from pulumi_ctune.core.retry import WaitContext, explaining, patiently
from pulumi_ctune.core.versions import find_checkpoint, find_version
from pulumi_ctune.evaluation_run.request import Request
from pulumi_ctune.gate.evaluation_result import BASELINE, CANDIDATE

NOT_EVALUATED = "no evaluation run was made"


@dataclass(frozen=True)
class Called:
    """The models of a run by full name. `checkpoint_id` is the version's that is judged, empty where it has none;
    `baseline_versions` are the versions that serve at the baseline, each with its percent of the traffic.
    """

    version: ModelVersion
    checkpoint_id: str
    candidate: str
    baseline: str = ""
    baseline_versions: Mapping[str, int] = field(default_factory=dict)

    @property
    def by_candidate(self) -> dict[str, str]:
        return {CANDIDATE: self.candidate, **({BASELINE: self.baseline} if self.baseline else {})}


def find_models(vertex: Vertex, context: WaitContext, request: Request) -> Called:
    """Raises `CtuneError`; nothing is changed."""
    name = str(request.written["tuned_model_name"])
    version = _version(vertex, context, name, "tuned_model_name")
    checkpoint_id = request.checkpoint_id or version.default_checkpoint_id
    if request.checkpoint_id:
        where = "checkpoint_id"
        with explaining(NOT_EVALUATED, where=where):
            patiently(
                lambda: find_checkpoint(vertex, version, request.checkpoint_id, what=NOT_EVALUATED, where=where),
                context,
            )
    endpoint = endpoint_of(version, checkpoint_id)
    if not endpoint:
        raise InvalidInputError(
            NOT_EVALUATED,
            where="tuned_model_name",
            why=f"no endpoint serves {_shown(version, checkpoint_id)}",
            next_step="Deploy it first, and give the endpoint's answers as a dataset with `response`.",
        )
    called = Called(version, checkpoint_id, endpoint)
    if request.baseline:
        called = _with_baseline(vertex, context, request, called)
    _check_places(request, called)
    return called


def endpoint_of(version: ModelVersion, checkpoint_id: str) -> str:
    """The endpoint that serves a checkpoint of a version; empty where none does."""
    points = [
        point.endpoint for point in version.checkpoints if point.checkpoint_id == checkpoint_id and point.endpoint
    ]
    deployed = [each.endpoint for each in version.deployed_models if each.checkpoint_id == checkpoint_id]
    if checkpoint_id in ("", version.default_checkpoint_id):
        deployed += [each.endpoint for each in version.deployed_models if not each.checkpoint_id]
    return next(iter((*points, *deployed)), "")


def _with_baseline(vertex: Vertex, context: WaitContext, request: Request, called: Called) -> Called:
    where, text = "baseline.model", request.baseline
    if text.startswith("projects/") and "/endpoints/" in text:
        with explaining(NOT_EVALUATED, where=where):
            endpoint = patiently(lambda: vertex.get_endpoint(text), context)
        return _of(called, endpoint.name, _served(endpoint, where, context))
    if names.model_name(text) is not None:
        version = _version(vertex, context, text, where)
        found = endpoint_of(version, version.default_checkpoint_id)
        if not found:
            raise InvalidInputError(
                NOT_EVALUATED,
                where=where,
                why=f"no endpoint serves {version.name}",
                next_step="Name an endpoint that does.",
            )
        return _of(called, found, {version.name: 100})
    model = names.publisher_model_id(text) or text
    return _of(called, f"{request.parent}/publishers/google/models/{model}", {})


def _of(called: Called, baseline: str, versions: Mapping[str, int]) -> Called:
    return Called(called.version, called.checkpoint_id, called.candidate, baseline, versions)


def _served(endpoint: Endpoint, where: str, context: WaitContext) -> dict[str, int]:
    split = {key: share for key, share in endpoint.traffic_split.items() if share}
    if not split:
        raise InvalidInputError(
            NOT_EVALUATED, where=where, why=f"{endpoint.name} has no traffic, so nothing answers there"
        )
    found: dict[str, int] = {}
    for deployed in endpoint.deployed_models:
        if share := split.get(deployed.deployed_model_id):
            found[deployed.model_version] = found.get(deployed.model_version, 0) + share
    if len(found) > 1:
        shares = ", ".join(f"{name} {share} %" for name, share in found.items())
        context.report.warn(
            f"{where}: the versions on {endpoint.name} share its traffic, so the baseline is a mix: {shares}"
        )
    return found


def _version(vertex: Vertex, context: WaitContext, name: str, where: str) -> ModelVersion:
    with explaining(NOT_EVALUATED, where=where):
        try:
            return patiently(lambda: find_version(vertex, name, what=NOT_EVALUATED, where=where), context)
        except NotFoundError as error:
            raise error.but(what=NOT_EVALUATED, where=where) from error


def _check_places(request: Request, called: Called) -> None:
    """A run calls models of its own location only, unless the user allows others."""
    if request.crosses_regions or request.asks_itself:
        return
    for name in called.by_candidate.values():
        location = names.location_of(name)
        if location != request.location:
            raise InvalidInputError(
                NOT_EVALUATED,
                where="evaluation_config.allow_cross_region_model",
                why=f"{name} lies in {location}, the run in {request.location}",
                next_step="Set it to True to allow that. Google may then send rows to other places too, `global` among "
                "them, which matters where data must not leave a region.",
            )


def _shown(version: ModelVersion, checkpoint_id: str) -> str:
    return f"checkpoint {checkpoint_id} of {version.name}" if checkpoint_id else version.name


def is_endpoint(text: str) -> bool:
    """Whether a baseline is written as an endpoint."""
    try:
        EndpointName.parse(text)
    except ValueError:
        return False
    return True


def is_version(text: str) -> bool:
    """Whether a baseline is written as a version of a tuned model, by number or alias."""
    try:
        return ModelName.parse(text).version is not None
    except ValueError:
        return False
