"""Models in the Model Registry: read, list, patch, delete; and what a tuning job registers there.

Versions and aliases are in `versions`, copies in `copies`, uploads in `uploads`, stored documents in `model_records`.

A PATCH follows the text of `UpdateModelRequest`: display name and description belong to the model, the version
description to one version, labels to whichever the name says (`models/M` or `models/M@V`); a field of the other level
is refused.
"""

import re
from collections.abc import Mapping
from typing import Any

from vertex_emulator import list_filter, names
from vertex_emulator.registry import (
    copies,
    filter_fields,
    iam,
    operations,
    uploads,
    versions,
)
from vertex_emulator.registry import model_records as records
from vertex_emulator.registry.model_records import model_name_of
from vertex_emulator.resource_fields import (
    camel_case,
    changed_fields,
    check_display_name,
    check_etag,
    check_labels,
    read_masked,
)
from vertex_emulator.service import Call, Route, next_page, page_of
from vertex_emulator.wsgi import ApiProblem

JOB_LABEL = "google-vertex-llm-tuning-job-id"
BASE_MODEL_LABEL = "google-vertex-llm-tuning-base-model-id"
_UPDATABLE = ("displayName", "description", "versionDescription", "labels", "defaultCheckpointId")
_OF_MODEL = ("displayName", "description")
_OF_VERSION = ("versionDescription",)
_WHOLE_MODEL = "-"  # `models/M@-` is the model itself, says UpdateModelRequest


def register_tuned_version(
    call: Call,
    *,
    project: str,
    location: str,
    parent_model: str | None,
    display_name: str,
    description: str | None,
    labels: Mapping[str, str],
    encryption_spec: Mapping[str, Any] | None,
    base_model: str,
    checkpoints: list[dict[str, Any]],
    default_checkpoint_id: str | None,
    job_name: str,
    lessons: list[dict[str, Any]],
) -> str:
    """Register what a tuning job made: the next version of `parent_model`, or version 1 of a new model.

    `checkpoints` are `{checkpointId, epoch, step}`, more keys are left out; `lessons` are those of the whole chain.
    Returns `projects/NUMBER/locations/L/models/M@V`.

    Raises:
        ApiProblem: 404 if the parent model is gone.
    """
    operations.settle(call)
    if parent_model:
        name, _ = names.split_version(parent_model)
    else:
        name = f"{names.parent(project, location)}/models/{operations.new_id()}"
        records.add_model(call, name, {"displayName": display_name, "description": description})
    base_id = names.last_segment(base_model)
    version_id = records.add_version(
        call,
        name,
        {
            "versionDescription": description,
            "labels": {
                BASE_MODEL_LABEL: re.sub(r"[^a-z0-9_-]", "-", base_id.lower()),
                JOB_LABEL: names.last_segment(job_name),
                **labels,
            },
            "encryptionSpec": dict(encryption_spec) if encryption_spec else None,
            "checkpoints": [
                {key: item[key] for key in ("checkpointId", "epoch", "step") if key in item} for item in checkpoints
            ],
            "defaultCheckpointId": default_checkpoint_id,
            "baseModelSource": {"modelGardenSource": {"publicModelName": f"publishers/google/models/{base_id}"}},
            "modelSourceInfo": {"sourceType": "MODEL_GARDEN"},
            "lessons": lessons,
        },
    )
    return f"{name}@{version_id}"


def find_version(call: Call, name: str) -> dict[str, Any]:
    """The `Model` message of `projects/P/locations/L/models/M`, with or without `@version-or-alias`.

    P is a project id or number. `name` in the result is without `@`, the number is in `versionId`.

    Raises:
        ApiProblem: 404 if there is no such model, version or alias; 400 for text that is no such name.
    """
    operations.settle(call)
    model, version = names.split_version(name)
    return records.shown(call, model, records.version(call.tx, model, version))


def get(call: Call) -> dict[str, Any]:
    model, version = model_name_of(call)
    return records.shown(call, model, records.version(call.tx, model, version))


def list_models(call: Call) -> dict[str, Any]:
    """The default version of each model, the newest model first."""
    parent = names.parent(call.param("project"), call.param("location"))
    wanted = list_filter.parse(call.request.query.get("filter", []), filter_fields.fields("model"))
    found = []
    for holder in records.models(call.tx, parent):
        item = records.shown(call, holder["name"], records.version(call.tx, holder["name"]))
        if wanted(item):
            found.append(item)
    page, token = page_of(call, found)
    return {"models": [read_masked(call.request, item) for item in page]} | next_page(token)


def patch(call: Call) -> dict[str, Any]:
    model, version = model_name_of(call)
    body = call.schema.read("Model", call.request.json(), path="model")
    version = version or _version_meant(call)
    of_model = version in ("", _WHOLE_MODEL)
    holder = records.model(call.tx, model)
    item = records.version(call.tx, model, "" if of_model else version)
    check_etag(body.get("etag"), records.etag(holder, item))
    changes = changed_fields(call.request, body, _UPDATABLE)
    _check_level(changes, of_model=of_model)
    _check_changes(changes, item)
    for_model: dict[str, Any] = {key: changes.pop(key) for key in ("displayName", "description") if key in changes}
    if of_model and "labels" in changes:
        for_model["labels"] = changes.pop("labels") or {}
    if "labels" in changes:
        changes["labels"] = changes["labels"] or {}
    if for_model:
        records.save_model(call, {**holder, **for_model})
    if changes:
        records.save_version(call, model, {**item, **changes})
    return records.shown(call, model, records.version(call.tx, model, item["versionId"]))


def _version_meant(call: Call) -> str:
    """The version, where a whole `Model` is sent under the model's name to change a field of a version, else nothing.

    google-cloud-aiplatform's `update_version` does that: it sends back what a GET of the version gave it.
    """
    sent = call.request.json()
    mask = {camel_case(path.strip()) for path in call.request.arg("updateMask").split(",")}
    if not sent.get("name") or not mask & set(_OF_VERSION) or mask & set(_OF_MODEL):
        return ""
    return str(sent.get("versionId") or sent.get("version_id") or records.DEFAULT_ALIAS)


def _check_level(changes: Mapping[str, Any], *, of_model: bool) -> None:
    foreign = _OF_VERSION if of_model else _OF_MODEL
    wrong = sorted(set(changes) & set(foreign))
    if wrong:
        meant, other = ("model", "version") if of_model else ("version", "model")
        message = f"The request updates a {meant}, but {wrong[0]} is a field of the {other}."
        raise ApiProblem(400, message, status="FAILED_PRECONDITION")


def delete(call: Call) -> dict[str, Any]:
    """Delete a model with all its versions: done in the answer (recorded)."""
    model, version = model_name_of(call)
    if version:
        raise ApiProblem(400, f"The name must not have a version: {model}@{version}. Use deleteVersion for a version.")
    records.model(call.tx, model)
    records.check_not_deployed(call.tx, model)
    arguments = {"model": model}
    return operations.start(
        call,
        kind="deleteModel",
        resource=model,
        metadata_type="DeleteOperationMetadata",
        arguments=arguments,
        at_once=True,
    )


def list_checkpoints(call: Call) -> dict[str, Any]:
    """Without `@` these are the checkpoints of the *latest* version, unlike everywhere else."""
    model, version = model_name_of(call)
    item = records.version(call.tx, model, version) if version else _latest(call, model)
    page, token = page_of(call, item.get("checkpoints") or [], key="checkpointId")
    return {"checkpoints": page} | next_page(token)


@operations.effect("deleteModel", "")
def _delete(call: Call, arguments: dict[str, Any]) -> dict[str, Any]:
    records.model(call.tx, arguments["model"])
    records.check_not_deployed(call.tx, arguments["model"])
    records.remove_model(call, arguments["model"])
    return {}


def _check_changes(changes: Mapping[str, Any], item: Mapping[str, Any]) -> None:
    if "displayName" in changes:
        check_display_name(changes["displayName"])
    check_labels(changes.get("labels") or {})
    if "defaultCheckpointId" in changes:
        known = [checkpoint["checkpointId"] for checkpoint in item.get("checkpoints") or []]
        if changes["defaultCheckpointId"] not in known:
            wanted, there_are = changes["defaultCheckpointId"], ", ".join(known) or "none"
            raise ApiProblem(
                400, f"Checkpoint {wanted!r} does not exist in this model version; there are: {there_are}."
            )


def _latest(call: Call, model: str) -> dict[str, Any]:
    records.model(call.tx, model)
    return records.versions(call.tx, model)[-1]


_MODELS = "projects/{project}/locations/{location}/models"

ROUTES: list[Route] = [
    (method, pattern, operations.settled(handler))
    for method, pattern, handler in (
        ("GET", _MODELS, list_models),
        ("GET", f"{_MODELS}/{{model}}", get),
        ("PATCH", f"{_MODELS}/{{model}}", patch),
        ("DELETE", f"{_MODELS}/{{model}}", delete),
        ("GET", f"{_MODELS}/{{model}}:listCheckpoints", list_checkpoints),
    )
] + [
    *versions.ROUTES,
    *copies.ROUTES,
    *uploads.ROUTES,
    *iam.routes("models", records.model, api_versions=("v1beta1", "v1")),
]
