"""Deploying model versions on endpoints, and taking them off again: `:deployModel`, `:undeployModel`.

Both are long-running: what they check is checked when they are called and again when they end.

Source: https://docs.cloud.google.com/vertex-ai/docs/reference/rest/v1beta1/projects.locations.endpoints/deployModel
"""

import re
from collections.abc import Mapping
from typing import Any

from vertex_emulator import names
from vertex_emulator.registry import endpoint_records as records
from vertex_emulator.registry import model_records, operations
from vertex_emulator.service import Call, Route, timestamp
from vertex_emulator.wsgi import ApiProblem

_DEPLOYED_MODEL_ID = re.compile(r"(?!0$)[0-9]{1,10}")  # "0" alone stands for the new deployment in traffic splits
DEPLOY, UNDEPLOY = "deployModel", "undeployModel"


def deploy_model(call: Call) -> dict[str, Any]:
    """An alias is resolved now; the deployment does not follow it afterwards."""
    name = endpoint_name_of(call)
    endpoint = records.endpoint(call.tx, name)
    body = call.schema.read("DeployModelRequest", call.request.json())
    deployed = body.get("deployedModel") or {}
    if not deployed.get("model"):
        raise ApiProblem(400, "deployed_model.model is required.")
    if not _DEPLOYED_MODEL_ID.fullmatch(deployed.get("id", "1")):
        raise ApiProblem(400, f"Invalid deployed_model.id {deployed['id']!r}: it must be 1-10 digits, and not '0'.")
    model, version = names.split_version(deployed["model"])
    item = model_records.version(call.tx, model, version)
    check_checkpoint(item, model, deployed.get("checkpointId"))
    deployed = {
        "displayName": model_records.model(call.tx, model)["displayName"],
        **deployed,
        "id": deployed.get("id") or operations.new_id(),
        "model": model,
        "modelVersionId": item["versionId"],
    }
    under_way = {arguments["deployedModel"]["id"] for arguments in operations.pending(call, DEPLOY, name)}
    if deployed["id"] in under_way:
        raise _exists(name, deployed["id"])
    arguments = {"endpoint": name, "deployedModel": deployed, "trafficSplit": body.get("trafficSplit") or {}}
    _check_deployment(call, endpoint, arguments)
    return operations.start(
        call, kind=DEPLOY, resource=name, metadata_type="DeployModelOperationMetadata", arguments=arguments
    )


def undeploy_model(call: Call) -> dict[str, Any]:
    name = endpoint_name_of(call)
    endpoint = records.endpoint(call.tx, name)
    body = call.schema.read("UndeployModelRequest", call.request.json())
    if not body.get("deployedModelId"):
        raise ApiProblem(400, "deployed_model_id is required.")
    arguments = {
        "endpoint": name,
        "deployedModelId": body["deployedModelId"],
        "trafficSplit": body.get("trafficSplit") or {},
    }
    _check_undeployment(endpoint, arguments)
    return operations.start(
        call, kind=UNDEPLOY, resource=name, metadata_type="UndeployModelOperationMetadata", arguments=arguments
    )


def check_checkpoint(version: Mapping[str, Any], model: str, checkpoint_id: str | None) -> None:
    known = [item["checkpointId"] for item in version.get("checkpoints") or []]
    if checkpoint_id and checkpoint_id not in known:
        name, there_are = f"{model}@{version['versionId']}", ", ".join(known) or "none"
        raise ApiProblem(400, f"Checkpoint {checkpoint_id!r} of Model {name} does not exist; there are: {there_are}.")


def endpoint_name_of(call: Call) -> str:
    """The canonical name of a path with `{project}`, `{location}` and `{endpoint}`."""
    return f"{names.parent(call.param('project'), call.param('location'))}/endpoints/{call.param('endpoint')}"


@operations.effect(DEPLOY, "DeployModelResponse")
def _deploy(call: Call, arguments: dict[str, Any]) -> dict[str, Any]:
    endpoint = records.endpoint(call.tx, arguments["endpoint"])
    deployed = {**arguments["deployedModel"], "createTime": timestamp(call.now)}
    model_records.version(call.tx, deployed["model"], deployed["modelVersionId"])
    _check_deployment(call, endpoint, arguments)
    records.deploy(call, endpoint, deployed | _status(call, deployed), arguments["trafficSplit"])
    return {"deployedModel": deployed}


@operations.effect(UNDEPLOY, "UndeployModelResponse")
def _undeploy(call: Call, arguments: dict[str, Any]) -> dict[str, Any]:
    endpoint = records.endpoint(call.tx, arguments["endpoint"])
    _check_undeployment(endpoint, arguments)
    records.undeploy(call, endpoint, arguments["deployedModelId"], arguments["trafficSplit"])
    return {}


def _status(call: Call, deployed: Mapping[str, Any]) -> dict[str, Any]:
    """What is shown of replicas of one's own; other deployments have none."""
    resources = deployed.get("dedicatedResources")
    if not resources:
        return {}
    replicas = resources.get("minReplicaCount", 1)
    return {"status": {"lastUpdateTime": timestamp(call.now), "availableReplicaCount": replicas}}


def _check_deployment(call: Call, endpoint: Mapping[str, Any], arguments: Mapping[str, Any]) -> None:
    new_id = arguments["deployedModel"]["id"]
    if records.is_taken(call, endpoint, new_id):
        raise _exists(endpoint["name"], new_id)
    on_endpoint = {item["id"] for item in endpoint["deployedModels"]}
    records.check_split(arguments["trafficSplit"], on_endpoint | {"0"})


def _check_undeployment(endpoint: dict[str, Any], arguments: Mapping[str, Any]) -> None:
    deployed_id, split = arguments["deployedModelId"], arguments["trafficSplit"]
    records.deployed_model(endpoint, deployed_id)
    on_endpoint = {item["id"] for item in endpoint["deployedModels"]}
    if on_endpoint == {deployed_id}:
        return
    records.check_split(split, on_endpoint)
    if (split or endpoint["trafficSplit"]).get(deployed_id, 0):
        message = (
            f"The DeployedModel {deployed_id} has traffic. Take it away first, or in the same call by traffic_split."
        )
        raise ApiProblem(400, message, status="FAILED_PRECONDITION")


def _exists(endpoint: str, deployed_id: str) -> ApiProblem:
    return ApiProblem(409, f"The DeployedModel {deployed_id} already exists on Endpoint {endpoint}.")


_ENDPOINT = "projects/{project}/locations/{location}/endpoints/{endpoint}"

ROUTES: list[Route] = [
    ("POST", f"{_ENDPOINT}:deployModel", operations.settled(deploy_model)),
    ("POST", f"{_ENDPOINT}:undeployModel", operations.settled(undeploy_model)),
]
