"""What the caller may do on a bucket, and the bucket's policy, in which nobody has anything.

Sources: https://docs.cloud.google.com/storage/docs/json_api/v1/buckets/testIamPermissions and .../getIamPolicy
"""

from typing import Any

from vertex_emulator import withheld
from vertex_emulator.service import Call, Route
from vertex_emulator.storage.objects import Objects, StorageProblem


def test_permissions(call: Call) -> dict[str, Any]:
    """The permissions of the query that the caller has; no field where there are none."""
    Objects(call).bucket(call.param("bucket"))
    asked = call.request.query.get("permissions", [])
    if not asked:
        raise StorageProblem(400, "Required parameter: permissions", reason="required")
    held = withheld.of(call.tx, asked)
    return {"kind": "storage#testIamPermissionsResponse", **({"permissions": held} if held else {})}


def get_policy(call: Call) -> dict[str, Any]:
    name = Objects(call).bucket(call.param("bucket"))["name"]
    return {"kind": "storage#policy", "resourceId": f"projects/_/buckets/{name}", "version": 1, "etag": "CAE="}


ROUTES: list[Route] = [
    ("GET", "/storage/v1/b/{bucket=*}/iam", get_policy),
    ("GET", "/storage/v1/b/{bucket=*}/iam/testPermissions", test_permissions),
]
