"""Resources of the plugin in a document of the Pulumi CLI (`stack export`, `preview --json`), as the core spells them.

A command and a look at the saved state read both fronts' entries alike. Loads nothing of Pulumi's SDK.
"""

from collections.abc import Mapping
from typing import Any

from pulumi_ctune.core.type_tokens import type_of
from pulumi_ctune.native import kept_schema, wire_names

_PROPERTIES = ("inputs", "outputs")


def readable(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    """An entry by the types and names of the core; that of anybody else as it is."""
    type_ = str(entry.get("type"))
    if type_ not in kept_schema.kept()["resources"]:
        return entry
    shape = wire_names.resource(type_)
    properties = {name: shape.to_core(entry[name]) for name in _PROPERTIES if isinstance(entry.get(name), Mapping)}
    dependencies = entry.get("propertyDependencies") or {}
    named = {shape.keys_to_core([key])[0]: urns for key, urns in dependencies.items()}
    more = {"propertyDependencies": named} if named else {}
    return {**entry, **properties, **more, "type": type_of(type_.rpartition(":")[2])}


def readable_state(exported: Mapping[str, Any]) -> Mapping[str, Any]:
    """The document of `pulumi stack export`, each entry readable."""
    deployment = exported.get("deployment") or {}
    entries = [readable(entry) for entry in deployment.get("resources") or ()]
    return {**exported, "deployment": {**deployment, "resources": entries}}
