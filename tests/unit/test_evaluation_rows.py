"""A dataset as rows of an evaluation: the tuning format, the flat one, both mixed, and lines that are no rows."""

import json
from pathlib import Path
from typing import Any

import pytest

from pulumi_ctune.data.dataset_source import open_file
from pulumi_ctune.evaluation_run.rows import Row, RowError, rows_of


def said(role: str, *texts: str) -> dict[str, Any]:
    return {"role": role, "parts": [{"text": text} for text in texts]}


def read(folder: Path, content: bytes) -> list[Row]:
    path = folder / "rows.jsonl"
    path.write_bytes(content)
    return rows_of(open_file(str(path)))


def lines(*documents: Any) -> bytes:
    return "\n".join(json.dumps(document) for document in documents).encode()


def test_last_turn_of_the_model_is_the_reference(tmp_path: Path) -> None:
    """What stands before it is asked; a flat row may stand beside it."""
    turns, flat = [said("user", "Hi?"), said("model", "Hello.")], {"prompt": "Hey?", "reference": "Hello."}

    one, other = read(tmp_path, lines({"contents": turns}, flat))

    assert (one.prompt, one.reference, one.contents) == ("Hi?", "Hello.", (turns[0],))
    assert one.item({}) == other.item({}) | {"prompt": {"text": "Hi?"}}


def test_turns_without_an_answer_have_no_reference(tmp_path: Path) -> None:
    (row,) = read(tmp_path, lines({"contents": [said("user", "a", "b")]}))

    assert (row.prompt, row.reference, row.item({})) == ("a\nb", None, {"prompt": {"text": "a\nb"}})


def test_conversation_is_one_prompt_for_the_service(tmp_path: Path) -> None:
    turns = [said("user", "Hi?"), said("model", "Yes?"), said("user", "Bye."), said("model", "Bye.")]

    (row,) = read(tmp_path, lines({"system_instruction": said("system", "Be brief."), "contents": turns}))

    assert row.prompt == "Be brief.\n\nuser: Hi?\n\nmodel: Yes?\n\nuser: Bye."
    assert row.reference == "Bye."


def test_context_is_a_value_of_the_template(tmp_path: Path) -> None:
    """And answers go along by the name of who gave them, empty ones too."""
    (row,) = read(tmp_path, lines({"prompt": "Q", "context": "C", "response": "A", "reference": None}))

    values = {"prompt": {"parts": [{"text": "Q"}]}, "context": {"parts": [{"text": "C"}]}}
    assert row.item({"candidate": "A", "baseline": ""}) == {
        "prompt": {"promptTemplateData": {"values": values}},
        "candidateResponses": [{"candidate": "candidate", "text": "A"}, {"candidate": "baseline", "text": ""}],
    }


def test_blank_lines_byte_order_mark_and_line_ends_are_no_rows(tmp_path: Path) -> None:
    rows = read(tmp_path, b'\xef\xbb\xbf{"prompt": "a"}\r\n\r\n  \n{"prompt": "b\xe2\x80\xa8c"}\n')

    assert [row.prompt for row in rows] == ["a", "b\u2028c"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "has no rows"),
        (b"\n \n", "has no rows"),
        (b'{"prompt": "a"}\n{', "line 2 is no JSON"),
        (b'{"prompt": "\xff"}', "line 1 is no JSON"),
        (b"[" * 100_000, "line 1 is no JSON"),
        (b'"a"', "line 1 is no JSON object"),
        (b"{}", "line 1 has neither 'contents' nor 'prompt'"),
        (lines({"prompt": ""}), "line 1 has an empty prompt"),
        (lines({"prompt": None}), "line 1 has an empty prompt"),
        (lines({"prompt": 7}), "line 1 has no text as 'prompt'"),
        (lines({"prompt": "a", "refernce": "b"}), "line 1 has the key 'refernce'; there are"),
        (lines({"prompt": "a", "reference": ["b"]}), "line 1 has no text as 'reference'"),
        (lines({"contents": []}), "line 1 has no turns in 'contents'"),
        (lines({"contents": ["a"]}), "line 1 has no turns in 'contents'"),
        (lines({"contents": [said("model", "a")]}), "line 1 asks nothing"),
        (lines({"contents": [{"role": "user", "parts": [{"fileData": {}}]}]}), "line 1 has a turn that is not text"),
        (lines({"contents": [{"role": "user", "parts": [{"text": None}]}]}), "line 1 has a turn that is not text"),
        (lines({"contents": [said("user", "a")], "systemInstruction": "b"}), "line 1 has a system instruction that is"),
        (lines({"contents": [{"role": "user"}]}), "line 1 has a turn that is not text"),
        (lines({"contents": [said("user", "")]}), "line 1 has an empty prompt"),
        (lines(*[{"prompt": "a"}] * 10_001), "has more than 10,000 rows"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_line_that_is_no_row_is_named(tmp_path: Path, content: bytes, reason: str) -> None:
    with pytest.raises(RowError) as raised:
        read(tmp_path, content)

    assert str(raised.value).startswith(reason)
    assert "\n" not in str(raised.value)
