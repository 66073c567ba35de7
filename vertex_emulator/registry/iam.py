"""Access policies of resources: getIamPolicy, setIamPolicy, testIamPermissions. Stored and shown, never enforced.

Source: https://docs.cloud.google.com/iam/docs/reference/rest/v1/Policy
"""

import base64
import re
from collections.abc import Callable, Sequence
from typing import Any

from vertex_emulator import names
from vertex_emulator.registry import operations
from vertex_emulator.service import Call, Handler, Route
from vertex_emulator.store import Transaction
from vertex_emulator.wsgi import ApiProblem

_KIND = "iam_policy"
_EMPTY_POLICY = {"etag": "ACAB"}  # what Google answers where no policy was ever set
_VERSION_WITH_CONDITIONS = 3
_ROLE = re.compile(r"(projects/[^/]+/|organizations/[^/]+/)?roles/[A-Za-z0-9_.]+")
_MEMBER = re.compile(r"allUsers|allAuthenticatedUsers|[a-zA-Z]+:.+")


def routes(
    collection: str, find: Callable[[Transaction, str], Any], *, api_versions: Sequence[str] = ("v1beta1",)
) -> list[Route]:
    """The IAM methods of a collection (`endpoints`); `find(tx, name)` raises 404 where there is no such resource."""

    def handler(method: Callable[[Call, str], dict[str, Any]], *, must_exist: bool = True) -> Handler:
        def handle(call: Call) -> dict[str, Any]:
            if call.schema.api_version not in api_versions:
                raise ApiProblem(404, f"The requested URL {call.request.path} was not found on this server.")
            parent = names.parent(call.param("project"), call.param("location"))
            name = f"{parent}/{collection}/{call.param('resource')}"
            if must_exist:
                find(call.tx, name)
            return method(call, name)

        return operations.settled(handle)

    pattern = f"projects/{{project}}/locations/{{location}}/{collection}/{{resource}}"
    return [
        ("POST", f"{pattern}:getIamPolicy", handler(_get)),
        ("POST", f"{pattern}:setIamPolicy", handler(_set)),
        ("POST", f"{pattern}:testIamPermissions", handler(_test, must_exist=False)),
    ]


def _get(call: Call, name: str) -> dict[str, Any]:
    return call.tx.get(_KIND, name) or dict(_EMPTY_POLICY)


def _set(call: Call, name: str) -> dict[str, Any]:
    body = call.schema.read("GoogleIamV1SetIamPolicyRequest", call.request.json())
    policy = body.get("policy", {})
    current = _get(call, name)
    if policy.get("etag") not in (None, "", current["etag"]):
        message = (
            "There were concurrent policy changes. Please retry the whole read-modify-write with exponential backoff."
        )
        raise ApiProblem(409, message, status="ABORTED")
    bindings = [binding for binding in policy.get("bindings", []) if binding.get("members")]
    version = policy.get("version", 0)
    for binding in bindings:
        _check_binding(binding, version)
    etag = base64.b64encode(call.tx.next_number("iam_policy").to_bytes(8, "big")).decode()
    stored = {"version": version or 1, "etag": etag} | ({"bindings": bindings} if bindings else {})
    call.tx.put(_KIND, name, stored)
    return stored


def _test(call: Call, name: str) -> dict[str, Any]:
    """All permissions that were asked for: here everybody may do everything."""
    body = call.request.json()
    wanted = body.get("permissions") or call.request.query.get("permissions", [])
    return {"permissions": list(wanted)} if wanted else {}


def _check_binding(binding: dict[str, Any], version: int) -> None:
    if not _ROLE.fullmatch(binding.get("role", "")):
        raise ApiProblem(
            400, f"Role {binding.get('role', '')!r} is not of the form roles/NAME or projects/*/roles/NAME."
        )
    for member in binding["members"]:
        if not _MEMBER.fullmatch(member):
            raise ApiProblem(400, f"Invalid member {member!r}: it must be like user:a@example.com or allUsers.")
    if binding.get("condition") and version != _VERSION_WITH_CONDITIONS:
        raise ApiProblem(400, f"A policy with conditions must have version {_VERSION_WITH_CONDITIONS}.")
