"""Property values and assets as the engine's protocol has them, and plain Python.

Secrets never arrive here: the provider declines them, so the engine unwraps on the way in and marks again on the way
out.
Wire format: https://github.com/pulumi/pulumi/blob/master/sdk/python/lib/pulumi/runtime/rpc.py
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeGuard

from google.protobuf import json_format, struct_pb2
from pulumi.runtime import rpc

Properties = dict[str, Any]

UNKNOWN = rpc.UNKNOWN
DEFAULTS = "__defaults"  # among the inputs: the names of those that Check filled in; the engine shows it to nobody
_SIGNATURE = "4dabf18193072939515e22adb298388d"
_ASSET = "c44067f5952c0a294b673a41bacd8c17"
_ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7"


def plain(struct: struct_pb2.Struct) -> Properties:
    """A property struct as a dict; whole numbers, which the wire only has as doubles, are ints."""
    properties: Properties = _plain(json_format.MessageToDict(struct))
    return properties


def struct(properties: Mapping[str, Any]) -> struct_pb2.Struct:
    """A dict as a property struct, without the properties that are None."""
    given = {key: value for key, value in properties.items() if value is not None}
    return json_format.ParseDict(given, struct_pb2.Struct())


def is_unknown(value: Any) -> bool:
    """Whether the value, or any part of it, is known only after the preview."""
    if isinstance(value, Mapping):
        return any(map(is_unknown, value.values()))
    if isinstance(value, list):
        return any(map(is_unknown, value))
    return bool(value == UNKNOWN)


def same(one: Any, other: Any) -> bool:
    """Equal, where an asset is its content and an empty collection is as good as none."""
    if is_asset(one) and is_asset(other):
        return one.get("hash") == other.get("hash")
    return bool((None if one in ({}, []) else one) == (None if other in ({}, []) else other))


def is_asset(value: Any) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict) and value.get(_SIGNATURE) == _ASSET


def is_archive(value: Any) -> bool:
    return isinstance(value, dict) and value.get(_SIGNATURE) == _ARCHIVE


def asset_of_hash(sha256: str) -> dict[str, Any]:
    """An asset whose content is known by its hash only, as the engine itself hands out stored ones."""
    return {_SIGNATURE: _ASSET, "hash": sha256}


def asset_content(asset: Mapping[str, Any]) -> bytes:
    """The bytes of a file or text asset; a relative path is relative to the program's folder, the current one."""
    if "path" in asset:
        return Path(asset["path"]).read_bytes()
    return str(asset.get("text", "")).encode()


def can_be_output(value: Any) -> bool:
    """Whether the program's SDK can read the value back: an asset of empty text arrives as one of no kind at all."""
    return not is_asset(value) or any(key in value for key in ("path", "text", "uri"))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
