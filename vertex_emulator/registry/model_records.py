"""Models of the Model Registry as they are stored, and how the API shows one of their versions.

A model's document has what all versions share (display name, description, its own labels, the aliases); each version's
document has its checkpoints, labels and description. Aliases live on the model, so that each has exactly one holder.
Knows no paths of the API.

Source: https://docs.cloud.google.com/vertex-ai/docs/reference/rest/v1beta1/projects.locations.models
"""

from collections.abc import Mapping
from typing import Any

from vertex_emulator import names
from vertex_emulator.resource_fields import etag_of
from vertex_emulator.service import Call, timestamp
from vertex_emulator.store import Transaction
from vertex_emulator.wsgi import ApiProblem

DEFAULT_ALIAS = "default"
_OWN = ("revision", "lessons")  # what the emulator keeps of a version besides the API's fields

Document = dict[str, Any]


def model(tx: Transaction, name: str) -> Document:
    """The model's document by its canonical name. Raises 404."""
    document = tx.get("model", name)
    if document is None:
        raise not_found(name)
    return document


def models(tx: Transaction, parent: str) -> list[Document]:
    """The models of a location, the newest first."""
    return [document for _, document in tx.list("model", f"{parent}/models/", newest_first=True)]


def version(tx: Transaction, name: str, version_or_alias: str = "") -> Document:
    """A version's document by number or alias; empty is the version with alias `default`. Raises 404."""
    holder = model(tx, name)
    version_id = holder["aliases"].get(version_or_alias or DEFAULT_ALIAS, version_or_alias)
    document = tx.get("model_version", f"{name}@{version_id}")
    if document is None:
        raise not_found(f"{name}@{version_or_alias or DEFAULT_ALIAS}")
    return document


def versions(tx: Transaction, name: str) -> list[Document]:
    """All versions of a model, the oldest first."""
    return [document for _, document in tx.list("model_version", f"{name}@")]


def add_model(call: Call, name: str, fields: Mapping[str, Any]) -> None:
    """Store a model without versions. `fields`: `displayName`, `description?`, `encryptionSpec?`."""
    now = timestamp(call.now)
    document = {
        "name": name,
        **fields,
        "labels": {},
        "aliases": {},
        "lastVersion": 0,
        "revision": 1,
        "createTime": now,
        "updateTime": now,
    }
    call.tx.put("model", name, document)


def add_version(call: Call, name: str, fields: Mapping[str, Any]) -> str:
    """Store the next version of a model and return its id; the first one gets the alias `default`."""
    holder = model(call.tx, name)
    version_id = str(holder["lastVersion"] + 1)
    now = timestamp(call.now)
    holder["lastVersion"] += 1
    holder["aliases"].setdefault(DEFAULT_ALIAS, version_id)
    save_model(call, holder)
    document = {"versionId": version_id, **fields, "revision": 1, "versionCreateTime": now, "versionUpdateTime": now}
    call.tx.put("model_version", f"{name}@{version_id}", document)
    return version_id


def save_model(call: Call, document: Document) -> None:
    """Store a changed model: a new revision, a new update time."""
    changed = {**document, "revision": document["revision"] + 1, "updateTime": timestamp(call.now)}
    call.tx.put("model", document["name"], changed)


def save_version(call: Call, name: str, document: Document) -> None:
    changed = {**document, "revision": document["revision"] + 1, "versionUpdateTime": timestamp(call.now)}
    call.tx.put("model_version", f"{name}@{document['versionId']}", changed)


def remove_version(call: Call, name: str, version_id: str) -> None:
    """Delete a version and take its aliases off the model."""
    call.tx.delete("model_version", f"{name}@{version_id}")
    holder = model(call.tx, name)
    holder["aliases"] = {alias: at for alias, at in holder["aliases"].items() if at != version_id}
    save_model(call, holder)


def remove_model(call: Call, name: str) -> None:
    for item in versions(call.tx, name):
        call.tx.delete("model_version", f"{name}@{item['versionId']}")
    call.tx.delete("model", name)
    call.tx.delete("iam_policy", name)


def etag(holder: Document, item: Document) -> str:
    return etag_of(holder["revision"], item["revision"])


def deployments(tx: Transaction, name: str, version_id: str = "") -> list[Document]:
    """Where a version (or any version of the model) is deployed: `DeployedModelRef` messages."""
    prefix = f"{name}@{version_id} " if version_id else f"{name}@"
    return [document for _, document in tx.list("deployment", prefix)]


def check_not_deployed(tx: Transaction, name: str, version_id: str = "") -> None:
    """Raises 400 FAILED_PRECONDITION, with the endpoint's name, while the version (or any) is deployed."""
    if found := deployments(tx, name, version_id):
        what = f"{name}@{version_id}" if version_id else name
        where = ", ".join(sorted({item["endpoint"] for item in found}))
        message = f"The Model {what} is deployed to Endpoint(s) {where}. Undeploy it there before deleting it."
        raise ApiProblem(400, message, status="FAILED_PRECONDITION")


def shown(call: Call, name: str, item: Document) -> dict[str, Any]:
    """A version as the `Model` message of the API; `name` is without `@`, the version in `versionId`."""
    holder = model(call.tx, name)
    version_id = item["versionId"]
    document = {
        "name": name,
        "versionId": version_id,
        "versionAliases": sorted(alias for alias, at in holder["aliases"].items() if at == version_id),
        "displayName": holder["displayName"],
        "description": holder.get("description"),
        # "Both the model labels and the version labels are merged when a model is returned" (UpdateModelRequest).
        "labels": {**holder["labels"], **item["labels"]},
        "createTime": holder["createTime"],
        "updateTime": max(holder["updateTime"], item["versionUpdateTime"]),
        "deployedModels": deployments(call.tx, name, version_id),
        "supportedDeploymentResourcesTypes": ["AUTOMATIC_RESOURCES"],
        "etag": etag(holder, item),
        **{key: value for key, value in item.items() if key not in (*_OWN, "labels", "versionId")},
    }
    return call.schema.shown(
        "Model", {key: value for key, value in document.items() if value not in (None, "", [], {})}
    )


def not_found(name: str) -> ApiProblem:
    return ApiProblem(404, f"The Model {name} does not exist.")


def model_name_of(call: Call) -> tuple[str, str]:
    """(canonical model name, version id or alias or nothing) of a path with `{project}`, `{location}` and `{model}`."""
    return names.split_version(
        f"projects/{call.param('project')}/locations/{call.param('location')}/models/{call.param('model')}"
    )
