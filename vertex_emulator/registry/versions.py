"""Versions of a model and their aliases: list, delete, merge aliases.

Source: https://docs.cloud.google.com/gemini-enterprise-agent-platform/machine-learning/model-registry/model-alias
"""

import re
from typing import Any

from vertex_emulator import list_filter
from vertex_emulator.registry import filter_fields, operations
from vertex_emulator.registry import model_records as records
from vertex_emulator.registry.model_records import DEFAULT_ALIAS, model_name_of
from vertex_emulator.resource_fields import camel_case, read_masked
from vertex_emulator.service import Call, Route, next_page, page_of
from vertex_emulator.wsgi import ApiProblem

_ALIAS = re.compile(r"[a-z][a-zA-Z0-9-]{0,126}[a-z0-9]")
_ORDER = re.compile(r"\s*(create_?time|update_?time)(?:\s+(asc|desc))?\s*", re.IGNORECASE)


def list_versions(call: Call) -> dict[str, Any]:
    """All versions, the oldest first unless `orderBy` says otherwise."""
    model, _ = model_name_of(call)
    records.model(call.tx, model)
    found = [records.shown(call, model, item) for item in records.versions(call.tx, model)]
    wanted = list_filter.parse(call.request.query.get("filter", []), filter_fields.fields("model"))
    found = [item for item in found if wanted(item)]
    for order in reversed([part for part in call.request.arg("orderBy").split(",") if part]):
        match = _ORDER.fullmatch(order)
        if match is None:
            raise ApiProblem(400, f"Invalid order_by: {order!r}. There are create_time and update_time, asc and desc.")
        field = "version" + camel_case(f"_{match[1].replace('_', '').lower().replace('time', '_time')}")
        found.sort(key=lambda item: str(item[field]), reverse=(match[2] or "").lower() == "desc")
    page, token = page_of(call, found, key="versionId")
    return {"models": [read_masked(call.request, item) for item in page]} | next_page(token)


def merge_version_aliases(call: Call) -> dict[str, Any]:
    """Add aliases to a version (taking them off another), or with a `-` in front remove them from it."""
    model, version = model_name_of(call)
    item = _numbered(call, model, version)
    body = call.schema.read("MergeVersionAliasesRequest", call.request.json())
    wanted = set(body.get("versionAliases") or [])
    if not wanted:
        raise ApiProblem(400, "version_aliases must not be empty.")
    for alias in wanted:
        if not _ALIAS.fullmatch(alias.removeprefix("-")):
            raise ApiProblem(400, f"Invalid version alias {alias!r}: it must match {_ALIAS.pattern}.")
    added = {alias for alias in wanted if not alias.startswith("-")}
    removed = {alias[1:] for alias in wanted if alias.startswith("-")}
    added, removed = added - removed, removed - added  # both in one call cancel out, says the API
    if DEFAULT_ALIAS in removed:
        raise ApiProblem(400, "The alias 'default' cannot be removed: merge it into another version to move it there.")
    holder = records.model(call.tx, model)
    aliases = {
        alias: at for alias, at in holder["aliases"].items() if not (alias in removed and at == item["versionId"])
    }
    holder["aliases"] = aliases | dict.fromkeys(added, item["versionId"])
    records.save_model(call, holder)
    return records.shown(call, model, item)


def delete_version(call: Call) -> dict[str, Any]:
    model, version = model_name_of(call)
    item = _numbered(call, model, version)
    _check_deletable(call, model, item["versionId"])
    return operations.start(
        call,
        kind="deleteModelVersion",
        resource=model,
        metadata_type="DeleteOperationMetadata",
        arguments={"model": model, "version": item["versionId"]},
    )


@operations.effect("deleteModelVersion", "")
def _delete(call: Call, arguments: dict[str, Any]) -> dict[str, Any]:
    model, version = arguments["model"], arguments["version"]
    records.version(call.tx, model, version)
    _check_deletable(call, model, version)
    records.remove_version(call, model, version)
    return {}


def _check_deletable(call: Call, model: str, version: str) -> None:
    """The rule for `default` is ours: Google's pages do not say where the alias would go."""
    records.check_not_deployed(call.tx, model, version)
    if len(records.versions(call.tx, model)) == 1:
        message = f"The only version of Model {model} cannot be deleted. Delete the Model instead."
        raise ApiProblem(400, message, status="FAILED_PRECONDITION")
    if records.model(call.tx, model)["aliases"].get(DEFAULT_ALIAS) == version:
        message = f"Version {version} of Model {model} has the alias 'default'. Move it to another version first."
        raise ApiProblem(400, message, status="FAILED_PRECONDITION")


def _numbered(call: Call, model: str, version: str) -> dict[str, Any]:
    if not version.isdigit():
        raise ApiProblem(400, f"The name must have an explicit version ID, as in {model}@1.")
    return records.version(call.tx, model, version)


_MODEL = "projects/{project}/locations/{location}/models/{model}"

ROUTES: list[Route] = [
    ("GET", f"{_MODEL}:listVersions", operations.settled(list_versions)),
    ("POST", f"{_MODEL}:mergeVersionAliases", operations.settled(merge_version_aliases)),
    ("DELETE", f"{_MODEL}:deleteVersion", operations.settled(delete_version)),
]
