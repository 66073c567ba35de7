"""The example datasets in stacks/datasets and the held-out rows, held to the formats of Google's tuning pages.

Formats: https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/tuning/supervised-tuning and
https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/tuning/reinforcement-tuning/reinforcement-tuning-job/tuning-dataset
"""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from vertex_emulator.schema import Schema

DATASETS = Path(__file__).parents[2] / "stacks" / "datasets"
LINES = {
    "support-sft-train.jsonl": 40,
    "support-sft-validation.jsonl": 10,
    "support-rft-train.jsonl": 40,
    "support-rft-validation.jsonl": 10,
    "support-held-out.jsonl": 12,
}
SFT = [name for name in LINES if "-rft-" not in name]
RFT = [name for name in LINES if "-rft-" in name]


def examples(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DATASETS / name).read_text(encoding="utf-8").splitlines()]


def roles(example: dict[str, Any]) -> list[str]:
    return [content["role"] for content in example["contents"]]


def first_turn(example: dict[str, Any]) -> str:
    """The opening message in lower case and with single spaces, so that near copies count as copies."""
    return " ".join(example["contents"][0]["parts"][0]["text"].lower().split())


def test_readme_lists_every_file_and_no_other_lies_beside_them() -> None:
    """The folder holds the datasets and the page that explains them, which names each."""
    readme = (DATASETS / "README.md").read_text(encoding="utf-8")

    assert sorted(path.name for path in DATASETS.iterdir()) == sorted([*LINES, "README.md"])
    assert [name for name in LINES if f"`{name}`" not in readme] == []


@pytest.mark.parametrize("name", LINES)
def test_file_is_json_lines_without_blank_ones(name: str) -> None:
    """Each line is one JSON object, the last one ends in a newline, and nothing follows."""
    content = (DATASETS / name).read_bytes().decode("utf-8")

    lines = content.removesuffix("\n").split("\n")

    assert content.endswith("\n")
    assert [type(json.loads(line)) for line in lines] == [dict] * LINES[name]


@pytest.mark.parametrize(
    ("name", "message"),
    [*((name, "GeminiExample") for name in SFT), *((name, "ReinforcementTuningExample") for name in RFT)],
)
def test_line_is_the_message_of_the_api(name: str, message: str) -> None:
    """Names and types are those of the discovery document's message for this kind of example; no field is lost."""
    schema = Schema("v1beta1")

    checked = [schema.checked(message, example) for example in examples(name)]

    assert checked == [(example, []) for example in examples(name)]


@pytest.mark.parametrize("name", SFT)
def test_supervised_example_alternates_and_ends_on_the_model(name: str) -> None:
    """In supervised tuning user and model take turns, and the model has the last word."""
    actual = [roles(example) for example in examples(name)]

    assert actual == [["user", "model"] * (len(turns) // 2) for turns in actual]
    assert all(actual)


@pytest.mark.parametrize("name", RFT)
def test_reinforcement_example_ends_on_the_user(name: str) -> None:
    """In reinforcement tuning the last turn is the prompt, and there is no target answer."""
    actual = [roles(example) for example in examples(name)]

    assert actual == [["user", "model"] * (len(turns) // 2) + ["user"] for turns in actual]
    assert {key for example in examples(name) for key in example} == {"systemInstruction", "contents", "references"}


@pytest.mark.parametrize("name", RFT)
def test_references_hold_the_result_that_the_instruction_asks_for(name: str) -> None:
    """`result` is `<queue>/<amount>` as the instruction spells it, and `queue` is one that the instruction explains."""
    actual = [example["references"] for example in examples(name)]
    instructions = [example["systemInstruction"]["parts"][0]["text"] for example in examples(name)]

    assert [sorted(item) for item in actual] == [["queue", "result"]] * LINES[name]
    assert [item for item in actual if not re.fullmatch(re.escape(item["queue"]) + r"/\d+\.\d\d", item["result"])] == []
    assert [item for item, text in zip(actual, instructions, strict=True) if f"\n{item['queue']}: " not in text] == []


@pytest.mark.parametrize("kind", ["sft", "rft"])
def test_no_conversation_occurs_twice(kind: str) -> None:
    """Validation examples and held-out rows are none of the training ones, and no file repeats itself."""
    names = [f"support-{kind}-train.jsonl", f"support-{kind}-validation.jsonl", "support-held-out.jsonl"]

    first_turns = [first_turn(example) for name in names for example in examples(name)]

    assert len(set(first_turns)) == len(first_turns) == sum(LINES[name] for name in names)
