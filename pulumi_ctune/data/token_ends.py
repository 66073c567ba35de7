"""Between how many tokens and how many the texts of a dataset have, as far as their characters tell.

Small datasets are looked at whole. Of larger ones, examples are picked in proportion to their length, so that a few
long ones cannot hide among many short ones: the file is parted into some hundred stretches of the same length, and the
example at a place of each that is drawn at random counts for the stretch. What such picks may have missed is added. The
same file gives the same picks.
"""

import math
import random
from dataclasses import dataclass, field
from typing import NamedTuple

from pulumi_ctune.data.example import Example, billed_texts
from pulumi_ctune.data.limits import Method
from pulumi_ctune.data.text_bounds import token_bounds

_WHOLE_BYTES = 1 << 18  # up to here all is looked at
_MOST_PICKS = 256
_STRETCH = 1024  # bytes for each pick, in the beginning
_WINDOW = 512  # characters of a long text that are looked at
_DEVIATIONS, _RARE = 3, 7
"""What is added: standard deviations of the sum, and as many picks. One sample in a thousand misses more."""


class _Tokens(NamedTuple):
    """Of texts at least and at most, each as often as it is billed."""

    least: float
    most: float


@dataclass
class TokenEnds:
    """Is shown the examples in the order of the file."""

    _whole: list[_Tokens] = field(default_factory=list)
    _is_whole: bool = True
    _picks: dict[int, _Tokens] = field(default_factory=dict)  # by number of the stretch; for each byte of the line
    _stretch: int = _STRETCH
    _number: int = 0
    _next: float = 0.0
    _random: random.Random = field(default_factory=lambda: random.Random(0))

    def look(self, method: Method, example: Example, start: int, size: int, *, counts: bool = True) -> float:
        """Look at an example whose line of `size` bytes begins at byte `start`; the lower end has it if it `counts`.
        Returns the byte where the next look is due: examples before may be left out.
        """
        end = start + size + 1
        found = None
        while self._next < end:
            if self._next >= start:
                found = found or _found(method, example, self._random, counts=counts)
                self._picks[self._number] = _Tokens(found.least / size, found.most / size)
            self._advance()
        if self._is_whole:
            self._whole.append(_found(method, example, None, counts=counts))
            self._is_whole = end <= _WHOLE_BYTES
        return end if self._is_whole else self._next

    def _advance(self) -> None:
        if self._number % 2 and self._number >= _MOST_PICKS:
            self._number //= 2
            self._stretch *= 2
            kept = ((number, 2 * number + self._random.randrange(2)) for number in range(self._number + 1))
            self._picks = {number: self._picks[one] for number, one in kept if one in self._picks}
        self._number += 1
        self._next = (self._number + self._random.random()) * self._stretch

    @property
    def least(self) -> float:
        if self._is_whole:
            return sum(each.least for each in self._whole)
        found = [each.least for each in self._picks.values()]
        return max(0.0, self._stretch * (sum(found) - _DEVIATIONS * _deviation(found)))

    @property
    def most(self) -> float:
        if self._is_whole:
            return sum(each.most for each in self._whole)
        found = [each.most for each in self._picks.values()]
        return self._stretch * (sum(found) + _DEVIATIONS * _deviation(found) + _RARE)


def _deviation(numbers: list[float]) -> float:
    """That of their sum."""
    mean = sum(numbers) / max(len(numbers), 1)
    return math.sqrt(sum((each - mean) ** 2 for each in numbers))


def _found(method: Method, example: Example, draw: random.Random | None, *, counts: bool) -> _Tokens:
    """What an example has; of long texts, told from a part that `draw` chooses."""
    ends = [_in(text, draw) for text in billed_texts(method, example)]
    return _Tokens(sum(end[0] for end in ends) if counts else 0.0, sum(end[1] for end in ends))


def _in(text: str, draw: random.Random | None) -> tuple[float, float]:
    if draw is None or len(text) <= _WINDOW:
        return token_bounds(text)
    first = draw.randrange(len(text) - _WINDOW)
    least, most = token_bounds(text[first : first + _WINDOW])
    return least * len(text) / _WINDOW, most * len(text) / _WINDOW
