"""The canonical form of a job's inputs: one spelling for each meaning.

`4` and `ADAPTER_SIZE_FOUR`, `1` and `1.0`, `"2"` and `2`, a base model's id and its full name, an absent field and its
documented default, `metricConfig` and `metric_config` are the same request. Whatever compares or hashes requests does
it on this form: `diff`, `ownership`, `difference_texts`. Also the way to and from the wire (camelCase).

Values that do not fit their field are left as they are, so that `checks` can name them; unknown values stay `UNKNOWN`.
"""

import re
from collections.abc import Mapping
from typing import Any

from pulumi_ctune.core import names
from pulumi_ctune.core.fields import Field, field_of, fields_of, input_fields
from pulumi_ctune.core.values import (
    Unknown,
    is_number,
    number_of,
    storable,
    text_of,
)

ADAPTER_SIZES = {
    1: "ADAPTER_SIZE_ONE",
    2: "ADAPTER_SIZE_TWO",
    4: "ADAPTER_SIZE_FOUR",
    8: "ADAPTER_SIZE_EIGHT",
    16: "ADAPTER_SIZE_SIXTEEN",
    32: "ADAPTER_SIZE_THIRTY_TWO",
}
"""The plain numbers that Google's pages write, and the names that the API takes."""

METRIC_SPECS = ("_metric_spec", "exact_match_spec", "bleu_spec", "rouge_spec", "custom_code_execution_spec")
"""Ends of the names of messages that choose a metric, empty ones too."""
_CHOICES = ("_scorer", *METRIC_SPECS)

# Documented defaults:
# https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/tuning/reinforcement-tuning/reinforcement-tuning-job/hyperparameters
# and .../models/gemini-use-supervised-tuning. A default that the service computes from the data (epochs, intervals)
# is no constant and not here.
_DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "SupervisedTuningSpec": {"export_last_checkpoint_only": False, "tuning_mode": "TUNING_MODE_PEFT_ADAPTER"},
    "PreferenceOptimizationSpec": {"export_last_checkpoint_only": False},
    "SupervisedHyperParameters": {"learning_rate_multiplier": 1.0},
    "PreferenceOptimizationHyperParameters": {"learning_rate_multiplier": 1.0},
    "ReinforcementTuningHyperParameters": {
        "learning_rate_multiplier": 1.0,
        "batch_size": 32,
        "samples_per_prompt": 16,
        "thinking_level": "HIGH",
        "max_output_tokens": 32768,
        "adapter_size": "ADAPTER_SIZE_SIXTEEN",
    },
    "ReinforcementTuningStringMatchRewardScorer": {"correct_answer_reward": 0.0, "wrong_answer_reward": 0.0},
    "ReinforcementTuningAutoraterScorerExactMatchScorer": {"correct_answer_reward": 0.0, "wrong_answer_reward": 0.0},
    "ReinforcementTuningParseResponseConfig": {"parse_type": "IDENTITY"},
    "AutoraterConfig": {"sampling_count": 4},
}


def canonical_inputs(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The request part of the inputs in canonical form, snake_case, defaults left out.

    Other inputs (`project`, `triggers`, ...) are dropped.
    """
    return _message(inputs, input_fields(), {}, for_wire=False)


def request_body(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The request part of the inputs as the API wants it: camelCase, enum names, whole numbers.

    Defaults that the user wrote out stay in it, and so does the base model as the user named it.
    """
    return _to_wire(_message(inputs, input_fields(), {}, for_wire=True), input_fields())


def inputs_of_wire(document: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs that a `TuningJob` document of the API stands for, in canonical form.

    Fields that are no inputs are dropped.
    """
    return canonical_inputs(_from_wire(document, input_fields()))


def canonical_message(message: str, value: Mapping[str, Any]) -> dict[str, Any]:
    """A message of the API (named as in `fields.fields_of`) in canonical form."""
    return _message(value, fields_of(message), _DEFAULTS.get(message, {}), for_wire=False)


def wire_message(message: str, value: Mapping[str, Any]) -> dict[str, Any]:
    """The message as the API wants it: camelCase, enum names, whole numbers."""
    fields = fields_of(message)
    return _to_wire(_message(value, fields, {}, for_wire=True), fields)


def canonical_triggers(triggers: Any) -> Any:
    """Triggers with whole numbers as ints, at any depth: the engine hands every number over as a float.

    Unknown values stay; NaN and the infinities become their names, as in a state.
    """
    if is_number(triggers):
        number = float(triggers)  # an int too: one beyond 2**53 has lost its last digits on the way to the state
        return int(number) if number.is_integer() else storable(number)
    if isinstance(triggers, list | tuple):
        return [canonical_triggers(item) for item in triggers]
    if isinstance(triggers, Mapping):
        return {key: canonical_triggers(item) for key, item in triggers.items()}
    return triggers


def _message(
    value: Mapping[str, Any], fields: Mapping[str, Field], defaults: Mapping[str, Any], *, for_wire: bool
) -> dict[str, Any]:
    found = {}
    for key, item in value.items():
        field = field_of(fields, key)
        if field is None or item is None:
            continue
        name = field.name
        item = canonical_value(field, item, for_wire=for_wire)
        if not for_wire and (_is_empty(field, item) or (name in defaults and item == defaults[name])):
            continue
        found[name] = item
    return found


def canonical_value(field: Field, value: Any, *, for_wire: bool = False) -> Any:
    """One value in canonical form; a value of the wrong kind is returned unchanged."""
    if isinstance(value, Unknown):
        return value
    match field.kind:
        case "message" if isinstance(value, Mapping):
            defaults = _DEFAULTS.get(field.message, {})
            return _message(value, fields_of(field.message), defaults, for_wire=for_wire)
        case "list" if isinstance(value, list | tuple) and field.item is not None:
            return [canonical_value(field.item, item, for_wire=for_wire) for item in value]
        case "map" if isinstance(value, Mapping) and field.item is not None:
            texts = field.item.kind == "string"
            items = {
                key: canonical_value(field.item, text_of(item) if texts else item, for_wire=for_wire)
                for key, item in value.items()
            }
            return {key: item for key, item in items.items() if item is not None}
        case "integer":
            return _integer(value)
        case "number":
            number = number_of(value)
            return float(number) if is_number(number) else value
        case "enum":
            return _enum(field, value)
        case "string" if field.name == "checkpoint_id":
            return _checkpoint_id(value)
        case "string" if field.name == "base_model" and isinstance(value, str) and not for_wire:
            return names.publisher_model_id(value) or value
    return value


def _integer(value: Any) -> Any:
    """Whole numbers in each spelling that JSON has for an int64: 2, 2.0, "2", "2.0", "2e0"."""
    number = number_of(value)
    if isinstance(number, float) and number.is_integer():
        number = int(number)
    return number if isinstance(number, int) and abs(number) < 2**63 else value


def _enum(field: Field, value: Any) -> Any:
    if field.name == "adapter_size" and isinstance(number := _integer(value), int) and not isinstance(value, bool):
        return ADAPTER_SIZES.get(number, value)
    return value


def _checkpoint_id(value: Any) -> Any:
    """The API's ids are text; people write the number, and the engine makes a float of it."""
    is_text = isinstance(value, str) and not re.fullmatch(r"-?[0-9]{1,19}", value)
    number = value if is_text else _integer(value)
    return str(number) if isinstance(number, int) and not isinstance(number, bool) else value


def _is_empty(field: Field, value: Any) -> bool:
    """Whether absent means the same.

    A scorer and the spec of a metric are choices by their presence, whatever is in them:
    `parsed_response_conversion_scorer: {}`, `exact_match_spec: {}`, or an autorater with nothing but defaults.
    """
    if field.kind == "message":
        return value == {} and not field.name.endswith(_CHOICES)
    if field.kind == "enum":
        return isinstance(value, str) and value.endswith("_UNSPECIFIED")
    return value in ("", [], {}) and field.kind in ("string", "list", "map")


def _to_wire(value: Mapping[str, Any], fields: Mapping[str, Field]) -> dict[str, Any]:
    return {fields[name].wire_name: _wire_value(fields[name], item) for name, item in value.items()}


def _wire_value(field: Field, value: Any) -> Any:
    if field.kind == "message" and isinstance(value, Mapping):
        return _to_wire(value, fields_of(field.message))
    if field.kind == "list" and field.item is not None and isinstance(value, list):
        return [_wire_value(field.item, item) for item in value]
    return value


def _from_wire(document: Mapping[str, Any], fields: Mapping[str, Field]) -> dict[str, Any]:
    by_wire_name = {field.wire_name: field for field in fields.values()}
    return {
        by_wire_name[wire_name].name: _plain_value(by_wire_name[wire_name], item)
        for wire_name, item in document.items()
        if wire_name in by_wire_name
    }


def _plain_value(field: Field, value: Any) -> Any:
    if field.kind == "message" and isinstance(value, Mapping):
        return _from_wire(value, fields_of(field.message))
    if field.kind == "list" and field.item is not None and isinstance(value, list):
        return [_plain_value(field.item, item) for item in value]
    return value
