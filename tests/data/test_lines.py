"""Right and wrong lines of each method, and that the fast way and the walk along the schema say the same of them."""

import json
import re
from typing import Any

import pytest

from pulumi_ctune.data.fast_check import Reader
from pulumi_ctune.data.limits import Method
from pulumi_ctune.data.slow_check import examine

from .examples import (
    ANSWER,
    ASK,
    BETTER,
    CALL,
    IMAGE,
    RESPONSE,
    RIGHT,
    SFT,
    WEATHER,
    WORSE,
    Line,
    turn,
)

RIGHT_LINES = [
    pytest.param(method, line, id=f"{method}-{name}") for method, lines in RIGHT.items() for name, line in lines.items()
]
FAST = {
    "sft": SFT.keys()
    - {
        *("null is absent", "file that is null", "turn without a list", "parts without a list", "video metadata"),
        *("inline data", "large number in a response"),
    },
    "rft": RIGHT["rft"].keys(),
    "dpo": RIGHT["dpo"].keys(),
}


def call(name: str = "get_current_weather", **args: Any) -> Line:
    return {"functionCall": {"name": name, "args": args}}


def file(mime_type: str, uri: str = "gs://b/a") -> Line:
    return {"fileData": {"mimeType": mime_type, "fileUri": uri}}


WRONG: list[tuple[Method, Line | str | bytes, str, str]] = [
    # text
    ("sft", b'{"contents": "\xff"}', "not-utf8", "$"),
    ("sft", '{"contents": [', "not-json", "$"),
    ("sft", "{'contents': []}", "not-json", "$"),
    ("sft", '{"contents": [NaN]}', "not-json", "$"),
    ("sft", '{"contents": "\\ud83d"}', "not-json", "$"),
    ("sft", "\0\0\0", "not-json", "$"),
    ("sft", '{"a": "\0"}', "not-json", "$"),
    ("sft", '{"a": ' + "[" * 10_000 + "]" * 10_000 + "}", "not-json", "$"),
    ("sft", '{"a": ' + "9" * 5_000 + "}", "not-json", "$"),
    ("sft", '["contents"]', "not-an-object", "$"),
    ("sft", '"contents"', "not-an-object", "$"),
    # schema
    ("sft", {"contents": [ASK, ANSWER], "weights": [1]}, "unknown-field", "$.weights"),
    ("sft", {"contents": [ASK, {**ANSWER, "weight": 1}]}, "unknown-field", "$.contents[1].weight"),
    ("sft", {"contents": [ASK, ANSWER], "a b": 1}, "unknown-field", '$["a b"]'),
    (
        "sft",
        {"contents": [ASK, ANSWER], "systemInstruction": turn(None, "a"), "system_instruction": turn(None, "a")},
        "unknown-field",
        "$.system_instruction",
    ),
    ("sft", {"contents": [ASK, ANSWER], "completions": []}, "unknown-field", "$.completions"),
    ("sft", {"contents": [ASK, ANSWER], "references": {"a": "b"}}, "unknown-field", "$.references"),
    ("sft", {"contents": [ASK, ANSWER], "references": {}}, "unknown-field", "$.references"),
    ("sft", {"contents": [turn("user", {"text": 5}), ANSWER]}, "wrong-type", "$.contents[0].parts[0].text"),
    ("sft", {"contents": [{"role": "user", "parts": "Why?"}, ANSWER]}, "wrong-type", "$.contents[0].parts"),
    ("sft", {"contents": "Why?"}, "wrong-type", "$.contents"),
    ("sft", {"contents": [None, ANSWER]}, "wrong-type", "$.contents[0]"),
    ("sft", {"contents": [ASK, ANSWER], "systemInstruction": "Be brief."}, "wrong-type", "$.systemInstruction"),
    (
        "sft",
        {"contents": [ASK, ANSWER], "generationConfig": {"mediaResolution": "LOW"}},
        "wrong-type",
        "$.generationConfig.mediaResolution",
    ),
    ("sft", {"contents": [ASK, ANSWER], "labels": {"a": 1}}, "wrong-type", "$.labels.a"),
    (
        "sft",
        {"contents": [turn("user", file("image/png", "./a.png")), ANSWER]},
        "wrong-type",
        "$.contents[0].parts[0].fileData.fileUri",
    ),
    # turns
    ("sft", {}, "missing-field", "$.contents"),
    ("sft", {"systemInstruction": turn(None, "Be brief.")}, "missing-field", "$.contents"),
    ("sft", {"contents": []}, "empty-contents", "$.contents"),
    ("sft", {"contents": [ASK, turn("assistant", "Because.")]}, "bad-role", "$.contents[1].role"),
    ("sft", {"contents": [turn("system", "Be brief."), ASK, ANSWER]}, "bad-role", "$.contents[0].role"),
    ("sft", {"contents": [turn("User", "Why?"), ANSWER]}, "bad-role", "$.contents[0].role"),
    ("sft", {"contents": [ASK]}, "last-turn", "$.contents[0].role"),
    ("sft", {"contents": [ASK, turn(None, "Because.")]}, "last-turn", "$.contents[1].role"),
    ("sft", {"contents": [{"role": "user"}, ANSWER]}, "missing-field", "$.contents[0].parts"),
    ("sft", {"contents": [{"role": "user", "parts": []}, ANSWER]}, "empty-parts", "$.contents[0].parts"),
    ("sft", {"contents": [turn("user", {}), ANSWER]}, "part-kind", "$.contents[0].parts[0]"),
    ("sft", {"contents": [turn("user", {**IMAGE, "text": "a"}), ANSWER]}, "part-kind", "$.contents[0].parts[0]"),
    (
        "sft",
        {"contents": [ASK, ANSWER], "systemInstruction": turn(None, IMAGE)},
        "part-kind",
        "$.systemInstruction.parts[0]",
    ),
    ("sft", {"messages": [{"role": "user", "content": "Why?"}]}, "openai-messages", "$.messages"),
    # files
    (
        "sft",
        {"contents": [turn("user", file("application/zip")), ANSWER]},
        "media-type",
        "$.contents[0].parts[0].fileData.mimeType",
    ),
    (
        "sft",
        {"contents": [turn("user", {"fileData": {"fileUri": "gs://b/a"}}), ANSWER]},
        "missing-field",
        "$.contents[0].parts[0].fileData.mimeType",
    ),
    # functions
    (
        "sft",
        {"contents": [ASK, turn("model", CALL)]},
        "undeclared-function",
        "$.contents[1].parts[0].functionCall.name",
    ),
    (
        "sft",
        {"contents": [ASK, turn("model", call("get_weather"))], "tools": [WEATHER]},
        "undeclared-function",
        "$.contents[1].parts[0].functionCall.name",
    ),
    (
        "sft",
        {"contents": [ASK, turn("model", call(place="Boston"))], "tools": [WEATHER]},
        "function-arguments",
        "$.contents[1].parts[0].functionCall.args.place",
    ),
    (
        "sft",
        {"contents": [ASK, turn("model", CALL), ASK, ANSWER], "tools": [WEATHER]},
        "function-response-missing",
        "$.contents[1].parts[0].functionCall",
    ),
    (
        "sft",
        {"contents": [ASK, turn("model", CALL), ANSWER], "tools": [WEATHER]},
        "function-response-missing",
        "$.contents[1].parts[0].functionCall",
    ),
    (
        "sft",
        {"contents": [ASK, turn("model", CALL), turn("function", CALL, RESPONSE), ANSWER], "tools": [WEATHER]},
        "function-response-missing",
        "$.contents[2].parts[0].functionCall",
    ),
    # reinforcement
    ("rft", {"contents": [ASK, ANSWER], "references": {"a": "b"}}, "last-turn", "$.contents[1].role"),
    ("rft", {"contents": [ASK], "references": {"answer": 2}}, "bad-references", "$.references.answer"),
    ("rft", {"contents": [ASK], "references": ["2"]}, "bad-references", "$.references"),
    ("rft", {"contents": [ASK], "references": {"answer": None}}, "bad-references", "$.references.answer"),
    (
        "rft",
        {"contents": [turn("user", file("application/pdf"))]},
        "media-type",
        "$.contents[0].parts[0].fileData.mimeType",
    ),
    ("rft", {"contents": [ASK], "generationConfig": {}}, "unknown-field", "$.generationConfig"),
    # preference
    ("dpo", {"contents": [ASK]}, "missing-field", "$.completions"),
    ("dpo", {"contents": [ASK], "completions": [BETTER]}, "completions", "$.completions"),
    ("dpo", {"contents": [ASK], "completions": [BETTER, BETTER]}, "completions", "$.completions"),
    ("dpo", {"contents": [ASK], "completions": [BETTER, WORSE, WORSE]}, "completions", "$.completions"),
    ("dpo", {"contents": [ASK], "completions": [{**BETTER, "score": 0.9}, WORSE]}, "completions", "$.completions"),
    ("dpo", {"contents": [ASK], "completions": [{"score": 1}, WORSE]}, "missing-field", "$.completions[0].completion"),
    (
        "dpo",
        {"contents": [ASK], "completions": [{**BETTER, "completion": ASK}, WORSE]},
        "bad-role",
        "$.completions[0].completion.role",
    ),
    ("dpo", {"contents": [ASK, ANSWER], "completions": [BETTER, WORSE]}, "last-turn", "$.contents[1].role"),
    ("dpo", {"contents": [turn("user", IMAGE)], "completions": [BETTER, WORSE]}, "part-kind", "$.contents[0].parts[0]"),
]
WRONG_LINES = [pytest.param(*case, id=f"{case[0]}-{case[2]}-{number}") for number, case in enumerate(WRONG)]


def as_line(line: Line | str | bytes) -> bytes:
    return line if isinstance(line, bytes) else (line if isinstance(line, str) else json.dumps(line)).encode()


@pytest.mark.parametrize(("method", "line"), RIGHT_LINES)
def test_right_line_has_no_problem(method: Method, line: Line) -> None:
    """Google's samples of each kind are right, in both spellings."""
    findings, example = examine(method, as_line(line))

    assert findings == []
    assert example is not None


@pytest.mark.parametrize(
    ("method", "line"),
    [
        pytest.param(method, RIGHT[method][name], id=f"{method}-{name}")
        for method in RIGHT
        for name in sorted(FAST[method])
    ],
)
def test_usual_line_takes_the_fast_way(method: Method, line: Line) -> None:
    """What datasets are made of is known to be right without the walk, and is the same example."""
    assert Reader(method).read(as_line(line)) == examine(method, as_line(line))[1]


@pytest.mark.parametrize(("method", "line", "rule", "path"), WRONG_LINES)
def test_wrong_line_is_reported_by_rule_and_path(
    method: Method, line: Line | str | bytes, rule: str, path: str
) -> None:
    """Each fault has one problem with the rule's fixed id, at its place."""
    findings, example = examine(method, as_line(line))

    assert [(finding.rule, finding.path) for finding in findings] == [(rule, path)]
    assert example is None


@pytest.mark.parametrize(("method", "line", "rule", "path"), WRONG_LINES)
def test_wrong_line_never_takes_the_fast_way(method: Method, line: Line | str | bytes, rule: str, path: str) -> None:
    """What breaks a rule is refused by the typed decoder and its conditions."""
    assert Reader(method).read(as_line(line)) is None


@pytest.mark.parametrize(("method", "line"), RIGHT_LINES)
def test_key_that_is_there_twice_never_takes_the_fast_way(method: Method, line: Line) -> None:
    """A decoder keeps the last of two equal keys: the first one is lost unseen."""
    twice = as_line(line).replace(b'"contents": ', b'"contents": [{"role": "user", "parts": []}], "contents": ', 1)

    assert Reader(method).read(twice) is None
    assert [finding.rule for finding in examine(method, twice)[0]] == ["duplicate-key"]


@pytest.mark.parametrize(("method", "line"), RIGHT_LINES)
@pytest.mark.parametrize("colon", [b"\\u003a", b"\\u003A"])
def test_escaped_colon_of_a_text_hides_no_key_that_is_there_twice(method: Method, line: Line, colon: bytes) -> None:
    """Colons are counted, so one that is written as an escape must not stand in for the one of the lost key."""
    twice = re.sub(rb'("role": "\w+")', rb"\1, \1", as_line(line), count=1)
    hidden = twice.replace(b'"text": "', b'"text": "' + colon, 1)

    assert Reader(method).read(hidden) is None


@pytest.mark.parametrize(
    ("line", "reported"),
    [
        ({"contents": [turn("assistant", "a"), ANSWER], "x": 1}, ["$.x", "$.contents[0].role"]),
        ({"content": [ASK, ANSWER]}, ["$.content"]),
        ({"contents": [ASK, {"rol": "model", "parts": [{"text": "a"}]}]}, ["$.contents[1].rol"]),
        (
            {"contents": [turn("user", {"txt": "a"}), turn("bot", "b")]},
            ["$.contents[0].parts[0].txt", "$.contents[1].role"],
        ),
        ({"contents": [ASK, turn("model", CALL)], "tool": [WEATHER]}, ["$.tool"]),
        (
            {"contents": [turn("x", "a"), turn("model", {"text": 5})]},
            ["$.contents[1].parts[0].text", "$.contents[0].role"],
        ),
    ],
    ids=str,
)
def test_all_faults_of_a_line_are_reported_and_no_consequence(line: Line, reported: list[str]) -> None:
    """Faults apart from each other are told at once; what is missing because its key is misspelled is not."""
    assert [finding.path for finding in examine("sft", as_line(line))[0]] == reported


def test_fault_is_placed_at_its_byte() -> None:
    """A problem of the text is placed at the byte, not at the character."""
    findings, _ = examine("sft", '{"ä": 1,}'.encode())

    assert [finding.at for finding in findings] == [9]


def test_reference_that_a_reward_reads_has_to_be_there() -> None:
    """A placeholder of a reward without a reference of its name is an error of the line."""
    line = as_line({"contents": [ASK], "references": {"answer": "42"}})
    needed = frozenset({"answer", "unit"})

    findings, _ = examine("rft", line, needed)

    assert [(finding.rule, finding.path) for finding in findings] == [("reference-missing", "$.references")]
    assert Reader("rft", needed).read(line) is None
    assert Reader("rft", frozenset({"answer"})).read(line) is not None


def test_call_is_held_to_the_tools_of_its_own_line() -> None:
    """Tools are walked once for all lines that have the same: another line has others."""
    other = {"functionDeclarations": [{"name": "find"}]}
    reader = Reader("sft")

    right = [
        reader.read(as_line({"contents": [ASK, turn("model", CALL)], "tools": [tools]})) is not None
        for tools in (WEATHER, other, WEATHER)
    ]

    assert right == [True, False, True]


@pytest.mark.parametrize("depth", [50, 400, 900, 990])
@pytest.mark.parametrize("around", ["args", "parameters", "unknown"])
def test_deep_nesting_ends_with_a_verdict(depth: int, around: str) -> None:
    """Whatever is nested deeply, where the schema looks and where it does not, ends no run, and both ways agree."""
    declaration = {"name": "f", "parameters": {"type": "OBJECT", "properties": {"a": {"type": "OBJECT"}}}}
    line: Line = {"contents": [ASK, turn("model", call("f", a={}))], "tools": [{"functionDeclarations": [declaration]}]}
    deep = '{"items": ' * depth + "{}" + "}" * depth
    text = json.dumps(line | ({"x": "@"} if around == "unknown" else {}))
    text = text.replace({"args": '"a": {}', "parameters": '{"type": "OBJECT"}', "unknown": '"@"'}[around], "@@")
    content = text.replace("@@", f'"a": {deep}' if around == "args" else deep).encode()

    example = Reader("sft").read(content)
    findings, walked = examine("sft", content)

    assert walked is not None or findings
    assert example is None or (findings, walked) == ([], example)
