"""Requests checked against Google's discovery document and turned into the form in which they are stored.

The rules are those of proto JSON: names in snake_case or camelCase, 64-bit integers as number or string (stored as
string), fields that are output only ignored, null the same as absent, enums
by name or number (stored as name). What the document does not say (a
oneof, a range) is not checked here. Error texts follow Google's API frontend: every violation, paths in snake_case.
"""

import functools
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from vertex_emulator import discovery
from vertex_emulator.wsgi import ApiProblem

_PREFIX = "GoogleCloudAiplatformV1beta1"
_INTEGER_BITS = {"int32": 32, "uint32": 32, "int64": 64, "uint64": 64}
_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)")
_NUMBER_WORDS = ("NaN", "Infinity", "-Infinity")
# Numbers of enum values are their places in the discovery document, but for these: generated clients send numbers.
# Source: google/cloud/aiplatform/v1beta1/{tuning_job,endpoint_service,accelerator_type,tool}.proto
_ENUM_NUMBERS = {
    "ADAPTER_SIZE_FOUR": 2,
    "ADAPTER_SIZE_EIGHT": 3,
    "ADAPTER_SIZE_SIXTEEN": 4,
    "ADAPTER_SIZE_THIRTY_TWO": 5,
    "ADAPTER_SIZE_TWO": 6,
    "STARTING_MODEL_SERVER": 3,
    "FINISHING_UP": 4,
    "STARTING_DEPLOYMENT": 5,
    "PREPARING_MODEL": 6,
    "CREATING_SERVING_CLUSTER": 7,
    "ADDING_NODES_TO_CLUSTER": 8,
    "GETTING_CONTAINER_IMAGE": 9,
    "DEPLOYMENT_TERMINATED": 10,
    "SUCCESSFULLY_DEPLOYED": 11,
    "FAILED_TO_DEPLOY": 12,
    "TPU_V2": 6,
    "TPU_V3": 7,
    "NVIDIA_TESLA_A100": 8,
    "NVIDIA_A100_80GB": 9,
    "TPU_V4_POD": 10,
    "NVIDIA_L4": 11,
    "TPU_V5_LITEPOD": 12,
    "NVIDIA_H100_80GB": 13,
    "NVIDIA_H100_MEGA_80GB": 14,
    "NVIDIA_H200_141GB": 15,
    "NVIDIA_B200": 16,
    "NVIDIA_GB200": 17,
    "NVIDIA_RTX_PRO_6000": 18,
    "VALIDATED": 5,
}
_BOOLEAN_WORDS = {"true": True, "false": False}


class Schema:
    """The messages of one API version, `v1beta1` or `v1` (which lacks some fields, reinforcement tuning for one).

    `enums_as_numbers` says how answers show enum values: clients that Google generates from the protos ask for numbers.
    """

    def __init__(self, api_version: str, *, enums_as_numbers: bool = False) -> None:
        self.api_version = api_version
        self._enums_as_numbers = enums_as_numbers

    def read(self, message: str, document: Any, *, path: str = "") -> dict[str, Any]:
        """A request body as it is stored: camelCase names, only what the caller may set.

        `message` is the API's name without package (`TuningJob`); `path` is what errors put before each field, such as
        `tuning_job` for a body that is bound to that field of the request.

        Raises:
            ApiProblem: 400 with all violations, in the message and as `BadRequest` details.
        """
        found, violations = self.checked(message, document, path=path)
        if violations:
            raise invalid(violations)
        return found

    def checked(self, message: str, document: Any, *, path: str = "") -> tuple[dict[str, Any], list["Violation"]]:
        """As `read`, with the violations returned."""
        reader = _Reader(self.api_version)
        found = reader.message(_id_of(message), document, path)
        return found or {}, reader.violations

    def shown(self, message: str, document: Mapping[str, Any]) -> dict[str, Any]:
        """A stored document as answers show it: without fields that this API version does not have, enums as asked."""
        if self.api_version == "v1beta1" and not self._enums_as_numbers:
            return dict(document)
        shown: dict[str, Any] = self._shown({"$ref": _id_of(message)}, document)
        return shown

    def _shown(self, part: Mapping[str, Any], value: Any) -> Any:
        if "enum" in part:
            return _enum_number(part["enum"], value) if self._enums_as_numbers else value
        if isinstance(value, list):
            return [self._shown(part.get("items", {}), item) for item in value]
        if not isinstance(value, dict):
            return value
        if "$ref" not in part:
            inner = part.get("additionalProperties", {})
            return {key: self._shown(inner, item) for key, item in value.items()}
        fields = _fields(part["$ref"], self.api_version)
        return {name: self._shown(fields[name][1], item) for name, item in value.items() if name in fields}


@dataclass(frozen=True)
class Violation:
    """One thing that is wrong with a request: the path of the field and Google's sentence about it."""

    field: str
    description: str


def invalid(violations: list[Violation]) -> ApiProblem:
    """The 400 that Google answers to these violations."""
    details = {
        "@type": "type.googleapis.com/google.rpc.BadRequest",
        "fieldViolations": [{"field": item.field, "description": item.description} for item in violations],
    }
    return ApiProblem(400, "\n".join(item.description for item in violations), details=[details])


def snake_case(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])([A-Z])", lambda match: "_" + match[1].lower(), name)


def _id_of(message: str) -> str:
    return message if message in discovery.load()["schemas"] else _PREFIX + message


@functools.cache
def _fields(message_id: str, api_version: str) -> Mapping[str, tuple[str, Mapping[str, Any]]]:
    """Both spellings of each field -> (camelCase name, its schema)."""
    properties = discovery.load()["schemas"][message_id].get("properties", {})
    absent = _absent(message_id) if api_version == "v1" else ()
    fields: dict[str, tuple[str, Mapping[str, Any]]] = {}
    for name, part in properties.items():
        if name not in absent:
            fields[name] = fields[snake_case(name)] = (name, part)
    return fields


def _absent(message_id: str) -> list[str]:
    absent: list[str] = discovery.load()["absentFromV1"].get(message_id, [])
    return absent


@dataclass
class _Reader:
    api_version: str
    violations: list[Violation] = field(default_factory=list)

    def message(self, message_id: str, document: Any, path: str) -> dict[str, Any] | None:
        if not isinstance(document, dict):
            self._wrong(path, _type_name(message_id), document)
            return None
        fields = _fields(message_id, self.api_version)
        found = {}
        for key, value in document.items():
            if key not in fields:
                self._unknown(key, path)
                continue
            name, part = fields[key]
            if value is not None and not part.get("readOnly"):
                inner = f"{path}.{snake_case(name)}" if path else snake_case(name)
                enum_type = f"{_type_name(message_id)}.{name[0].upper()}{name[1:]}"
                found[name] = self.value(part, value, inner, enum_type)
        return found

    def value(self, part: Mapping[str, Any], value: Any, path: str, enum_type: str) -> Any:
        if "$ref" in part:
            return self.message(part["$ref"], value, path)
        if part.get("type") == "array":
            # A single value for a repeated field is what Google's own samples send (`"parts": {"text": ..}`).
            items = value if isinstance(value, list) else [value]
            return [self.value(part["items"], item, f"{path}[{index}]", enum_type) for index, item in enumerate(items)]
        if part.get("type") == "object":
            if not isinstance(value, dict):
                return self._wrong(path, "Map", value)
            inner = part.get("additionalProperties", {"type": "any"})
            return {str(key): self.value(inner, item, f"{path}[{key}]", enum_type) for key, item in value.items()}
        return self._scalar(part, value, path, enum_type)

    def _scalar(self, part: Mapping[str, Any], value: Any, path: str, enum_type: str) -> Any:
        kind, form = part.get("type"), part.get("format", "")
        if kind == "any":
            return value
        if form in _INTEGER_BITS:
            return self._integer(value, path, form)
        if kind == "number":
            return self._number(value, path, form)
        if kind == "boolean":
            flag = _BOOLEAN_WORDS.get(value) if isinstance(value, str) else value
            return flag if isinstance(flag, bool) else self._wrong(path, "TYPE_BOOL", value)
        if "enum" in part:
            name = _enum_name(part["enum"], value)
            return name or self._wrong(path, enum_type, value)
        if not isinstance(value, str):
            return self._wrong(path, "TYPE_STRING", value)
        if form == "google-datetime" and not _RFC_3339.fullmatch(value):
            return self._wrong(path, "type.googleapis.com/google.protobuf.Timestamp", value)
        return value

    def _integer(self, value: Any, path: str, form: str) -> str | int | None:
        bits = _INTEGER_BITS[form]
        number = _as_integer(value)
        lowest, highest = (0, 2**bits - 1) if form.startswith("u") else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
        if number is None or not lowest <= number <= highest:
            self._wrong(path, f"TYPE_{form.upper()}", value)
            return None
        return str(number) if bits == 64 else number

    def _number(self, value: Any, path: str, form: str) -> float | str | None:
        if value in _NUMBER_WORDS:
            return str(value)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return value
        try:
            number = float(value) if isinstance(value, str) else math.nan
        except ValueError:
            number = math.nan
        return number if math.isfinite(number) else self._wrong(path, f"TYPE_{form.upper()}", value)

    def _unknown(self, key: str, path: str) -> None:
        at = f" at '{path}'" if path else ""
        self.violations.append(
            Violation(path, f'Invalid JSON payload received. Unknown name "{key}"{at}: Cannot find field.')
        )

    def _wrong(self, path: str, expected: str, value: Any) -> Any:
        self.violations.append(Violation(path, f"Invalid value at '{path}' ({expected}), {_quoted(value)}"))
        return None


def _enum_name(known: Sequence[str], value: Any) -> str:
    """The name of an enum value that is given by name or number; empty for none."""
    if isinstance(value, int) and not isinstance(value, bool):
        return next((name for place, name in enumerate(known) if _ENUM_NUMBERS.get(name, place) == value), "")
    return value if isinstance(value, str) and value in known else ""


def _enum_number(known: Sequence[str], value: Any) -> Any:
    """The number of an enum value; a name that the API's document does not have (a fault's) stays one."""
    return _ENUM_NUMBERS.get(value, known.index(value)) if value in known else value


def _as_integer(value: Any) -> int | None:
    if isinstance(value, str) and re.fullmatch(r"-?\d+", value, re.ASCII):
        return int(value)
    if isinstance(value, bool):
        return None
    if isinstance(value, int) or (isinstance(value, float) and value.is_integer()):
        return int(value)
    return None


def _type_name(message_id: str) -> str:
    if not message_id.startswith(_PREFIX):
        return f"type.googleapis.com/{message_id}"
    return f"type.googleapis.com/google.cloud.aiplatform.v1beta1.{message_id.removeprefix(_PREFIX)}"


def _quoted(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)
