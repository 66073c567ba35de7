"""The fields of a tuning job's inputs: names, kinds and enum values, as the API's discovery document has them.

The one table behind checks, canonical form, request body and comparison. Inputs are snake_case, the wire is
camelCase; both names stand in `Field`, and `FREE_FORM` says where programs may write either. Knows no rules beyond
the schema (`checks` has those) and no defaults (`canonical` has those).
"""

import functools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pulumi_ctune.core import discovery

Kind = Literal["string", "integer", "number", "boolean", "enum", "message", "list", "map", "any"]

_PREFIX = "GoogleCloudAiplatformV1beta1"

SPECS = ("supervised_tuning_spec", "reinforcement_tuning_spec", "preference_optimization_spec")
"""The three tuning methods; a job has exactly one (a oneof of the API that the discovery document does not show)."""

SOURCES = ("base_model", "pre_tuned_model")
"""What a job starts from; exactly one."""

REQUEST_INPUTS = (
    *SOURCES,
    *SPECS,
    "tuned_model_display_name",
    "description",
    "labels",
    "encryption_spec",
    "service_account",
)
"""The inputs that are fields of `TuningJob` and travel in the request."""

FREE_FORM = ("EvaluationConfig", "EvaluationRunEvaluationConfig", "GenerationConfig")
"""Messages that have no full type in any language, so that programs write maps of the API: in these, and in whatever
is below them, a key may be spelled as the API does too."""


@dataclass(frozen=True)
class Field:
    """One field of a message.

    `values` are an enum's names, `message` is the name of a nested message, `item` describes a list's or map's
    elements.
    """

    name: str
    wire_name: str
    kind: Kind
    values: tuple[str, ...] = ()
    message: str = ""
    item: "Field | None" = None


@functools.cache
def fields_of(message: str) -> Mapping[str, Field]:
    """The writable fields of a message by snake_case name.

    `message` is the API's name without package (`SupervisedTuningSpec`).
    """
    schema = discovery.load()["schemas"][_PREFIX + message]
    found = (
        _field(wire_name, part) for wire_name, part in schema.get("properties", {}).items() if not part.get("readOnly")
    )
    return {field.name: field for field in found}


def names_below(messages: Iterable[str]) -> set[str]:
    """The snake_case name of every field of these messages, and of those that they hold."""
    found: set[str] = set()
    waiting, seen = [*messages], {*messages}
    while waiting:
        for field in fields_of(waiting.pop()).values():
            found.add(field.name)
            holder: Field | None = field
            while holder is not None:
                if holder.message and holder.message not in seen:
                    seen.add(holder.message)
                    waiting.append(holder.message)
                holder = holder.item
    return found


@functools.cache
def input_fields() -> Mapping[str, Field]:
    """The fields of `TuningJob` that this resource offers as inputs, by snake_case name."""
    all_fields = fields_of("TuningJob")
    return {name: all_fields[name] for name in REQUEST_INPUTS}


def snake_case(wire_name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])([A-Z])", lambda match: "_" + match.group(1).lower(), wire_name)


def field_of(fields: Mapping[str, Field], key: object) -> Field | None:
    """The field that a key spells, by its name or by the API's."""
    name = snake_case(key) if isinstance(key, str) else ""
    field = fields.get(name)
    return field if field and key in (field.name, field.wire_name) else None


def spelling(value: Mapping[str, Any], name: str) -> str:
    """The key by which a map has a field: its name, or the API's if that is what stands there."""
    return next((key for key in value if key != name and snake_case(str(key)) == name and name not in value), name)


def by_name(value: Mapping[str, Any], fields: Mapping[str, Field]) -> dict[str, Any]:
    """A map with its fields by their names, whichever way they are spelled; other keys stay."""
    return {(field.name if (field := field_of(fields, key)) else key): item for key, item in value.items()}


def _field(wire_name: str, part: Mapping[str, Any]) -> Field:
    name = snake_case(wire_name)
    if reference := part.get("$ref"):
        return Field(name, wire_name, "message", message=reference.removeprefix(_PREFIX))
    if values := part.get("enum"):
        return Field(
            name, wire_name, "enum", values=tuple(value for value in values if not value.endswith("_UNSPECIFIED"))
        )
    if part.get("type") == "array":
        return Field(name, wire_name, "list", item=_field(wire_name, part["items"]))
    if part.get("type") == "object" and "additionalProperties" in part:
        return Field(name, wire_name, "map", item=_field(wire_name, part["additionalProperties"]))
    if part.get("type") == "integer" or part.get("format") in ("int64", "uint64"):
        return Field(name, wire_name, "integer")
    kinds: Mapping[str, Kind] = {"string": "string", "number": "number", "boolean": "boolean"}
    return Field(name, wire_name, kinds.get(part.get("type", ""), "any"))
