"""Members of roles: ids of such resources, and bindings in an access policy. Knows no server.

Ids are `RESOURCE/ROLE/MEMBER`, with a condition `.../TITLE/DESCRIPTION/EXPRESSION` behind. An import may write spaces
for the slashes between the parts, as the documentation of pulumi-gcp does.
"""

import re
from typing import Any

from vertex_emulator.pulumi_gcp.values import Properties

_VERSION_WITH_CONDITIONS = 3
_SPACED_ID = re.compile(r"\S+ \S*roles/\S+ \S+")


def member_id(resource: str, inputs: Properties) -> str:
    """The id of a membership on `resource` with the inputs `role`, `member` and perhaps `condition`."""
    parts = [resource, inputs["role"], inputs["member"]]
    if condition := inputs.get("condition"):
        parts += [condition.get("title", ""), condition.get("description", ""), condition.get("expression", "")]
    return "/".join(parts)


def canonical_id(resource_id: str) -> str:
    """The id of a resource from what an import may say; any other text stays as it is."""
    return resource_id.replace(" ", "/") if _SPACED_ID.fullmatch(resource_id) else resource_id


def members_of(policy: Properties) -> list[Properties]:
    """Each membership of a policy as the inputs `role`, `member` and, if there is one, `condition`."""
    return [
        {"role": binding["role"], "member": member, "condition": binding.get("condition")}
        for binding in policy.get("bindings", [])
        for member in binding.get("members", [])
    ]


def with_member(policy: Properties, inputs: Properties) -> Properties:
    """The policy with the membership in it; others stay as they are."""
    bindings = without_member(policy, inputs).get("bindings", [])
    binding = next((found for found in bindings if _is_for(found, inputs)), None)
    if binding is None:
        binding = {"role": inputs["role"], "members": []}
        if inputs.get("condition"):
            binding["condition"] = inputs["condition"]
        bindings = [*bindings, binding]
    binding["members"] = [*binding["members"], inputs["member"]]
    return policy | {"bindings": bindings} | _version_of(bindings)


def without_member(policy: Properties, inputs: Properties) -> Properties:
    """The policy without the membership; a binding that is empty then goes with it."""
    bindings = []
    for binding in policy.get("bindings", []):
        members = [
            member for member in binding["members"] if not (_is_for(binding, inputs) and member == inputs["member"])
        ]
        if members:
            bindings.append(binding | {"members": members})
    return policy | {"bindings": bindings} | _version_of(bindings)


def _is_for(binding: Properties, inputs: Properties) -> bool:
    return bool(binding["role"] == inputs["role"] and (binding.get("condition") or None) == inputs.get("condition"))


def _version_of(bindings: list[Any]) -> Properties:
    return {"version": _VERSION_WITH_CONDITIONS} if any(binding.get("condition") for binding in bindings) else {}
