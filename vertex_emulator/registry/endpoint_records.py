"""Endpoints as they are stored, what is deployed on them, and the rules of their traffic split.

Knows no paths of the API. Each deployment is also kept under its model version, for `Model.deployedModels`.

Source: https://docs.cloud.google.com/vertex-ai/docs/reference/rest/v1beta1/projects.locations.endpoints
"""

from collections.abc import Mapping
from typing import Any

from vertex_emulator.resource_fields import etag_of
from vertex_emulator.service import Call, timestamp
from vertex_emulator.store import Transaction
from vertex_emulator.wsgi import ApiProblem

Document = dict[str, Any]
_KIND = "endpoint"
_OWN = ("revision", "undeployed")  # what the emulator keeps of an endpoint besides the API's fields


def endpoint(tx: Transaction, name: str) -> Document:
    """The endpoint's document by its canonical name. Raises 404."""
    document = tx.get(_KIND, name)
    if document is None:
        raise ApiProblem(404, f'endpoint "{name}" not found')
    return document


def endpoints(tx: Transaction, parent: str) -> list[Document]:
    """The endpoints of a location, the newest first."""
    return [document for _, document in tx.list(_KIND, f"{parent}/endpoints/", newest_first=True)]


def add(call: Call, name: str, fields: Mapping[str, Any]) -> Document:
    """Store an endpoint without deployments; `fields` are those of the API's `Endpoint`."""
    now = timestamp(call.now)
    document = {**fields, "name": name, "deployedModels": [], "trafficSplit": {}, "createTime": now}
    return save(call, {**document, "revision": 0})


def save(call: Call, document: Document) -> Document:
    """Store a changed endpoint: a new revision, a new update time."""
    changed = {**document, "revision": document["revision"] + 1, "updateTime": timestamp(call.now)}
    call.tx.put(_KIND, document["name"], changed)
    return changed


def remove(call: Call, name: str) -> None:
    call.tx.delete(_KIND, name)
    call.tx.delete("iam_policy", name)


def etag(document: Document) -> str:
    return etag_of(document["revision"])


def deploy(call: Call, document: Document, deployed: Document, split: Mapping[str, int]) -> Document:
    """Put a deployed model on an endpoint; a split that is not empty becomes the endpoint's, `"0"` meaning the new one.

    The first deployment of an endpoint gets all traffic where no split is given: Google's guide for copied tuned models
    calls the endpoint right after such a deployment.
    """
    new_id = deployed["id"]
    if split:
        document = {**document, "trafficSplit": {new_id if key == "0" else key: share for key, share in split.items()}}
    elif not document["deployedModels"]:
        document = {**document, "trafficSplit": {new_id: 100}}
    reference = {"endpoint": document["name"], "deployedModelId": new_id}
    if deployed.get("checkpointId"):
        reference["checkpointId"] = deployed["checkpointId"]
    call.tx.put("deployment", _reference_name(document, deployed), reference)
    return save(call, {**document, "deployedModels": [*document["deployedModels"], deployed]})


def undeploy(call: Call, document: Document, deployed_id: str, split: Mapping[str, int]) -> Document:
    deployed = deployed_model(document, deployed_id)
    call.tx.delete("deployment", _reference_name(document, deployed))
    left = [item for item in document["deployedModels"] if item["id"] != deployed_id]
    shares = (split or document["trafficSplit"]) if left else {}
    kept = {key: share for key, share in shares.items() if key != deployed_id}
    undeployed = {**document.get("undeployed", {}), deployed_id: call.now}
    return save(call, {**document, "deployedModels": left, "trafficSplit": kept, "undeployed": undeployed})


def is_taken(call: Call, document: Mapping[str, Any], deployed_id: str) -> bool:
    """Whether an endpoint has a deployment of this id, or had one lately (`undeployed_id_taken_s`)."""
    gone_at = document.get("undeployed", {}).get(deployed_id)
    is_remembered = gone_at is not None and call.now < gone_at + call.settings.undeployed_id_taken_s
    return is_remembered or any(item["id"] == deployed_id for item in document["deployedModels"])


def deployed_model(document: Document, deployed_id: str) -> Document:
    """Raises 404 where the endpoint has no deployment of this id."""
    found: Document | None = next((item for item in document["deployedModels"] if item["id"] == deployed_id), None)
    if found is None:
        raise ApiProblem(404, f"The DeployedModel {deployed_id} is not found on Endpoint {document['name']}.")
    return found


def check_split(split: Mapping[str, int], known: set[str]) -> None:
    """Raises 400 for a split that is not empty and does not share 100 percent among `known` ids."""
    if unknown := sorted(set(split) - known):
        raise ApiProblem(
            400, f"The traffic split names {unknown[0]!r}, which is not deployed; there are {sorted(known)}."
        )
    if any(share < 0 for share in split.values()) or (split and sum(split.values()) != 100):
        raise ApiProblem(
            400, f"The traffic split must add up to 100 percent, not {sum(split.values())}: {dict(split)}."
        )


def shown(call: Call, document: Document) -> dict[str, Any]:
    """The `Endpoint` message of the API."""
    fields = {key: value for key, value in document.items() if key not in _OWN and value not in (None, "", [], {})}
    return call.schema.shown("Endpoint", {**fields, "etag": etag(document)})


def _reference_name(document: Document, deployed: Document) -> str:
    return f"{deployed['model']}@{deployed['modelVersionId']} {document['name']} {deployed['id']}"
