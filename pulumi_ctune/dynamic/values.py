"""Property values: what the host hands over as plain Python, and plain Python as the host takes it.

The host's side: every number is a float, an unknown is Pulumi's own object, a secret may come wrapped in a marked dict,
and the pickled provider lies among the properties. Inside: whole numbers are ints, an unknown is `UNKNOWN`, and nothing
of Pulumi is left. Wire format: https://github.com/pulumi/pulumi/blob/master/sdk/python/lib/pulumi/runtime/rpc.py
"""

from collections.abc import Iterator, Mapping
from typing import Any

import pulumi
from pulumi.runtime import rpc

from pulumi_ctune.core.values import UNKNOWN, Unknown, storable
from pulumi_ctune.dynamic.calls import PROVIDER_KEY

LARGEST_EXACT = 2**53  # beyond it a float has lost digits, and an int would pretend that they are known


def incoming(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Properties from the host as plain Python, without the pickled provider."""
    return {key: plain(value) for key, value in properties.items() if key != PROVIDER_KEY}


def apart(properties: Mapping[str, Any], key: str) -> tuple[Any, dict[str, Any]]:
    """What stands under `key`, as plain Python, and the properties without it."""
    return plain(properties.get(key)), {name: value for name, value in properties.items() if name != key}


def assets_in(value: Any, path: str = "") -> Iterator[str]:
    """The paths of the assets and archives in properties from the host, such as `triggers[0]`."""
    if isinstance(value, pulumi.Asset | pulumi.Archive):
        yield path
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from assets_in(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from assets_in(item, f"{path}[{index}]")


def outgoing(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Plain properties as the host, and protobuf's Struct, can take them: str, bool, int, float, dict, list.

    A key whose value is None is left out (the host would drop it on its way back anyway); None in a list stays. NaN and
    the infinities become "NaN", "Infinity" and "-Infinity", as JSON for protobuf writes them, since the engine cannot
    save the numbers. `UNKNOWN` becomes Pulumi's mark for it, which is meant for `check` in a preview.

    Raises:
        TypeError: a value that no state can hold; the message says where it is.
    """
    return {key: _sendable(value, key) for key, value in properties.items() if value is not None}


def secret(value: Any) -> dict[str, Any]:
    """A sendable value as one that the engine keeps as a secret."""
    return {rpc._special_sig_key: rpc._special_secret_sig, "value": value}


def plain(value: Any) -> Any:
    """One value from the host as plain Python."""
    if isinstance(value, pulumi.output.Unknown) or (isinstance(value, str) and value == rpc.UNKNOWN):
        return UNKNOWN
    if isinstance(value, float) and value.is_integer() and abs(value) <= LARGEST_EXACT:
        return int(value)
    if isinstance(value, Mapping):
        if rpc.is_rpc_secret(value):
            return plain(value["value"])
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def _sendable(value: Any, where: str) -> Any:
    if isinstance(value, Unknown):
        return rpc.UNKNOWN
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, float):
        return storable(value)
    if isinstance(value, Mapping):
        return {str(key): _sendable(item, f"{where}.{key}") for key, item in value.items() if item is not None}
    if isinstance(value, list | tuple):
        return [_sendable(item, f"{where}[{index}]") for index, item in enumerate(value)]
    raise TypeError(f"{where} is a {type(value).__name__}, which a Pulumi state cannot hold")
