"""Inputs and states as typed values: parsed once, and tolerant of what earlier releases and hands have left."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import pulumi_ctune.tuning_job
from pulumi_ctune.core.source import Source
from pulumi_ctune.tuning_job.attributes import INPUTS, OUTPUTS
from pulumi_ctune.tuning_job.request import Request
from pulumi_ctune.tuning_job.state import PutBefore, State

from .job_inputs import MODEL, RFT, SFT

FOLDER = Path(pulumi_ctune.tuning_job.__file__).parent
BY_KEY = {
    "request": "parses inputs",
    "state": "parses states",
    "diff": "takes inputs of a `Draft`, as `Inputs`",
    "kind": "takes inputs of a `Draft`, as `Inputs`",
    "draft": "parses inputs of which some are not known yet",
    "metadata": "returns inputs, as `Inputs`",
    "preview": "takes inputs of a check, not all of which are known",
    "spending": "takes the budget of a check as it is written",
}
"""The modules that may look inputs and outputs up by their keys, and why."""


def keys_looked_up(path: Path) -> Iterator[str]:
    """The texts in `mapping["key"]` and `mapping.get("key")` of a file."""
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Subscript(slice=ast.Constant(value=str(key)), ctx=ast.Load()):
                yield key
            case ast.Call(func=ast.Attribute(attr="get"), args=[ast.Constant(value=str(key)), *_]):
                yield key


def test_inputs_and_outputs_are_looked_up_by_key_only_where_they_are_parsed() -> None:
    """Everywhere else they are attributes: the type checker sees one that is missing or misspelled."""
    others = [path for path in FOLDER.glob("*.py") if path.stem not in BY_KEY]

    assert {
        f"{path.name}: {key}" for path in others for key in keys_looked_up(path) if key in INPUTS + OUTPUTS
    } == set()


@pytest.mark.parametrize("written", ["2", 2, 2.0], ids=repr)
def test_checkpoint_is_one_text_in_each_spelling(written: object) -> None:
    """The API's ids are texts; people write the number, and the engine makes a float of it."""
    source = {"tuned_model_name": f"{MODEL}@2", "checkpoint_id": written}

    assert Request.parse({**RFT, "pre_tuned_model": source}).source == Source(f"{MODEL}@2", "2")


def test_absent_inputs_are_empty() -> None:
    """Left out, None and empty mean the same."""
    empty = dict.fromkeys(("description", "service_account", "adopt_job", "labels", "triggers", "pre_tuned_model"))

    parsed = [Request.parse(inputs) for inputs in (SFT, SFT | empty, SFT | {"description": "", "labels": {}})]

    assert {(each.description, each.service_account, each.adopt_job) for each in parsed} == {("", "", "")}
    assert [(dict(each.labels), each.source, each.deletion_policy) for each in parsed] == [({}, None, "ABANDON")] * 3


@pytest.mark.parametrize(
    "held",
    [
        {},
        dict.fromkeys((*INPUTS, *OUTPUTS)),
        {"create_time": "yesterday", "start_time": "", "source_model_name": "", "pre_tuned_model": {}},
    ],
    ids=["empty", "none", "odd"],
)
def test_what_a_state_does_not_tell_is_empty(held: dict[str, Any]) -> None:
    """A run that was cut short, or an earlier release, left less; nothing fails over it."""
    saved = State.parse(held)

    assert (saved.name, saved.tuned_model_name, saved.source, saved.named_source) == ("", "", None, None)
    assert (saved.create_time, saved.job.start_time, saved.hold, saved.put_before) == (None, None, "", PutBefore())
    assert saved.projects == ()


def test_what_an_update_left_to_do_is_kept_until_it_is_done() -> None:
    """The note of an update that failed, and what the inputs of the state put, are remembered together."""
    held = {
        "labels": {"team": "a", "cost": 4711},
        "__put_before": {"labels": ["old"], "description": True},
        "__recorded": True,
    }

    assert State.parse(held).remembering() == PutBefore(frozenset({"old", "team", "cost"}), True, True)
