"""Names in camelCase, as programs and states have them, to those of the core in snake_case, and back, by the schema.

Keys of objects that the schema types are renamed. Keys of maps (labels, metrics), all that is of any type (triggers)
and hidden entries (`__owner`) stay. A key that the schema does not know stays too, so that a check can name it. Either
spelling is understood on the way in: a state of the dynamic front has snake_case.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pulumi_ctune.core.values import NO_NUMBERS, storable
from pulumi_ctune.native.kept_schema import Spec, kept, snake

_STEPS = re.compile(r"(?P<name>[^.\[\]:\s]+)|\[(?P<index>[^\]]*)\]|(?P<other>[.:\s])")
Rename = Callable[[str, "Mapping[str, Any]"], str]


class Shape:
    """One object of the schema: the properties of a resource, or the arguments or the result of a function."""

    def __init__(self, properties: Mapping[str, Spec]) -> None:
        self._spec: Spec = {"properties": properties}

    def to_core(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Values from the engine by the names of the core."""
        found: dict[str, Any] = _walked(self._spec, values, _to_core)
        return found

    def to_wire(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Values of the core by the names of the schema."""
        found: dict[str, Any] = _walked(self._spec, values, _to_wire)
        return found

    def numbers_alone(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Values without what is NaN or infinite in a map of numbers: programs in typed languages cannot take it."""
        found: dict[str, Any] = _numbers_alone(self._spec, values)
        return found

    def keys_to_core(self, path: list[Any]) -> list[Any]:
        """The keys that lead to a value, by the names of the core."""
        return list(_renamed_path(self._spec, path, _to_core))

    def keys_to_wire(self, path: list[Any]) -> list[Any]:
        """The keys that lead to a value, by the names of the schema."""
        return list(_renamed_path(self._spec, path, _to_wire))

    def path_to_wire(self, path: str) -> str:
        """A path as a check writes it (`pre_tuned_model.checkpoint_id`), by the names of the schema."""
        spec: Spec = self._spec
        written = ""
        for step in _STEPS.finditer(path):
            if name := step["name"]:
                written += _to_wire(name, spec)
                spec = _below(spec, name)
            else:
                written += step[0]
                index = step["index"]
                spec = spec if index is None else _below(spec, 0 if index.isdigit() else index)
        return written


def resource(type_: str) -> Shape:
    """Inputs and outputs of a type such as `ctune:index:ModelCopy`."""
    return Shape(kept()["resources"][type_]["properties"])


def arguments(token: str) -> Shape:
    return Shape(kept()["functions"][token]["inputs"]["properties"])


def result(token: str) -> Shape:
    return Shape(kept()["functions"][token]["outputs"]["properties"])


def _walked(spec: Spec, value: Any, rename: Rename) -> Any:
    if isinstance(value, Mapping):
        spec = _resolved(spec)
        return {rename(key, spec): _walked(_below(spec, key), item, rename) for key, item in value.items()}
    if isinstance(value, list | tuple):
        below = _below(spec, 0)
        return [_walked(below, item, rename) for item in value]
    return value


def _numbers_alone(spec: Spec, value: Any) -> Any:
    if isinstance(value, Mapping):
        spec = _resolved(spec)
        numbers = spec.get("additionalProperties", {}).get("type") == "number"
        kept = {key: item for key, item in value.items() if not (numbers and storable(item) in NO_NUMBERS)}
        return {key: _numbers_alone(_below(spec, key), item) for key, item in kept.items()}
    return [_numbers_alone(_below(spec, 0), item) for item in value] if isinstance(value, list | tuple) else value


def _renamed_path(spec: Spec, path: list[Any], rename: Rename) -> Iterator[Any]:
    for key in path:
        yield rename(key, spec) if isinstance(key, str) else key
        spec = _below(spec, key)


def _to_core(key: str, spec: Mapping[str, Any]) -> str:
    return snake(key) if key in spec.get("properties", ()) else key


def _to_wire(key: str, spec: Mapping[str, Any]) -> str:
    return _by_core(spec).get(key, key)


def _below(spec: Spec, key: Any) -> Spec:
    """What the schema says of the value under a key, in either spelling, or of the items of a list."""
    found: Spec
    if isinstance(key, str) and "properties" in spec:
        found = spec["properties"].get(_by_core(spec).get(key, key), {})
    else:
        found = spec.get("additionalProperties" if isinstance(key, str) else "items", {})
    return _resolved(found)


def _resolved(spec: Spec) -> Spec:
    type_ = spec.get("$ref", "").removeprefix("#/types/")
    found: Spec = kept()["types"].get(type_, spec)
    return found


def _by_core(spec: Mapping[str, Any]) -> Mapping[str, str]:
    """Name in the core -> name in the schema, of an object."""
    return {snake(name): name for name in spec.get("properties", ())}
