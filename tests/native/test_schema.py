"""The schema that is kept, and names by it."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_ctune.native import kept_schema, wire_names
from pulumi_ctune.native.served import all_served
from tools import plugin_schema

RESOURCES = list(kept_schema.kept()["resources"])
TEXTS = st.text(alphabet="abcXY_/-", min_size=1, max_size=6)
ANYTHING = st.recursive(TEXTS | st.booleans() | st.integers(0, 9), lambda inner: st.dictionaries(TEXTS, inner))


def test_kept_schema_is_what_the_classes_have() -> None:
    """`make reference` writes it anew."""
    assert kept_schema.kept() == plugin_schema.derived()


def test_every_type_of_the_schema_is_served() -> None:
    assert set(all_served()) == set(RESOURCES)


@pytest.mark.parametrize("type_", RESOURCES)
def test_inputs_and_aliases_are_those_of_the_kind(type_: str) -> None:
    """Each input of a kind, and the type that it has in the dynamic front."""
    kind, said = all_served()[type_].kind, kept_schema.kept()["resources"][type_]

    assert {kept_schema.snake(name) for name in said["inputProperties"]} == {*kind.inputs}
    assert said["aliases"] == [{"type": kind.type}]


def test_everything_is_described() -> None:
    """Editors and generated SDKs show no more than the schema says: of each resource, lookup, type and property."""
    schema = kept_schema.kept()
    parts = {**schema["resources"], **schema["functions"], **schema["types"], "provider": schema["provider"]}
    described = {(name, ""): part for name, part in parts.items()}
    for name, part in parts.items():
        for each in (part, part.get("inputs", {}), part.get("outputs", {})):
            for key in ("properties", "inputProperties"):
                described |= {(name, property_): spec for property_, spec in each.get(key, {}).items()}

    assert [path for path, spec in described.items() if not spec.get("description")] == []


def test_provider_takes_objects_by_the_names_of_inputs() -> None:
    """A key of the config is a text, of an explicit provider an object too."""
    schema = kept_schema.kept()
    said = [
        part["budget"]["description"] for part in (schema["config"]["variables"], schema["provider"]["inputProperties"])
    ]

    assert said == [
        'The budget of each job that has none, in JSON: `{"max_usd": 20}`.',
        'The budget of each job that has none, as an object or its JSON: `{"maxUsd": 20}`.',
    ]


def descriptions() -> list[str]:
    found: list[str] = []

    def look(value: Any) -> None:
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            if key == "description" and isinstance(item, str):
                found.append(item)
            elif isinstance(item, dict | list):
                look(item)

    schema = kept_schema.kept()
    look([schema["resources"], schema["functions"], schema["types"]])
    return found


def test_descriptions_speak_no_python() -> None:
    """But where they describe the code of a reward, which is in Python, and how keys of a map may be spelled."""
    python = r"\b(?:None|True|False|dicts?|mappings?|snake_case|attributes?|\w+Args)\b|\w=[\[{\w]|[.] null"

    assert {word for text in descriptions() for word in re.findall(python, text)} == {"dicts", "snake_case"}


def test_descriptions_name_in_snake_case_what_is_spelled_so() -> None:
    """Names of metrics, series and placeholders, and a key that Google takes as it is written."""
    found = {word for text in descriptions() for word in re.findall(r"\w+(?:_\w+)+", re.sub(r"https?://\S+", "", text))}

    assert {word for word in found if word != word.upper()} == {
        *("exact_match", "eval_total_loss", "eval_mean_reward", "general_quality_v2", "safety_v1", "safety_v3"),
        *("system_instruction", "rouge_type", "snake_case"),
    }


def test_every_choice_has_a_name_that_reads_well_in_each_language() -> None:
    """SDKs make a constant of it: `MatchOperationExactMatch` in Go, `MatchOperation.ExactMatch` in C#."""
    choices = {name: spec["enum"] for name, spec in kept_schema.kept()["types"].items() if "enum" in spec}
    names = {name: [choice["name"] for choice in enum] for name, enum in choices.items()}

    assert [each for all_ in names.values() for each in all_ if not re.fullmatch(r"([A-Z][a-z0-9]+)+", each)] == []
    assert [name for name, each in names.items() if len({*each}) < len(each)] == []
    assert names["ctune:index:TuningMode"] == ["Full", "PeftAdapter"]


def test_every_reference_leads_somewhere() -> None:
    """To a type of the schema, or to Pulumi's own `Any`."""
    found: set[str] = set()

    def look(value: Any) -> None:
        if isinstance(value, dict):
            if isinstance(value.get("$ref"), str):
                found.add(value["$ref"])
            for item in value.values():
                look(item)
        elif isinstance(value, list):
            for item in value:
                look(item)

    look(kept_schema.kept())

    assert found - {f"#/types/{token}" for token in kept_schema.kept()["types"]} == {"pulumi.json#/Any"}


def test_only_the_token_is_a_secret_setting() -> None:
    variables = kept_schema.kept()["config"]["variables"]

    assert [name for name, said in variables.items() if said.get("secret")] == ["accessToken"]


def of(spec: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Values that the schema allows, by the names of the schema."""
    spec = kept_schema.kept()["types"].get(spec.get("$ref", "").removeprefix("#/types/"), spec)
    if "properties" in spec:
        return st.fixed_dictionaries({}, optional={key: of(each) for key, each in spec["properties"].items()})
    if spec.get("type") == "array":
        return st.lists(of(spec["items"]), max_size=2)
    if spec.get("type") == "object":
        return st.dictionaries(TEXTS, of(spec["additionalProperties"]), max_size=2)
    return ANYTHING if spec.get("$ref") else TEXTS


@given(
    st.sampled_from(RESOURCES).flatmap(
        lambda type_: st.tuples(st.just(type_), of(kept_schema.kept()["resources"][type_]))
    )
)
def test_names_come_back_as_they_were(drawn: tuple[str, dict[str, Any]]) -> None:
    """Through the core and back, for any value that the schema allows; keys of maps are never touched."""
    type_, values = drawn
    shape = wire_names.resource(type_)

    in_core = shape.to_core(values)

    assert shape.to_wire(in_core) == values
    assert shape.to_core(in_core) == in_core


def test_keys_of_people_stay() -> None:
    """Labels and triggers are nobody's to rename, nor is what the schema does not know."""
    shape = wire_names.resource("ctune:index:ContinuousTuningJob")
    values = {"labels": {"baseModel": "x", "base_model": "y"}, "triggers": [{"baseModel": 1}], "baseModle": "typo"}

    assert shape.to_core(values) == values
    assert shape.to_wire(values) == values


@pytest.mark.parametrize(
    ("core", "wire"),
    [
        ("pre_tuned_model.checkpoint_id", "preTunedModel.checkpointId"),
        ('labels["base_model x"]', 'labels["base_model x"]'),
        ("labels.base_model", "labels.base_model"),
        (
            "reinforcement_tuning_spec.composite_reward_config.weighted_reward_configs[0].reward_config.reward_name",
            "reinforcementTuningSpec.compositeRewardConfig.weightedRewardConfigs[0].rewardConfig.rewardName",
        ),
    ],
)
def test_path_is_reported_by_the_names_of_the_schema(core: str, wire: str) -> None:
    assert wire_names.resource("ctune:index:ContinuousTuningJob").path_to_wire(core) == wire
