"""Scores of a text against a reference: exact match, BLEU, ROUGE, overlap of tokens. All between 0 and 1.

Pure and deterministic. BLEU is that of one sentence, with exponential smoothing, as in sacrebleu; ROUGE is the
F-measure without stemming, as in rouge-score. Tokens are simpler than theirs: words, numbers and punctuation marks.

Sources: https://aclanthology.org/P02-1040 and https://aclanthology.org/W14-3346 (BLEU and its smoothing),
https://aclanthology.org/W04-1013 (ROUGE)
"""

import math
import re
from collections import Counter
from collections.abc import Sequence

_LONGEST_GRAM = 4  # of BLEU
_MOST_WORDS = 1_000  # of each text that ROUGE-L compares: its time grows with their product
_WORD = re.compile(r"[^\W_]+")
_WORD_OR_MARK = re.compile(r"\d+(?:[.,]\d+)*|\w+(?:['-]\w+)*|[^\w\s]")


def exact_match(answer: str, reference: str) -> float:
    return 1.0 if answer == reference else 0.0


def bleu(answer: str, reference: str, *, effective_order: bool = False) -> float:
    """Geometric mean of the precisions of 1 to 4 tokens in a row, times the penalty for brevity.

    With `effective_order` only those lengths count of which a short answer has any.
    """
    given, wanted = _WORD_OR_MARK.findall(answer), _WORD_OR_MARK.findall(reference)
    logs: list[float] = []
    smoothing = 1
    for size in range(1, _LONGEST_GRAM + 1):
        grams = _grams(given, size)
        matches = (grams & _grams(wanted, size)).total()
        if size == 1 and not matches:
            return 0.0
        if not grams:
            if effective_order:
                break
            return 0.0
        if not matches:
            smoothing *= 2
        logs.append(math.log(matches / grams.total() if matches else 1 / (smoothing * grams.total())))
    brevity = min(0.0, 1 - len(wanted) / len(given))
    return math.exp(brevity + sum(logs) / len(logs))


def rouge(answer: str, reference: str, *, longest: int | None = None) -> float:
    """ROUGE-L (the longest common subsequence), or ROUGE-N for runs of `longest` words."""
    given, wanted = _words(answer), _words(reference)
    if longest is None:
        given, wanted = given[:_MOST_WORDS], wanted[:_MOST_WORDS]
        return _f1(_common_subsequence(given, wanted), len(given), len(wanted))
    grams, wanted_grams = _grams(given, longest), _grams(wanted, longest)
    return _f1((grams & wanted_grams).total(), grams.total(), wanted_grams.total())


def overlap(answer: str, reference: str) -> float:
    """F1 of the words that two texts share, in any order."""
    return rouge(answer, reference, longest=1)


def share_found(text: str, source: str) -> float:
    """The share of the words of a text that occur in another one; 1 for a text without words."""
    words, known = _words(text), set(_words(source))
    return sum(word in known for word in words) / len(words) if words else 1.0


def has_any(text: str, words: frozenset[str]) -> bool:
    return not words.isdisjoint(_words(text))


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def _grams(tokens: Sequence[str], size: int) -> Counter[tuple[str, ...]]:
    return Counter(tuple(tokens[start : start + size]) for start in range(len(tokens) - size + 1))


def _f1(common: int, given: int, wanted: int) -> float:
    return 2 * common / (given + wanted) if common else 0.0


def _common_subsequence(first: Sequence[str], second: Sequence[str]) -> int:
    """The length of the longest one."""
    row = [0] * (len(second) + 1)
    for word in first:
        diagonal = 0
        for place, other in enumerate(second, start=1):
            longest = diagonal + 1 if word == other else max(row[place], row[place - 1])
            diagonal, row[place] = row[place], longest
    return row[-1]
