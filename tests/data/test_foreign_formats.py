"""Datasets in the formats of other services and tools: one problem each, with what to write instead."""

import json

import pytest

from pulumi_ctune.data.check import check_dataset

from .examples import SFT, Line, encoded
from .test_check import Bytes

CHAT = [{"role": "user", "content": "Why?"}, {"role": "assistant", "content": "Because."}]
FORMATS: dict[str, tuple[Line, str, str]] = {
    "OpenAI chat": ({"messages": CHAT}, "$.messages", "OpenAI's chat format"),
    "Fireworks": ({"messages": [{**turn, "weight": 1} for turn in CHAT]}, "$.messages", "OpenAI's chat format"),
    "Anthropic": ({"system": "Be brief.", "messages": CHAT}, "$.messages", "OpenAI's chat format"),
    "OpenAI tools": ({"messages": CHAT, "tools": [{"type": "function"}]}, "$.messages", "OpenAI's chat format"),
    "OpenAI completions": ({"prompt": "Why?", "completion": "So."}, "$.prompt", "a prompt and its completion"),
    "TRL": ({"prompt": CHAT[:1], "completion": CHAT[1:], "label": True}, "$.prompt", "a prompt and its completion"),
    "OpenAI preference": (
        {"input": {"messages": CHAT[:1]}, "preferred_output": CHAT[1:], "non_preferred_output": CHAT[1:]},
        "$.preferred_output",
        "a preference",
    ),
    "TRL preference": ({"prompt": "Why?", "chosen": "So.", "rejected": "No."}, "$.chosen", "a preference"),
    "OpenAI batch": ({"custom_id": "1", "method": "POST", "url": "/v1", "body": {}}, "$.custom_id", "a request"),
    "Together text": ({"text": "[INST] Why? [/INST] So."}, "$.text", "plain text"),
    "Alpaca": ({"instruction": "Why?", "input": "", "output": "So.", "text": "..."}, "$.instruction", "Alpaca"),
    "ShareGPT": ({"id": "1", "system": "s", "conversations": [{"from": "human"}]}, "$.conversations", "ShareGPT"),
    "PaLM": ({"input_text": "Why?", "output_text": "So."}, "$.input_text", "PaLM's tuning"),
    "Gemini API": ({"text_input": "Why?", "output": "So."}, "$.text_input", "the Gemini API's tuning"),
    "Label Studio": ({"id": 1, "data": {}, "annotations": [], "meta": {}}, "$.annotations", "Label Studio"),
    "batch prediction": ({"request": SFT["chat"], "response": {}}, "$.request", "batch prediction"),
    "columns": ({"id": 1, "question": "Why?", "answers": []}, "$", "'id', 'question' and 'answers'"),
}


@pytest.mark.parametrize(("line", "path", "words"), FORMATS.values(), ids=FORMATS)
def test_other_format_is_one_problem_a_line(line: Line, path: str, words: str) -> None:
    """It is named at its first key, and what takes its place is said."""
    report = check_dataset(Bytes(encoded(line, line)))

    assert [(problem.line, problem.path) for problem in report.problems] == [(1, path), (2, path)]
    assert {problem.rule for problem in report.problems} <= {"unknown-field", "openai-messages"}
    assert words in report.problems[0].message
    assert report.problems[0].fix.startswith("Write ")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (json.dumps([SFT["chat"]] * 3, indent=2), "a list over many lines"),
        ("[\n" + ",\n".join([json.dumps(SFT["chat"])] * 3) + "\n]\n", "a list over many lines"),
        (json.dumps(SFT["chat"], indent=2), "an object over many lines"),
    ],
    ids=["printed list", "list with an example a line", "printed object"],
)
def test_json_over_many_lines_is_one_error(content: str, words: str) -> None:
    """None of its lines is an example, so nothing is said of each."""
    (problem,) = check_dataset(Bytes(content.encode())).problems

    assert (problem.rule, problem.line, problem.byte) == ("not-json", 1, 0)
    assert words in problem.message
    assert "jq -c" in problem.fix


def test_broken_first_line_is_no_format() -> None:
    """What follows is read: it may be right."""
    report = check_dataset(Bytes(encoded("[", SFT["chat"])))

    assert ([problem.line for problem in report.problems if problem.severity == "error"], report.examples) == ([1], 1)
