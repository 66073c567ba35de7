"""Model Registry: versions, their checkpoints and aliases, and their removal.

A PATCH of `models/M@V` changes a version, one of `models/M` what its versions share; Google refuses a mix of both.

Source: https://docs.cloud.google.com/gemini-enterprise-agent-platform/reference/rest/v1beta1/projects.locations.models
"""

from collections.abc import Mapping, Sequence
from typing import Any

from pulumi_ctune.core import names
from pulumi_ctune.core.api import Checkpoint, ModelVersion, Operation
from pulumi_ctune.vertex import operations, records
from pulumi_ctune.vertex.rest import Rest


def get_version(rest: Rest, name: str) -> ModelVersion:
    return records.model_version(rest.get_resource(name, "versionId"))


def list_versions(rest: Rest, model: str) -> Sequence[ModelVersion]:
    return [records.model_version(entry) for entry in rest.list(model, ":listVersions", "models")]


def list_checkpoints(rest: Rest, version_name: str) -> Sequence[Checkpoint]:
    return [records.checkpoint(entry) for entry in rest.list(version_name, ":listCheckpoints", "checkpoints")]


def update_version(rest: Rest, name: str, changes: Mapping[str, Any]) -> ModelVersion:
    return records.model_version(rest.patch(name, changes))


def update(rest: Rest, model: str, changes: Mapping[str, Any]) -> None:
    rest.patch(model, changes)


def merge_aliases(rest: Rest, name: str, aliases: Sequence[str]) -> ModelVersion:
    return records.model_version(
        rest.write("POST", name, ":mergeVersionAliases", body={"versionAliases": list(aliases)})
    )


def start_copy(rest: Rest, project: str, location: str, request: Mapping[str, Any]) -> Operation:
    return operations.start(rest, "POST", names.parent(project, location), "/models:copy", body=request)


def start_version_deletion(rest: Rest, name: str) -> Operation:
    return operations.start(rest, "DELETE", name, ":deleteVersion")


def start_deletion(rest: Rest, model: str) -> Operation:
    return operations.start(rest, "DELETE", model)
