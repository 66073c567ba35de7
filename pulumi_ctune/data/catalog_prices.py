"""The list price of tuning a model, found among the SKUs of Google's billing catalog.

SKUs are described in prose, such as "Gemini 2.5 flash tuning". One is taken only where its words are those of the
model and of the method and no others that matter, and only where all that are left have one price. Anything else is
refused, and never guessed. Asks nobody.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from pulumi_ctune.data.limits import Method
from pulumi_ctune.data.prices import Price

_WORD = re.compile(r"[0-9]+(?:\.[0-9]+)?|[a-z]+")
_MEANING_NOTHING = frozenset(("ai", "fine", "for", "google", "model", "token", "tokens", "training", "vertex"))
_OF_METHOD: Mapping[Method, tuple[frozenset[str], frozenset[str]]] = {
    # words of which one has to be there, and words that may be
    "sft": (frozenset(("tuning",)), frozenset(("sft", "supervised"))),
    "rft": (frozenset(("reinforcement", "rft")), frozenset(("learning",))),
    "dpo": (frozenset(("dpo", "preference")), frozenset(("direct", "optimization"))),
}
_TOKEN = "count"  # the unit of a SKU that counts tokens one by one
_SHOWN = 3


def price_of(skus: Sequence[Mapping[str, Any]], model: str, method: Method, today: date) -> Price:
    """The price of today for this model and method. Raises ValueError where there is not exactly one; says why."""
    name = model.removeprefix("publishers/google/models/")
    found = [sku for sku in skus if _is_on_demand(sku) and _is_for(_words(sku.get("description")), name, method)]
    if not found:
        raise ValueError(f"it has no SKU for tuning {name} by {method}")
    prices = {_usd_per_million(sku) for sku in found}
    shown = ", ".join(sorted({f'"{sku.get("description")}"' for sku in found})[:_SHOWN])
    if len(prices) > 1:
        raise ValueError(f"it has more than one price for tuning {name} by {method}: {shown}")
    (usd,) = prices
    if usd is None:
        raise ValueError(f"the price of {shown} is not one in US dollars for a token")
    return Price(usd, today, f"Google's billing catalog: SKU {found[0].get('skuId')}, {shown}")


def _is_for(words: frozenset[str], model: str, method: Method) -> bool:
    required, allowed = _OF_METHOD[method]
    own = frozenset(_WORD.findall(model.lower()))
    return bool(
        own <= words
        and "tuning" in words
        and required & words
        and words <= own | required | allowed | _MEANING_NOTHING | {"tuning"}
    )


def _words(text: Any) -> frozenset[str]:
    return frozenset(_WORD.findall(str(text).lower().replace("finetuning", "fine tuning")))


def _is_on_demand(sku: Mapping[str, Any]) -> bool:
    category = sku.get("category")
    return not isinstance(category, Mapping) or category.get("usageType") in (None, "OnDemand")


def _usd_per_million(sku: Mapping[str, Any]) -> float | None:
    """What the last tier takes; None where the SKU does not say, or not of tokens, or not in dollars."""
    try:
        expression = sku["pricingInfo"][0]["pricingExpression"]
        last = max(expression["tieredRates"], key=lambda rate: float(rate.get("startUsageAmount") or 0))
        price = last["unitPrice"]
        usd = int(price.get("units") or 0) + int(price.get("nanos") or 0) / 1e9
        if expression["usageUnit"] != _TOKEN or price["currencyCode"] != "USD" or usd <= 0:
            return None
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        return None
    return round(usd * 1e6, 6)
