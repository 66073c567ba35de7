"""The rules that the API's schema has: which keys a message knows, of which kind their values are.

Walks the inputs along `fields` and asks `message_rules` for what holds beyond the schema. Unknown values are skipped;
None is the same as absent.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pulumi_ctune.core.canonical import ADAPTER_SIZES, canonical_value
from pulumi_ctune.core.fields import FREE_FORM, Field, by_name, field_of, fields_of, snake_case
from pulumi_ctune.core.message_rules import FORMS, RANGES, REQUIRED, check_message
from pulumi_ctune.core.messages import (
    Findings,
    any_of,
    child,
    did_you_mean,
    nearest,
    not_one_of,
    quoted,
    show,
)
from pulumi_ctune.core.values import Unknown, is_finite, text_of

_OUTPUTS = {("PreTunedModel", "base_model"): "the base model follows from the tuned model"}
_ELSEWHERE_AT = {"pointwise_metric_spec", "predefined_metric_spec"}  # a metric of an evaluation
_ELSEWHERE = {
    "prompt_template": "give it as 'pointwise_metric_spec.metric_prompt_template'",
    "metric_prompt_template": "it belongs in 'pointwise_metric_spec'",
    "judge_model_system_instruction": "give it as 'pointwise_metric_spec.system_instruction'",
    "system_instruction": "it belongs in 'pointwise_metric_spec'",
    "name": "a predefined metric is 'predefined_metric_spec.metric_spec_name', and other metrics have no name",
}
"""Keys of google-genai's `Metric`, which the API spells otherwise."""
_MOST_HINTS = 20  # unknown keys of one message; more of them are no slip of the pen
_MOST_KEYS = 16  # up to here all keys of a message are listed


def check_field(message: str, field: Field, value: Any, path: str, found: Findings, *, free_form: bool = False) -> None:
    """Add what is wrong with one field of a message (named as in `fields.fields_of`), and below it.

    `free_form`: it lies in a map in which keys may be spelled as the API does.
    """
    if value is None or isinstance(value, Unknown):
        return
    canonical = value if field.kind in ("message", "list", "map") else canonical_value(field, value)
    if reason := _wrong_kind(field, value, canonical):
        found.setdefault(path, reason)
    elif field.kind == "message":
        check_fields(field.message, value, path, found, free_form=free_form)
    elif field.kind == "list" and field.item is not None:
        for index, item in enumerate(value):
            check_field(message, field.item, item, f"{path}[{index}]", found, free_form=free_form)
    elif field.kind == "map" and field.item is not None:
        for key, item in value.items():
            item = text_of(item) if field.item.kind == "string" else item
            check_field(message, field.item, item, child(path, key), found, free_form=free_form)
    elif limits := RANGES.get((message, field.name)):
        if reason := limits.reason(canonical):
            found.setdefault(path, reason)
    elif canonical != "" and (form := FORMS.get((message, field.name))) and (reason := form(canonical)):
        found.setdefault(path, reason)


def check_fields(
    message: str, value: Mapping[str, Any], path: str, found: Findings, *, free_form: bool = False
) -> None:
    """Add what is wrong with a message (named as in `fields.fields_of`), and below it."""
    fields = fields_of(message)
    free_form = free_form or message in FREE_FORM
    unknown = 0
    for key, item in value.items():
        field = field_of(fields, key) if free_form else fields.get(key)
        if field and key != field.name and value.get(field.name) is not None:
            found.setdefault(child(path, key), "given in both spellings, in snake_case too: write one of them")
        elif field:
            check_field(message, field, item, child(path, key), found, free_form=free_form)
        elif item is not None:
            unknown += 1
            reason = _unknown_key(message, key, free_form) if unknown <= _MOST_HINTS else "no such key"
            found.setdefault(child(path, key), reason)
    check_message(message, by_name(value, fields) if free_form else value, path, found)


def _unknown_key(message: str, key: object, free_form: bool) -> str:
    if isinstance(key, str) and (why := _OUTPUTS.get((message, key))):
        return f"an output of the API, not an input: leave it out, {why}"
    fields = fields_of(message)
    if free_form and isinstance(key, str) and key != snake_case(key):
        close = nearest(snake_case(key), list(fields))
        if close and snake_case(key) not in _ELSEWHERE:
            return f"no such key; did you mean {show(fields[close].wire_name)}?"
    return unknown_key(key, fields)


def unknown_key(key: object, fields: Mapping[str, Field], others: Sequence[str] = ()) -> str:
    """The reason for a key that is none of these: where it belongs, what was meant, or which keys there are."""
    word = snake_case(key) if isinstance(key, str) else ""
    keys = [*fields, *others]
    homes = list(_homes_of(word, fields, depth=2))
    if hint := _ELSEWHERE.get(word, "") if set(fields) >= _ELSEWHERE_AT else "":
        return f"no such key here; {hint}"
    if word not in keys and homes:
        return f"no such key here; {show(word)} belongs in {any_of(homes)}"
    if close := nearest(word, keys):
        return f"no such key; did you mean {show(close)}?"
    return f"no such key; there are {any_of(keys)}" if len(keys) <= _MOST_KEYS else "no such key"


def _homes_of(name: str, fields: Mapping[str, Field], depth: int) -> Iterator[str]:
    """The nested messages, by path, that have a field of this name, down to `depth` levels below these fields."""
    for outer, field in fields.items():
        if field.kind == "message":
            inner = fields_of(field.message)
            if name in inner:
                yield outer
            elif depth > 1:
                yield from (f"{outer}.{home}" for home in _homes_of(name, inner, depth - 1))


def _wrong_kind(field: Field, value: Any, canonical: Any) -> str:
    """Why a value does not fit the field's kind; "" if it does."""
    match field.kind:
        case "string" if not isinstance(canonical, str):
            return f"{show(value)} is not text{quoted(value)}"
        case "integer" if not isinstance(canonical, int) or isinstance(canonical, bool):
            return f"{show(value)} is not a whole number{_nearest_whole(value)}"
        case "number" if not is_finite(canonical):
            return f"{show(value)} is not a number"
        case "boolean" if not isinstance(value, bool):
            meant = {"true": "True", "false": "False"}.get(value.lower()) if isinstance(value, str) else None
            return f"{show(value)} is not True or False" + (f"; write {meant}, without quotes" if meant else "")
        case "enum" if canonical not in field.values:
            return _not_in_enum(field, value)
        case "message" | "map" if not isinstance(value, Mapping):
            return f"{show(value)} is not a dict{_as_dict(field, value)}"
        case "list" if not isinstance(value, list | tuple):
            return f"{show(value)} is not a list; write [...] around it"
    return ""


def _as_dict(field: Field, value: Any) -> str:
    if isinstance(value, list | tuple) and len(value) == 1 and isinstance(value[0], Mapping):
        return "; write the dict itself, without the list around it"
    wanted = [name for message, name in REQUIRED if message == field.message]
    return f"; write {{{show(wanted[0])}: {show(value)}}}" if isinstance(value, str) and len(wanted) == 1 else ""


def _not_in_enum(field: Field, value: Any) -> str:
    if field.name != "adapter_size":
        return not_one_of(value, field.values)
    sizes = list(ADAPTER_SIZES)
    if is_finite(value):
        size = min(sizes, key=lambda size: abs(size - value))
        return f"{show(value)} is not an adapter size: {_numbers(sizes)} is allowed; the nearest is {size}"
    also = f"or a name such as 'ADAPTER_SIZE_FOUR'{did_you_mean(value, field.values)}"
    return f"{show(value)} is not an adapter size: {_numbers(sizes)} is allowed, {also}"


def _numbers(numbers: list[int]) -> str:
    return f"{', '.join(map(str, numbers[:-1]))} or {numbers[-1]}"


def _nearest_whole(value: Any) -> str:
    if isinstance(value, float) and math.isfinite(value):
        return f"; the nearest is {round(value)}"
    return ""
