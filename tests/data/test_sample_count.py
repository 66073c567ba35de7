"""Tokens told from a sample that was counted: how near they come, and how they say how far off they may be."""

import json
import random
from typing import Any

import pytest

from pulumi_ctune.data import counting, sample_count
from pulumi_ctune.data.check import Options, check_dataset
from pulumi_ctune.data.counting import Turn
from pulumi_ctune.data.limits import LIMITS, METHODS, Method
from pulumi_ctune.data.report import Report
from pulumi_ctune.data.sample_count import SampleCount, groups_of, near_limit, scaled
from pulumi_ctune.data.tokens import of_text

from .examples import RIGHT, Line, encoded, turn
from .test_check import Bytes

WORDS = ("order", "Lieferung", "заказ", "注文", "4711", "{}", "status", "é", "  ", "return")


def texts(number: int, *, seed: int, most: int = 400) -> list[str]:
    chosen = random.Random(seed)
    return [" ".join(chosen.choices(WORDS, k=chosen.randint(3, most))) for _ in range(number)]


def lines(number: int, *, seed: int = 1) -> list[Line]:
    return [{"contents": [turn("user", text), turn("model", text[:9])]} for text in texts(number, seed=seed)]


def report_of(some: list[Line], method: Method = "sft") -> Report:
    return check_dataset(Bytes(encoded(*some)), None, Options(method, weigh=True))


def count(contents: list[Turn]) -> int:
    """Somebody's count: a token for each three characters and each turn, which is nothing that we assume."""
    return sum(1 + len(part.get("text", "")) // 3 for turn in contents for part in turn["parts"])


def reported(report: Report) -> SampleCount:
    groups = groups_of(report)
    return scaled(report, groups, [sum(map(count, group.requests)) for group in groups], "the service")


@pytest.mark.parametrize("seed", range(5))
def test_band_of_a_sample_holds_what_a_count_of_all_lines_gives(seed: int) -> None:
    """Each seed is another dataset; of 20, one may lie outside."""
    some = lines(1_500, seed=seed)
    whole = count([turn for line in some for turn in line["contents"]])

    found = reported(report_of(some)).tokens

    assert found.low <= whole <= found.high
    assert found.high - found.low < 0.2 * whole
    assert not found.is_counted


def test_dataset_of_at_most_the_sample_is_counted_exactly() -> None:
    some = lines(200)

    found = reported(report_of(some)).tokens

    assert found.low == found.estimate == found.high == count([turn for line in some for turn in line["contents"]])
    assert found.is_counted


def test_lines_that_are_wrong_are_neither_counted_nor_scaled() -> None:
    right = lines(300)
    wrong: list[Line] = [{"contents": []}] * 300

    alone, beside = reported(report_of(right)).tokens, reported(report_of([*right, *wrong])).tokens

    assert beside.estimate == pytest.approx(alone.estimate, rel=0.05)


def test_groups_that_differ_widen_the_band() -> None:
    """How far the sample may be off is told by the sample itself."""
    report = report_of(lines(1_000))
    groups = groups_of(report)

    alike = scaled(report, groups, [round(group.length) for group in groups], "the service").tokens
    uneven = scaled(report, groups, [round(group.length * (1 + n % 2)) for n, group in enumerate(groups)], "x").tokens

    assert (alike.high - alike.low) / alike.estimate == pytest.approx(0.04, abs=0.001)
    assert (uneven.high - uneven.low) / uneven.estimate > 0.3


def test_prompt_of_a_preference_counts_twice_and_references_never() -> None:
    preference: Line = {
        "contents": [turn("user", "p" * 300)],
        "completions": [
            {"score": 1, "completion": turn("model", "a" * 30)},
            {"score": 0, "completion": turn("model", "b" * 60)},
        ],
    }
    prompt: Line = {"contents": [turn("user", "p" * 300)], "references": {"answer": "x" * 3_000}}

    assert reported(report_of([preference], "dpo")).tokens.estimate == 2 * 101 + 11 + 21
    assert reported(report_of([prompt], "rft")).tokens.estimate == 101


def test_files_are_known_apart_from_what_is_scaled() -> None:
    """A sample says nothing of files: only a count of all lines has them."""
    file: dict[str, Any] = {"fileData": {"mimeType": "image/png", "fileUri": "gs://b/a.png"}}
    some = lines(300)
    for line in some:
        line["contents"][0]["parts"].append(file)
    report = report_of(some)

    parts = [part for group in groups_of(report) for each in group.requests for turn in each for part in turn["parts"]]

    assert file not in parts
    assert "300 files are not counted" in reported(report).tokens.how


def test_empty_dataset_has_no_sample() -> None:
    assert groups_of(report_of([])) == []


def test_lines_near_the_limit_are_to_be_counted_one_by_one() -> None:
    """Far below it is no question, and neither is far above."""
    most = LIMITS["rft"].tokens
    word = "order "
    sizes = [round(most * share / of_text(word)) for share in (0.7, 0.95, 1.05, 2.0)]
    report = report_of(
        [{"contents": [turn("user", word * size)], "references": {"answer": "x"}} for size in sizes], "rft"
    )

    near = [*near_limit(report, ratio=1.0)]

    assert [(each.number, bool(each.contents)) for each in near] == [(2, True), (3, True), (4, False)]


def test_request_holds_no_more_than_the_service_takes_well() -> None:
    """Five lines of 200 kB each are one of a megabyte."""
    some: list[Line] = [{"contents": [turn("user", "a" * 200_000), turn("model", "b")]} for _ in range(100)]

    group = sample_count.groups_of(report_of(some))[0]

    assert len(group.requests) == 20


@pytest.mark.parametrize("method", METHODS)
def test_every_right_line_can_be_counted(method: Method) -> None:
    """Whatever its spelling: a request has lists of turns and of parts, and no text is lost with a file."""
    for name, line in RIGHT[method].items():
        ((*contents,),) = counting.requests_of([json.dumps(line).encode()], method)
        texts = [*counting.requests_of([json.dumps(line).encode()], method, files=False)]

        assert all(isinstance(content["parts"], list) for content in contents), name
        assert json.dumps(texts).count('"text": "') == json.dumps(contents).count('"text": "'), name
