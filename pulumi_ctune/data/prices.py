"""List prices of training tokens: the dated table of this package, and what users put over it.

Never a guess. A model has a price only under its exact name, and a method only its own. The table is second hand, since
Google's price page has no form for programs, so every price says its day and its source.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cache
from importlib import resources
from typing import Any, Self

from pulumi_ctune.core.messages import show
from pulumi_ctune.core.values import is_finite
from pulumi_ctune.data.limits import METHODS, Method

OLD = timedelta(days=90)
"""After this long a price is still used, and its age said each time."""


@dataclass(frozen=True)
class Price:
    """US dollars for a million training tokens. `as_of` is None for a price that a user has given."""

    usd_per_million: float
    as_of: date | None
    source: str

    def usd(self, tokens: float) -> float:
        return tokens * self.usd_per_million / 1e6

    def is_old(self, today: date) -> bool:
        return self.as_of is not None and today - self.as_of > OLD

    @property
    def per_million(self) -> str:
        """`$10 a million tokens`."""
        return f"${self.usd_per_million:g} a million tokens"

    @property
    def in_words(self) -> str:
        """Where it comes from: `list price of 2026-09-28`, or the place where the user has given it."""
        return f"list price of {self.as_of}" if self.as_of else f"price from {self.source}"

    def as_dict(self) -> dict[str, Any]:
        as_of = self.as_of.isoformat() if self.as_of else None
        return {"usd_per_million": self.usd_per_million, "as_of": as_of, "source": self.source}


@dataclass(frozen=True)
class Prices:
    """The table, with a user's own prices over it. `listed` are prices of the day, between the two."""

    own: Mapping[str, Mapping[Method, Price]] = field(default_factory=dict)
    listed: Mapping[tuple[str, Method], Price] = field(default_factory=dict)

    @classmethod
    def of_setting(cls, text: str | None) -> Self:
        """Those of `ctune:prices`, whose text the settings have checked; without it the table's."""
        return cls.parse(json.loads(text), "ctune:prices") if text else cls()

    @classmethod
    def parse(cls, document: Any, source: str) -> Self:
        """Own prices as `ctune:prices` has them: `{model: {method: usd_per_million}}`.

        Raises:
            ValueError: it is something else; says what and where.
        """
        if not isinstance(document, Mapping):
            raise ValueError(f"{show(document)} is no object of models, such as {_EXAMPLE}")
        own: dict[str, Mapping[Method, Price]] = {}
        for model, methods in document.items():
            if not isinstance(methods, Mapping):
                raise ValueError(f"{show(methods)} for {show(model)} is no object of methods, such as {_EXAMPLE}")
            own[_name(str(model))] = {
                _method(key): Price(_dollars(value), None, source) for key, value in methods.items()
            }
        return cls(own)

    def of(self, model: str | None, method: Method) -> Price | None:
        """The price for exactly this model and method; None where none is known."""
        if not model:
            return None
        name = _name(model)
        listed = self.listed.get((name, method))
        return self.own.get(name, {}).get(method) or listed or _table().get(name, {}).get(method)

    def has_own(self, model: str, method: Method) -> bool:
        """Whether the user has given a price for this model and method."""
        return method in self.own.get(_name(model), {})

    def with_listed(self, model: str, method: Method, price: Price) -> "Prices":
        """These, and a price of the day that goes before the table's."""
        name = _name(model)
        return replace(self, listed={**self.listed, (name, method): price})


_MOST_DOLLARS = 1e9  # what is above it is no price but a slip, and its sums no numbers
_EXAMPLE = '{"gemini-3.5-flash": {"sft": 10}}'


def _name(model: str) -> str:
    return model.removeprefix("publishers/google/models/")


@cache
def _table() -> Mapping[str, Mapping[Method, Price]]:
    text = resources.files("pulumi_ctune.data").joinpath("prices.json").read_text(encoding="utf-8")
    return {
        model: {
            _method(method): Price(
                float(entry["usd_per_million"]), date.fromisoformat(entry["as_of"]), str(entry["source"])
            )
            for method, entry in methods.items()
        }
        for model, methods in json.loads(text).items()
    }


def _method(text: Any) -> Method:
    for method in METHODS:
        if method == text:
            return method
    raise ValueError(f"{show(text)} is no method: there are {', '.join(METHODS)}")


def _dollars(value: Any) -> float:
    if not is_finite(value) or not 0 <= value <= _MOST_DOLLARS:
        raise ValueError(f"{show(value)} is no price in US dollars for a million tokens")
    return float(value)
