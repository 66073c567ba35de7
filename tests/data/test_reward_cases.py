"""The answers that are tried where nobody gave any, and the lines that they are answers to."""

from pathlib import Path

import pytest

from pulumi_ctune.core.errors import InvalidInputError
from pulumi_ctune.data.dataset_source import open_file
from pulumi_ctune.data.rewards import cases, examples
from pulumi_ctune.data.rewards.config import RewardConfig, of_document
from pulumi_ctune.data.rewards.examples import Example
from tests.data.examples import SFT, Line, encoded, turn
from tests.data.rewards import Config, composite, content, json_match, match, of_snippet, parsed

EXACT = match("EXACT_MATCH", "{{references.answer}}")


def answers(config: RewardConfig, references: dict[str, str], others: dict[str, str]) -> list[tuple[str, str]]:
    found = cases.answers(config, Example(1, content(**references)), Example(2, content(**others)))
    return [(answer.case, answer.text) for answer in found]


def test_reference_empty_truncated_and_another_lines() -> None:
    """One answer that should be right, and three that should not."""
    config = of_document(EXACT, "")

    assert answers(config, {"answer": "forty-two", "note": "x"}, {"answer": "seven"}) == [
        ("reference", "forty-two"),
        ("empty", ""),
        ("truncated", "fort"),
        ("other line", "seven"),
    ]


def test_code_gets_several_references_together_too() -> None:
    """Who reads more than one reads them out of one answer, which is JSON most often."""
    config = of_snippet("def evaluate(example, response):\n    return 1.0")

    assert answers(config, {"a": "x", "b": "y"}, {"a": "x", "b": "z"}) == [
        ("reference", "x"),
        ("reference", "y"),
        ("references as JSON", '{"a": "x", "b": "y"}'),
        ("empty", ""),
        ("other line", "z"),
        ("other line", '{"a": "x", "b": "z"}'),
    ]


def test_another_line_with_the_same_reference_is_no_wrong_answer() -> None:
    """It would be right."""
    assert [case for case, _ in answers(of_document(EXACT, ""), {"answer": "yes"}, {"answer": "yes"})] == [
        "reference",
        "empty",
        "truncated",
    ]


SHAPES: dict[str, tuple[Config, str]] = {
    "as it is": (EXACT, "42"),
    "between marks": (parsed(EXACT, "<ans>(.*?)</ans>"), "<ans>42</ans>"),
    "after a start of anything": (parsed(EXACT, ".*<ans>(.*?)</ans>"), "<ans>42</ans>"),
    "after a label": (parsed(EXACT, r"Answer:\s*(.+)"), "Answer: 42"),
    "escaped marks": (parsed(EXACT, r"\[\[(.*?)\]\]"), "[[42]]"),
    "with a name": (parsed(EXACT, "<a>(?P<answer>.*?)</a>"), "<a>42</a>"),
    "more than marks": (parsed(EXACT, "(?:a|b)(.*)"), "42"),
    "JSON": (json_match("total", "EXACT_MATCH", "{{references.answer}}"), '{"total": "42"}'),
    "JSON between marks": (
        parsed(json_match("total", "EXACT_MATCH", "{{references.answer}}"), "```json(.*)```"),
        '```json{"total": "42"}```',
    ),
    "of a composite": (composite((1, EXACT), (1, parsed(EXACT, "<ans>(.*?)</ans>"))), "<ans>42</ans>"),
}


@pytest.mark.parametrize(("config", "answer"), SHAPES.values(), ids=SHAPES.keys())
def test_reference_is_put_where_the_config_looks(config: Config, answer: str) -> None:
    """So that a right reward finds the right answer."""
    assert cases.shaped(of_document(config, ""), "42") == answer


@pytest.mark.parametrize(
    "line",
    [
        'references["gold"]',
        "example['references']['gold']",
        'example.get("references", {}).get("gold", "")',
        '(example.get("references") or {})["gold"]',
    ],
)
def test_snippet_tells_which_reference_it_reads(line: str) -> None:
    """Of several references the ones that it names are the answers."""
    config = of_snippet(f"def evaluate(example, response):\n    return float({line} == '1')")

    assert answers(config, {"gold": "a", "note": "b"}, {})[0] == ("reference", "a")
    assert cases.names_read(config) == {"gold"}


def example(number: int) -> Line:
    return {"contents": [turn("user", f"What is {number}?")], "references": {"answer": str(number)}}


def test_lines_are_read_in_camel_case(tmp_path: Path) -> None:
    """A snippet gets what the service would give it, however the line is spelled."""
    path = tmp_path / "rft.jsonl"
    line = {"system_instruction": {"parts": [{"text": "Be brief."}]}, **example(1)}
    path.write_bytes(b"\xef\xbb\xbf" + encoded(line, "", example(3)))

    found = examples.read(open_file(str(path)))

    assert [each.line for each in found.tried] == [1, 3]
    assert found.tried[0].content["systemInstruction"] == {"parts": [{"text": "Be brief."}]}
    assert (found.total, found.wrong) == (2, 0)


def test_lines_that_are_no_examples_are_counted(tmp_path: Path) -> None:
    """The first one is named, the others are tried."""
    path = tmp_path / "rft.jsonl"
    path.write_bytes(encoded(example(1), "{", SFT["one turn"]))

    found = examples.read(open_file(str(path)))

    assert ([each.line for each in found.tried], found.wrong) == ([1], 2)
    assert found.first_wrong.startswith("line 2: ")


def test_dataset_of_another_method_is_refused(tmp_path: Path) -> None:
    """A supervised dataset has no prompts without answers."""
    path = tmp_path / "sft.jsonl"
    path.write_bytes(encoded(SFT["one turn"]))

    with pytest.raises(InvalidInputError, match=r"no line is an example of reinforcement tuning \(line 1: "):
        examples.read(open_file(str(path)))


def test_some_lines_are_the_same_ones_each_time(tmp_path: Path) -> None:
    """Chosen over the whole dataset, in its order."""
    path = tmp_path / "rft.jsonl"
    path.write_bytes(encoded(*map(example, range(100))))

    first, again = (examples.read(open_file(str(path)), 5) for _ in range(2))

    chosen = [each.line for each in first.tried]
    assert chosen == sorted({*chosen}) == [each.line for each in again.tried]
    assert (len(chosen), first.total, chosen[-1] > 20) == (5, 100, True)
