"""No dataset makes an estimate lie: the true number lies within the band, whatever of the unpublished rules holds.

Random datasets of pieces whose tokens are known, at the ends of what was measured, and a count of their own by the
rules of the pages: it shares nothing with the product.
"""

import json
from datetime import date
from random import Random
from typing import Any

import pytest

from pulumi_ctune.data.band import Band
from pulumi_ctune.data.check import Options, check_dataset
from pulumi_ctune.data.estimate import estimate
from pulumi_ctune.data.hyper_parameters import HyperParameters
from pulumi_ctune.data.limits import Method
from pulumi_ctune.data.prices import Prices

from .test_check import Bytes

LIMIT = {"sft": 131_072, "dpo": 131_072, "rft": 32_768}
Row = tuple[dict[str, Any], float, float, float]
"""A line, its tokens as billed at least and at most, and those that the limit counts."""


class Writer:
    def __init__(self, seed: int, method: Method) -> None:
        self.random, self.method = Random(seed), method

    def text(self) -> tuple[str, float]:
        """A text and its tokens, by a Gemma vocabulary."""
        size = min(int(self.random.paretovariate(0.7) * 20), self.random.choice([50, 50, 500, 500, 9_000]))
        digits = "".join(self.random.choices("0123456789", k=size))
        return self.random.choice(
            [
                ("", 0.0),
                ("word " * size, float(size)),
                ("responsibilities " * size, float(size)),
                ("=" * size, -(-size // 16)),
                ("".join(self.random.choices("abcdefghijkl", k=size)), size * 0.51),
                ("語" * size, size * self.random.uniform(0.4, 0.7)),
                (digits, float(size)),
                (f"{' '.join(digits)} ", 2.0 * size),
                (" " * size, 1.0),
                ("\n" * size, 1.0),
                (f"{digits} {'größe ' * size}", size * 2.0 + 1),
                ("🙂" * size, size * 1.0),
            ]
        )

    def turn(self, role: str, *, files: bool = False) -> tuple[dict[str, Any], float]:
        texts = [self.text() for _ in range(self.random.choice([1, 1, 2]))]
        parts: list[Any] = [{"text": text} for text, _ in texts]
        if files and self.random.random() < 0.1:
            parts.append({"fileData": {"mimeType": "image/png", "fileUri": f"gs://b/{'9' * 900}"}})
        return {"role": role, "parts": parts}, sum(tokens for _, tokens in texts)

    def row(self) -> Row:
        files = self.method != "dpo"
        system, instruction = self.turn("system") if self.random.random() < 0.3 else (None, 0.0)
        turns = [self.turn(role, files=files) for role in ("user", "model") * self.random.choice([0, 0, 1, 4])]
        if self.method != "sft" or self.random.random() < 0.9:
            turns.append(self.turn("user", files=files))
        if self.method == "sft":
            turns.append(self.turn("model"))
        line: dict[str, Any] = {"contents": [turn for turn, _ in turns]} | (
            {"systemInstruction": system} if system else {}
        )
        once, repeated, before = instruction + sum(tokens for _, tokens in turns), 0.0, instruction
        for turn, tokens in turns:
            before += tokens
            repeated += before if turn["role"] == "model" else 0
        if self.method == "sft":
            return line, once, max(once, repeated), once
        if self.method == "rft":
            return {**line, "references": {"answer": self.text()[0]}}, once, once, once
        (one, first), (other, second) = self.turn("model"), self.turn("model")
        completions = [{"score": 1, "completion": one}, {"score": 0, "completion": other}]
        billed = 2 * once + first + second
        return {**line, "completions": completions}, billed, billed, once + max(first, second)


def band(rows: list[Row], method: Method, given: HyperParameters, *, head: int | None = None) -> Band:
    content = b"".join(json.dumps(line, ensure_ascii=len(rows) % 2 > 0).encode() + b"\n" for line, *_ in rows)
    report = check_dataset(Bytes(content, piece=70_000), None, Options(method, head=head))
    assert head or report.examples == len(rows)
    return estimate(report, None, given, Prices(), today=date(2026, 11, 30)).training


@pytest.mark.parametrize("seed", range(30))
@pytest.mark.parametrize("method", ["sft", "dpo"])
def test_true_cost_lies_within_the_band(method: Method, seed: int) -> None:
    """With turns billed once or with all before them, and with examples that the service drops or takes."""
    rows = [Writer(seed * 1_000 + number, method).row() for number in range((1, 7, 60)[seed % 3])]

    found = band(rows, method, HyperParameters(epochs=3))

    kept = [row for row in rows if row[3] <= LIMIT[method]]
    assert found.low <= 3 * sum(row[1] for row in kept)
    assert found.low <= found.estimate <= found.high
    assert found.high >= 3 * sum(row[2] for row in rows)


@pytest.mark.parametrize("seed", range(30))
def test_true_cost_of_prompts_lies_within_the_band(seed: int) -> None:
    """Whichever prompts are split off or dropped, and whether the last batch is left out or filled up."""
    rows = [Writer(seed * 1_000 + number, "rft").row() for number in range((1, 7, 90)[seed % 3])]
    given = HyperParameters((None, 1, 3)[seed % 3], None, 8, 4, 100)

    found = band(rows, "rft", given)

    for kept in (rows, [row for row in rows if row[3] <= LIMIT["rft"]] or rows[:1]):
        for pool in {len(kept), max(1, len(kept) - max(-(-len(kept) // 4), 50))}:
            passes = min(pool * (given.epochs or min(110 * 8 / pool, 10)), 500 * 8)
            ordered = sorted(row[1] for row in kept)
            assert found.low <= prompts(ordered[:pool], int(passes // 8 * 8 or passes))
            most = int(-(-passes // 8) * 8)
            assert found.high >= 4 * (prompts(ordered[::-1][:pool], most) + 100 * most)


def prompts(pool: list[float], passes: int) -> float:
    """The tokens of so many prompts of a pool that is gone through again and again."""
    whole, rest = divmod(passes, len(pool))
    return whole * sum(pool) + sum(pool[:rest])


@pytest.mark.parametrize("seed", range(6))
def test_beginning_of_a_file_says_nothing_certain_of_the_rest(seed: int) -> None:
    """However unlike the rest is: the lines are sorted by length."""
    rows = [Writer(seed * 1_000 + number, "dpo").row() for number in range(60)]
    rows.sort(key=lambda row: len(str(row[0])), reverse=seed % 2 > 0)

    found = band(rows, "dpo", HyperParameters(epochs=1), head=50_000)

    assert found.low <= sum(row[1] for row in rows if row[3] <= LIMIT["dpo"]) <= found.high


@pytest.mark.parametrize(
    ("text", "tokens"), [(" " * 100_000, 1.0), ("1" * 100_000, 100_000.0)], ids=["white space", "digits"]
)
@pytest.mark.parametrize("place", [0, 3_000, 6_000])
def test_few_long_lines_do_not_hide_among_many_short_ones(text: str, tokens: float, place: int) -> None:
    """Ten lines of 6,000 have nearly all the characters: a sample of lines would miss them."""

    def row(text: str, tokens: float) -> Row:
        line = {"contents": [{"role": "user", "parts": [{"text": text}]}, {"role": "model", "parts": [{"text": "b"}]}]}
        return line, tokens + 1, tokens + 1, tokens + 1

    rows = [row(f"short {number} words", 4.0 + len(str(number))) for number in range(6_000)]
    rows[place:place] = [row(text, tokens)] * 10

    found = band(rows, "sft", HyperParameters(epochs=1))

    assert found.low <= sum(row[1] for row in rows) <= found.high
