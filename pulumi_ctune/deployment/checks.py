"""The rules that a deployment's inputs can be held to before anything is sent: in a preview, offline.

A version from `us-central1` goes with an endpoint in `us`, where Gemini 3 is served. Locations that do not overlap are
refused: Google's way there is a copy of the version, and what `deployModel` would make of it is not documented.
"""

from collections.abc import Mapping
from typing import Any

from pulumi_ctune.core.kind import Failure, failures_of
from pulumi_ctune.core.messages import Findings, meant, show
from pulumi_ctune.core.name_checks import check_names, pinned_name
from pulumi_ctune.core.names import EndpointName, ModelName, locations_overlap
from pulumi_ctune.core.values import Unknown, has_unknown, number_of
from pulumi_ctune.core.versions import may_be_project
from pulumi_ctune.deployment.diff import ALL_TRAFFIC, percent_of
from pulumi_ctune.gate.input_checks import check_require, metric_warnings, promoted_in


def check(inputs: Mapping[str, Any]) -> list[Failure]:
    """Everything that is wrong with the inputs of a deployment, at most one failure for each field."""
    found: Findings = {}
    check_names(inputs, {"endpoint": _endpoint, "tuned_model_name": _version}, found)
    if not found and not has_unknown([inputs["endpoint"], inputs["tuned_model_name"]]):
        _check_places(EndpointName.parse(inputs["endpoint"]), ModelName.parse(inputs["tuned_model_name"]), found)
    _check_checkpoint(inputs.get("checkpoint_id"), found)
    _check_percent(inputs.get("traffic_percent"), found)
    check_require(inputs.get("require"), found, promoted_in(inputs, found))
    return failures_of(found)


def warnings(inputs: Mapping[str, Any]) -> list[str]:
    """What is allowed but needs a word, a sentence each, of inputs that `check` finds nothing wrong with."""
    lines = metric_warnings(inputs.get("require"))
    if not has_unknown(inputs.get("traffic_percent")) and 0 < percent_of(inputs) < ALL_TRAFFIC:
        lines.append(
            f"traffic_percent: {percent_of(inputs)} makes this version a canary, which is experimental: Google "
            "documents neither two tuned Gemini versions on one endpoint nor which of them has answered"
        )
    return lines


def _endpoint(text: str) -> str:
    try:
        EndpointName.parse(text)
    except ValueError:
        pass
    else:
        return ""
    if "/" not in text.removeprefix("endpoints/"):
        near = f"projects/PROJECT/locations/LOCATION/endpoints/{text.removeprefix('endpoints/')}"
        return f"{show(text)} is not a full name{meant(near)} (output id of gcp.vertex.AiEndpoint)"
    return f"{show(text)} is not of the form {EndpointName.FORM} (output id of gcp.vertex.AiEndpoint)"


def _version(text: str) -> str:
    return pinned_name(text, base_model="what is deployed is a version of a tuned model")


def _check_places(endpoint: EndpointName, version: ModelName, found: Findings) -> None:
    if not may_be_project(endpoint.project, (version.project,)):
        found["tuned_model_name"] = (
            f"{show(str(version))} lies in project {show(version.project)}, the endpoint in {show(endpoint.project)}: "
            "deploy to an endpoint of the same project, or copy the version there first"
        )
    elif not locations_overlap(endpoint.location, version.location):
        found["tuned_model_name"] = (
            f"{show(str(version))} lies in {show(version.location)}, the endpoint in {show(endpoint.location)}: deploy "
            "to an endpoint of the same location or the multi-region around it, or copy the version there first"
        )


def _check_checkpoint(checkpoint_id: Any, found: Findings) -> None:
    if checkpoint_id is None or isinstance(checkpoint_id, Unknown):
        return
    is_number = isinstance(checkpoint_id, int) and not isinstance(checkpoint_id, bool)
    if not is_number and not (isinstance(checkpoint_id, str) and checkpoint_id.strip()):
        found["checkpoint_id"] = f"{show(checkpoint_id)} is not the id of a checkpoint, such as '2'"


def _check_percent(percent: Any, found: Findings) -> None:
    percent = number_of(percent)
    if percent is None or isinstance(percent, Unknown):
        return
    if not isinstance(percent, int) or isinstance(percent, bool) or not 0 <= percent <= ALL_TRAFFIC:
        found["traffic_percent"] = f"{show(percent)} is not a whole number from 0 to {ALL_TRAFFIC}"
