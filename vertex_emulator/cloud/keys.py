"""Keys of Cloud KMS: every key is there and enabled. Nobody gave anybody access to one.

Source: https://docs.cloud.google.com/kms/docs/reference/rest/v1/projects.locations.keyRings.cryptoKeys
"""

from typing import Any

from vertex_emulator.service import Call, Route

_PATTERN = "/v1/projects/{project=*}/locations/{location=*}/keyRings/{ring=*}/cryptoKeys/{key}"


def get(call: Call) -> dict[str, Any]:
    name = call.request.path.removeprefix("/v1/")
    return {
        "name": name,
        "purpose": "ENCRYPT_DECRYPT",
        "primary": {"name": f"{name}/cryptoKeyVersions/1", "state": "ENABLED"},
    }


def get_policy(_: Call) -> dict[str, Any]:
    return {"etag": "ACAB"}


ROUTES: list[Route] = [("GET", _PATTERN, get), ("GET", f"{_PATTERN}:getIamPolicy", get_policy)]
