"""Labels, description and display name of what a job made: the inputs that can be changed without training again.

Model version and model are changed separately, as the API wants it; the job's endpoints carry the labels and the
display name too. Written only where it differs, so it can be repeated. Nothing is reported as changed that was not: a
refusal is an error.
"""

from collections.abc import Mapping
from typing import Any

from pulumi_ctune.errors import NotFoundError
from pulumi_ctune.tuning import identity
from pulumi_ctune.tuning.outputs import endpoints_of
from pulumi_ctune.tuning.resources import ModelVersion, TuningJob, Vertex


def bring_in_line(
    vertex: Vertex, inputs: Mapping[str, Any], job: TuningJob, version: ModelVersion, *, made_model: bool
) -> None:
    """Change what differs from the inputs. `made_model`: the model is the job's own, and so is its display name.

    Raises `ApiError`. Endpoints that somebody deleted are passed over.
    """
    wanted_name = inputs.get("tuned_model_display_name") if made_model else None
    changes = _labels(inputs, version.labels)
    description = inputs.get("description")
    if description is not None and description != version.description:
        changes["versionDescription"] = description
    rename = bool(wanted_name) and wanted_name != version.display_name
    if changes:
        vertex.update_model_version(version.name, changes=changes)
    if rename:
        vertex.update_model(version.model, changes={"displayName": wanted_name})
    if rename or "labels" in changes:
        for name in endpoints_of(job):
            _bring_endpoint_in_line(vertex, inputs, name, wanted_name if rename else None)


def _bring_endpoint_in_line(vertex: Vertex, inputs: Mapping[str, Any], name: str, display_name: str | None) -> None:
    try:
        endpoint = vertex.get_endpoint(name)
        changes = _labels(inputs, endpoint.labels)
        if display_name:
            changes["displayName"] = display_name
        if changes:
            vertex.update_endpoint(name, changes=changes)
    except NotFoundError:
        return


def _labels(inputs: Mapping[str, Any], labels: Mapping[str, str]) -> dict[str, Any]:
    """The change that makes the user's part of `labels` that of the inputs; none where it is."""
    not_the_users = dict(labels.items() - identity.without_ours(labels).items())
    wanted = {**not_the_users, **(inputs.get("labels") or {})}
    return {"labels": wanted} if wanted != dict(labels) else {}
