"""What a deployment is asked to bring where: version, checkpoint and endpoint, found and checked, and the gate passed.

Reads only, so that every refusal comes before anything on the endpoint is changed. Knows no traffic.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pulumi_ctune.core.api import Endpoint, ModelVersion, Vertex
from pulumi_ctune.core.errors import InvalidInputError, NotFoundError
from pulumi_ctune.core.names import project_of
from pulumi_ctune.core.retry import WaitContext, explaining, patiently
from pulumi_ctune.core.versions import find_checkpoint, find_version, may_be_project
from pulumi_ctune.deployment.diff import checkpoint_of
from pulumi_ctune.gate.verdict import check_requirements, requirements_of


@dataclass(frozen=True)
class Candidate:
    """What may serve where. `checkpoint_id` is empty for the default one; `metrics` are the values that were judged."""

    version: ModelVersion
    checkpoint_id: str
    endpoint: Endpoint
    metrics: Mapping[str, float]


def find_candidate(
    vertex: Vertex, context: WaitContext, inputs: Mapping[str, Any], old: Mapping[str, Any]
) -> Candidate:
    """Return what the inputs ask for. `old` is the state so far, empty before there is one. Raises `CtuneError`."""
    what = f"{inputs['tuned_model_name']} was not deployed"
    version = _version(vertex, context, inputs, what)
    checkpoint_id = checkpoint_of(inputs)
    if checkpoint_id:
        with explaining(what, where="checkpoint_id"):
            patiently(
                lambda: find_checkpoint(vertex, version, checkpoint_id, what=what, where="checkpoint_id"), context
            )
    endpoint = _endpoint(vertex, context, inputs["endpoint"], what, is_recorded=bool(old))
    _check_project(version, endpoint, what)
    return Candidate(version, checkpoint_id, endpoint, _judge(vertex, context, version, inputs, what, old))


def judge_again(
    vertex: Vertex, context: WaitContext, inputs: Mapping[str, Any], old: Mapping[str, Any]
) -> dict[str, float]:
    """Return the values by which what serves meets changed requirements. Raises `CtuneError`."""
    what = f"{old['tuned_model_name']} was not accepted"
    return _judge(vertex, context, _version(vertex, context, inputs, what), inputs, what, old)


def keeps_serving(old: Mapping[str, Any]) -> str:
    """What to say of the version so far when another one could not take its place; empty where none serves."""
    if not old.get("deployed_model_id"):
        return ""
    return f"{old['model']}@{old['version_id']} keeps serving."


def _version(vertex: Vertex, context: WaitContext, inputs: Mapping[str, Any], what: str) -> ModelVersion:
    name = inputs["tuned_model_name"]
    with explaining(what, where="tuned_model_name"):
        return patiently(lambda: find_version(vertex, name, what=what, where="tuned_model_name"), context)


def _judge(
    vertex: Vertex,
    context: WaitContext,
    version: ModelVersion,
    inputs: Mapping[str, Any],
    what: str,
    old: Mapping[str, Any],
) -> dict[str, float]:
    requirements = requirements_of(inputs.get("require"))
    next_step = keeps_serving(old) or (
        f"Nothing serves on {inputs['endpoint']} for this resource yet: name a version that meets the limits, or "
        "change `require`."
    )
    return check_requirements(
        vertex,
        context,
        version,
        requirements,
        named=inputs["tuned_model_name"],
        checkpoint_id=checkpoint_of(inputs),
        what=what,
        next_step=next_step,
    )


def _endpoint(vertex: Vertex, context: WaitContext, name: str, what: str, *, is_recorded: bool) -> Endpoint:
    try:
        with explaining(what, where="endpoint"):
            return patiently(lambda: vertex.get_endpoint(name), context)
    except NotFoundError as error:
        next_step = (
            "It was there before: `pulumi up --refresh` sees what is gone, and makes again what the program has."
            if is_recorded
            else "Make the endpoint first, and check its project, location and id."
        )
        raise error.but(next_step=next_step) from error


def _check_project(version: ModelVersion, endpoint: Endpoint, what: str) -> None:
    """The server names both by project number; the inputs may say one by id, which a preview cannot compare."""
    there, here = project_of(endpoint.name), project_of(version.name)
    if not may_be_project(here, (there,)):
        raise InvalidInputError(
            what,
            where="tuned_model_name",
            why=f"{version.name} lies in project {here}, the endpoint {endpoint.name} in {there}",
            next_step="Deploy to an endpoint of the same project, or copy the version there first.",
        )
