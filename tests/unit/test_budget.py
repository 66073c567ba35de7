"""What a budget may be, and what it is compared with."""

from dataclasses import replace
from typing import Any

import pytest

from pulumi_ctune.config import Settings
from pulumi_ctune.core.api import TuningJob
from pulumi_ctune.core.budget import budget_of, same_budget, wrong_in
from pulumi_ctune.core.errors import InvalidInputError
from pulumi_ctune.core.spending import AS_USUAL, Budget
from pulumi_ctune.core.values import UNKNOWN
from pulumi_ctune.tuning_job.spending import excess, not_held


@pytest.mark.parametrize(
    "given",
    [
        None,
        UNKNOWN,
        {"max_tokens": 1},
        {"max_usd": 0.5},
        {"max_tokens": "20", "max_usd": UNKNOWN},
        {"max_usd": UNKNOWN},
    ],
)
def test_right_budget(given: Any) -> None:
    assert dict(wrong_in(given, "budget")) == {}


@pytest.mark.parametrize(
    ("given", "path", "reason"),
    [
        (20, "budget", "20 is no object with 'max_tokens' or 'max_usd'"),
        ({}, "budget", "it has no limit"),
        ({"max_usd": None}, "budget", "it has no limit"),
        ({"max_eur": 5}, "budget.max_eur", "no such key; there are 'max_tokens' or 'max_usd'"),
        ({"max_usd": 0}, "budget.max_usd", "0 is no number above zero"),
        ({"max_usd": "much"}, "budget.max_usd", "'much' is no number above zero"),
        ({"max_tokens": True}, "budget.max_tokens", "True is no number above zero"),
        ({"max_tokens": float("nan")}, "budget.max_tokens", "nan is no number above zero"),
    ],
)
def test_wrong_budget_is_named_at_its_field(given: Any, path: str, reason: str) -> None:
    found = dict(wrong_in(given, "budget"))

    assert found[path].startswith(reason)


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        (None, None, True),
        ({"max_usd": 20.0}, {"max_usd": "20"}, True),
        ({"max_usd": 20, "max_tokens": None}, {"max_usd": 20}, True),
        (None, {"max_usd": 20}, False),
        ({"max_usd": 20}, {"max_tokens": 20}, False),
    ],
)
def test_budgets_are_compared_by_meaning(old: Any, new: Any, same: bool) -> None:
    assert same_budget(old, new) is same


def test_money_without_a_price_exceeds_nothing() -> None:
    assert Budget(max_usd=1).exceeded_by(10**9, None) == ""


def test_limit_itself_is_within_the_budget() -> None:
    budget = Budget(max_tokens=100, max_usd=1)

    assert budget.exceeded_by(100, 1.0) == ""
    assert budget.exceeded_by(101, 1.0) == "101 tokens are above budget.max_tokens 100"
    assert budget.exceeded_by(100, 1.01) == "$1.01 for 100 tokens is above budget.max_usd $1.00"


def test_stack_config_has_a_budget_and_prices() -> None:
    config = {"ctune:budget": '{"max_usd": 20}', "ctune:prices": '{"m": {"sft": 1}}', "ctune:dataChecks": "head"}

    spending = Settings.load(config.get, {}).spending

    assert spending.budget == Budget(max_usd=20, where="ctune:budget") == budget_of({"max_usd": 20}, "ctune:budget")
    assert (spending.data_checks, spending.prices) == ("head", '{"m": {"sft": 1}}')


@pytest.mark.parametrize(
    ("key", "value", "line"),
    [
        ("ctune:budget", "20", "[ctune:budget]: '20' is no object in JSON. Write one such as"),
        ("ctune:budget", '{"max_usd": -1}', "[ctune:budget.max_usd]: -1 is no number above zero"),
        ("ctune:budget", '{"max_usd": 5, "max_usd": 500}', "is no object in JSON"),
        ("ctune:budget", f'{{"max_usd": 1{"0" * 400}}}', "is no number above zero"),
        ("ctune:prices", f'{{"m": {{"sft": 1{"0" * 400}}}}}', "is no price in US dollars"),
        ("ctune:prices", '{"m": {"sft": 1e308}}', "is no price in US dollars"),
        ("ctune:prices", '{"m": 1}', "[ctune:prices]: 1 for 'm' is no object of methods"),
        ("ctune:dataChecks", "some", "[ctune:dataChecks]: 'some' is none of full, head, off"),
    ],
)
def test_config_that_is_wrong_is_one_line(key: str, value: str, line: str) -> None:
    with pytest.raises(InvalidInputError) as raised:
        Settings.load({key: value}.get, {})

    assert line in str(raised.value)


def test_provider_and_program_agree_on_spending() -> None:
    """A budget that only the program knows would hold nobody."""
    config = {"ctune:budget": '{"max_usd": 20}', "ctune:dataChecks": "off"}

    assert {*Settings.load(config.get, {}).as_texts()} >= {"ctune:budget", "ctune:dataChecks"}


SFT_JOB = TuningJob(
    "projects/1/locations/l/tuningJobs/2",
    "JOB_STATE_SUCCEEDED",
    request={"baseModel": "gemini-3.5-flash", "supervisedTuningSpec": {"trainingDatasetUri": "gs://b/o"}},
)


@pytest.mark.parametrize(
    ("job", "budget", "why"),
    [
        (SFT_JOB, Budget(max_tokens=5), "the service gave no count of its tokens"),
        (replace(SFT_JOB, billable_token_count=7), Budget(max_tokens=5), ""),
        (replace(SFT_JOB, billable_token_count=7), Budget(max_usd=5), ""),
        (
            replace(SFT_JOB, billable_token_count=7, request={"supervisedTuningSpec": {"x": 1}}),
            Budget(max_usd=5),
            "no price is known for its base model (set ctune:prices, or max_tokens)",
        ),
    ],
)
def test_budget_that_nobody_can_hold_is_said_to_be_so(job: TuningJob, budget: Budget, why: str) -> None:
    """A count that never comes, or a price that nobody knows."""
    assert not_held(job, budget, AS_USUAL) == why


def test_count_without_epochs_counts_once() -> None:
    """What the service has resolved may be missing in its answer; one epoch is certain."""
    job = replace(SFT_JOB, billable_token_count=1_000)

    assert excess(job, Budget(max_tokens=999), AS_USUAL) == (
        "the service counts 1,000 tokens, times 1 epochs: 1,000 tokens are above budget.max_tokens 999"
    )
    assert excess(job, Budget(max_tokens=1_000), AS_USUAL) == ""
