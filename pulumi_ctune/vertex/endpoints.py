"""Endpoints: what serves on them, their traffic, and their removal.

Source:
https://docs.cloud.google.com/gemini-enterprise-agent-platform/reference/rest/v1beta1/projects.locations.endpoints
"""

from collections.abc import Mapping
from typing import Any

from pulumi_ctune.core.api import Endpoint, Operation
from pulumi_ctune.vertex import operations, records
from pulumi_ctune.vertex.rest import Rest


def get(rest: Rest, name: str) -> Endpoint:
    return records.endpoint(rest.get_resource(name))


def update(rest: Rest, name: str, changes: Mapping[str, Any]) -> Endpoint:
    return records.endpoint(rest.patch(name, changes))


def start_deployment(
    rest: Rest, name: str, deployed_model: Mapping[str, Any], traffic_split: Mapping[str, int]
) -> Operation:
    body: dict[str, Any] = {"deployedModel": dict(deployed_model)}
    if traffic_split:
        body["trafficSplit"] = dict(traffic_split)
    return operations.start(rest, "POST", name, ":deployModel", body=body)


def start_undeployment(rest: Rest, name: str, deployed_model_id: str) -> Operation:
    return operations.start(rest, "POST", name, ":undeployModel", body={"deployedModelId": deployed_model_id})


def start_deletion(rest: Rest, name: str) -> Operation:
    return operations.start(rest, "DELETE", name)
