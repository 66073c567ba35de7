"""Lines that can be repaired, and those that cannot."""

import json

import pytest

from pulumi_ctune.data.limits import Method
from pulumi_ctune.data.repair import repaired
from pulumi_ctune.data.slow_check import examine

from .examples import ANSWER, ASK, BETTER, RIGHT, WORSE, Line, turn

INSTRUCTED: Line = {"contents": [ASK, ANSWER], "systemInstruction": turn(None, "Be brief.")}
REPAIRABLE: dict[str, tuple[Method, Line | str, Line]] = {
    "OpenAI's chat": (
        "sft",
        {
            "messages": [
                {"role": "system", "content": "Be brief."},
                {"role": "user", "content": [{"type": "text", "text": "Why?"}]},
                {"role": "assistant", "content": "Because."},
            ]
        },
        INSTRUCTED,
    ),
    "OpenAI's roles": ("sft", {"contents": [ASK, turn("assistant", "Because.")]}, {"contents": [ASK, ANSWER]}),
    "system turn": ("sft", {"contents": [turn("system", "Be brief."), ASK, ANSWER]}, INSTRUCTED),
    "instruction as text": ("sft", {**INSTRUCTED, "systemInstruction": "Be brief."}, INSTRUCTED),
    "parts as text": ("sft", {"contents": [{"role": "user", "parts": "Why?"}, ANSWER]}, {"contents": [ASK, ANSWER]}),
    "two spellings": ("sft", {**INSTRUCTED, "system_instruction": turn(None, "Be brief.")}, INSTRUCTED),
    "key twice": (
        "rft",
        '{"references": {"a": "1"}, "contents": [], "contents": [{"parts": [{"text": "Why?"}]}]}',
        {"references": {"a": "1"}, "contents": [turn(None, "Why?")]},
    ),
    "number as reference": (
        "rft",
        {"contents": [ASK], "references": {"a": 4711}},
        {"contents": [ASK], "references": {"a": "4711"}},
    ),
    "completions": (
        "dpo",
        {"contents": [ASK], "completions": [{**BETTER, "completion": turn("assistant", "Because.")}, WORSE]},
        {"contents": [ASK], "completions": [BETTER, WORSE]},
    ),
}
NOT_REPAIRABLE: list[tuple[Method, Line | str]] = [
    ("sft", "{"),
    ("sft", "[]"),
    ("sft", {"contents": [ASK]}),
    ("sft", {**INSTRUCTED, "system_instruction": turn(None, "Be long.")}),
    ("sft", {"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "tool_calls": []}]}),
    ("sft", {"contents": [ASK, {**ANSWER, "weight": 0}]}),
    ("dpo", {"contents": [ASK], "completions": [BETTER]}),
]


def as_line(line: Line | str) -> bytes:
    return (line if isinstance(line, str) else json.dumps(line)).encode()


@pytest.mark.parametrize(("method", "line", "wanted"), REPAIRABLE.values(), ids=REPAIRABLE.keys())
def test_line_is_repaired(method: Method, line: Line | str, wanted: Line) -> None:
    """What can be said in one way only is said so, and is right then."""
    mended = repaired(method, as_line(line))

    assert mended is not None
    assert json.loads(mended) == wanted
    assert examine(method, mended)[0] == []


@pytest.mark.parametrize(("method", "line"), NOT_REPAIRABLE, ids=str)
def test_line_is_not_guessed(method: Method, line: Line | str) -> None:
    """What would have to be guessed stays as it is."""
    assert repaired(method, as_line(line)) is None


@pytest.mark.parametrize("method", RIGHT)
def test_right_lines_say_the_same_when_repaired(method: Method) -> None:
    """A repair changes nothing that is right."""
    lines = [as_line(line) for line in RIGHT[method].values()]

    examples = [
        [examine(method, line)[1] for line in each]
        for each in (lines, [repaired(method, line) or b"" for line in lines])
    ]

    assert examples[0] == examples[1]
