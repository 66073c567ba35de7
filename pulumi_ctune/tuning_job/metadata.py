"""Labels, description and display name of what a job made: the inputs that can be changed without training again.

Owns what is ours of them. Others label the same version and endpoints (cost reports, policies, Google itself), so only
keys that the inputs put there are changed, taken out, or looked at for drift; whatever else is there stays, by whatever
name. Model version and model are changed separately, as the API wants it; the job's endpoints carry the labels and the
display name too. Written only where it differs, so it can be repeated. Nothing is reported as changed that was not: a
refusal is an error.
"""

from collections.abc import Mapping
from typing import Any

from pulumi_ctune.core import ownership
from pulumi_ctune.core.api import ModelVersion, TuningJob, Vertex
from pulumi_ctune.core.errors import NotFoundError
from pulumi_ctune.core.hidden import OWNER, RECORDED
from pulumi_ctune.core.retry import Surroundings, patiently
from pulumi_ctune.core.values import text_of
from pulumi_ctune.tuning_job.attributes import PUT_BEFORE
from pulumi_ctune.tuning_job.edits import changed_labels, edit_endpoint, edit_version
from pulumi_ctune.tuning_job.outputs import endpoints_of


def labels_put(properties: Mapping[str, Any]) -> dict[str, str]:
    """The labels that these inputs, or the inputs in this state, put on what the job made."""
    labels: Mapping[str, Any] = properties.get("labels") or {}
    return {key: str(text_of(value)) for key, value in labels.items() if value is not None}


def remembering(inputs: Mapping[str, Any], old_state: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs of an update, with a note of what the inputs before them put: what is gone from the program has to go
    at Google. The note stays in a state until that is done.
    """
    noted: Mapping[str, Any] = old_state.get(PUT_BEFORE) or {}
    put_before = {
        "labels": sorted({*noted.get("labels", ()), *labels_put(old_state)}),
        "description": bool(noted.get("description") or old_state.get("description")),
        "recorded": bool(old_state.get(RECORDED)),
    }
    return {**inputs, PUT_BEFORE: put_before}


def bring_in_line(
    vertex: Vertex,
    world: Surroundings,
    inputs: Mapping[str, Any],
    job: TuningJob,
    version: ModelVersion,
    *,
    made_model: bool,
) -> None:
    """Change what differs from the inputs. `made_model`: the model is the job's own, and so is its display name.

    A display name that the inputs no longer have stays: a model has to have one. Raises `ApiError`. Endpoints that
    somebody deleted are passed over.
    """
    submitted = job.request if ownership.was_made_for(job.labels, inputs.get(OWNER) or {}) else {}
    put, taken_out = labels_put(inputs), _keys_put_before(inputs, submitted)
    wanted_name = inputs.get("tuned_model_display_name") if made_model else None
    rename = bool(wanted_name) and wanted_name != version.display_name

    def changes_of(now: ModelVersion) -> dict[str, Any]:
        description = _description(inputs, submitted, now)
        changes = dict(changed_labels(now.labels, put, taken_out))
        return changes if description is None else {**changes, "versionDescription": description}

    before = dict(version.labels)
    if changes_of(version):
        edit_version(vertex, world, version.name, changes_of)
    of_model = {"displayName": wanted_name} if rename else {}
    if made_model and _is_still_shown(inputs, submitted, version):
        of_model["description"] = ""
    if of_model:
        patiently(lambda: vertex.update_model(version.model, changes=of_model), world)
    if rename or changed_labels(before, put, taken_out):
        for name in endpoints_of(job):
            _bring_endpoint_in_line(vertex, world, name, put, taken_out, wanted_name if rename else None)


def with_drift(inputs: dict[str, Any], version: ModelVersion, *, made_model: bool) -> dict[str, Any]:
    """The inputs as the model version has them now. What the inputs do not speak of is no drift."""
    put = labels_put(inputs)
    found = {key: version.labels[key] for key in put if key in version.labels}
    if found != put:  # what did not change stays as it is written: config makes numbers of some texts
        written = inputs["labels"]
        inputs["labels"] = {key: written[key] if value == put[key] else value for key, value in found.items()}
    if inputs.get("description"):
        inputs["description"] = version.description
    if made_model and "tuned_model_display_name" in inputs:
        inputs["tuned_model_display_name"] = version.display_name
    return inputs


def _keys_put_before(inputs: Mapping[str, Any], submitted: Mapping[str, Any]) -> set[str]:
    """The keys of labels that came from this resource and are not among its inputs any more."""
    noted: Mapping[str, Any] = inputs.get(PUT_BEFORE) or {}
    before = set(noted.get("labels", ()))
    if not noted.get("recorded"):  # else the submission is history: whoever puts its label there again is not us
        before |= ownership.without_ours(submitted.get("labels") or {}).keys()
    return before - labels_put(inputs).keys()


def _description(inputs: Mapping[str, Any], submitted: Mapping[str, Any], now: ModelVersion) -> str | None:
    """The version's description to write, empty to take ours out; None where there is nothing to do."""
    wanted = inputs.get("description")
    if wanted:
        return None if wanted == now.description else str(wanted)
    was_ours = (inputs.get(PUT_BEFORE) or {}).get("description") or now.own_description == submitted.get("description")
    return "" if was_ours and now.own_description else None


def _is_still_shown(inputs: Mapping[str, Any], submitted: Mapping[str, Any], version: ModelVersion) -> bool:
    """Whether the model shows the description of the submission, which the inputs no longer have."""
    return (
        not inputs.get("description")
        and bool(version.model_description)
        and version.model_description == submitted.get("description")
    )


def _bring_endpoint_in_line(
    vertex: Vertex,
    world: Surroundings,
    name: str,
    put: Mapping[str, str],
    taken_out: set[str],
    display_name: str | None,
) -> None:
    renamed = {"displayName": display_name} if display_name else {}
    try:
        edit_endpoint(vertex, world, name, lambda now: {**changed_labels(now.labels, put, taken_out), **renamed})
    except NotFoundError:
        return
