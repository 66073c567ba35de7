"""The lookups that programs call: `getTunedModel`, `getDataset`, `getEvaluationRun`.

What they ask for, and what they make of the answer, is that of the functions in Python.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any

from pulumi_ctune.config import Settings
from pulumi_ctune.core.errors import InvalidInputError
from pulumi_ctune.core.printable import listed
from pulumi_ctune.native import kept_schema, wire_names


def call(token: str, arguments: Mapping[str, Any], settings: Settings) -> dict[str, Any]:
    """The result of a function, both by the names of the kept_schema. Raises `CtuneError`."""
    from pulumi_ctune.program import dataset, evaluation_lookup, tuned_model
    from pulumi_ctune.program.stack import Lookup

    known = {each.LOOKUP.token: each.LOOKUP for each in (tuned_model, dataset, evaluation_lookup)}
    if token not in known:
        raise InvalidInputError("there is no such function", where=token)
    given = wire_names.arguments(token).to_core(arguments)
    place = Lookup(settings, given.get("project") or settings.project, given.get("location") or settings.region)
    names = [kept_schema.snake(name) for name in kept_schema.kept()["functions"][token]["inputs"]["properties"]]
    for key in given:
        if key not in names:
            why = f"there is no such argument; there are {listed(names)}"
            raise InvalidInputError(known[token].what, where=key, why=why)
    found = known[token].look_up(place, {**dict.fromkeys(names), **given})
    result = wire_names.result(token)
    return result.to_wire(result.numbers_alone(_plain(found)))


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        return {each.name: _plain(getattr(value, each.name)) for each in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value
