"""The invokes that the emulator serves: the provider's own project and client configuration.

Source: https://www.pulumi.com/registry/packages/gcp/api-docs/organizations/
"""

from collections.abc import Callable
from pathlib import Path

from vertex_emulator.names import project_number
from vertex_emulator.pulumi_gcp.configuration import Configuration
from vertex_emulator.pulumi_gcp.errors import InvalidInputError
from vertex_emulator.pulumi_gcp.values import Properties


def invoke(token: str, arguments: Properties, configuration: Configuration) -> Properties:
    """The result of a function such as `gcp:organizations/getProject:getProject`.

    Raises:
        InvalidInputError: it is not served, or no project is known.
    """
    function = _FUNCTIONS.get(token)
    if function is None:
        raise InvalidInputError(
            f"the emulator's gcp plugin does not serve {token}",
            why=f"it has {', '.join(sorted(_FUNCTIONS))}",
            next_step="Give the value in the stack's config instead, or use the real plugin.",
        )
    return function(arguments, configuration)


def arguments(token: str) -> list[str]:
    """What a function takes."""
    return _ARGUMENTS[token]


def answers(token: str) -> list[str]:
    """The names of what it answers."""
    return list(_FUNCTIONS[token]({}, _EXAMPLE))


def _get_project(arguments: Properties, configuration: Configuration) -> Properties:
    project = arguments.get("projectId") or configuration.project
    if not project:
        raise InvalidInputError(
            "there is no project to look up",
            why="neither project_id nor gcp:project is set",
            next_step="Set one: pulumi config set gcp:project ...",
        )
    return {
        "id": f"projects/{project}",
        "projectId": project,
        "number": project_number(project),
        "name": project,
        "autoCreateNetwork": False,
        "billingAccount": "",
        "deletionPolicy": "PREVENT",
        "effectiveLabels": {},
        "folderId": "",
        "labels": {},
        "orgId": "",
        "pulumiLabels": {},
        "tags": {},
    }


def _get_client_config(arguments: Properties, configuration: Configuration) -> Properties:
    return {
        "id": f"projects/{configuration.project or ''}/regions/{configuration.region or ''}",
        "project": configuration.project or "",
        "region": configuration.region or "",
        "zone": configuration.zone or "",
        "accessToken": "no-token-of-an-emulator",
        "defaultLabels": {},
    }


_FUNCTIONS: dict[str, Callable[[Properties, Configuration], Properties]] = {
    "gcp:organizations/getProject:getProject": _get_project,
    "gcp:organizations/getClientConfig:getClientConfig": _get_client_config,
}
_ARGUMENTS = {
    "gcp:organizations/getProject:getProject": ["projectId"],
    "gcp:organizations/getClientConfig:getClientConfig": [],
}
_EXAMPLE = Configuration(Path(), project="project")
TOKENS = tuple(_FUNCTIONS)
