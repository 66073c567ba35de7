"""What a job would train and cost: how each method is billed, what is chosen where nothing is set, and how unsure."""

from datetime import date
from typing import Any

import pytest

from pulumi_ctune.data.band import Band
from pulumi_ctune.data.check import Options, check_dataset
from pulumi_ctune.data.estimate import Estimate, estimate, total
from pulumi_ctune.data.hyper_parameters import HyperParameters
from pulumi_ctune.data.prices import Prices
from pulumi_ctune.data.rollouts import judge_samples
from pulumi_ctune.data.sample import Sample
from pulumi_ctune.data.tokens import COUNTED, Tokens

from .examples import WEATHER, Line, distinct, encoded, turn
from .test_check import Bytes

TODAY = date(2026, 11, 30)
FLASH = "gemini-3.5-flash"
PREFERENCE: Line = {
    "contents": [turn("user", "p" * 400)],
    "completions": [
        {"score": 1, "completion": turn("model", "a" * 80)},
        {"score": 0, "completion": turn("model", "b" * 120)},
    ],
}


def prompts(number: int) -> list[Line]:
    return [{"contents": [turn("user", f"{n:0400}")], "references": {"answer": "x"}} for n in range(number)]


def of(
    lines: list[Line],
    given: dict[str, Any] | None = None,
    *,
    validation: list[Line] | None = None,
    model: str | None = FLASH,
    **options: Any,
) -> Estimate:
    beside = None if validation is None else Bytes(encoded(*validation), "val.jsonl")
    report = check_dataset(Bytes(encoded(*lines)), beside, Options(options.pop("method", None)))
    return estimate(report, model, HyperParameters.parse(given or {}), Prices(), today=TODAY, **options)


def test_supervised_job_is_billed_once_each_epoch() -> None:
    found = of(distinct(50), {"epochCount": "3"})

    assert (found.examples, found.epochs) == (50, 3)
    assert found.training == Band(found.dataset.low * 3, found.dataset.estimate * 3, found.dataset.high * 3)
    assert found.usd == found.training.times(10 / 1e6)


def test_epochs_that_are_not_set_are_a_range() -> None:
    """Nobody knows what the service chooses: 4 to 40 has been seen."""
    found = of(distinct(50))

    assert isinstance(found.epochs, Band)
    assert (found.epochs.low, found.epochs.high) == (4, 40)
    assert (found.training.low, found.training.high) == (found.dataset.low * 4, found.dataset.high * 40)
    assert any("set epoch_count" in text for text in found.assumptions)


def test_prompt_of_a_preference_is_billed_twice() -> None:
    found = of([PREFERENCE], {"epoch_count": 2})

    assert found.method == "dpo"
    assert found.dataset.estimate == (2 * 400 + 80 + 120) / 4
    assert found.training.estimate == 2 * found.dataset.estimate


def test_several_turns_of_the_model_raise_the_upper_end_only() -> None:
    """Each turn may be billed with all that stands before it: nobody has published whether."""
    answers = [turn("model", "word " * 20), turn("model", "word " * 20)]
    chat: Line = {"contents": [turn("user", "word " * 20), answers[0], turn("user", "word " * 20), answers[1]]}
    single: Line = {"contents": [turn("user", "word " * 60), turn("model", "word " * 20)]}

    found, other = of([chat], {"epochCount": 1}), of([single], {"epochCount": 1})

    assert (found.dataset.low, found.dataset.estimate) == (other.dataset.low, other.dataset.estimate)
    assert found.dataset.high == pytest.approx(other.dataset.high + 200, rel=0.02)


def test_validation_set_raises_the_upper_end_only() -> None:
    plain = of(distinct(50), {"epochCount": 2})
    beside = of(
        distinct(50), {"epochCount": 2}, validation=[{"contents": [turn("user", "v"), turn("model", "w" * 400)]}]
    )

    assert (beside.training.low, beside.training.estimate) == (plain.training.low, plain.training.estimate)
    assert beside.training.high > plain.training.high


def test_declarations_of_functions_raise_the_upper_end_only() -> None:
    plain = of(distinct(50), {"epochCount": 1})
    declared = of([{**line, "tools": [WEATHER]} for line in distinct(50)], {"epochCount": 1})

    assert declared.training.low == plain.training.low
    assert declared.training.high > 2 * plain.training.high


def test_row_of_blanks_lowers_the_lower_end() -> None:
    """A tokenizer has one token for many blanks, and a budget must not refuse what would be within it."""
    found = of([{"contents": [turn("user", "a" + " " * 9_000), turn("model", "b" * 1_000)]}], {"epochCount": 1})

    assert found.dataset.low < 1_000 / 4


def test_digits_count_one_each_at_the_upper_end() -> None:
    found = of([{"contents": [turn("user", "1" * 900), turn("model", "2" * 100)]}], {"epochCount": 1})

    assert found.dataset.low == 1_000
    assert found.dataset.high == pytest.approx(1_000, rel=0.01)


@pytest.mark.parametrize(
    ("number", "given", "expected"),
    [
        (100, {}, (10, 31, 16_000)),
        (500, {}, (7.04, 110, 56_320)),
        (1_000, {}, (3.52, 110, 56_320)),
        (40, {"epochCount": 1, "batchSize": 8, "samplesPerPrompt": 4}, (1, 5, 160)),
        (40, {"stepCount": "7", "batch_size": 8, "samples_per_prompt": 4}, (1.4, 7, 224)),
        (2_000, {"epochCount": 100}, (8, 500, 256_000)),
    ],
)
def test_rollouts_of_reinforcement_tuning(number: int, given: dict[str, Any], expected: tuple[float, int, int]) -> None:
    """Steps and rollouts follow from prompts and hyperparameters; the service stops after 500 steps."""
    found = of(prompts(number), given, method="rft")

    assert (found.epochs, found.steps, found.rollouts) == expected


def test_rollouts_are_billed_somewhere_between_prompt_and_longest_answer() -> None:
    found = of(prompts(64), {"epochCount": 1, "maxOutputTokens": 2_000}, method="rft", has_validation=True)

    assert found.rollouts == 64 * 16
    assert found.training.low == found.dataset.low
    assert found.training.high == found.rollouts * (found.dataset.high / 64 + 2_000)


@pytest.mark.parametrize(
    ("reward", "samples"),
    [
        ({"stringMatchRewardScorer": {}}, 0),
        ({"autoraterScorer": {"autoraterPrompt": "{{response}}"}}, 4),
        ({"autorater_scorer": {"autorater_config": {"sampling_count": 2}}}, 2),
        ({"weightedRewardConfigs": [{"rewardConfig": {"autoraterScorer": {}}}] * 2}, 8),
    ],
)
def test_calls_of_a_judge(reward: Any, samples: int) -> None:
    """Each answer is judged as often as the config says, four times without."""
    assert judge_samples(reward) == samples
    assert of(prompts(32), {"epochCount": 1}, method="rft", reward=reward).judge_calls == 32 * 16 * samples


def test_judge_is_not_known_without_the_reward() -> None:
    assert of(prompts(32), {"epochCount": 1}, method="rft").judge_calls is None


@pytest.mark.parametrize("model", ["gemini-9-flash", None])
def test_model_without_a_price_has_tokens_only(model: str | None) -> None:
    found = of(distinct(50), {"epochCount": 1}, model=model)

    assert (found.usd, found.price) == (None, None)
    assert found.training.estimate > 0
    assert any("no price is known" in text for text in found.assumptions)


def test_old_price_is_said_to_be_old() -> None:
    report = check_dataset(Bytes(encoded(*distinct(5))))

    found = estimate(report, FLASH, HyperParameters(epochs=1), Prices(), today=date(2027, 6, 1))

    assert any("more than 90 days old" in text for text in found.assumptions)


def test_count_of_the_service_takes_the_place_of_characters() -> None:
    """All that stays unsure is what is billed."""
    found = of(distinct(50), {"epochCount": 2}, counted=Tokens(1_000, 1_000, 1_000, COUNTED))

    assert found.training == Band(2_000, 2_000, 2_000)


def test_nothing_to_do_is_zeros_and_null() -> None:
    document = total([]).as_dict()

    assert (document["examples"], document["epochs"], document["usd"], document["price"]) == (0, None, None, None)
    assert document["training_tokens"] == {"low": 0, "estimate": 0, "high": 0}


def test_jobs_add_up() -> None:
    one, two = of(distinct(50), {"epochCount": 1}), of(prompts(32), {"epochCount": 1}, method="rft")

    found = total([one, two])

    assert found.training == one.training + two.training
    assert one.usd is not None
    assert two.usd is not None
    assert found.usd == one.usd + two.usd
    assert (found.steps, found.rollouts) == (two.steps, two.rollouts)


def test_job_without_a_price_leaves_the_sum_without_one() -> None:
    assert total([of(distinct(5)), of(distinct(5), model=None)]).usd is None


@pytest.mark.parametrize(
    "given",
    [
        {"epochCount": 0},
        {"epochCount": "two"},
        {"epochCount": "1_0"},
        {"epochCount": 10**400},
        {"batchSize": 1.5},
        {"epochCount": True},
        {"epochCount": 1, "epoch_count": 2},
        {"epochCount": 1, "stepCount": 2},
        3,
    ],
)
def test_hyper_parameters_that_are_none(given: Any) -> None:
    with pytest.raises(ValueError, match=r"is no|given twice|exclude each other"):
        HyperParameters.parse(given)


@pytest.mark.parametrize("number", [0, 5, 200, 201, 20_000])
def test_sample_has_lines_from_everywhere(number: int) -> None:
    """Each line has the same chance, whatever blocks they come in."""
    sample = Sample()
    for start in range(0, number, 77):
        sample.offer([b"%d" % n for n in range(start, min(start + 77, number))])

    found = [int(line) for line in sample.lines]

    assert len({*found}) == len(found) == min(number, 200)
    if number == 20_000:
        assert sum(found) / 200 == pytest.approx(10_000, rel=0.1)


def test_ends_are_rounded_outwards() -> None:
    """What is told holds what is meant: a lower end of 3.77 cents is not 4."""
    assert Band(0.03768, 0.0496, 0.1611).rounded(2) == Band(0.03, 0.05, 0.17)
    assert Band(0.57, 0.58, 0.59).rounded(2) == Band(0.57, 0.58, 0.59)
    assert Band(0.03768, 0.03768, 0.03768).rounded(2) == Band(0.04, 0.04, 0.04)
    assert Band(1.2, 1.6, 1.7).as_dict() == {"low": 1, "estimate": 2, "high": 2}
