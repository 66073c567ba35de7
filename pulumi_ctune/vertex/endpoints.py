"""Endpoints: what serves on them, their traffic, and their removal.

Source:
https://docs.cloud.google.com/gemini-enterprise-agent-platform/reference/rest/v1beta1/projects.locations.endpoints
"""

from collections.abc import Mapping
from typing import Any

from pulumi_ctune.tuning.resources import Endpoint, Operation
from pulumi_ctune.tuning.shares import shared_out
from pulumi_ctune.vertex import records
from pulumi_ctune.vertex.rest import Rest


def get(rest: Rest, name: str) -> Endpoint:
    return records.endpoint(rest.get(name))


def update(rest: Rest, name: str, changes: Mapping[str, Any]) -> Endpoint:
    return records.endpoint(rest.patch(name, changes))


def start_deployment(
    rest: Rest, name: str, deployed_model: Mapping[str, Any], traffic_split: Mapping[str, int]
) -> Operation:
    body: dict[str, Any] = {"deployedModel": dict(deployed_model)}
    if traffic_split:
        body["trafficSplit"] = dict(traffic_split)
    return records.operation(rest.write("POST", name, ":deployModel", body=body))


def start_undeployment(rest: Rest, name: str, deployed_model_id: str) -> Operation:
    return records.operation(rest.write("POST", name, ":undeployModel", body={"deployedModelId": deployed_model_id}))


def get_operation(rest: Rest, name: str) -> Operation:
    return records.operation(rest.get(name))


def undeploy(rest: Rest, name: str, deployed_model_id: str) -> None:
    """Undeploy one deployed model with its traffic. Nothing happens where it is not deployed (any more).

    The API undeploys only what gets no traffic, or loses it in the same call. Its share goes to the deployments that
    have traffic already, in proportion; where there are none, the endpoint is left without traffic.
    """
    current = get(rest, name)
    if all(deployed.deployed_model_id != deployed_model_id for deployed in current.deployed_models):
        return
    body: dict[str, Any] = {"deployedModelId": deployed_model_id}
    if current.traffic_split.get(deployed_model_id) and len(current.deployed_models) > 1:
        others = {key: share for key, share in current.traffic_split.items() if share and key != deployed_model_id}
        if others:
            body["trafficSplit"] = shared_out(others)
        else:  # an empty map in the call itself would read as "unchanged"
            update(rest, name, {"trafficSplit": {}, "etag": current.etag})
    rest.run("POST", name, ":undeployModel", body=body)


def delete(rest: Rest, name: str) -> None:
    rest.run("DELETE", name)
