"""A number that is not known: the least and the most that it may be, and what is likely."""

import math
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Band:
    """What a number may be. `low` is certain as far as anything is."""

    low: float
    estimate: float
    high: float

    def __add__(self, other: "Band") -> "Band":
        return Band(self.low + other.low, self.estimate + other.estimate, self.high + other.high)

    def times(self, factor: float) -> "Band":
        return Band(self.low * factor, self.estimate * factor, self.high * factor)

    def rounded(self, digits: int) -> "Band":
        """As people are told it: the ends never nearer than they are."""
        if self.low == self.high:
            return Band(*(round(each, digits) for each in (self.low, self.estimate, self.high)))
        low, high = (round(each * 10**digits, 3) for each in (self.low, self.high))  # without what doubles add
        return Band(math.floor(low) / 10**digits, round(self.estimate, digits), math.ceil(high) / 10**digits)

    def in_dollars(self) -> "Band":
        """Rounded to cents, and what is less than a cent to its hundredths."""
        fine, coarse = self.rounded(4), self.rounded(2)
        ends = ((fine.low, coarse.low), (fine.estimate, coarse.estimate), (fine.high, coarse.high))
        return Band(*(small if 0 < small < 0.01 else large for small, large in ends))

    def as_dict(self, digits: int = 0) -> dict[str, Any]:
        found = self.rounded(digits)
        return {key: getattr(found, key) if digits else int(getattr(found, key)) for key in ("low", "estimate", "high")}
