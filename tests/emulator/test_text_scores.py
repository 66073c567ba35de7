"""Scores of texts and their aggregates, against values that were computed elsewhere."""

import pytest

from vertex_emulator.evaluation import summary, text_scores

ELSEWHERE = [
    # answer, reference; BLEU, BLEU of the effective order, ROUGE-1, ROUGE-2, ROUGE-L: sacrebleu 2 and rouge-score 0.1.2
    ("the cat sat on the mat", "the cat sat on the mat", (1, 1, 1, 1, 1)),
    (
        "the cat is on the mat",
        "there is a cat on the mat",
        (0.290593, 0.290593, 0.769231, 0.363636, 0.615385),
    ),
    (
        "Your parcel is on its way, and arrives on Friday.",
        "Your parcel is on its way and will arrive on Friday.",
        (0.545247, 0.545247, 0.857143, 0.736842, 0.857143),
    ),
    (
        "Send it back within 30 days.",
        "Please send it back within 14 days, in its box.",
        (0.135976, 0.135976, 0.625, 0.428571, 0.625),
    ),
    ("yes", "yes, of course", (0, 0.049787, 0.5, 0, 0.5)),
    ("yes", "no", (0, 0, 0, 0, 0)),
    (
        "It costs 3.50 euros.",
        "It costs 3.50 euros, or 4,000 points.",
        (0.317724, 0.317724, 0.714286, 0.666667, 0.714286),
    ),
    ("a b c d e f g", "g f e d c b a", (0.106822, 0.106822, 1, 0, 0.142857)),
]


@pytest.mark.parametrize(("answer", "reference", "expected"), ELSEWHERE, ids=[item[0] for item in ELSEWHERE])
def test_bleu_and_rouge_are_those_of_their_libraries(answer: str, reference: str, expected: tuple[float, ...]) -> None:
    """On plain text, where the tokens are the same."""
    found = (
        text_scores.bleu(answer, reference),
        text_scores.bleu(answer, reference, effective_order=True),
        *(text_scores.rouge(answer, reference, longest=longest) for longest in (1, 2, None)),
    )

    assert found == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(("answer", "reference"), [("", "a b"), ("a b", ""), ("", ""), ("!", "?")])
def test_texts_without_words_in_common_score_nothing(answer: str, reference: str) -> None:
    """Empty texts too."""
    found = [score(answer, reference) for score in (text_scores.bleu, text_scores.rouge, text_scores.overlap)]

    assert found == [0, 0, 0]


@pytest.mark.parametrize(("answer", "score"), [("4", 1), ("4 ", 0), ("Four", 0)])
def test_exact_match_forgives_nothing(answer: str, score: float) -> None:
    assert text_scores.exact_match(answer, "4") == score


def test_deviation_is_that_of_the_population() -> None:
    """As of the two scores of a recorded run, 0.1 and 1/6."""
    found = summary.aggregates([0.1, 1 / 6])

    assert found["STANDARD_DEVIATION"] == pytest.approx(0.033333, abs=1e-6)
    assert found["VARIANCE"] == pytest.approx(0.001111, abs=1e-6)
    assert (found["AVERAGE"], found["MEDIAN"]) == pytest.approx((0.133333, 0.133333), abs=1e-6)


def test_percentiles_lie_between_scores() -> None:
    """Linear, as numpy has it: of 0 to 10, the 90th is 9."""
    found = summary.aggregates([float(score) for score in range(11)])

    names = ("MINIMUM", "MEDIAN", "PERCENTILE_P90", "PERCENTILE_P95", "PERCENTILE_P99", "MAXIMUM")
    assert [found[name] for name in names] == pytest.approx([0, 5, 9, 9.5, 9.9, 10])
