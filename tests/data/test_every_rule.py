"""Each rule of the contract: that it can be met, and that its problem has all that a reader needs."""

from typing import Any

import pytest

from pulumi_ctune.data.limits import Method
from pulumi_ctune.data.problems import ERRORS, RULES, severity_of
from tests.data.examples import ANSWER, ASK, CALL, IMAGE, WEATHER, Line, encoded, turn
from tests.data.test_check import checked, sft

PROMPT: Line = {"contents": [ASK], "references": {"answer": "42"}}
COMPARED = {"contents": [ASK]}
WRONG_CALL = {"functionCall": {"name": "get_current_weather", "args": {"city": 1}}}
LONG = " ".join(f"word{number}" for number in range(60))

MET: dict[str, tuple[Method, bytes, int]] = {
    # rule: the method, a dataset, the line that breaks it
    "not-utf8": ("sft", encoded(sft("a", "b")) + b'{"contents": "\xff"}', 2),
    "not-json": ("sft", encoded(sft("a", "b"), "{"), 2),
    "not-an-object": ("sft", encoded(sft("a", "b"), "[]"), 2),
    "unknown-field": ("sft", encoded({"contents": [ASK, ANSWER], "weight": 1}), 1),
    "wrong-type": ("sft", encoded({"contents": [turn("user", {"text": 5}), ANSWER]}), 1),
    "missing-field": ("sft", encoded({"systemInstruction": ANSWER}), 1),
    "empty-contents": ("sft", encoded({"contents": []}), 1),
    "bad-role": ("sft", encoded({"contents": [ASK, turn("assistant", "b")]}), 1),
    "last-turn": ("sft", encoded({"contents": [ASK]}), 1),
    "empty-parts": ("sft", encoded({"contents": [turn("user"), ANSWER]}), 1),
    "part-kind": ("sft", encoded({"contents": [turn("user", {}), ANSWER]}), 1),
    "openai-messages": ("sft", encoded({"messages": [{"role": "user", "content": "a"}]}), 1),
    "completions": ("dpo", encoded({**COMPARED, "completions": []}), 1),
    "bad-references": ("rft", encoded({"contents": [ASK], "references": {"answer": 42}}), 1),
    "reference-missing": ("rft", encoded({"contents": [ASK]}), 1),
    "undeclared-function": ("sft", encoded({"contents": [ASK, turn("model", CALL)]}), 1),
    "function-arguments": (
        "sft",
        encoded(
            {
                "contents": [
                    ASK,
                    turn("model", {"functionCall": {"name": "get_current_weather", "args": {"city": 1}}}),
                ],
                "tools": [WEATHER],
            }
        ),
        1,
    ),
    "function-response-missing": (
        "sft",
        encoded({"contents": [ASK, turn("model", CALL), ASK, ANSWER], "tools": [WEATHER]}),
        1,
    ),
    "media-type": (
        "sft",
        encoded({"contents": [turn("user", {"fileData": {"mimeType": "x/y", "fileUri": "gs://b/o"}}), ANSWER]}),
        1,
    ),
    "too-long": ("rft", encoded({"contents": [turn("user", "word " * 40_000)], "references": {"answer": ""}}), 1),
    "media-limit": ("sft", encoded({"contents": [turn("user", *[IMAGE] * 31), ANSWER]}), 1),
    "duplicate-line": ("sft", encoded(sft("a", "b"), sft("a", "b")), 2),
    "duplicate-example": ("sft", encoded(sft("a", "b"), sft(" A", "b")), 2),
    "contradiction": ("sft", encoded(sft("a", "b"), sft("a", "c")), 2),
    "duplicate-key": ("sft", encoded(sft("a", "b")) + b'{"contents": [], ' + encoded(sft("c", "d"))[1:], 2),
    "byte-order-mark": ("sft", b"\xef\xbb\xbf" + encoded(sft("a", "b")), 1),
    "blank-line": ("sft", encoded(sft("a", "b"), ""), 2),
    "near-duplicate": ("sft", encoded(sft(LONG, "b"), sft(f"{LONG} more", "b")), 2),
}
OF_FILES = {
    "file-too-large",
    "too-many-examples",
    "validation-too-large",
    "no-examples",
    "few-examples",
    "crlf",
    "not-jsonl-name",
}
"""Rules without a line; `test_check` meets each of them."""


def test_every_rule_is_met_here() -> None:
    """No id of the contract is only a word; `leakage` needs two datasets."""
    assert MET.keys() | OF_FILES | {"leakage"} == RULES.keys()


@pytest.mark.parametrize("rule", MET)
def test_problem_has_line_byte_path_and_fix(rule: str) -> None:
    """The byte lies within the line that is named, and severity and fix are there."""
    method, content, line = MET[rule]
    options: dict[str, Any] = {"method": method, "near_duplicates": True, "references": frozenset({"answer"})}
    if method != "rft":
        del options["references"]

    report = checked(content, **options)

    problem = next(each for each in report.problems if each.rule == rule)
    before = sum(len(each) + 1 for each in content.split(b"\n")[: line - 1])
    length = len(content.split(b"\n")[line - 1])
    assert (problem.line, problem.severity, problem.path[:1]) == (line, severity_of(rule), "$")
    assert problem.byte is not None
    assert before <= problem.byte <= before + length
    assert (problem.message, problem.fix) != ("", "")
    assert problem.fix.endswith((".", "?"))


def test_rules_are_errors_or_warnings_as_the_contract_says() -> None:
    """24 errors and 12 warnings."""
    assert (len(ERRORS), len(RULES) - len(ERRORS)) == (24, 12)
