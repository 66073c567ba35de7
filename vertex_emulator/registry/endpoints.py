"""Endpoints: create, read, list, patch, delete; and the endpoint that a tuning job makes for each checkpoint.

What is deployed on them is in `deployments`, their access policies in `iam`, their stored form in `endpoint_records`.

Source: https://docs.cloud.google.com/vertex-ai/docs/reference/rest/v1beta1/projects.locations.endpoints
"""

import re
from collections.abc import Mapping
from typing import Any

from vertex_emulator import list_filter, names
from vertex_emulator.registry import (
    deployments,
    filter_fields,
    iam,
    model_records,
    operations,
)
from vertex_emulator.registry import endpoint_records as records
from vertex_emulator.registry.deployments import endpoint_name_of
from vertex_emulator.resource_fields import (
    changed_fields,
    check_display_name,
    check_etag,
    check_labels,
    read_masked,
)
from vertex_emulator.service import (
    Call,
    Route,
    next_page,
    page_of,
    timestamp,
)
from vertex_emulator.wsgi import ApiProblem

# The API's text allows 9 digits, pulumi-gcp documents numeric names of up to 10, and its users have such endpoints.
_ENDPOINT_ID = re.compile(r"[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?|[1-9][0-9]{0,9}")
_UPDATABLE = ("displayName", "description", "labels", "trafficSplit")
_CREATE = "createEndpoint"
_NOT_IN_OPERATIONS = ("createTime", "updateTime", "etag")  # recorded: the creation's result lacks them


def deploy_tuned(
    call: Call,
    *,
    model_version_name: str,
    checkpoint_id: str | None,
    location: str,
    project: str,
    labels: Mapping[str, str],
    display_name: str,
    encryption_spec: Mapping[str, Any] | None,
) -> str:
    """Make an endpoint with a checkpoint of a tuned version on it, as a tuning job does, and return its name.

    `model_version_name` is `projects/P/locations/L/models/M@V`; `location` is the endpoint's, which may be another.
    """
    operations.settle(call)
    model, version = names.split_version(model_version_name)
    item = model_records.version(call.tx, model, version)
    deployments.check_checkpoint(item, model, checkpoint_id)
    fields = {"displayName": display_name, "labels": dict(labels)}
    if encryption_spec:
        fields["encryptionSpec"] = dict(encryption_spec)
    endpoint = records.add(call, f"{names.parent(project, location)}/endpoints/{operations.new_id()}", fields)
    deployed = {
        "id": operations.new_id(),
        "model": model,
        "modelVersionId": item["versionId"],
        "displayName": display_name,
        "createTime": timestamp(call.now),
        "automaticResources": {"minReplicaCount": 1, "maxReplicaCount": 1},
    }
    if checkpoint_id:
        deployed["checkpointId"] = checkpoint_id
    name: str = records.deploy(call, endpoint, deployed, {})["name"]
    return name


def create(call: Call) -> dict[str, Any]:
    parent = names.parent(call.param("project"), call.param("location"))
    body = call.schema.read("Endpoint", call.request.json(), path="endpoint")
    check_display_name(body.get("displayName"))
    check_labels(body.get("labels") or {})
    if body.get("trafficSplit"):
        raise ApiProblem(400, "The traffic split of an endpoint without deployed models must be empty.")
    endpoint_id = call.request.arg("endpointId") or call.request.arg("endpoint_id")
    if endpoint_id and not _ENDPOINT_ID.fullmatch(endpoint_id):
        raise ApiProblem(400, f"Invalid endpoint_id {endpoint_id!r}: it must match {_ENDPOINT_ID.pattern}.")
    name = f"{parent}/endpoints/{endpoint_id or operations.new_id()}"
    if call.tx.get("endpoint", name) or operations.pending(call, _CREATE, name):
        raise _exists(name)
    fields = {key: value for key, value in body.items() if key not in ("name", "etag", "trafficSplit")}
    return operations.start(
        call,
        kind=_CREATE,
        resource=name,
        metadata_type="CreateEndpointOperationMetadata",
        arguments={"endpoint": name, "fields": fields},
    )


def get(call: Call) -> dict[str, Any]:
    return records.shown(call, records.endpoint(call.tx, endpoint_name_of(call)))


def list_endpoints(call: Call) -> dict[str, Any]:
    """The newest first."""
    parent = names.parent(call.param("project"), call.param("location"))
    wanted = list_filter.parse(call.request.query.get("filter", []), filter_fields.fields("endpoint"))
    found = [records.shown(call, document) for document in records.endpoints(call.tx, parent)]
    page, token = page_of(call, [item for item in found if wanted(item)])
    answer: dict[str, Any] = {"endpoints": [read_masked(call.request, item) for item in page]}
    return answer | next_page(token)


def patch(call: Call) -> dict[str, Any]:
    document = records.endpoint(call.tx, endpoint_name_of(call))
    body = call.schema.read("Endpoint", call.request.json(), path="endpoint")
    check_etag(body.get("etag"), records.etag(document))
    changes = changed_fields(call.request, body, _UPDATABLE)
    if "displayName" in changes:
        check_display_name(changes["displayName"])
    check_labels(changes.get("labels") or {})
    if "trafficSplit" in changes:
        changes["trafficSplit"] = changes["trafficSplit"] or {}
        records.check_split(changes["trafficSplit"], {item["id"] for item in document["deployedModels"]})
    return records.shown(call, records.save(call, {**document, **changes}))


def delete(call: Call) -> dict[str, Any]:
    """Done in the answer, by an operation of the location and not of the endpoint (recorded)."""
    name = endpoint_name_of(call)
    _check_empty(records.endpoint(call.tx, name))
    if operations.pending(call, deployments.DEPLOY, name):
        raise _occupied(name, "one that is being deployed")
    return operations.start(
        call,
        kind="deleteEndpoint",
        resource=names.parent(call.param("project"), call.param("location")),
        metadata_type="DeleteOperationMetadata",
        arguments={"endpoint": name},
        at_once=True,
    )


@operations.effect(_CREATE, "Endpoint")
def _create(call: Call, arguments: dict[str, Any]) -> dict[str, Any]:
    name = arguments["endpoint"]
    if call.tx.get("endpoint", name):
        raise _exists(name)
    made = records.shown(call, records.add(call, name, arguments["fields"]))
    return {field: value for field, value in made.items() if field not in _NOT_IN_OPERATIONS}


@operations.effect("deleteEndpoint", "")
def _delete(call: Call, arguments: dict[str, Any]) -> dict[str, Any]:
    _check_empty(records.endpoint(call.tx, arguments["endpoint"]))
    records.remove(call, arguments["endpoint"])
    return {}


def _check_empty(document: Mapping[str, Any]) -> None:
    if deployed := document["deployedModels"]:
        raise _occupied(document["name"], ", ".join(item["id"] for item in deployed))


def _occupied(name: str, what: str) -> ApiProblem:
    message = f"The Endpoint {name} has deployed models: {what}. Undeploy them before deleting it."
    return ApiProblem(400, message, status="FAILED_PRECONDITION")


def _exists(name: str) -> ApiProblem:
    return ApiProblem(409, f"The Endpoint {name} already exists.")


_ENDPOINTS = "projects/{project}/locations/{location}/endpoints"

ROUTES: list[Route] = [
    ("POST", _ENDPOINTS, operations.settled(create)),
    ("GET", _ENDPOINTS, operations.settled(list_endpoints)),
    ("GET", f"{_ENDPOINTS}/{{endpoint}}", operations.settled(get)),
    ("PATCH", f"{_ENDPOINTS}/{{endpoint}}", operations.settled(patch)),
    ("DELETE", f"{_ENDPOINTS}/{{endpoint}}", operations.settled(delete)),
    *deployments.ROUTES,
    *iam.routes("endpoints", records.endpoint),  # in v1 endpoints have no IAM methods
]
