"""Projects, and what the caller may do on them and on service accounts.

Sources: https://docs.cloud.google.com/resource-manager/reference/rest/v3/projects and
https://docs.cloud.google.com/iam/docs/reference/rest/v1/projects.serviceAccounts/testIamPermissions
"""

from typing import Any

from vertex_emulator import names, withheld
from vertex_emulator.service import Call, Route
from vertex_emulator.wsgi import ApiProblem


def get(call: Call) -> dict[str, Any]:
    project = call.param("project")
    number = names.project_number(project)
    project_id = f"project-{number}" if project.isdigit() else project
    return {"name": f"projects/{number}", "projectId": project_id, "displayName": project_id, "state": "ACTIVE"}


def test_permissions(call: Call) -> dict[str, Any]:
    """The permissions of the request that the caller has; no field where there are none."""
    asked = call.request.json().get("permissions")
    if not isinstance(asked, list) or not asked or any(not isinstance(each, str) or "*" in each for each in asked):
        raise ApiProblem(400, "Permissions to test must be named one by one.")
    held = withheld.of(call.tx, asked)
    return {"permissions": held} if held else {}


ROUTES: list[Route] = [
    ("GET", "/v3/projects/{project}", get),
    ("POST", "/v3/projects/{project}:testIamPermissions", test_permissions),
    ("POST", "/v1/projects/{project=*}/serviceAccounts/{account}:testIamPermissions", test_permissions),
]
