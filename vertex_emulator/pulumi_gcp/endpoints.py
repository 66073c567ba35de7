"""`gcp.vertex.AiEndpoint`: an endpoint of the Vertex AI emulator, the address that versions are deployed behind.

Source: https://www.pulumi.com/registry/packages/gcp/api-docs/vertex/aiendpoint/
"""

import json
from typing import Any

from vertex_emulator.pulumi_gcp import values
from vertex_emulator.pulumi_gcp.client import Client
from vertex_emulator.pulumi_gcp.kinds import Found, Kind
from vertex_emulator.pulumi_gcp.values import Properties

_UPDATABLE = ("displayName", "description", "labels", "trafficSplit")
_ONLY_NEW = ("encryptionSpec", "network", "dedicatedEndpointEnabled", "privateServiceConnectConfig")
_LISTS_OF_ONE = ("automaticResources", "dedicatedResources", "privateEndpoints")  # lists in pulumi-gcp, not in the API
_DEPLOYED_MODEL = (
    "createTime",
    "displayName",
    "enableAccessLogging",
    "enableContainerLogging",
    "id",
    "model",
    "modelVersionId",
    "serviceAccount",
    "sharedResources",
    *_LISTS_OF_ONE,
)


class AiEndpoints(Kind):
    """Endpoints; ids are their full names, with the project as the program writes it."""

    def id_of(self, inputs: Properties) -> str:
        return "projects/{project}/locations/{location}/endpoints/{name}".format_map(inputs)

    def create(self, emulator: Client, inputs: Properties) -> Properties:
        path = "/v1beta1/projects/{project}/locations/{location}/endpoints".format_map(inputs)
        body = {name: value for name, value in _fields(inputs, (*_UPDATABLE, *_ONLY_NEW)).items() if value is not None}
        emulator.finished(emulator.call("POST", path, params={"endpointId": inputs["name"]}, json=body))
        return _outputs(emulator.call("GET", _path(self.id_of(inputs))))

    def read(self, emulator: Client, resource_id: str, known: Properties) -> Found | None:
        endpoint = emulator.find(_path(resource_id))
        if endpoint is None:
            return None
        _, project, _, location, _, name = resource_id.split("/")
        inputs = {field: endpoint.get(field) for field in (*_UPDATABLE, *_ONLY_NEW)}
        if inputs["trafficSplit"]:
            inputs["trafficSplit"] = json.dumps(inputs["trafficSplit"])
        inputs |= {"project": project, "location": location, "name": name}
        return Found(inputs, inputs | _outputs(endpoint))

    def update(self, emulator: Client, resource_id: str, old_inputs: Properties, inputs: Properties) -> Properties:
        changed = [name for name in _UPDATABLE if not self.same(name, old_inputs.get(name), inputs.get(name))]
        if not changed:
            return _outputs(emulator.call("GET", _path(resource_id)))
        params, body = {"updateMask": ",".join(changed)}, _fields(inputs, changed)
        given = {name: value for name, value in body.items() if value is not None}
        return _outputs(emulator.call("PATCH", _path(resource_id), params=params, json=given))

    def delete(self, emulator: Client, resource_id: str, known: Properties) -> None:
        emulator.finished(emulator.call("DELETE", _path(resource_id)))

    def same(self, name: str, one: Any, other: Any) -> bool:
        if name == "trafficSplit" and not values.is_unknown([one, other]):
            return _split(one) == _split(other)
        # The API leaves default values out of its answers, a false or an empty text for instance.
        return values.same(one, other) or (not one and not other)


def _path(endpoint: str) -> str:
    return f"/v1beta1/{endpoint}"


def _split(text: str | None) -> dict[str, int]:
    split: dict[str, int] = json.loads(text) if text else {}
    return split


def _fields(inputs: Properties, names: Any) -> Properties:
    given = {name: inputs.get(name) for name in names}
    return given | ({"trafficSplit": _split(given["trafficSplit"])} if given.get("trafficSplit") else {})


def _outputs(endpoint: Properties) -> Properties:
    labels = endpoint.get("labels") or {}
    return {
        "createTime": endpoint["createTime"],
        "updateTime": endpoint["updateTime"],
        "etag": endpoint["etag"],
        "deployedModels": [_deployed_model(model) for model in endpoint.get("deployedModels", [])],
        "dedicatedEndpointDns": "",
        "modelDeploymentMonitoringJob": "",
        "effectiveLabels": labels,
        "pulumiLabels": labels,
    }


def _deployed_model(model: Properties) -> Properties:
    given = {name: model[name] for name in _DEPLOYED_MODEL if name in model}
    return given | {name: [given[name]] for name in _LISTS_OF_ONE if name in given}


def _number(name: str, seed: bytes) -> str:
    return str(10**9 + int.from_bytes(seed[:8], "big") % (9 * 10**9))  # pulumi-gcp asks for at most ten digits


AI_ENDPOINT = AiEndpoints(
    token="gcp:vertex/aiEndpoint:AiEndpoint",
    named_by="name",
    automatic_name=_number,
    defaults=("project",),
    in_place=frozenset((*_UPDATABLE, "region", "predictRequestResponseLoggingConfig")),
    computed=(
        "createTime",
        "updateTime",
        "etag",
        "deployedModels",
        "dedicatedEndpointDns",
        "modelDeploymentMonitoringJob",
        "effectiveLabels",
        "pulumiLabels",
    ),
)
