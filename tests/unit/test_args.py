"""The typed inputs, held against the API's discovery document."""

import ast
import inspect
import itertools
import types
import typing
from collections.abc import Awaitable, Mapping, Sequence
from typing import Any, Literal, Union, get_args, get_origin

import pulumi
import pytest

import pulumi_ctune
from pulumi_ctune.core.canonical import ADAPTER_SIZES
from pulumi_ctune.core.fields import Field, fields_of, input_fields
from pulumi_ctune.core.message_rules import AT_MOST_ONE, EXACTLY_ONE, REQUIRED
from pulumi_ctune.program import args, reward_args

CLASSES: Mapping[str, Any] = {
    "PreTunedModel": args.PreTunedModelArgs,
    "SupervisedTuningSpec": args.SupervisedTuningSpecArgs,
    "SupervisedHyperParameters": args.SupervisedHyperParametersArgs,
    "EvaluationConfig": args.EvaluationConfigArgs,
    "PreferenceOptimizationSpec": args.PreferenceOptimizationSpecArgs,
    "PreferenceOptimizationHyperParameters": args.PreferenceOptimizationHyperParametersArgs,
    "ReinforcementTuningSpec": args.ReinforcementTuningSpecArgs,
    "ReinforcementTuningHyperParameters": args.ReinforcementTuningHyperParametersArgs,
    "EncryptionSpec": args.EncryptionSpecArgs,
    "SingleReinforcementTuningRewardConfig": reward_args.SingleReinforcementTuningRewardConfigArgs,
    "CompositeReinforcementTuningRewardConfig": reward_args.CompositeReinforcementTuningRewardConfigArgs,
    "CompositeReinforcementTuningRewardConfigWeightedRewardConfig": reward_args.WeightedRewardConfigArgs,
    "ReinforcementTuningParseResponseConfig": reward_args.ParseResponseConfigArgs,
    "ReinforcementTuningStringMatchRewardScorer": reward_args.StringMatchRewardScorerArgs,
    "ReinforcementTuningStringMatchRewardScorerStringMatchExpression": reward_args.StringMatchExpressionArgs,
    "ReinforcementTuningStringMatchRewardScorerJsonMatchExpression": reward_args.JsonMatchExpressionArgs,
    "ReinforcementTuningCodeExecutionRewardScorer": reward_args.CodeExecutionRewardScorerArgs,
    "ReinforcementTuningAutoraterScorer": reward_args.AutoraterScorerArgs,
    "AutoraterConfig": reward_args.AutoraterConfigArgs,
    "ReinforcementTuningAutoraterScorerExactMatchScorer": reward_args.ExactMatchScorerArgs,
    "ReinforcementTuningAutoraterScorerParsedResponseConversionScorer": reward_args.ParsedResponseConversionScorerArgs,
    "ReinforcementTuningCloudRunRewardScorer": reward_args.CloudRunRewardScorerArgs,
}

PLAIN_MESSAGES = ("GenerationConfig", "Metric", "OutputConfig", "DatasetCustomMetric")
"""Messages of other services, which are offered as plain mappings."""

each_message = pytest.mark.parametrize("message", CLASSES)


@each_message
def test_class_has_the_fields_of_its_message(message: str) -> None:
    """No field of the API is missing, and none is made up."""
    assert set(_hints(message)) == set(fields_of(message))


@each_message
def test_fields_have_the_kinds_of_the_message(message: str) -> None:
    """Text is text and numbers are numbers, enums list the API's names, nested messages have their classes."""
    kinds = {name: _kind(hint) for name, hint in _hints(message).items()}

    assert kinds == {name: _expected_kind(field) for name, field in fields_of(message).items()}


def test_every_nested_message_has_a_class() -> None:
    """From the job's inputs down, only messages of other services are left as plain mappings."""
    inputs = {field.message for field in input_fields().values() if field.kind == "message"}
    nested = {
        found.message
        for message in CLASSES
        for field in fields_of(message).values()
        for found in (field, field.item)
        if found and found.message
    }

    assert inputs | nested == {*CLASSES, *PLAIN_MESSAGES}


@each_message
def test_class_call_is_the_plain_dict(message: str) -> None:
    """The class and the dict are one and the same thing at run time."""
    values = {name: object() for name in fields_of(message)}

    made = CLASSES[message](**values)

    assert (type(made), made) == (dict, values)


@each_message
def test_fields_are_documented(message: str) -> None:
    """Under each field stands what it means, and its default unless it must be given or is one of several."""
    documents = _documents(CLASSES[message])
    one_of_several = {name for group in (EXACTLY_ONE.get(message, ()), *AT_MOST_ONE.get(message, ())) for name in group}

    without_default = [
        name
        for name, hint in _hints(message).items()
        if get_origin(hint) is not typing.Required and "Default: " not in documents[name]
    ]

    assert set(without_default) <= one_of_several


@each_message
def test_type_checker_and_preview_demand_the_same_fields(message: str) -> None:
    """Only `expression`, which may be empty and so cannot be told from absent on the wire, is left to type checkers."""
    required = {name for name, hint in _hints(message).items() if get_origin(hint) is typing.Required}

    assert required - {"expression"} == {name for owner, name in REQUIRED if owner == message}


@each_message
def test_class_links_to_google(message: str) -> None:
    """The page that documents the message is a click away."""
    assert "https://docs.cloud.google.com/" in (CLASSES[message].__doc__ or "")


def test_classes_are_public() -> None:
    """People write `ctune.SupervisedTuningSpecArgs`."""
    names = {cls.__name__ for cls in CLASSES.values()}

    assert names <= set(pulumi_ctune.__all__)


def _hints(message: str) -> dict[str, Any]:
    """Annotations by field. `pulumi.Input` holds names that only its own module can resolve."""
    return typing.get_type_hints(CLASSES[message], globalns=vars(pulumi.output), include_extras=True)


def _documents(cls: type) -> dict[str, str]:
    """The text under each field: a type checker skips it, and Python throws it away, so it is read from the source."""
    module = inspect.getmodule(cls)
    assert module is not None
    tree = ast.parse(inspect.getsource(module))
    body = next(node.body for node in tree.body if isinstance(node, ast.ClassDef) and node.name == cls.__name__)
    return {
        field.target.id: str(text.value.value)
        for field, text in itertools.pairwise(body)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
    }


def _expected_kind(field: Field) -> Any:
    match field.kind:
        case "message":
            return CLASSES.get(field.message, "mapping")
        case "list" if field.item is not None:
            return [CLASSES.get(field.item.message, "mapping")]
        case "enum" if field.name == "adapter_size":
            return {*field.values, *ADAPTER_SIZES}
        case "enum":
            return set(field.values)
        case "string" if field.name == "checkpoint_id":
            return {"string", "integer", "nothing"}  # so that an output which may be absent fits
    return {field.kind}


def _kind(hint: Any) -> Any:
    """The kind behind `Required[Input[...]]`, in `_expected_kind`'s words."""
    if get_origin(hint) is typing.Required:
        (hint,) = get_args(hint)
    members = [member for member in _members(hint) if get_origin(member) not in (pulumi.Output, Awaitable)]
    if get_origin(members[0]) is Sequence:
        return [_kind(get_args(members[0])[0])]
    if get_origin(members[0]) is Mapping:
        return "mapping"
    if get_origin(members[0]) is Literal:
        return set(get_args(members[0]))
    if typing.is_typeddict(members[0]):
        return members[0]
    words = {str: "string", int: "integer", float: "number", bool: "boolean", types.NoneType: "nothing"}
    return {words[member] for member in members}


def _members(hint: Any) -> list[Any]:
    if get_origin(hint) in (Union, types.UnionType):
        return [inner for member in get_args(hint) for inner in _members(member)]
    return [hint]
