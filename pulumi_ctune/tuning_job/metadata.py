"""Labels, description and display name of what a job made: the inputs that can be changed without training again.

Owns what is ours of them. Others label the same version and endpoints (cost reports, policies, Google itself), so only
keys that the inputs put there are changed, taken out, or looked at for drift; whatever else is there stays, by whatever
name. Model version and model are changed separately, as the API wants it; the job's endpoints carry the labels and the
display name too. Written only where it differs, so it can be repeated. Nothing is reported as changed that was not: a
refusal is an error.
"""

from collections.abc import Mapping, Set
from typing import Any

from pulumi_ctune.core import ownership
from pulumi_ctune.core.api import ModelVersion, TuningJob, Vertex
from pulumi_ctune.core.canonical import canonical_inputs
from pulumi_ctune.core.errors import NotFoundError
from pulumi_ctune.core.registry_edits import changed_labels, edit_endpoint, edit_version
from pulumi_ctune.core.retry import WaitContext, patiently
from pulumi_ctune.tuning_job.attributes import Inputs
from pulumi_ctune.tuning_job.outputs import endpoints_of
from pulumi_ctune.tuning_job.request import Request, Submitted
from pulumi_ctune.tuning_job.state import PutBefore


def bring_in_line(
    vertex: Vertex,
    context: WaitContext,
    request: Request,
    job: TuningJob,
    version: ModelVersion,
    *,
    made_model: bool,
    put_before: PutBefore,
) -> None:
    """Change what differs from the inputs. `made_model`: the model is the job's own, and so is its display name.

    A display name that the inputs no longer have stays: a model has to have one. Raises `ApiError`. Endpoints that
    somebody deleted are passed over.
    """
    submitted = Submitted(job.request if ownership.was_made_for(job.labels, request.owner) else {})
    put, taken_out = request.labels, _keys_put_before(request, put_before, submitted)
    wanted_name = request.tuned_model_display_name if made_model else ""
    rename = bool(wanted_name) and wanted_name != version.display_name

    def changes_of(now: ModelVersion) -> dict[str, Any]:
        description = _description(request, put_before, submitted, now)
        changes = dict(changed_labels(now.labels, put, taken_out))
        return changes if description is None else {**changes, "versionDescription": description}

    before = dict(version.labels)
    if changes_of(version):
        edit_version(vertex, context, version.name, changes_of)
    of_model = {"displayName": wanted_name} if rename else {}
    if made_model and _is_still_shown(request, submitted, version):
        of_model["description"] = ""
    if of_model:
        patiently(lambda: vertex.update_model(version.model, changes=of_model), context)
    if rename or changed_labels(before, put, taken_out):
        for name in endpoints_of(job):
            _bring_endpoint_in_line(vertex, context, name, put, taken_out, wanted_name if rename else "")


def with_drift(inputs: Inputs, version: ModelVersion, *, made_model: bool) -> Inputs:
    """The inputs as the model version has them now. What the inputs do not speak of is no drift."""
    found, labels = inputs.copy(), inputs.get("labels")
    written = labels if isinstance(labels, Mapping) else {}
    put: Mapping[str, str] = canonical_inputs(inputs).get("labels", {})
    there = {key: version.labels[key] for key in put if key in version.labels}
    if there != put:  # what did not change stays as it is written: config makes numbers of some texts
        found["labels"] = {key: written[key] if value == put[key] else value for key, value in there.items()}
    if inputs.get("description"):
        found["description"] = version.description
    if made_model and "tuned_model_display_name" in inputs:
        found["tuned_model_display_name"] = version.display_name
    return found


def _keys_put_before(request: Request, put_before: PutBefore, submitted: Submitted) -> Set[str]:
    """The keys of labels that came from this resource and are not among its inputs any more."""
    before = put_before.labels
    if not put_before.recorded:  # else the submission is history: whoever puts its label there again is not us
        before |= ownership.without_ours(submitted.labels).keys()
    return before - request.labels.keys()


def _description(request: Request, put_before: PutBefore, submitted: Submitted, now: ModelVersion) -> str | None:
    """The version's description to write, empty to take ours out; None where there is nothing to do."""
    if request.description:
        return None if request.description == now.description else request.description
    was_ours = put_before.description or now.own_description == submitted.description
    return "" if was_ours and now.own_description else None


def _is_still_shown(request: Request, submitted: Submitted, version: ModelVersion) -> bool:
    """Whether the model shows the description of the submission, which the inputs no longer have."""
    shown = version.model_description
    return not request.description and bool(shown) and shown == submitted.description


def _bring_endpoint_in_line(
    vertex: Vertex,
    context: WaitContext,
    name: str,
    put: Mapping[str, str],
    taken_out: Set[str],
    display_name: str,
) -> None:
    renamed = {"displayName": display_name} if display_name else {}
    try:
        edit_endpoint(vertex, context, name, lambda now: {**changed_labels(now.labels, put, taken_out), **renamed})
    except NotFoundError:
        return
