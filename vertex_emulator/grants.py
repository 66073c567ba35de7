"""Grants: the roles that members have on projects, and how long a grant takes to arrive at Google.

The emulator has no identities, so it enforces few grants: those of the agent that copies a model out of another
project. All others it takes for made. How old a grant is nobody tells it: it counts from the first request that relies
on one, which a stack that makes both sends within seconds.

Source: https://cloud.google.com/iam/docs/access-change-propagation
"""

from typing import Any

from vertex_emulator.names import project_number
from vertex_emulator.service import Call
from vertex_emulator.store import Transaction

_ROLE_KIND, _USE_KIND = "project_role", "service_account"


def add(tx: Transaction, project: str, role: str, member: str) -> None:
    """Give a member (`serviceAccount:...`) a role on a project, by id or number."""
    tx.put(_ROLE_KIND, _name(project, role, member), {"project": project, "role": role, "member": member})


def remove(tx: Transaction, project: str, role: str, member: str) -> None:
    tx.delete(_ROLE_KIND, _name(project, role, member))


def remove_all(tx: Transaction) -> None:
    tx.delete_all(_ROLE_KIND)


def listed(tx: Transaction) -> list[dict[str, Any]]:
    """All of them: `{"project", "role", "member"}`."""
    return [body for _, body in tx.list(_ROLE_KIND)]


def has(tx: Transaction, project: str, role: str, member: str) -> bool:
    return tx.get(_ROLE_KIND, _name(project, role, member)) is not None


def are_young(call: Call, use: str) -> bool:
    """Whether the grants of an account (or of one use of it) have not arrived yet; the first use is remembered.

    The caller has to return its refusal and not to raise it, or the memory is rolled back.
    """
    if not call.settings.grant_delay_s:
        return False
    known = call.tx.get(_USE_KIND, use)
    if known is None:
        known = {"since": call.now}
        call.tx.put(_USE_KIND, use, known)
    return bool(call.now < known["since"] + call.settings.grant_delay_s)


def _name(project: str, role: str, member: str) -> str:
    return f"{project_number(project)} {role} {member}"
