"""`gcp.vertex.AiEndpointIamMember`: a member in the access policy of an endpoint, whoever made that.

A full endpoint name says where the endpoint is and wins over the inputs `project` and `location`: an endpoint that a
job in `us-central1` made may lie in `us`.

Source: https://www.pulumi.com/registry/packages/gcp/api-docs/vertex/aiendpointiammember/
"""

import re
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from vertex_emulator.pulumi_gcp import access, values
from vertex_emulator.pulumi_gcp.client import Client, is_conflict
from vertex_emulator.pulumi_gcp.errors import NotFoundError, PluginError
from vertex_emulator.pulumi_gcp.kinds import Found, Kind
from vertex_emulator.pulumi_gcp.values import Properties

_ENDPOINT = re.compile(r"(projects/(?P<project>[^/]+)/locations/(?P<location>[^/]+)/endpoints/(?P<id>[^/]+))(?:/.*)?")
_TRIES = 20
_PAUSE_S = 0.05  # between two tries, when another process changed the policy in between


class EndpointMembers(Kind):
    """Memberships; ids are `ENDPOINT/ROLE/MEMBER` with the endpoint's full name."""

    def id_of(self, inputs: Properties) -> str:
        return access.member_id(_endpoint(inputs), inputs)

    def create(self, emulator: Client, inputs: Properties) -> Properties:
        endpoint = _endpoint(inputs)
        policy = _change(emulator, endpoint, lambda policy: access.with_member(policy, inputs))
        return {"etag": policy["etag"]} | _place(endpoint)

    def read(self, emulator: Client, resource_id: str, known: Properties) -> Found | None:
        match = _ENDPOINT.fullmatch(resource_id)
        if match is None:
            return None
        endpoint = match[1]
        try:
            policy = _policy(emulator, endpoint)
        except NotFoundError:
            return None
        for member in access.members_of(policy):
            if access.member_id(endpoint, member) == resource_id:
                inputs = member | _place(endpoint)
                return Found(inputs, inputs | {"etag": policy["etag"]})
        return None

    def update(self, emulator: Client, resource_id: str, old_inputs: Properties, inputs: Properties) -> Properties:
        return self.create(emulator, inputs)

    def delete(self, emulator: Client, resource_id: str, known: Properties) -> None:
        # The endpoint may be gone, and its policy with it: that of a job goes with the job.
        with suppress(NotFoundError):
            _change(emulator, _endpoint(known), lambda policy: access.without_member(policy, known))

    def same(self, name: str, one: Any, other: Any) -> bool:
        if name == "endpoint" and isinstance(one, str) and isinstance(other, str):
            full = _ENDPOINT.fullmatch(one) and _ENDPOINT.fullmatch(other)
            return one == other if full else one.rpartition("/")[2] == other.rpartition("/")[2]
        return values.same(one, other)


def _endpoint(inputs: Properties) -> str:
    match = _ENDPOINT.fullmatch(inputs["endpoint"])
    return match[1] if match else "projects/{project}/locations/{location}/endpoints/{endpoint}".format_map(inputs)


def _place(endpoint: str) -> Properties:
    match = _ENDPOINT.fullmatch(endpoint)
    assert match, endpoint
    return {"endpoint": endpoint, "project": match["project"], "location": match["location"]}


def _policy(emulator: Client, endpoint: str) -> Properties:
    return emulator.call("POST", f"/v1beta1/{endpoint}:getIamPolicy", json={})


def _change(emulator: Client, endpoint: str, change: Callable[[Properties], Properties]) -> Properties:
    for tries_left in reversed(range(_TRIES)):
        with emulator.policy_lock:
            changed = change(_policy(emulator, endpoint))
            try:
                return emulator.call("POST", f"/v1beta1/{endpoint}:setIamPolicy", json={"policy": changed})
            except PluginError as error:
                if not (is_conflict(error) and tries_left):
                    raise
        time.sleep(_PAUSE_S)
    raise AssertionError("the last try raises")


AI_ENDPOINT_IAM_MEMBER = EndpointMembers(
    token="gcp:vertex/aiEndpointIamMember:AiEndpointIamMember",
    defaults=("project", "location"),
    computed=("etag",),
)
