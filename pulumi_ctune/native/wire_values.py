"""Property values: protobuf's as plain Python with `UNKNOWN`, and back; which of them the program marks as secret.

The engine hands secrets over marked, since we say that we take them, and expects them marked in the answer. Constants:
https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/plugin/rpc.go
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from google.protobuf import struct_pb2
from pulumi.runtime import rpc

from pulumi_ctune.core.secret_inputs import Path
from pulumi_ctune.core.values import UNKNOWN, Unknown, storable

_UNKNOWNS = frozenset(
    (
        rpc.UNKNOWN,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # a truth value
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # a number
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # a list
        "030794c1-ac77-496b-92df-f27374a8bd58",  # an asset
        "e48ece36-62e2-4504-bad9-02848725956a",  # an archive
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # an object
    )
)
_LARGEST_EXACT = 2**53  # beyond it a double has lost digits, and an int would pretend that they are known


def unmarshal(struct: struct_pb2.Struct) -> tuple[dict[str, Any], list[Path]]:
    """Properties from the engine as plain Python, and the keys that lead to each secret among them."""
    marks: list[Path] = []
    given = {key: value for key, value in struct.fields.items() if not _is_null(value)}
    return {key: _plain(value, [key], marks) for key, value in given.items()}, marks


def marshal(properties: Mapping[str, Any], marks: Collection[Path] = ()) -> struct_pb2.Struct:
    """Plain properties as the engine takes them, with these among them as secrets.

    A property that is None is sent as null: programs know then that there is none. Deeper ones are left out.
    """
    return _struct((key, _value(value, [key], marks)) for key, value in properties.items()).struct_value


def as_secrets(struct: struct_pb2.Struct, names: Iterable[str]) -> struct_pb2.Struct:
    """The properties, of which these are secrets whether the program says so or not."""
    marked = struct_pb2.Struct()
    marked.CopyFrom(struct)
    for name in names:
        if (text := struct.fields[name].string_value if name in struct.fields else "") and text not in _UNKNOWNS:
            marked.fields[name].CopyFrom(_value(text, [name], [[name]]))
    return marked


def assets_in(value: Any, path: str = "") -> Iterator[str]:
    """The paths of the assets and archives in plain properties, such as `triggers[0]`."""
    if isinstance(value, Mapping):
        if value.get(rpc._special_sig_key) in (rpc._special_asset_sig, rpc._special_archive_sig):
            yield path
            return
        for key, item in value.items():
            yield from assets_in(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from assets_in(item, f"{path}[{index}]")


def _plain(value: struct_pb2.Value, path: Path, marks: list[Path]) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "struct_value":
        fields = value.struct_value.fields
        sign = fields[rpc._special_sig_key].string_value if rpc._special_sig_key in fields else ""
        if sign == rpc._special_secret_sig:
            marks.append(path)
            return _plain(fields["value"], path, [])
        return {key: _plain(item, [*path, key], marks) for key, item in fields.items() if not _is_null(item)}
    if kind == "list_value":
        return [_plain(item, [*path, index], marks) for index, item in enumerate(value.list_value.values)]
    if kind == "string_value":
        return UNKNOWN if value.string_value in _UNKNOWNS else value.string_value
    if kind == "number_value":
        number = value.number_value
        return int(number) if number.is_integer() and abs(number) <= _LARGEST_EXACT else number
    return value.bool_value if kind == "bool_value" else None


def _value(value: Any, path: Path, marks: Collection[Path]) -> struct_pb2.Value:
    if path in marks:
        inner = _value(value, path, [mark for mark in marks if mark != path])
        sign = struct_pb2.Value(string_value=rpc._special_secret_sig)
        return _struct({rpc._special_sig_key: sign, "value": inner}.items())
    if isinstance(value, Mapping):
        given = ((str(key), item) for key, item in value.items() if item is not None)
        return _struct((key, _value(item, [*path, key], marks)) for key, item in given)
    if isinstance(value, list | tuple):
        items = [_value(item, [*path, index], marks) for index, item in enumerate(value)]
        return struct_pb2.Value(list_value=struct_pb2.ListValue(values=items))
    value = storable(value)
    if value is None:
        return struct_pb2.Value(null_value=struct_pb2.NULL_VALUE)
    if isinstance(value, bool):
        return struct_pb2.Value(bool_value=value)
    if isinstance(value, int | float):
        return struct_pb2.Value(number_value=value)
    return struct_pb2.Value(string_value=rpc.UNKNOWN if isinstance(value, Unknown) else str(value))


def _struct(fields: Iterable[tuple[str, struct_pb2.Value]]) -> struct_pb2.Value:
    return struct_pb2.Value(struct_value=struct_pb2.Struct(fields=dict(fields)))


def _is_null(value: struct_pb2.Value) -> bool:
    return value.WhichOneof("kind") in ("null_value", None)
