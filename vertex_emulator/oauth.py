"""A token endpoint, so that unmodified Application Default Credentials can be pointed at the emulator.

A service account key file whose `token_uri` names `/token` here is enough. No token is ever checked.
"""

from typing import Any

from vertex_emulator.service import Call, Route

_LIFETIME_S = 3600


def token(call: Call) -> dict[str, Any]:
    """An access token for whatever was presented: https://www.rfc-editor.org/rfc/rfc6749#section-5.1."""
    return {"access_token": "ctune-emulator", "expires_in": _LIFETIME_S, "token_type": "Bearer"}


ROUTES: list[Route] = [("POST", "/token", token)]
