"""No text of a check tells a name in snake_case, whatever is wrong where: all messages of the API, all kinds."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from pulumi_ctune.core.canonical import canonical_value
from pulumi_ctune.core.fields import FREE_FORM, Field, fields_of, input_fields
from pulumi_ctune.core.kind import Call, CheckRun
from pulumi_ctune.core.schema_checks import check_fields
from pulumi_ctune.evaluation_run.request import MESSAGES
from pulumi_ctune.native.kept_schema import camel
from pulumi_ctune.native.served import Served, all_served
from pulumi_ctune.native.wording import worded

from .plugin import urn

SNAKE_CASE = re.compile(r"(?<![\w/])[a-z]+(?:_[a-z]+)+(?!\w)")
NO_NAMES = {"exact_match"}
"""What texts give as an example of a name that the user chooses."""
WRONG: tuple[Any, ...] = (True, -7, 0.5, "", "Wrong", [], ["Wrong"], [{}], {}, {"wrong": 1})
VALUES = {
    "ContinuousTuningJob": {"base_model": "gemini-3.5-flash", "supervised_tuning_spec": {}},
    "ModelVersionAlias": {"tuned_model_name": "projects/p/locations/us/models/1@2", "alias": "prod"},
    "ModelDeployment": {"tuned_model_name": "projects/p/locations/us/models/1@2", "endpoint": "Wrong"},
    "ModelCopy": {"source_model_name": "projects/p/locations/us/models/1@2"},
    "EvaluationRun": {"tuned_model_name": "projects/p/locations/us/models/1@2", "data_source": {}},
}


def held_by(field: Field) -> Iterator[str]:
    if field.message:
        yield field.message
    if field.item:
        yield from held_by(field.item)


def messages() -> list[str]:
    """Every message that an input can have in it."""
    found = [*MESSAGES.values(), *FREE_FORM, *(each for field in input_fields().values() for each in held_by(field))]
    for message in found:
        found += [each for field in fields_of(message).values() for each in held_by(field) if each not in found]
    return sorted({*found})


def misspelled(message: str) -> Iterator[str]:
    """A slip in each key, the key of the API, and keys that belong one or two levels deeper."""
    for field in fields_of(message).values():
        yield from (f"{field.wire_name}s", field.wire_name[:-1] + "z", field.wire_name)
        for inner in held_by(field):
            yield from (each.wire_name for each in fields_of(inner).values())
    yield "nothingLikeIt"


def wrongly_given(message: str) -> Iterator[dict[str, Any]]:
    yield {}
    yield from ({key: 1} for key in misspelled(message))
    fields = fields_of(message)
    yield from ({name: value} for name in fields for value in WRONG)
    yield {name: canonical_value(field, "Wrong") for name, field in fields.items()}
    yield {name: {} for name in fields}


def in_snake_case(text: str) -> list[str]:
    return [word for word in SNAKE_CASE.findall(worded(text)) if word not in NO_NAMES]


@pytest.mark.parametrize("message", messages())
def test_reason_within_a_message_of_the_api_names_nothing_in_snake_case(message: str) -> None:
    """Also below maps without a full type, whose names stand in no schema."""
    seen = 0
    for value in wrongly_given(message):
        found: dict[str, str] = {}
        check_fields(message, value, "", found)
        seen += len(found)
        assert [word for text in found.values() for word in in_snake_case(text)] == []

    assert seen


@pytest.mark.parametrize("served", all_served().values(), ids=lambda served: served.name)
def test_reason_at_an_input_names_nothing_in_snake_case(served: Served) -> None:
    """Values of every type at every input, and slips in its name."""
    right, seen = VALUES[served.name], 0
    slips = [*(f"{camel(name)}z" for name in served.kind.inputs), "nothingLikeIt"]
    for name, value in [*((name, value) for name in served.kind.inputs for value in WRONG), *((s, 1) for s in slips)]:
        run = CheckRun(Call("Check", urn(served.name)), {})
        checked = served.kind.check(run, {}, {**right, name: value})
        texts = [*(failure.reason for failure in checked.failures), *checked.warnings, *checked.notes]
        seen += len(texts)
        assert [word for text in texts for word in in_snake_case(text)] == []

    assert seen
