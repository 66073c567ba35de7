"""Repeats among more examples than are held in memory."""

import random

from pulumi_ctune.data.example import Example
from pulumi_ctune.data.problems import Listing, Problem
from pulumi_ctune.data.repeats import Repeats


def found(most_held: int) -> set[tuple[str, str, int, int]]:
    """What 3,000 examples with few prompts and answers repeat, a third of them of the validation set."""
    draw = random.Random(7)
    with Repeats(most_held) as repeats:
        for number in range(1, 3001):
            example = Example(f"prompt {draw.randrange(500)}", f"answer {draw.randrange(3)}")
            line = f"{example.prompt} {example.answer}".encode()
            repeats.add([example], [line], number, [number * 100], number > 2000)
        return {(repeat.rule, repeat.part, repeat.line, repeat.first) for repeat in repeats.found()}


def test_what_lies_on_disk_is_found_again() -> None:
    """Records that went to a file in runs tell the same repeats as those that were held."""
    held = found(most_held=1_000_000)

    assert {rule for rule, *_ in held} == {"leakage", "duplicate-line", "contradiction"}
    assert found(most_held=7) == held


def test_one_prompt_with_many_answers_is_bounded() -> None:
    """Only so many answers of one prompt are told apart; what comes later is still a contradiction."""
    with Repeats(most_held=1_000) as repeats:
        for number in range(1, 12_001):
            repeats.add([Example("prompt", f"answer {number}")], [b"%d" % number], number, [number])
        rules = [repeat.rule for repeat in repeats.found()]

    assert rules == ["contradiction"] * 11_999


def test_listing_has_the_first_repeats_in_whatever_order_they_are_found() -> None:
    """Of many repeats most are only counted, and those that are listed are the first in the file."""
    places = [*range(2, 2_002)]
    random.Random(3).shuffle(places)
    listing = Listing(5)
    for line in places:
        if not listing.counts_only("duplicate-line", "warning", "training", line):
            listing.add(Problem("duplicate-line", "warning", "m", line=line, byte=line, path="$"))

    assert [problem.line for problem in listing.listed()] == [2, 3, 4, 5, 6]
    assert listing.counts == {("warning", "duplicate-line"): 2_000}
