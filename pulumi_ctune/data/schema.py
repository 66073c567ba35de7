"""A decoded line held to the API's messages: which keys there are, of which type their values.

The rules are those of JSON for protobuf: names in camelCase or snake_case, null the same as absent, numbers as texts,
one value where a list of them is meant. What the schema does not say (roles, one kind of data a part) is for `rules`.
"""

import math
import re
from collections.abc import Mapping
from typing import Any

from pulumi_ctune.core.fields import Field, fields_of, snake_case
from pulumi_ctune.core.messages import any_of, nearest, not_one_of, show
from pulumi_ctune.data.limits import MESSAGES, Method
from pulumi_ctune.data.problems import Finding

_MOST_HINTS = 20  # wrong keys of one line that get a hint: finding one takes long
_MOST_KEYS = 16  # up to here all keys of a message are listed
_NUMBER_WORDS = ("NaN", "Infinity", "-Infinity")
_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OTHER_FORMATS = {
    "content": 'write "parts": [{"text": "..."}]',
    "messages": 'take it out: turns are "contents"',
    "weight": "leave it out: the API has no weight of a turn",
}
"""Keys of other services' formats -> what takes their place."""
_OF_METHODS: Mapping[str, Method] = {"completions": "dpo", "references": "rft"}


class Message(dict[str, Any]):
    """An object of the line by its camelCase names, without what is null or wrong; it knows where it stands."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.path = path
        self.spelled: dict[str, str] = {}

    def at(self, name: str) -> str:
        """The path of a field, as the line spells it."""
        return child(self.path, self.spelled.get(name, name))


def child(path: str, key: str) -> str:
    return f"{path}.{key}" if _PLAIN_KEY.fullmatch(key) else f"{path}[{_quoted(key)}]"


def read(method: Method, document: Mapping[str, Any]) -> tuple[Message, list[Finding]]:
    """The example that a line is, as far as it fits the method's message, and what does not fit."""
    reader = _Reader(method)
    return reader.message(MESSAGES[method], document, "$"), reader.findings


def read_message(message: str, document: Mapping[str, Any]) -> tuple[Message, list[Finding]]:
    """Any message of the API (`SingleReinforcementTuningRewardConfig`) in the same way."""
    reader = _Reader("rft")
    return reader.message(message, document, "$"), reader.findings


def fields_of_line(method: Method) -> Mapping[str, Field]:
    """The keys of a line by snake_case name: those of its message, and what Google's pages show beyond."""
    return _fields(MESSAGES[method])


def _fields(message: str) -> Mapping[str, Field]:
    fields = fields_of(message)
    if message == MESSAGES["dpo"]:  # the page of preference tuning has it in each line, the message does not
        return {**fields, "system_instruction": fields_of(MESSAGES["sft"])["system_instruction"]}
    return fields


class _Reader:
    def __init__(self, method: Method) -> None:
        self._method = method
        self._unknown = 0
        self.findings: list[Finding] = []

    def message(self, name: str, document: Mapping[str, Any], path: str) -> Message:
        fields = _fields(name)
        found = Message(path)
        for key, value in document.items():
            field = fields.get(key) or fields.get(snake_case(key))
            if field is None or key not in (field.name, field.wire_name):
                self._unknown_key(key, path, fields)
            elif field.wire_name in found.spelled:
                self._twice(key, path)
            else:
                found.spelled[field.wire_name] = key
                if value is not None:
                    kept = self.value(field, value, child(path, key))
                    if kept is not None:
                        found[field.wire_name] = kept
        return found

    def value(self, field: Field, value: Any, path: str) -> Any:
        """The value as `rules` read it; None for one that is wrong."""
        match field.kind:
            case "any":
                return value
            case "list":
                return self._items(field, value, path)
            case "map" | "message" if not isinstance(value, dict):
                return self._wrong(path, f"{_said(value)} is not an object", _as_object(field, value))
            case "message":
                return self.message(field.message, value, path)
            case "map":
                item = field.item or field
                return {key: self._item(item, part, child(path, key)) for key, part in value.items()}
            case "string" if not isinstance(value, str):
                fix = f"Write {_quoted(show(value))}." if isinstance(value, int | float) else "Write a text."
                return self._wrong(path, f"{_said(value)} is not a text", fix, self._rule_of(path))
            case "boolean" if value not in (True, False, "true", "false") or (
                isinstance(value, int | float) and not (isinstance(value, bool))
            ):
                return self._wrong(path, f"{_said(value)} is not true or false", "Write true or false.")
            case "integer" if not _is_integer(value):
                return self._wrong(path, f"{_said(value)} is not a whole number", "Write a whole number.")
            case "number" if not _is_number(value):
                return self._wrong(path, f"{_said(value)} is not a number", "Write a number.")
            case "enum" if not _is_enum(field, value):
                return self._wrong(path, not_one_of(value, field.values), f"Write {any_of(field.values)}.")
        return value

    def _items(self, field: Field, value: Any, path: str) -> list[Any]:
        item = field.item or field
        # A single value for a list is what samples on Google's pages have: "parts": {"text": ...}.
        if not isinstance(value, list):
            kept = self._single(field, item, value, path)
            return [] if kept is None else [kept]
        found = [self._item(item, part, f"{path}[{index}]") for index, part in enumerate(value)]
        return [part for part in found if part is not None]

    def _single(self, field: Field, item: Field, value: Any, path: str) -> Any:
        if item.kind == "message" and not isinstance(value, dict):
            return self._wrong(path, f"{_said(value)} is not a list", _as_list(field, value))
        return self.value(item, value, path)

    def _item(self, item: Field, value: Any, path: str) -> Any:
        if value is None and item.kind != "any":
            return self._wrong(path, "null is not allowed in a list or map", "Leave it out.", self._rule_of(path))
        return self.value(item, value, path)

    def _rule_of(self, path: str) -> str:
        return "bad-references" if self._method == "rft" and path.startswith("$.references") else "wrong-type"

    def _wrong(self, path: str, message: str, fix: str, rule: str = "") -> None:
        self.findings.append(Finding(rule or self._rule_of(path), path, message, fix))

    def _unknown_key(self, key: str, path: str, fields: Mapping[str, Field]) -> None:
        self._unknown += 1
        fix = self._fix_of(key, path, fields) if self._unknown <= _MOST_HINTS else ""
        self.findings.append(Finding("unknown-field", child(path, key), f"there is no field {show(key)} here", fix))

    def _fix_of(self, key: str, path: str, fields: Mapping[str, Field]) -> str:
        snake = snake_case(key)
        if path == "$" and (method := _OF_METHODS.get(key)):
            return f"It belongs to --method {method}."
        if hint := _OTHER_FORMATS.get(snake):
            return f"{hint[0].upper()}{hint[1:]}."
        names = [field.wire_name for field in fields.values()]
        if close := nearest(key, list(fields)):
            return f"Did you mean {show(fields[close].wire_name)}?"
        return f"There are {any_of(names)}." if len(names) <= _MOST_KEYS else "Leave it out."

    def _twice(self, key: str, path: str) -> None:
        message = "the field is there in both spellings"
        self.findings.append(Finding("unknown-field", child(path, key), message, "Leave one of them out."))


def _is_number(value: Any) -> bool:
    if isinstance(value, str):
        if value in _NUMBER_WORDS:
            return True
        try:
            return math.isfinite(float(value))
        except ValueError:
            return False
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_integer(value: Any) -> bool:
    if isinstance(value, str):
        return re.fullmatch(r"-?[0-9]{1,20}", value) is not None
    if isinstance(value, float):
        return value.is_integer()
    return isinstance(value, int) and not isinstance(value, bool)


def _is_enum(field: Field, value: Any) -> bool:
    if isinstance(value, int):
        return not isinstance(value, bool)
    # Google's samples of declarations have "object" and "OBJECT".
    return isinstance(value, str) and (value.upper() in field.values or value.upper().endswith("_UNSPECIFIED"))


def _as_object(field: Field, value: Any) -> str:
    if isinstance(value, str) and field.message == "Content":
        return 'Write {"parts": [{"text": "..."}]}.'
    return 'Write {"text": "..."}.' if isinstance(value, str) and field.message == "Part" else "Write an object."


def _as_list(field: Field, value: Any) -> str:
    if isinstance(value, str) and field.wire_name == "parts":
        return 'Write [{"text": "..."}].'
    return "Write a list of objects."


def _said(value: Any) -> str:
    """What a value is, without what it says: datasets are nobody's business."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return "a text"
    if isinstance(value, list):
        return "a list"
    return "an object" if isinstance(value, dict) else show(value)


def _quoted(text: str) -> str:
    shown = show(text)
    return f'"{shown[1:-1]}"'
