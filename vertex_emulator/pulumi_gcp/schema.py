"""The schema of what the emulator serves, for programs in YAML: names of inputs and outputs as pulumi-gcp has them.

They are read from the SDK of pulumi-gcp, where that is installed beside us. Every property takes any value: types are
what the real plugin checks. Not for generating an SDK from.
"""

import importlib
import inspect
from collections.abc import Iterable
from types import ModuleType
from typing import Any

from vertex_emulator.pulumi_gcp import catalogue, functions
from vertex_emulator.pulumi_gcp.errors import InvalidInputError

_SDK = "pulumi_gcp"
_ANY = {"$ref": "pulumi.json#/Any"}
_TEXT = {"type": "string"}
_OF_THE_PROVIDER = ("project", "region", "zone", "vertexAiCustomEndpoint")


def of_emulator(version: str) -> dict[str, Any]:
    """The schema, as pulumi-gcp's of this version.

    Raises:
        InvalidInputError: there is no SDK of pulumi-gcp.
    """
    settings = dict.fromkeys(_OF_THE_PROVIDER, _TEXT)
    return {
        "name": "gcp",
        "version": version,
        "meta": {"moduleFormat": "(.*)(?:/[^/]*)"},
        "config": {"variables": settings},
        "provider": {"inputProperties": settings},
        "resources": {token: _resource(token) for token in catalogue.TOKENS},
        "functions": {token: _function(token) for token in functions.TOKENS},
    }


def _resource(token: str) -> dict[str, Any]:
    module, name = _module(token), token.rpartition(":")[2]
    arguments = getattr(module, f"{name}Args")
    written = dict(_names(arguments))
    return {
        "properties": _any(wire for _, wire in _names(getattr(module, name))),
        "inputProperties": _any(written.values()),
        "requiredInputs": sorted(written[parameter] for parameter in _required(arguments)),
    }


def _function(token: str) -> dict[str, Any]:
    answers = functions.answers(token)
    return {
        "inputs": {"type": "object", "properties": _any(functions.arguments(token))},
        "outputs": {"type": "object", "properties": _any(answers)},
    }


def _module(token: str) -> ModuleType:
    name = token.split(":")[1].partition("/")[0]
    try:
        return importlib.import_module(f"{_SDK}.{name}")
    except ModuleNotFoundError as error:
        if error.name != _SDK:
            raise
        raise InvalidInputError(
            "this pulumi-resource-gcp is the emulator's and has no schema",
            why=f"programs in YAML need one, and it is read from {_SDK}, which is not installed for its Python",
            next_step="pip install pulumi-gcp there.",
        ) from None


def _names(cls: type) -> list[tuple[str, str]]:
    """Each property of a class of the SDK by its name in Python, and on the wire."""
    found = [(name, member.fget) for name, member in vars(cls).items() if isinstance(member, property)]
    return [(name, getattr(getter, "_pulumi_name", name)) for name, getter in found]


def _required(arguments: type) -> list[str]:
    parameters = inspect.signature(arguments).parameters.values()
    return [parameter.name for parameter in parameters if parameter.default is inspect.Parameter.empty]


def _any(names: Iterable[str]) -> dict[str, Any]:
    return dict.fromkeys(names, _ANY)
