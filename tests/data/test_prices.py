"""List prices: a dated table, what users put over it, and never a guess."""

import json
from datetime import date, timedelta
from importlib import resources
from typing import Any

import pytest

import pulumi_ctune.data
from pulumi_ctune.data.limits import METHODS
from pulumi_ctune.data.prices import OLD, Prices


@pytest.mark.parametrize(
    ("model", "method", "dollars"),
    [
        ("gemini-3.5-flash", "sft", 10),
        ("gemini-3.5-flash", "rft", 10),
        ("gemini-3.1-flash-lite", "sft", 3),
        ("gemini-2.5-pro", "sft", 25),
        ("gemini-2.5-flash", "dpo", 5),
        ("gemini-2.5-flash-lite", "sft", 1.5),
        ("publishers/google/models/gemini-2.5-flash", "sft", 5),
    ],
)
def test_known_price(model: str, method: Any, dollars: float) -> None:
    price = Prices().of(model, method)

    assert price is not None
    assert price.usd_per_million == dollars
    assert price.usd(2_000_000) == 2 * dollars


@pytest.mark.parametrize(
    ("model", "method"),
    [
        ("gemini-3.5-flash", "dpo"),
        ("gemini-3.5-flash-lite", "sft"),
        ("gemini-3.5", "sft"),
        ("gemini-3.5-flash-001", "sft"),
        ("Gemini-3.5-Flash", "sft"),
        ("", "sft"),
        (None, "sft"),
    ],
)
def test_what_is_not_known_has_no_price(model: str | None, method: Any) -> None:
    """A name that is only near, or another method of the same model, is not guessed from."""
    assert Prices().of(model, method) is None


def test_each_price_of_the_table_says_its_day_and_its_source() -> None:
    models = json.loads((resources.files(pulumi_ctune.data) / "prices.json").read_text(encoding="utf-8"))

    found = [price for model in models for method in METHODS if (price := Prices().of(model, method))]

    assert len(found) == 8
    assert all(price.as_of and price.source for price in found)


def test_own_price_of_a_full_name_goes_before_the_table() -> None:
    price = Prices.parse({"publishers/google/models/gemini-3.5-flash": {"sft": 1}}, "--price")

    assert [
        found.usd_per_million
        for name in ("gemini-3.5-flash", "publishers/google/models/gemini-3.5-flash")
        if (found := price.of(name, "sft"))
    ] == [1, 1]


def test_own_price_goes_before_the_table() -> None:
    """It has no day: the user answers for it."""
    prices = Prices.parse({"gemini-3.5-flash": {"sft": 7.5}, "own-model": {"dpo": 1}}, "ctune:prices")

    own, new, table = prices.of("gemini-3.5-flash", "sft"), prices.of("own-model", "dpo"), prices.of(*KNOWN)
    assert own is not None
    assert own.as_dict() == {"usd_per_million": 7.5, "as_of": None, "source": "ctune:prices"}
    assert new is not None
    assert table is not None
    assert table.usd_per_million == 10


KNOWN: Any = ("gemini-3.5-flash", "rft")


@pytest.mark.parametrize(
    ("document", "why"),
    [
        ([1], "is no object of models"),
        ({"gemini-3.5-flash": 10}, "10 for 'gemini-3.5-flash' is no object of methods"),
        ({"gemini-3.5-flash": {"SFT": 10}}, "'SFT' is no method: there are sft, rft, dpo"),
        ({"gemini-3.5-flash": {"sft": "10"}}, "'10' is no price"),
        ({"gemini-3.5-flash": {"sft": -1}}, "-1 is no price"),
        ({"gemini-3.5-flash": {"sft": True}}, "True is no price"),
        ({"gemini-3.5-flash": {"sft": float("nan")}}, "nan is no price"),
    ],
)
def test_own_prices_that_are_none(document: Any, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        Prices.parse(document, "ctune:prices")


def test_price_grows_old() -> None:
    """It is still used; whoever shows it says so."""
    price = Prices().of(*KNOWN)

    assert price is not None
    assert price.as_of is not None
    assert not price.is_old(price.as_of + OLD)
    assert price.is_old(price.as_of + OLD + timedelta(days=1))
    assert not Prices.parse({"m": {"sft": 1}}, "--price").of("m", "sft").is_old(date(2099, 1, 1))  # type: ignore[union-attr]
