"""Prices found among the SKUs of the billing catalog: exactly one, or none."""

from datetime import date
from typing import Any

import pytest

from pulumi_ctune.data.catalog_prices import price_of
from pulumi_ctune.data.limits import Method

TODAY = date(2026, 11, 30)
FLASH = "gemini-2.5-flash"


def sku(description: str, usd_per_million: float = 5.0, **expression: Any) -> dict[str, Any]:
    """As the catalog writes one: the price of one token, in whole dollars and billionths."""
    rates = [
        {"startUsageAmount": amount, "unitPrice": {"currencyCode": "USD", "units": "0", "nanos": nanos}}
        for amount, nanos in ((0, 0), (1000, round(usd_per_million * 1000)))
    ]
    priced = {"usageUnit": "count", "displayQuantity": 1_000_000, "tieredRates": rates, **expression}
    return {
        "skuId": "ABCD-1234",
        "description": description,
        "category": {"resourceFamily": "ApplicationServices", "usageType": "OnDemand"},
        "pricingInfo": [{"pricingExpression": priced}],
    }


OTHERS = [
    sku("Gemini 2.5 flash lite tuning", 1.5),
    sku("Gemini 2.5 pro tuning", 25),
    sku("Gemini 2.5 Flash Text Input - Predictions", 0.3),
    sku("Gemini 2.0 flash tuning", 3),
    sku("Gemini 2.5 flash preference tuning", 6),
    sku("Gemini 2.5 flash reinforcement tuning", 7),
    sku("Gemini 2.5 flash tuning, image", 9),
]


@pytest.mark.parametrize(
    ("description", "method"),
    [
        ("Gemini 2.5 flash tuning", "sft"),
        ("Gemini 2.5 Flash Supervised Fine-Tuning: training tokens", "sft"),
        ("Gemini 2.5 Flash Reinforcement Learning Tuning", "rft"),
        ("Gemini 2.5 Flash DPO tuning", "dpo"),
    ],
)
def test_price_is_that_of_the_last_tier_for_a_million_tokens(description: str, method: Method) -> None:
    others = [each for each in OTHERS if method == "sft" or "lite" in each["description"]]

    price = price_of([*others, sku(description, 5.5)], FLASH, method, TODAY)

    assert (price.usd_per_million, price.as_of) == (5.5, TODAY)
    assert price.source == f'Google\'s billing catalog: SKU ABCD-1234, "{description}"'


@pytest.mark.parametrize("method", ["sft", "rft", "dpo"])
def test_methods_have_skus_of_their_own(method: Method) -> None:
    found = price_of([*OTHERS, sku("Gemini 2.5 flash tuning")], f"publishers/google/models/{FLASH}", method, TODAY)

    assert found.usd_per_million == {"sft": 5, "rft": 7, "dpo": 6}[method]


def test_several_skus_of_one_price_are_no_doubt() -> None:
    skus = [sku("Gemini 2.5 flash tuning"), sku("Gemini 2.5 Flash Tuning training tokens")]

    assert price_of(skus, FLASH, "sft", TODAY).usd_per_million == 5


@pytest.mark.parametrize(
    ("skus", "why"),
    [
        ([], "it has no SKU for tuning gemini-2.5-flash by sft"),
        (OTHERS, "it has no SKU for tuning gemini-2.5-flash by sft"),
        (
            [sku("Gemini 2.5 flash tuning"), sku("Gemini 2.5 flash supervised tuning", 6)],
            'more than one price for tuning gemini-2.5-flash by sft: "Gemini 2.5 flash supervised tuning", "Gemini 2.5',
        ),
        ([sku("Gemini 2.5 flash tuning", usageUnit="h")], "is not one in US dollars for a token"),
        ([sku("Gemini 2.5 flash tuning", 0)], "is not one in US dollars for a token"),
        ([sku("Gemini 2.5 flash tuning", tieredRates=[])], "is not one in US dollars for a token"),
        (
            [sku("Gemini 2.5 flash tuning", tieredRates=[{"unitPrice": {"currencyCode": "EUR", "nanos": 5}}])],
            "is not one in US dollars for a token",
        ),
        ([{"description": None}, {"description": "Gemini 2.5 flash tuning"}], "is not one in US dollars for a token"),
        ([sku("Gemini 2.5 flash tuning") | {"category": {"usageType": "Commit1Yr"}}], "it has no SKU"),
    ],
    ids=["none", "others", "two", "hours", "nothing", "no-tier", "euros", "odd", "committed"],
)
def test_price_is_never_guessed(skus: list[dict[str, Any]], why: str) -> None:
    with pytest.raises(ValueError, match=r".") as refused:
        price_of(skus, FLASH, "sft", TODAY)

    assert why in str(refused.value)
